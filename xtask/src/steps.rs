//! A chore's steps: which one runs, how long each took, and how they ended.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Failure, out, world};

/// The steps of one chore.
pub(crate) struct Steps {
    total: usize,
    done: Vec<Done>,
}

struct Done {
    title: String,
    took: Duration,
    ended: Result<(), String>,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Steps {
        Steps {
            total,
            done: Vec::new(),
        }
    }

    /// Runs a step and says so.
    pub(crate) fn run<T>(
        &mut self,
        title: &str,
        work: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let head = format!("[{}/{}] {title}", self.done.len() + 1, self.total);
        out::progress(&format!("\n{head} ..."));
        let started = world::now();
        let result = work();
        let ended = match &result {
            Ok(_) => Ok(()),
            Err(Failure::Finding(text) | Failure::Fault(text)) => Err(text.clone()),
        };
        let took = started.elapsed();
        let word = if ended.is_ok() { "done" } else { "FAILED" };
        out::progress(&format!("{head}: {word} after {}", seconds(took)));
        self.done.push(Done {
            title: title.to_owned(),
            took,
            ended,
        });
        result
    }

    /// Says how every step ended. A finding if one did not end well.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        out::progress("");
        for done in &self.done {
            let text = done.ended.as_ref().err().map_or("done", String::as_str);
            out::progress(&format!("{:>9}  {}: {text}", seconds(done.took), done.title));
        }
        for number in self.done.len()..self.total {
            out::progress(&format!("{:>9}  step {} was not reached", "-", number + 1));
        }
        let failed = self.done.iter().filter(|done| done.ended.is_err()).count();
        match failed {
            0 => Ok(()),
            _ => Err(Failure::Finding(format!(
                "{failed} of {} steps failed",
                self.total
            ))),
        }
    }
}

/// Runs a program that asks nothing and must end well.
pub(crate) fn command(mut command: Command) -> Result<(), Failure> {
    let said = describe(&command);
    out::progress(&format!("      {said}"));
    let status = command.stdin(Stdio::null()).status();
    match status.map_err(|error| Failure::Fault(format!("cannot run {said}: {error}")))? {
        status if status.success() => Ok(()),
        status => Err(Failure::Finding(format!("{said}: {status}"))),
    }
}

/// The command as one would type it.
pub(crate) fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let words = [program].into_iter().chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_done_is_success() {
        let mut steps = Steps::new(2);
        assert_eq!(steps.run("one", || Ok(1)), Ok(1));
        assert_eq!(steps.run("two", || Ok(2)), Ok(2));
        assert_eq!(steps.finish(), Ok(()));
    }

    #[test]
    fn one_failed_step_fails_the_chore() {
        let mut steps = Steps::new(2);
        assert!(
            steps
                .run("one", || Err::<(), _>(Failure::Fault("why".to_owned())))
                .is_err()
        );
        assert!(steps.run("two", || Ok(())).is_ok());
        assert!(matches!(steps.finish(), Err(Failure::Finding(text)) if text == "1 of 2 steps failed"));
    }

    #[test]
    fn a_program_that_fails_is_a_finding_and_one_that_is_missing_a_fault() {
        assert_eq!(command(Command::new("true")), Ok(()));
        assert!(matches!(command(Command::new("false")), Err(Failure::Finding(_))));
        assert!(matches!(
            command(Command::new("no-such-program-here")),
            Err(Failure::Fault(_))
        ));
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(1240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}

//! One test run by itself, with or without a mutant, and how it ended.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::scratch::{Program, Scratch, package};
use super::weave::WAKE;
use crate::{Failure, world};

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    Passed,
    /// It ran and said that it failed.
    Failed,
    /// Its process ended without a word about it.
    Aborted(String),
    /// It was ended from here.
    Hung,
}

/// How to start every named test.
pub(super) struct Tests<'a> {
    scratch: &'a Scratch,
    programs: BTreeMap<String, Program>,
}

impl<'a> Tests<'a> {
    /// Asks every program for its tests.
    pub(super) fn of(scratch: &'a Scratch, found: &[Program]) -> Result<Tests<'a>, Failure> {
        let mut programs = BTreeMap::new();
        for program in found {
            let mut list = Command::new(&program.file);
            list.args(["--list", "--format", "terse"])
                .current_dir(&program.folder);
            let fault = |error| Failure::Fault(format!("cannot run {}: {error}", program.file.display()));
            let output = list.output().map_err(fault)?;
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                if let Some(name) = line.strip_suffix(": test") {
                    programs.insert(format!("{}::{name}", program.prefix), program.clone());
                }
            }
        }
        Ok(Tests { scratch, programs })
    }

    /// Runs one test to its end, at most for `limit`.
    pub(super) fn run(&self, test: &str, check: Option<&str>, limit: Duration) -> Result<Ended, Failure> {
        let (mut command, name) = self.command(test)?;
        let log = self.log(test, check);
        let fault =
            |error: std::io::Error| Failure::Fault(format!("cannot run {test} ({}): {error}", log.display()));
        let out = File::create(&log).map_err(fault)?;
        command
            .stdin(Stdio::null())
            .stderr(out.try_clone().map_err(fault)?)
            .stdout(out)
            .process_group(0)
            .env_remove(WAKE);
        if let Some(check) = check {
            command.env(WAKE, check);
        }
        let child = command.spawn().map_err(fault)?;
        let Some(status) = wait(child, limit).map_err(fault)? else {
            return Ok(Ended::Hung);
        };
        let said = fs::read(&log).map_err(fault)?;
        judge(&String::from_utf8_lossy(&said), &name, status)
            .map_err(|why| Failure::Fault(format!("{test}: {why} ({})", log.display())))
    }

    /// The command, and what the test is called in its program's words.
    fn command(&self, test: &str) -> Result<(Command, String), Failure> {
        if let Some(file) = test.strip_suffix(" (compile_fail)") {
            let folder = file.split('/').next().unwrap_or_default();
            let name = format!("crates/{file} - ");
            let package = package(folder);
            let arguments = ["test", "--doc", "--locked", "--package", &package, "--", &name];
            return Ok((self.scratch.cargo(&arguments), name));
        }
        let program = self
            .programs
            .get(test)
            .ok_or_else(|| Failure::Fault(format!("{test} is in none of the programs that were built")))?;
        let name = test.strip_prefix(&program.prefix).unwrap_or(test);
        let name = name.trim_start_matches("::").to_owned();
        let mut command = Command::new(&program.file);
        command
            .args(["--exact", &name])
            .current_dir(&program.folder)
            .env("CARGO_MANIFEST_DIR", &program.folder);
        Ok((command, name))
    }

    fn log(&self, test: &str, check: Option<&str>) -> PathBuf {
        let name = format!("{}-{test}", check.unwrap_or("none"));
        let plain = name.replace(['/', ':', ' '], "_");
        self.scratch.said().join(format!("{plain}.txt"))
    }
}

/// Waits for the end. After it, or after `limit`, whatever the test has started is ended too. None after `limit`.
fn wait(mut child: Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let (tell, told) = mpsc::channel();
    let waiter = thread::spawn(move || _ = tell.send(child.wait()));
    let ended = told.recv_timeout(limit);
    if let Some(group) = group {
        // There is nothing left to end when all went well.
        _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    _ = waiter.join();
    ended.ok().transpose()
}

/// Reads what the test program said about the test. An error if it ran none.
fn judge(said: &str, name: &str, status: ExitStatus) -> Result<Ended, String> {
    let is_about = |line: &&str| {
        line.strip_prefix("test ")
            .is_some_and(|rest| rest.starts_with(name))
    };
    let failed = said
        .lines()
        .filter(is_about)
        .any(|line| line.ends_with("... FAILED"))
        || said.contains(&format!("\nfailures:\n    {name}\n"));
    let count = |word: &str| {
        said.lines()
            .filter_map(|line| line.strip_prefix("test result: "))
            .filter_map(|line| {
                line.split_once(word)?
                    .0
                    .split_whitespace()
                    .next_back()?
                    .parse::<u32>()
                    .ok()
            })
            .sum::<u32>()
    };
    match (status.success(), count(" passed"), count(" failed")) {
        (true, 1.., _) => Ok(Ended::Passed),
        (true, 0, _) => Err("it is not among the program's tests".to_owned()),
        (false, _, 1..) if failed => Ok(Ended::Failed),
        _ => Ok(Ended::Aborted(match status.signal() {
            Some(signal) => format!("ended by signal {signal}"),
            None => format!("{status}, without a word about the test"),
        })),
    }
}

/// The folder in which a run keeps what its tests say.
pub(super) fn show(folder: &Path) -> String {
    let root = world::root();
    folder.strip_prefix(&root).unwrap_or(folder).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(said: &str, code: i32) -> Result<Ended, String> {
        judge(said, "a::b", ExitStatus::from_raw(code))
    }

    #[test]
    fn a_test_passes_or_fails_by_its_own_word() {
        let passed = "test a::b ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored";
        assert_eq!(judged(passed, 0), Ok(Ended::Passed));
        let failed = "test a::b ... FAILED\n\ntest result: FAILED. 0 passed; 1 failed; 0 ignored";
        assert_eq!(judged(failed, 101 << 8), Ok(Ended::Failed));
        let noisy =
            "test a::b ... hello\nFAILED\n\nfailures:\n    a::b\n\ntest result: FAILED. 0 passed; 1 failed";
        assert_eq!(judged(noisy, 101 << 8), Ok(Ended::Failed));
    }

    #[test]
    fn no_word_is_no_verdict() {
        assert!(judged("test result: ok. 0 passed; 0 failed", 0).is_err());
        assert!(matches!(judged("test a::b ... ", 6), Ok(Ended::Aborted(text)) if text.contains("signal 6")));
        assert!(matches!(judged("error: cannot", 101 << 8), Ok(Ended::Aborted(_))));
    }

    #[test]
    fn a_process_that_does_not_end_is_ended_with_all_it_has_started() {
        let start = |script: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]).process_group(0).spawn().unwrap()
        };
        assert!(
            wait(start("exit 3"), Duration::from_secs(60))
                .unwrap()
                .is_some_and(|status| status.code() == Some(3))
        );
        assert!(
            wait(start("sleep 600 & wait"), Duration::from_millis(50))
                .unwrap()
                .is_none()
        );
    }
}

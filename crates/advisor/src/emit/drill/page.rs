//! `DRILL.md`: the plan for people, of the same data.

use std::fmt::Write as _;

use super::{Drill, Expect, Plan, Step};
use crate::emit::comment;

impl Plan {
    /// The plan as a page.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = format!(
            "# Drills: {}\n\nWritten by `symbolon advise --emit`; `drill.toml` beside it is the same for programs. Each drill puts one promise to the test on the\n\
             running deployment. It passes when each step ends with success and prints what is said here; anything else is a failure.\n\n\
             Run the commands where the authority runs, in the directory that holds `symbolon-data`, or with `SYMBOLON_TOKEN` and `--url` from elsewhere.\n\
             They need `sh`, `curl` 7.84, `jq` 1.6 and `symbolon`. Drill in a staging deployment first: those with a line **Harm** hurt others.\n\n\
             ## Before\n\nIn a shell of its own (`sh`): it ends at the first command that fails.\n\n```sh\n",
            comment(&self.deployment)
        );
        for (name, what, usual) in &self.settings {
            let _ = writeln!(page, "{name}={} # {what}", crate::emit::shell(usual));
        }
        let _ = writeln!(page, "{}\n```", self.functions);
        if !self.prepare.is_empty() {
            page.push_str("\nClients that drill:\n\n");
            steps(&mut page, &self.prepare);
        }
        for one in &self.drills {
            drill(&mut page, one);
        }
        page.push_str("\n## After\n\n");
        steps(&mut page, &self.clean);
        page.push_str("\n## Not drilled\n\n| promise | what | why not |\n|---|---|---|\n");
        for without in &self.without {
            let cell = |text: &str| comment(text).replace('|', "\\|");
            let _ = writeln!(
                page,
                "| {} | {} | {} |",
                cell(&without.id),
                cell(&without.claim),
                cell(&without.why)
            );
        }
        page
    }
}

fn drill(page: &mut String, drill: &Drill) {
    let _ = write!(page, "\n## {}\n\n{}", comment(&drill.id), comment(&drill.claim));
    if let Some((id, formula)) = drill.figure {
        let _ = write!(page, " Figure {id}: {formula}.");
    }
    page.push('\n');
    if let Some(harm) = drill.harm {
        let _ = write!(page, "\n**Harm**: {harm}\n");
    }
    page.push('\n');
    steps(page, &drill.steps);
    let _ = write!(page, "\nIf it fails: {}\n", drill.fails);
}

fn steps(page: &mut String, steps: &[Step]) {
    for (at, step) in steps.iter().enumerate() {
        let number = at + 1;
        match step {
            Step::Hand { text, .. } => {
                let _ = writeln!(page, "{number}. By hand: {}", comment(text));
            }
            Step::Run { run, expect } => {
                let told: Vec<String> = expect.iter().map(expected).collect();
                let told = match told.is_empty() {
                    true => "ends with success".to_owned(),
                    false => told.join(", and "),
                };
                let _ = writeln!(page, "{number}. {told}:\n\n   ```sh");
                for command in run.lines() {
                    let _ = writeln!(page, "   {}", comment(command));
                }
                page.push_str("   ```\n");
            }
        }
    }
}

fn expected(expect: &Expect) -> String {
    let of = |at: &str| match at.strip_prefix('/') {
        Some(name) => format!("`{name}` is"),
        None => "prints".to_owned(),
    };
    match expect {
        Expect::Is { at, value } => format!("{} `{value}`", of(at)),
        Expect::AtMost { at, value } => format!("{} at most {value}", of(at)),
        Expect::AtLeast { at, value } => format!("{} at least {value}", of(at)),
    }
}

//! `drill.toml`: the plan for programs.

use std::fmt::Write as _;

use super::{Expect, Plan, Step};
use crate::emit::{comment, quoted};

impl Plan {
    /// The plan as TOML.
    #[must_use]
    pub fn toml(&self) -> String {
        let mut text = format!(
            "# Written by `symbolon advise --emit` for {}: what shows that it keeps what was promised. For people: DRILL.md.\n\
             # A drill passes when each of its steps ends with success and prints what is expected. `at` points into JSON (RFC 6901); \"\" is the\n\
             # whole output without the white space around it. Steps of one drill run in order, in a shell that has the settings as variables and\n\
             # the functions; `hand` is what is done outside of it.\n\n",
            comment(&self.deployment)
        );
        let _ = write!(
            text,
            "deployment = {}\nneeds = [\"sh\", \"curl 7.84\", \"jq 1.6\", \"symbolon\"]\nfunctions = {}\n",
            quoted(&self.deployment),
            block(self.functions)
        );
        for (name, what, usual) in &self.settings {
            let _ = write!(
                text,
                "\n[[setting]]\nname = {}\nwhat = {}\nusual = {}\n",
                quoted(name),
                quoted(what),
                quoted(usual)
            );
        }
        steps(&mut text, "prepare", &self.prepare);
        for drill in &self.drills {
            let _ = write!(
                text,
                "\n[[drill]]\nid = {}\npromise = {}\n",
                quoted(&drill.id),
                quoted(&drill.claim)
            );
            if let Some((id, formula)) = drill.figure {
                let _ = write!(text, "figure = {}\nformula = {}\n", quoted(id), quoted(formula));
            }
            if let Some(harm) = drill.harm {
                let _ = writeln!(text, "harm = {}", quoted(harm));
            }
            let _ = writeln!(text, "fails = {}", quoted(drill.fails));
            steps(&mut text, "drill.step", &drill.steps);
        }
        steps(&mut text, "clean", &self.clean);
        for without in &self.without {
            let _ = write!(
                text,
                "\n[[without]]\nid = {}\npromise = {}\nwhy = {}\n",
                quoted(&without.id),
                quoted(&without.claim),
                quoted(&without.why)
            );
        }
        text
    }
}

fn steps(text: &mut String, name: &str, steps: &[Step]) {
    for step in steps {
        let _ = writeln!(text, "\n[[{name}]]");
        match step {
            Step::Hand { act, text: words } => {
                let _ = writeln!(text, "hand = \"{}\"\ntext = {}", act.as_str(), quoted(words));
            }
            Step::Run { run, expect } => {
                let _ = writeln!(text, "run = {}", block(run));
                let told: Vec<String> = expect.iter().map(expected).collect();
                if !told.is_empty() {
                    let _ = writeln!(text, "expect = [{}]", told.join(", "));
                }
            }
        }
    }
}

fn expected(expect: &Expect) -> String {
    match expect {
        Expect::Is { at, value } => format!("{{ at = \"{at}\", is = {} }}", quoted(value)),
        Expect::AtMost { at, value } => format!("{{ at = \"{at}\", at_most = {value} }}"),
        Expect::AtLeast { at, value } => format!("{{ at = \"{at}\", at_least = {value} }}"),
    }
}

/// Commands as they are typed, where TOML lets them stand so.
fn block(text: &str) -> String {
    let plain = |c: char| c == '\n' || !c.is_control();
    if text.contains("'''") || !text.chars().all(plain) {
        return quoted(text);
    }
    format!("'''\n{text}\n'''")
}

//! Project chores: `cargo xtask tidy | generate | test | mutate | bench | fuzz | ci`.

mod attacks;
mod bench;
mod ci;
mod fuzz;
mod mutate;
mod out;
mod peers;
mod source;
mod steps;
mod test;
mod tidy;
mod tree;
mod world;

use std::process::ExitCode;

const HELP: &str = "\
Project chores.

  cargo xtask test [--filter WORD] [--list]   install the peers, then run every test
  cargo xtask mutate [ID...] [--section WORD] [--list]
                                              take each attack's check away, and see that its tests notice
  cargo xtask tidy                            arrows, sizes, words, links, attacks, generated files
  cargo xtask generate                        rewrite the generated files
  cargo xtask bench [NAME.. | all] [--rounds N] [--json FILE]
                                              what the product costs beside a baseline; without a name: the names
  cargo xtask bench audit [--only WORD]       which faults the audit finds in targets from registries, beside wapiti
  cargo xtask fuzz [TARGET...] [--minutes N]  the fuzz targets, one after the other, and what each came to
  cargo xtask ci [--advisories]               everything that has to pass before a change lands

Exit code: 0 done, 1 something was found, 2 a chore could not do its work.
Example:   cargo xtask test --filter refresh";

/// Why a chore did not end well.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The work was done and something in the tree is wrong: exit code 1.
    Finding(String),
    /// The work could not be done: exit code 2.
    Fault(String),
}

fn main() -> ExitCode {
    let arguments = world::arguments();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Finding(text)) => {
            out::error(&text);
            ExitCode::from(1)
        }
        Err(Failure::Fault(text)) => {
            out::error(&text);
            ExitCode::from(2)
        }
    }
}

fn run(words: &[&str]) -> Result<(), Failure> {
    match words {
        ["tidy"] => tidy::run(),
        ["generate"] => tidy::generated::rewrite(),
        ["test", rest @ ..] => test::run(&test::Options::parse(rest)?),
        ["bench", rest @ ..] => bench::run(rest),
        ["mutate", rest @ ..] => mutate::run(&mutate::Options::parse(rest)?),
        ["fuzz", rest @ ..] => fuzz::run(&fuzz::Options::parse(rest)?),
        ["ci"] => ci::run(ci::Advisories::Skip),
        ["ci", "--advisories"] => ci::run(ci::Advisories::Check),
        [] | ["help" | "-h" | "--help", ..] => {
            out::line(HELP);
            Ok(())
        }
        [word, ..] => Err(Failure::Fault(format!(
            "no such chore or option: {word}\n\n{HELP}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_chore_is_a_fault_and_help_is_not() {
        assert!(matches!(run(&["tydi"]), Err(Failure::Fault(text)) if text.contains("tydi")));
        assert_eq!(run(&["--help"]), Ok(()));
    }

    #[test]
    fn an_unknown_option_is_a_fault() {
        assert!(matches!(run(&["ci", "--fast"]), Err(Failure::Fault(_))));
        assert!(matches!(run(&["test", "--fast"]), Err(Failure::Fault(_))));
    }
}

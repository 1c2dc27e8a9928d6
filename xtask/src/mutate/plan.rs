//! What a run of mutants is to do: which checks, with which tests.

use crate::Failure;
use crate::attacks::{Edit, Section};

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Ids of attacks; none means all.
    ids: Vec<String>,
    section: Option<String>,
    /// Name the checks, take none away.
    pub(super) list: bool,
}

/// One check taken away.
#[derive(Debug, Clone)]
pub(super) struct Mutant {
    /// The name of the check.
    pub(super) check: String,
    pub(super) tests: Vec<String>,
    pub(super) edits: Vec<Edit>,
    pub(super) alone: bool,
    pub(super) hangs: bool,
    pub(super) aborts: bool,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Result<Options, Failure> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match (*word, word.strip_prefix("--section=")) {
                ("--list", _) => options.list = true,
                ("--section", _) => {
                    let fault = || Failure::Fault("--section needs a word".to_owned());
                    options.section = Some((*words.next().ok_or_else(fault)?).to_owned());
                }
                (_, Some(text)) => options.section = Some(text.to_owned()),
                (id, _) if !id.starts_with('-') => options.ids.push(id.to_owned()),
                _ => {
                    return Err(Failure::Fault(format!(
                        "no such option: {word} (there are ids, --section WORD and --list)"
                    )));
                }
            }
        }
        Ok(options)
    }

    /// The checks that were asked for. A fault names an id or a section that is not there.
    pub(super) fn choose(&self, sections: &[Section]) -> Result<Vec<Mutant>, Failure> {
        let known = |id: &String| {
            sections
                .iter()
                .any(|section| section.attacks.iter().any(|a| a.id == *id))
        };
        if let Some(id) = self.ids.iter().find(|id| !known(id)) {
            return Err(Failure::Fault(format!("no attack has the id {id}")));
        }
        let words: Vec<&str> = sections.iter().map(Section::word).collect();
        if let Some(word) = self
            .section
            .as_ref()
            .filter(|word| !words.contains(&word.as_str()))
        {
            let all = words.join(", ");
            return Err(Failure::Fault(format!(
                "no section is called {word}: there are {all}"
            )));
        }
        let chosen = sections
            .iter()
            .filter(|section| self.section.as_ref().is_none_or(|word| word == section.word()));
        let attacks = chosen
            .flat_map(|section| &section.attacks)
            .filter(|attack| self.ids.is_empty() || self.ids.contains(&attack.id));
        Ok(attacks
            .flat_map(|attack| {
                attack.named_checks().map(|(name, check)| Mutant {
                    check: name,
                    tests: attack.tests.clone(),
                    edits: check.edits.clone(),
                    alone: check.alone,
                    hangs: check.hangs,
                    aborts: check.aborts,
                })
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attacks;
    use crate::tree::Tree;

    fn chosen(words: &[&str]) -> Result<Vec<String>, Failure> {
        let row = |id: &str| {
            let check = "[[attack.check]]\n[[attack.check.edit]]\nfile = 'f'\nfind = 'x'\nreplace = ''\n";
            format!(
                "[[attack]]\nid = '{id}'\nwhat = 'w'\nstopped_by = 's'\ntests = ['jose::a', 'cli/tests/b.rs::c']\n{check}"
            )
        };
        let one = format!("title = 'A'\n{}{}", row("a-1"), row("a-2"));
        let two = format!("title = 'B'\n{}", row("b-1"));
        let tree = Tree::of(&[
            ("docs/attacks/1-one.toml", &one),
            ("docs/attacks/2-two.toml", &two),
        ]);
        let mutants = Options::parse(words)?.choose(&attacks::read(&tree).unwrap())?;
        Ok(mutants.into_iter().map(|mutant| mutant.check).collect())
    }

    #[test]
    fn all_some_or_a_section() {
        assert_eq!(chosen(&[]).unwrap(), ["a-1", "a-2", "b-1"]);
        assert_eq!(chosen(&["b-1", "a-1"]).unwrap(), ["a-1", "b-1"]);
        assert_eq!(chosen(&["--section", "two"]).unwrap(), ["b-1"]);
        assert_eq!(chosen(&["--section=one", "--list"]).unwrap(), ["a-1", "a-2"]);
    }

    #[test]
    fn what_is_not_there_is_a_fault() {
        for words in [&["c-1"][..], &["--section", "six"], &["--section"], &["--fast"]] {
            assert!(matches!(chosen(words), Err(Failure::Fault(_))), "{words:?}");
        }
    }
}

use super::*;
use crate::harness::{Ground, Size, measure};

fn names(words: &[&str]) -> Vec<&'static str> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    chosen(&words)
        .unwrap()
        .iter()
        .map(|subject| subject.name)
        .collect()
}

#[test]
fn subjects_are_chosen_by_name_beginning_or_all() {
    assert_eq!(names(&["signatures"]), ["signatures"]);
    assert_eq!(names(&["sig*"]), ["signatures"]);
    assert_eq!(names(&["all"]).len(), SUBJECTS.len());
    assert!(chosen(&["nonsense".to_owned()]).is_err_and(|fault| fault.to_string().contains("signatures")));
}

#[test]
fn every_subject_still_works() {
    crate::stage::build();
    let ground = Ground::new(Size::Tiny).unwrap();
    let quiet = SUBJECTS
        .iter()
        .filter(|subject| !subject.name.starts_with("check-"));
    for subject in quiet {
        let measured =
            measure(subject, &ground, 1).unwrap_or_else(|fault| panic!("{}: {fault}", subject.name));
        // So short a turn may fall between two steps of the kernel's CPU clock: what it did counts here, not its figure.
        assert!(measured.raw.did_something(), "{}", subject.name);
        for (figure, _) in &measured.figures {
            assert!(figure.name.len() <= 40, "{}", figure.name);
        }
    }
}

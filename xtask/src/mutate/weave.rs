//! Puts many edits into one text, each asleep until a variable of the environment wakes it. One build then serves every mutant.

use crate::attacks::Place;

/// The variable that holds the name of the check to take away.
pub(super) const WAKE: &str = "XTASK_MUTANT";

/// One edit at its place.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) check: String,
    pub(super) place: Place,
    pub(super) replace: String,
}

/// The text with every edit asleep in it. Edits may share a place or stand inside one another; an error names two that overlap by half.
pub(super) fn weave(text: &str, cuts: &[Cut]) -> Result<String, String> {
    let mut cuts = cuts.to_vec();
    cuts.sort_by_key(|cut| (cut.place.start, std::cmp::Reverse(cut.place.end)));
    weave_part(text, 0..text.len(), &cuts)
}

fn weave_part(text: &str, part: Place, mut cuts: &[Cut]) -> Result<String, String> {
    let mut woven = String::new();
    let mut at = part.start;
    while let Some(first) = cuts.first() {
        let place = first.place.clone();
        let inside = cuts.iter().take_while(|cut| cut.place.start < place.end).count();
        let (mine, later) = cuts.split_at(inside);
        if let Some(half) = mine.iter().find(|cut| cut.place.end > place.end) {
            return Err(format!(
                "{} and {} overlap: widen the smaller edit, or build one alone",
                first.check, half.check
            ));
        }
        let same = mine.iter().take_while(|cut| cut.place == place).count();
        let (here, deeper) = mine.split_at(same);
        woven.push_str(text.get(at..place.start).unwrap_or_default());
        let original = weave_part(text, place.clone(), deeper)?;
        woven.push_str(&choice(here, &original));
        at = place.end;
        cuts = later;
    }
    woven.push_str(text.get(at..part.end).unwrap_or_default());
    Ok(woven)
}

/// `if MUTANT { REPLACE } else { ORIGINAL }`: in brackets where the original is an expression that may stand inside a larger one.
fn choice(cuts: &[Cut], original: &str) -> String {
    let mut woven = String::new();
    for cut in cuts {
        woven.push_str(&format!("if {} {{ {} }} else ", awake(&cut.check), cut.replace));
    }
    woven.push_str(&format!("{{ {original} }}"));
    match original.trim_end().ends_with([';', '}']) {
        true => woven,
        false => format!("({woven})"),
    }
}

/// Asks the environment once in a process, so that the hot path is not slowed down by the question.
fn awake(check: &str) -> String {
    format!(
        "{{ static AWAKE: ::std::sync::LazyLock<bool> = ::std::sync::LazyLock::new(|| \
         ::std::env::var_os(\"{WAKE}\").is_some_and(|check| check == \"{check}\")); *AWAKE }}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(check: &str, text: &str, find: &str, replace: &str) -> Cut {
        let start = text.find(find).unwrap();
        Cut {
            check: check.to_owned(),
            place: start..start + find.len(),
            replace: replace.to_owned(),
        }
    }

    fn woven(text: &str, edits: &[(&str, &str, &str)]) -> Result<String, String> {
        let cuts: Vec<Cut> = edits
            .iter()
            .map(|(check, find, replace)| cut(check, text, find, replace))
            .collect();
        let woven = weave(text, &cuts)?;
        let ids = ["a", "b", "c"];
        Ok(ids.iter().fold(woven, |woven, id| woven.replace(&awake(id), id)))
    }

    #[test]
    fn an_expression_is_put_in_brackets_and_a_statement_is_not() {
        assert_eq!(
            woven("f(x > 1 && y)", &[("a", "x > 1", "true")]).unwrap(),
            "f((if a { true } else { x > 1 }) && y)"
        );
        assert_eq!(
            woven("f(); g()?; h()", &[("a", "g()?;", "")]).unwrap(),
            "f(); if a {  } else { g()?; } h()"
        );
    }

    #[test]
    fn edits_share_a_place_or_stand_inside_one_another() {
        assert_eq!(
            woven(
                "(x && y) | z",
                &[("b", "y", "2"), ("a", "x && y", "1"), ("c", "y", "3")]
            )
            .unwrap(),
            "((if a { 1 } else { x && (if b { 2 } else if c { 3 } else { y }) })) | z"
        );
    }

    #[test]
    fn edits_that_overlap_by_half_are_refused() {
        let error = woven("x && y && z", &[("a", "x && y", "1"), ("b", "y && z", "2")]).unwrap_err();
        assert!(error.contains("a and b overlap"), "{error}");
    }

    #[test]
    fn only_the_named_check_is_awake() {
        let asked = awake("tok-1");
        assert!(asked.contains("\"XTASK_MUTANT\"") && asked.contains("check == \"tok-1\""));
    }
}

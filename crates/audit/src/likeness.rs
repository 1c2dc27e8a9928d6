//! Texts that are the same but for what differs each time.

use crate::answer::Answer;

/// Whether two answers show the same, whatever tokens, identifiers and nonces they hold.
pub(crate) fn is_alike(one: &Answer, other: &Answer) -> bool {
    one.body == other.body || masked(&one.text(), "") == masked(&other.text(), "")
}

/// Without the name itself, and without what looks drawn at random: tokens, identifiers, nonces.
pub(crate) fn masked(text: &str, name: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let text = if name.is_empty() {
        text.to_owned()
    } else {
        text.replace(name, "[name]").replace(&encoded, "[name]")
    };
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=');
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if is_of_word(c) {
            word.push(c);
            continue;
        }
        let count = |test: fn(&u8) -> bool| word.bytes().filter(test).count();
        let mixed = count(u8::is_ascii_uppercase) > 2 && count(u8::is_ascii_lowercase) > 2;
        let is_random = word.len() >= 16 && (mixed || count(u8::is_ascii_digit) > 1);
        out.push_str(if is_random { "[random]" } else { &word });
        out.push(c);
        word.clear();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_random_words_are_not_compared() {
        let one = masked("<p>ada x=q7Jx9Lm2Pw8Rt4Zk csrf</p>", "ada");
        assert_eq!(one, masked("<p>bob x=Zz81Lm2Pw8Rt4Q0a csrf</p>", "bob"));
        assert_ne!(one, masked("<p>bob x=Zz81Lm2Pw8Rt4Q0a none</p>", "bob"));
    }
}

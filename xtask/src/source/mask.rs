//! Blanks out comments and literals, so that what is left can be searched without being fooled by them.

/// The same text, byte for byte as long, with comments, strings and character literals replaced by spaces.
/// Line ends stay, so line numbers do too.
pub(crate) fn mask(text: &str) -> String {
    let mut rest = text.as_bytes();
    let mut masked = String::with_capacity(rest.len());
    while !rest.is_empty() {
        let (length, kept) = lexeme(rest);
        let (head, tail) = rest.split_at(length.clamp(1, rest.len()));
        masked.extend(head.iter().map(|byte| match byte {
            b'\n' => '\n',
            byte if kept && byte.is_ascii() => char::from(*byte),
            // Letters beyond ASCII stand in names only: any letter will do, one for each byte.
            _ if kept => '_',
            _ => ' ',
        }));
        rest = tail;
    }
    masked
}

/// The length of the first lexeme and whether it is code.
fn lexeme(text: &[u8]) -> (usize, bool) {
    match text {
        [b'/', b'/', ..] => (
            text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len()),
            false,
        ),
        [b'/', b'*', ..] => (block_comment(text), false),
        [b'"', ..] => (1 + quoted(text.get(1..).unwrap_or_default(), b'"'), false),
        [b'\'', ..] => character_or_lifetime(text),
        [byte, ..] if is_word(*byte) => match prefixed_literal(text) {
            Some(length) => (length, false),
            None => (text.iter().take_while(|byte| is_word(**byte)).count(), true),
        },
        _ => (1, true),
    }
}

/// `b"..."`, `c"..."`, `b'.'`, `r"..."`, `r#"..."#`, `br"..."`, `cr"..."`: the length, if it is one.
fn prefixed_literal(text: &[u8]) -> Option<usize> {
    let prefix = text
        .iter()
        .take(2)
        .take_while(|byte| matches!(byte, b'b' | b'c' | b'r'))
        .count();
    let (prefix, body) = text.split_at_checked(prefix)?;
    match (prefix, body) {
        ([b'b' | b'c'], [b'"', rest @ ..]) => Some(2 + quoted(rest, b'"')),
        (b"b", [b'\'', rest @ ..]) => Some(2 + quoted(rest, b'\'')),
        ([b'r'] | [_, b'r'], _) => raw_string(body).map(|length| prefix.len() + length),
        _ => None,
    }
}

/// From the first `#` or `"` of a raw string to its end. None for a raw name such as `r#type`.
fn raw_string(text: &[u8]) -> Option<usize> {
    let hashes = text.iter().take_while(|byte| **byte == b'#').count();
    let body = text.get(hashes..)?.strip_prefix(b"\"")?;
    let end = body.iter().enumerate().position(|(at, byte)| {
        *byte == b'"'
            && body
                .iter()
                .skip(at + 1)
                .take(hashes)
                .filter(|byte| **byte == b'#')
                .count()
                == hashes
    });
    Some(hashes + 1 + end.map_or(body.len(), |end| end + 1 + hashes))
}

/// The length up to and with the closing quote, over escaped characters.
fn quoted(text: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            byte if *byte == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn character_or_lifetime(text: &[u8]) -> (usize, bool) {
    let body = text.get(1..).unwrap_or_default();
    if body.first() == Some(&b'\\') {
        return (1 + quoted(body, b'\''), false);
    }
    // A character is one to four bytes, the later ones being continuation bytes.
    let more = body
        .iter()
        .skip(1)
        .take_while(|byte| (0x80..0xc0).contains(*byte))
        .count();
    match body.get(1 + more) {
        Some(b'\'') => (3 + more, false),
        _ => (1, true),
    }
}

fn block_comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    text.len()
}

/// Whether a byte can stand in a name.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of the text, with runs of spaces as one.
    fn left(text: &str) -> String {
        let masked = mask(text);
        assert_eq!(masked.len(), text.len(), "same length");
        assert_eq!(masked.lines().count(), text.lines().count(), "same lines");
        masked.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn blanks_comments() {
        assert_eq!(left("a // b {\nc /* d /* e */ f */ g /// h"), "a c g");
        assert_eq!(left("a / b * c"), "a / b * c");
        assert_eq!(left("a /* never closed {"), "a");
    }

    #[test]
    fn blanks_strings() {
        assert_eq!(left(r#"a "b \" {" c"#), "a c");
        assert_eq!(left(r##"a r#"b " {"# c br"\" d"##), "a c d");
        assert_eq!(left(r##"a b"x\"" c c"y" d cr#"z"# e"##), "a c d e");
        assert_eq!(left("a \"// no comment\" b\n\"two\nlines\" c"), "a b c");
    }

    #[test]
    fn blanks_characters_but_no_lifetimes() {
        assert_eq!(
            left(r"a '{' b '\'' c '\u{7b}' d 'é' e b'{' f b'\'' g"),
            "a b c d e f g"
        );
        assert_eq!(
            left("fn a<'a>(b: &'a str, c: &'static u8)"),
            "fn a<'a>(b: &'a str, c: &'static u8)"
        );
    }

    #[test]
    fn leaves_names_that_look_like_prefixes() {
        assert_eq!(left("r#type b crab br cr::c"), "r#type b crab br cr::c");
        assert_eq!(left("déjà \"vu\" x"), "d__j__ x");
    }
}

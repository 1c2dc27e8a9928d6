//! Words and marks of masked source text.

/// A word, or one mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// What is left of a source text when comments, literals and space are gone.
pub(crate) fn tokens(masked: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    for (number, line) in masked.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            let (text, tail) = rest.split_at(if is_word(first) { length } else { first.len_utf8() });
            found.push(Token {
                text,
                line: number + 1,
            });
            rest = tail.trim_start();
        }
    }
    found
}

/// The place of the bracket that closes the one at `open`, or the last place if none does.
pub(crate) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth <= 1 => return at,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len().saturating_sub(1)
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_words_and_marks_with_their_lines() {
        let found = tokens("fn a1(\n  b: &c_d) {}");
        let texts: Vec<&str> = found.iter().map(|token| token.text).collect();
        assert_eq!(texts, ["fn", "a1", "(", "b", ":", "&", "c_d", ")", "{", "}"]);
        assert_eq!((found[2].line, found[3].line), (1, 2));
    }

    #[test]
    fn finds_the_closing_bracket() {
        let found = tokens("a { b ( c ) { } } d");
        assert_eq!(closing(&found, 1), 8);
        assert_eq!(closing(&tokens("a { b"), 1), 2);
    }
}

//! Functions, test blocks and types of one source file.

use super::mask::mask;
use super::tokens::{Token, closing, tokens};

/// What the rules ask of one source file.
#[derive(Debug)]
pub(crate) struct Source {
    /// The text without comments and literals.
    pub(crate) code: String,
    pub(crate) lines: usize,
    pub(crate) functions: Vec<Function>,
    /// The named items other than functions: keyword, name, line.
    pub(crate) named: Vec<(String, String, usize)>,
    /// First and last line of everything under `#[cfg(test)]`.
    pub(crate) test_blocks: Vec<(usize, usize)>,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// With the modules it stands in inside its file: `tests::refuses`.
    pub(crate) path: String,
    pub(crate) name: String,
    /// `self` is not counted.
    pub(crate) parameters: usize,
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
    /// Marked `#[test]`, `#[tokio::test]` or alike.
    pub(crate) is_test: bool,
}

impl Source {
    pub(crate) fn of(text: &str) -> Source {
        let code = mask(text);
        let mut reader = Reader::default();
        reader.read(&tokens(&code));
        let Reader {
            functions,
            named,
            test_blocks,
            ..
        } = reader;
        Source {
            lines: text.lines().count(),
            functions,
            named,
            test_blocks,
            code,
        }
    }

    /// Whether a line is under `#[cfg(test)]`.
    pub(crate) fn is_in_tests(&self, line: usize) -> bool {
        self.test_blocks
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&line))
    }

    /// How many lines are under `#[cfg(test)]`.
    pub(crate) fn test_lines(&self) -> usize {
        self.test_blocks
            .iter()
            .map(|(first, last)| last - first + 1)
            .sum()
    }
}

impl Function {
    /// From `fn` to the closing bracket.
    pub(crate) fn lines(&self) -> usize {
        self.last_line - self.first_line + 1
    }
}

#[derive(Default)]
struct Reader {
    functions: Vec<Function>,
    named: Vec<(String, String, usize)>,
    test_blocks: Vec<(usize, usize)>,
    /// The modules that are open, each with the place where it ends.
    modules: Vec<(String, usize)>,
    marked_test: bool,
}

impl Reader {
    fn read(&mut self, all: &[Token<'_>]) {
        let mut at = 0;
        while let Some(token) = all.get(at) {
            self.modules.retain(|(_, end)| *end > at);
            let name = all.get(at + 1).map_or("", |next| next.text);
            match token.text {
                "#" if name == "[" => {
                    at = self.attribute(all, at);
                    continue;
                }
                "fn" if is_name(name) => self.function(all, at, name),
                "mod" if is_name(name) => self.module(all, at, name),
                "struct" | "enum" | "trait" | "type" | "union" if is_name(name) => {
                    self.named
                        .push((token.text.to_owned(), name.to_owned(), token.line));
                }
                ";" | "{" | "}" => self.marked_test = false,
                _ => {}
            }
            at += 1;
        }
    }

    /// Notes what an attribute says and returns the place after it.
    fn attribute(&mut self, all: &[Token<'_>], at: usize) -> usize {
        let end = closing(all, at + 1);
        let inside: Vec<&str> = all
            .iter()
            .take(end)
            .skip(at + 2)
            .map(|token| token.text)
            .collect();
        let path: Vec<&str> = inside.iter().copied().take_while(|text| *text != "(").collect();
        if path.last() == Some(&"test") {
            self.marked_test = true;
        }
        if matches!(
            inside.as_slice(),
            ["cfg", "(", "test", ")"] | ["cfg", "(", "all", "(", "test", ..]
        ) {
            self.test_block(all, at, end + 1);
        }
        end + 1
    }

    fn test_block(&mut self, all: &[Token<'_>], first: usize, mut at: usize) {
        while all.get(at).is_some_and(|token| token.text == "#") {
            at = closing(all, at + 1) + 1;
        }
        let last = item_end(all, at);
        let line = |at: usize| all.get(at).map_or(0, |token| token.line);
        let nested = self
            .test_blocks
            .last()
            .is_some_and(|(_, end)| *end >= line(first));
        if !nested {
            self.test_blocks.push((line(first), line(last)));
        }
    }

    fn module(&mut self, all: &[Token<'_>], at: usize, name: &str) {
        self.named.push((
            "mod".to_owned(),
            name.to_owned(),
            all.get(at).map_or(0, |token| token.line),
        ));
        if all.get(at + 2).is_some_and(|token| token.text == "{") {
            self.modules.push((name.to_owned(), closing(all, at + 2)));
        }
    }

    fn function(&mut self, all: &[Token<'_>], at: usize, name: &str) {
        let open = after_generics(all, at + 2);
        let close = closing(all, open);
        let end = item_end(all, close + 1);
        let modules = self.modules.iter().map(|(name, _)| name.as_str());
        self.functions.push(Function {
            path: modules.chain([name]).collect::<Vec<_>>().join("::"),
            name: name.to_owned(),
            parameters: parameters(all.get(open + 1..close).unwrap_or_default()),
            first_line: all.get(at).map_or(0, |token| token.line),
            last_line: all.get(end).map_or(0, |token| token.line),
            is_test: std::mem::take(&mut self.marked_test),
        });
    }
}

/// The place where an item ends: its `;`, or the bracket that closes its body.
fn item_end(all: &[Token<'_>], mut at: usize) -> usize {
    while let Some(token) = all.get(at) {
        match token.text {
            ";" => return at,
            "{" => return closing(all, at),
            "(" | "[" => at = closing(all, at),
            _ => {}
        }
        at += 1;
    }
    all.len().saturating_sub(1)
}

/// The place after `<...>`, if there is one.
fn after_generics(all: &[Token<'_>], start: usize) -> usize {
    let (mut depth, mut before) = (0_usize, "");
    for (at, token) in all.iter().enumerate().skip(start) {
        match token.text {
            "<" => depth += 1,
            // The arrow of `Fn(A) -> B` closes nothing.
            ">" if before != "-" => depth = depth.saturating_sub(1),
            _ if depth == 0 => return at,
            _ => {}
        }
        before = token.text;
    }
    start
}

/// How many parameters stand between the brackets, without `self`.
fn parameters(inside: &[Token<'_>]) -> usize {
    let (mut depth, mut before) = (0_usize, "");
    let mut each: Vec<Vec<&str>> = vec![Vec::new()];
    for token in inside {
        match token.text {
            "(" | "[" | "{" | "<" => depth += 1,
            ">" if before == "-" => {}
            ")" | "]" | "}" | ">" => depth = depth.saturating_sub(1),
            "," if depth == 0 => each.push(Vec::new()),
            _ => {}
        }
        if let Some(last) = each.last_mut().filter(|_| depth > 0 || token.text != ",") {
            last.push(token.text);
        }
        before = token.text;
    }
    let is_self = |words: &[&str]| {
        words
            .iter()
            .take_while(|word| **word != ":")
            .any(|word| *word == "self")
    };
    each.iter()
        .filter(|words| !words.is_empty() && !is_self(words))
        .count()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

#[cfg(test)]
mod tests;

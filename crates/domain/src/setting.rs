//! Settings as data: one list per room, from which the reference, the example and the check of unknown keys are made;
//! and the problems that a validation collects, all at once.

use crate::time::Span;

/// One configuration key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// `section.key`; a repeated section is written `[[route]].key`.
    pub path: &'static str,
    /// What a value looks like: `duration`, `text`, `integer`, `boolean`, `list of text`, `secret`, `one of a, b`.
    pub form: &'static str,
    /// The default as it would be written; empty: none.
    pub default: &'static str,
    /// Bounds, such as `1m to 90d`; empty: none.
    pub bounds: &'static str,
    /// One or two sentences.
    pub doc: &'static str,
}

impl Setting {
    /// A setting: path, form, default, bounds, and what it is for.
    #[must_use]
    pub const fn new(
        path: &'static str,
        form: &'static str,
        default: &'static str,
        bounds: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            path,
            form,
            default,
            bounds,
            doc,
        }
    }
}

/// Something wrong with a configuration: where, what, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `section.key`.
    pub path: String,
    /// What is wrong. Never the value of a secret.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Problem {
    /// A problem with its remedy.
    pub fn new(path: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Collects problems while values are read one after the other.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem.
    pub fn add(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Problem::new(path, message, hint));
    }

    /// A duration within bounds, or the default where it is absent; a wrong one is noted.
    pub fn span(&mut self, path: &str, text: Option<&str>, default: Span, bounds: (Span, Span)) -> Span {
        let Some(text) = text else { return default };
        match parse_span(text) {
            None => self.add(
                path,
                format!("\"{text}\" is not a duration"),
                "write a number and ms, s, m, h or d: \"15m\"",
            ),
            Some(span) if span < bounds.0 || span > bounds.1 => self.add(
                path,
                format!("{span} is out of bounds"),
                format!("choose a duration from {} to {}", bounds.0, bounds.1),
            ),
            Some(span) => return span,
        }
        default
    }

    /// A number within bounds, or the default where it is absent; a wrong one is noted.
    pub fn number(&mut self, path: &str, value: Option<u64>, default: u64, bounds: (u64, u64)) -> u64 {
        match value {
            None => default,
            Some(value) if value < bounds.0 || value > bounds.1 => {
                self.add(
                    path,
                    format!("{value} is out of bounds"),
                    format!("choose {} to {}", bounds.0, bounds.1),
                );
                default
            }
            Some(value) => value,
        }
    }

    /// The value, if nothing was noted.
    ///
    /// # Errors
    /// Every problem noted.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    /// Takes over the problems of another room.
    pub fn extend(&mut self, others: Vec<Problem>) {
        self.0.extend(others);
    }

    /// Whether nothing was noted so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads `250ms`, `10s`, `15m`, `8h`, `30d`.
#[must_use]
pub fn parse_span(text: &str) -> Option<Span> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(split);
    let number: u64 = digits.parse().ok()?;
    let factor: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor).map(Span::from_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ms) in [
            ("250ms", 250),
            ("10s", 10_000),
            ("15m", 900_000),
            ("30d", 2_592_000_000),
        ] {
            assert_eq!(parse_span(text), Some(Span::from_ms(ms)));
        }
        for bad in [
            "",
            "10",
            "s",
            "-1s",
            "1.5s",
            "10 s",
            "1w",
            "99999999999999999999d",
            "999999999999999d",
        ] {
            assert_eq!(parse_span(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_problem_is_kept_with_its_remedy() {
        let mut problems = Problems::default();
        let bounds = (Span::from_secs(1), Span::from_mins(1));
        assert_eq!(
            problems.span("a.b", Some("2m"), Span::from_secs(5), bounds),
            Span::from_secs(5)
        );
        problems.span("a.c", Some("x"), Span::from_secs(5), bounds);
        assert_eq!(problems.number("a.d", Some(3), 1, (0, 9)), 3);
        let found = problems.finish(()).unwrap_err();
        assert_eq!(
            found.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(),
            ["a.b", "a.c"]
        );
        assert_eq!(found[0].hint, "choose a duration from 1s to 1m");
    }
}

//! A request's members, taken one by one: every problem is noted, and what nobody took is refused by name.

use std::str::FromStr;

use domain::Span;
use domain::setting::Problems;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Refusal;

/// Members of a JSON object or a query that are still to be read. No `Debug`: some are secrets.
pub(crate) struct Form {
    fields: Map<String, Value>,
    prefix: String,
    known: Vec<&'static str>,
    problems: Problems,
}

/// Bounds of a list: how many, and how long each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListBounds {
    pub(crate) items: usize,
    pub(crate) chars: usize,
}

impl Form {
    /// Of a JSON object.
    pub(crate) fn new(fields: Map<String, Value>) -> Self {
        Self {
            fields,
            prefix: String::new(),
            known: Vec::new(),
            problems: Problems::default(),
        }
    }

    /// Of a query string; a repeated member is a problem.
    pub(crate) fn of_query(query: &str) -> Self {
        let mut form = Self::new(Map::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if form.fields.contains_key(name.as_ref()) {
                form.problems.add(&shown(&name), "is given twice", "give it once");
            }
            form.fields
                .insert(name.into_owned(), Value::String(value.into_owned()));
        }
        form
    }

    /// Notes a problem of a member.
    pub(crate) fn wrong(&mut self, name: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.problems
            .add(&format!("{}{name}", self.prefix), message, hint);
    }

    /// A text of bounded length; absent, null or (in a query) empty is nothing.
    pub(crate) fn text(&mut self, name: &'static str, most: usize) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if text.chars().count() > most => {
                self.wrong(name, "is too long", format!("use at most {most} characters"));
                None
            }
            Value::String(text) if text.chars().any(char::is_control) => {
                self.wrong(name, "holds control characters", "use plain text");
                None
            }
            Value::String(text) => Some(text),
            _ => {
                self.wrong(name, "is not a text", "write a JSON string");
                None
            }
        }
    }

    /// A text that must be there; where it is not, an empty one stands in and a problem is noted.
    pub(crate) fn required(&mut self, name: &'static str, most: usize, hint: &str) -> String {
        let absent = !self.fields.get(name).is_some_and(|v| !v.is_null() && *v != "");
        if absent {
            self.take(name);
            self.wrong(name, "is missing", hint);
            return String::new();
        }
        self.text(name, most).unwrap_or_default()
    }

    /// A text that is wiped after use, and that no message repeats.
    pub(crate) fn secret(&mut self, name: &'static str) -> Option<Zeroizing<String>> {
        match self.take(name)? {
            Value::String(text) => Some(Zeroizing::new(text)),
            _ => {
                self.wrong(name, "is not a text", "write a JSON string");
                None
            }
        }
    }

    /// A text of a type's own form.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &'static str, hint: &str) -> Option<T> {
        let text = self.text(name, 512).filter(|t| !t.is_empty())?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.wrong(name, "is not of the form that is needed", hint);
        }
        parsed
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        match self.take(name) {
            None => default,
            Some(Value::Bool(flag)) => flag,
            Some(Value::String(text)) if text == "true" || text == "false" => text == "true",
            Some(_) => {
                self.wrong(name, "is neither true nor false", "write true or false");
                default
            }
        }
    }

    /// A whole number within bounds; in a query as text.
    pub(crate) fn number(&mut self, name: &'static str, default: u64, bounds: (u64, u64)) -> u64 {
        let number = match self.take(name) {
            None => return default,
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64(),
        };
        match number.filter(|n| (bounds.0..=bounds.1).contains(n)) {
            Some(number) => number,
            None => {
                self.wrong(
                    name,
                    "is out of bounds",
                    format!("choose {} to {}", bounds.0, bounds.1),
                );
                default
            }
        }
    }

    /// A duration, written as in the configuration.
    pub(crate) fn span(&mut self, name: &'static str, default: Span, bounds: (Span, Span)) -> Span {
        let text = self.text(name, 32);
        let path = format!("{}{name}", self.prefix);
        self.problems.span(&path, text.as_deref(), default, bounds)
    }

    /// A list of texts.
    pub(crate) fn list(&mut self, name: &'static str, bounds: ListBounds) -> Vec<String> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let Value::Array(values) = value else {
            self.wrong(name, "is not a list", "write a JSON array of strings");
            return Vec::new();
        };
        if values.len() > bounds.items {
            self.wrong(
                name,
                "has too many items",
                format!("use at most {}", bounds.items),
            );
            return Vec::new();
        }
        let mut items = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            match value {
                Value::String(text) if text.is_empty() || text.chars().count() > bounds.chars => {
                    let hint = format!("use 1 to {} characters", bounds.chars);
                    self.wrong(&format!("{name}[{index}]"), "is empty or too long", hint);
                }
                Value::String(text) => items.push(text),
                _ => self.wrong(
                    &format!("{name}[{index}]"),
                    "is not a text",
                    "write a JSON string",
                ),
            }
        }
        items
    }

    /// A nested object; absent is an empty one.
    pub(crate) fn object(&mut self, name: &'static str) -> Self {
        let fields = match self.take(name) {
            None => Map::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                self.wrong(name, "is not an object", "write a JSON object");
                Map::new()
            }
        };
        Self {
            prefix: format!("{}{name}.", self.prefix),
            ..Self::new(fields)
        }
    }

    /// Takes over the problems of a nested object.
    pub(crate) fn join(&mut self, nested: Self) {
        if let Err(Refusal::Invalid(problems)) = nested.finish(()) {
            self.problems.extend(problems);
        }
    }

    /// The value, if nothing is wrong with any member and none is left over.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Refusal> {
        let hint = if self.known.is_empty() {
            "nothing is expected here".to_owned()
        } else {
            format!("known: {}", self.known.join(", "))
        };
        let unknown: Vec<String> = self.fields.keys().map(|name| shown(name)).collect();
        for name in unknown {
            self.wrong(&name, "is unknown", hint.clone());
        }
        self.problems.finish(value).map_err(Refusal::Invalid)
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.fields.remove(name).filter(|value| !value.is_null())
    }
}

/// A name as a message may repeat it: bounded, no control characters.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(value: Value) -> Form {
        let Value::Object(fields) = value else {
            panic!("an object")
        };
        Form::new(fields)
    }

    fn paths<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Vec<String> {
        match result {
            Err(Refusal::Invalid(problems)) => problems.into_iter().map(|p| p.path).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_problem_is_told_and_leftovers_are_named() {
        let mut f = form(json!({"a": 1, "b": "x\ny", "c": [1, ""], "d": "maybe", "e": {"z": 1}, "zz": 0}));
        f.text("a", 10);
        f.text("b", 10);
        f.list("c", ListBounds { items: 5, chars: 5 });
        f.flag("d", true);
        let nested = f.object("e");
        f.join(nested);
        assert_eq!(paths(f.finish(())), ["a", "b", "c[0]", "c[1]", "d", "e.z", "zz"]);
    }

    #[test]
    fn null_and_absent_are_the_same() {
        let mut f = form(json!({"a": null}));
        assert_eq!(
            (f.text("a", 5), f.text("b", 5), f.flag("c", true)),
            (None, None, true)
        );
        assert!(f.list("d", ListBounds { items: 1, chars: 1 }).is_empty());
        assert!(f.finish(()).is_ok());
    }

    #[test]
    fn a_query_member_counts_once() {
        let mut f = Form::of_query("limit=5&after=x&after=y");
        assert_eq!(f.number("limit", 100, (1, 1000)), 5);
        f.text("after", 10);
        assert_eq!(paths(f.finish(())), ["after"]);
        let mut f = Form::of_query("limit=1001");
        assert_eq!(f.number("limit", 100, (1, 1000)), 100);
        assert_eq!(paths(f.finish(())), ["limit"]);
    }
}

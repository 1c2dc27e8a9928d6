//! Enough of HTML to find elements and their attributes. Nothing is built, nothing is run.

use crate::entities;

/// An element's start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// In small letters.
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

/// A page cannot make us look without end.
const MOST_TAGS: usize = 20_000;

impl Tag {
    /// The value of an attribute; empty if it has none.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Every start tag, in order; `/form` for the end of a form. Comments, and what scripts and styles hold, are skipped.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some(end) = end_of_tag(rest) else {
            break;
        };
        let (inside, after) = rest.split_at(end);
        rest = after;
        let Some(tag) = read(inside) else {
            continue;
        };
        if matches!(tag.name.as_str(), "script" | "style" | "textarea" | "title") {
            let close = format!("</{}", tag.name);
            let lower = rest.to_ascii_lowercase();
            rest = lower
                .find(&close)
                .and_then(|at| rest.get(at..))
                .unwrap_or_default();
        }
        found.push(tag);
        if found.len() == MOST_TAGS {
            break;
        }
    }
    found
}

fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(at),
            _ => {}
        }
    }
    None
}

fn read(inside: &str) -> Option<Tag> {
    let inside = inside.trim_end_matches('/');
    let end = inside.find(|c: char| c.is_whitespace()).unwrap_or(inside.len());
    let (name, mut rest) = inside.split_at(end);
    let name = name.to_ascii_lowercase();
    if name != "/form" && !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(Tag { name, attributes });
        }
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end.max(1).min(rest.len()));
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => value_of(value.trim_start()),
            None => ("", after),
        };
        attributes.push((key.to_ascii_lowercase(), entities::decoded(value)));
        rest = after;
    }
}

fn value_of(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// A form: its start tag and its fields.
#[derive(Debug)]
pub(crate) struct Form {
    /// Its start tag.
    pub(crate) tag: Tag,
    /// Its `input`, `select` and `button` tags.
    pub(crate) fields: Vec<Tag>,
}

/// Every form of a page.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut is_open = false;
    for tag in tags(html) {
        match tag.name.as_str() {
            "form" => {
                forms.push(Form {
                    tag,
                    fields: Vec::new(),
                });
                is_open = true;
            }
            "/form" => is_open = false,
            "input" | "select" | "button" if is_open => {
                if let Some(form) = forms.last_mut() {
                    form.fields.push(tag);
                }
            }
            _ => {}
        }
    }
    forms
}

impl Form {
    /// Whether it asks for a password.
    pub(crate) fn has_password(&self) -> bool {
        self.fields.iter().any(|field| {
            field
                .attribute("type")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("password"))
        })
    }

    /// Names and values of its hidden fields.
    pub(crate) fn hidden(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_hidden = |field: &&Tag| {
            field
                .attribute("type")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"))
        };
        self.fields.iter().filter(is_hidden).filter_map(|field| {
            Some((
                field.attribute("name")?,
                field.attribute("value").unwrap_or_default(),
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_found_with_their_fields() {
        let html = "<!-- <form> --><script>if (a<b) document.write('<form>')</script>\
            <FORM method=post action='/login?a=1&amp;b=2'><input type=hidden name=csrf value=\"x&quot;>y\"><input type=\"password\" name=pw required></form><input name=outside>";
        let forms = forms(html);
        assert_eq!(forms.len(), 1);
        assert_eq!(forms[0].tag.attribute("action"), Some("/login?a=1&b=2"));
        assert_eq!(forms[0].hidden().collect::<Vec<_>>(), [("csrf", "x\">y")]);
        assert!(forms[0].has_password() && forms[0].fields.len() == 2);
    }

    #[test]
    fn nonsense_ends() {
        for html in [
            "<",
            "<a",
            "<a b='",
            "< form>",
            "<a ===>",
            "<a =b>",
            "<!--",
            "<script>",
            "<é ü=ö>",
            "</form>",
        ] {
            let _ = tags(html);
        }
        assert_eq!(tags(&"<a>".repeat(30_000)).len(), MOST_TAGS);
    }
}

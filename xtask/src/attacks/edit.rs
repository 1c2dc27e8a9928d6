//! One edit: a text that stands in a file exactly once, and what comes in its place.

use std::ops::Range;

use serde::Deserialize;

use crate::tree::Tree;

/// Takes a check away, or turns it round.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// From the root of the repository.
    pub(crate) file: String,
    /// Where to begin looking, if `find` alone is in the file more than once: a text that is there once.
    pub(crate) after: Option<String>,
    pub(crate) find: String,
    pub(crate) replace: String,
}

/// Where an edit's text stands in its file.
pub(crate) type Place = Range<usize>;

impl Edit {
    /// Finds the place in the tree. An error says why it is not to be found, or that it is ambiguous.
    pub(crate) fn place(&self, tree: &Tree) -> Result<Place, String> {
        let text = tree
            .text(&self.file)
            .ok_or_else(|| format!("there is no file {}", self.file))?;
        self.place_in(text)
    }

    fn place_in(&self, text: &str) -> Result<Place, String> {
        if self.find.trim().is_empty() || self.find == self.replace {
            return Err("`find` is empty, or `replace` is the same".to_owned());
        }
        let Some(after) = &self.after else {
            return self.once(text, &self.find, "find");
        };
        let from = self.once(text, after, "after")?.end;
        let found = text.get(from..).and_then(|rest| rest.find(&self.find));
        let start = found.ok_or_else(|| self.missing(&self.find))? + from;
        Ok(start..start + self.find.len())
    }

    fn once(&self, text: &str, wanted: &str, key: &str) -> Result<Place, String> {
        let mut found = text.match_indices(wanted);
        let Some((start, _)) = found.next() else {
            return Err(self.missing(wanted));
        };
        match found.count() {
            0 => Ok(start..start + wanted.len()),
            more => Err(format!(
                "`{key}` stands {} times in {}: {}",
                more + 1,
                self.file,
                first_line(wanted)
            )),
        }
    }

    fn missing(&self, wanted: &str) -> String {
        format!("is no longer in {}: {}", self.file, first_line(wanted))
    }
}

fn first_line(text: &str) -> String {
    format!("`{}`", text.trim().lines().next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn a() { x(1); }\nfn b() { x(1); y(2); }\n";

    fn place(after: Option<&str>, find: &str) -> Result<String, String> {
        let edit = Edit {
            file: "f.rs".to_owned(),
            after: after.map(str::to_owned),
            find: find.to_owned(),
            replace: "()".to_owned(),
        };
        let found = edit.place(&Tree::of(&[("f.rs", TEXT)]))?;
        Ok(TEXT.get(found.start - 1..found.end).unwrap().to_owned())
    }

    #[test]
    fn finds_what_is_there_once() {
        assert_eq!(place(None, "y(2)").unwrap(), " y(2)");
        assert_eq!(place(Some("fn b"), "x(1);").unwrap(), " x(1);");
    }

    #[test]
    fn refuses_what_is_gone_or_ambiguous_and_says_so() {
        assert!(
            place(None, "x(1)")
                .unwrap_err()
                .contains("stands 2 times in f.rs")
        );
        assert!(place(None, "z").unwrap_err().contains("no longer in f.rs: `z`"));
        assert!(place(Some("fn c"), "x(1)").unwrap_err().contains("`fn c`"));
        assert!(
            place(Some("x(1)"), "y(2)")
                .unwrap_err()
                .contains("`after` stands 2")
        );
        assert!(place(Some("y(2)"), "x(1)").unwrap_err().contains("no longer"));
        assert!(place(None, " ").is_err() && place(None, "()").is_err());
    }
}

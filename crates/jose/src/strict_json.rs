//! JSON that says one thing only (RFC 7515 section 4, RFC 7519 section 4, RFC 8725 section 2.4).
//!
//! Parsers disagree about repeated members, and a disagreement between two parties is an attack. Here a member
//! repeated at any depth, nesting beyond a limit, bytes after the value and anything but UTF-8 are refused.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::error::JoseError;

/// The deepest nesting that may be asked for; the parser behind it stops at 127.
pub const MAX_DEPTH: usize = 64;

/// Parses one JSON value. `max_depth` counts open objects and arrays: `{}` needs 1, `{"a":[]}` needs 2.
///
/// # Errors
/// [`JoseError::Json`], [`JoseError::DuplicateMember`], [`JoseError::TooDeep`].
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8], max_depth: usize) -> Result<T, JoseError> {
    let text = check(bytes, max_depth)?;
    serde_json::from_str(text).map_err(|_| JoseError::Json)
}

/// As [`from_slice`], for a value that must be an object: a derived reader would also take its fields from an array.
///
/// # Errors
/// As [`from_slice`].
pub fn object_from_slice<T: DeserializeOwned>(bytes: &[u8], max_depth: usize) -> Result<T, JoseError> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(JoseError::Json);
    }
    from_slice(bytes, max_depth)
}

/// One pass over the bytes, without recursion: UTF-8, nesting and repeated members.
///
/// It does not check the grammar: whoever calls it parses the returned text next. For every text that then
/// proves to be JSON, this pass has seen exactly its members.
fn check(bytes: &[u8], max_depth: usize) -> Result<&str, JoseError> {
    let text = std::str::from_utf8(bytes).map_err(|_| JoseError::Json)?;
    let mut scan = Scan {
        max_depth: max_depth.min(MAX_DEPTH),
        ..Scan::default()
    };
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => scan.string(rest)?,
            b'{' | b'[' => scan.open(byte == b'{').map(|()| after)?,
            b'}' | b']' => scan.close(byte == b'}').map(|()| after)?,
            b',' => {
                scan.name_next = scan.open.last().is_some_and(|scope| scope.first_name.is_some());
                after
            }
            _ => after,
        };
    }
    if scan.open.is_empty() {
        Ok(text)
    } else {
        Err(JoseError::Json)
    }
}

#[derive(Default)]
struct Scan<'a> {
    max_depth: usize,
    open: Vec<Scope>,
    /// Member names of all open objects; the innermost object's are the last.
    names: Vec<Cow<'a, [u8]>>,
    name_next: bool,
}

struct Scope {
    /// Where this object's names begin; an array has none.
    first_name: Option<usize>,
}

impl<'a> Scan<'a> {
    fn open(&mut self, object: bool) -> Result<(), JoseError> {
        if self.open.len() >= self.max_depth {
            return Err(JoseError::TooDeep);
        }
        self.open.push(Scope {
            first_name: object.then_some(self.names.len()),
        });
        self.name_next = object;
        Ok(())
    }

    fn close(&mut self, object: bool) -> Result<(), JoseError> {
        let scope = self.open.pop().ok_or(JoseError::Json)?;
        if scope.first_name.is_some() != object {
            return Err(JoseError::Json);
        }
        self.name_next = false;
        let Some(first) = scope.first_name else {
            return Ok(());
        };
        // Sorting keeps a crowd of names from costing the square of their number.
        let names = self.names.get_mut(first..).unwrap_or_default();
        names.sort_unstable();
        if names
            .windows(2)
            .any(|pair| matches!(pair, [left, right] if left == right))
        {
            return Err(JoseError::DuplicateMember);
        }
        self.names.truncate(first);
        Ok(())
    }

    /// Consumes the string that `rest` starts with and returns what follows it.
    fn string(&mut self, rest: &'a [u8]) -> Result<&'a [u8], JoseError> {
        let end = string_end(rest).ok_or(JoseError::Json)?;
        let (string, after) = rest.split_at_checked(end).ok_or(JoseError::Json)?;
        if std::mem::take(&mut self.name_next) {
            self.names.push(unescaped(string)?);
        }
        Ok(after)
    }
}

/// The length of the string that `bytes` starts with, both quotes included.
fn string_end(bytes: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (index, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}

/// A name without its quotes and escapes: `"\u0061"` and `"a"` are one name.
fn unescaped(string: &[u8]) -> Result<Cow<'_, [u8]>, JoseError> {
    if string.contains(&b'\\') {
        let name: String = serde_json::from_slice(string).map_err(|_| JoseError::Json)?;
        return Ok(Cow::Owned(name.into_bytes()));
    }
    string
        .get(1..string.len().saturating_sub(1))
        .map(Cow::Borrowed)
        .ok_or(JoseError::Json)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn parse(text: &str) -> Result<Value, JoseError> {
        from_slice(text.as_bytes(), 4)
    }

    #[test]
    fn accepts_what_says_one_thing() {
        let cases = [
            "{}",
            " {\"a\" : 1 ,\n\t\"b\":[1,{\"a\":2},{\"a\":3}]} ",
            r#"{"a":{"a":{"a":"a"}},"b":{"a":1}}"#,
            r#"{"a":"{\"a\":1,\"a\":2}","b":",\"a\""}"#,
            r#"["a","a",{"x":"x"},"a"]"#,
            r#"{"":0," ":1}"#,
            "0",
        ];
        for text in cases {
            assert_eq!(
                parse(text).as_ref(),
                Ok(&serde_json::from_str::<Value>(text).unwrap()),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_repeated_members_at_any_depth() {
        let cases = [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"x":[0,{"a":1,"b":[],"a":2}]}"#,
            r#"{"a":[{"b":1}],"a":2}"#,
            r#"{"a/b":1,"a\/b":2}"#,
            r#"{"":1,"":2}"#,
        ];
        for text in cases {
            assert_eq!(parse(text), Err(JoseError::DuplicateMember), "{text}");
        }
    }

    #[test]
    fn refuses_depth_trailing_bytes_and_other_encodings() {
        assert_eq!(parse("[[[[]]]]"), Ok(serde_json::json!([[[[]]]])));
        assert_eq!(parse("[[[[[]]]]]"), Err(JoseError::TooDeep));
        let deep = "[".repeat(100_000);
        assert_eq!(
            from_slice::<Value>(deep.as_bytes(), usize::MAX),
            Err(JoseError::TooDeep)
        );
        for text in [
            "{}x",
            "{} {}",
            "[}",
            "{]",
            "\u{feff}{}",
            "{\"a\":1,}",
            "'a'",
            "",
            "{\"a\"",
            "]",
            "{\"\\ud800\":1}",
        ] {
            assert_eq!(parse(text), Err(JoseError::Json), "{text}");
        }
        assert_eq!(from_slice::<Value>(b"{\"a\":\"\xff\"}", 4), Err(JoseError::Json));
        // Text that a typed parser would skip is held to UTF-8 too.
        assert_eq!(
            from_slice::<serde::de::IgnoredAny>(b"{\"a\":\"\xff\"}", 4).unwrap_err(),
            JoseError::Json
        );
    }
}

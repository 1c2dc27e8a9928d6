//! One reading of a request's path, shared by every way in. A path that two parsers could read in two ways is
//! refused; it is never repaired, because the upstream gets what the client sent.

use std::borrow::Cow;

use domain::Reason;

use crate::refusal::Refusal;

/// The path can be read in more than one way; says which rule it broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AmbiguousPath(pub &'static str);

impl From<AmbiguousPath> for Refusal {
    fn from(error: AmbiguousPath) -> Self {
        Self::new(Reason::AmbiguousPath, error.0)
    }
}

/// The longest path that is looked at.
const MAX_LEN: usize = 8 * 1024;

/// Characters that look like `/`, `\`, `.` or `;` and that some systems fold into them.
const LOOK_ALIKES: [char; 8] = [
    '\u{2044}', '\u{2215}', '\u{29f8}', '\u{ff0f}', '\u{ff3c}', '\u{ff0e}', '\u{2024}', '\u{ff1b}',
];

/// The path as routes match it: escapes of unreserved characters decoded, all others in upper case (RFC 3986
/// section 6.2.2). Borrowed, without allocation, where the path has no escape.
///
/// # Errors
/// [`AmbiguousPath`]: dot segments, `//`, `;`, backslashes, control or raw non-ASCII bytes, encoded slashes,
/// backslashes, percent signs and semicolons, invalid escapes, escapes that are not UTF-8.
pub fn normalise(path: &str) -> Result<Cow<'_, str>, AmbiguousPath> {
    if !path.starts_with('/') {
        return Err(AmbiguousPath("the path does not begin with a slash"));
    }
    if path.len() > MAX_LEN {
        return Err(AmbiguousPath("the path is too long"));
    }
    path.bytes().try_for_each(raw_byte)?;
    let whole = if path.contains('%') {
        Cow::Owned(decode(path)?)
    } else {
        Cow::Borrowed(path)
    };
    segments(&whole)?;
    Ok(whole)
}

/// Unencoded bytes: those of RFC 3986 `pchar`, without `;`.
fn raw_byte(byte: u8) -> Result<(), AmbiguousPath> {
    match byte {
        b'\\' => Err(AmbiguousPath("the path has a backslash")),
        b';' => Err(AmbiguousPath("the path has a semicolon")),
        b'/' | b'%' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':' | b'@' => {
            Ok(())
        }
        _ if is_unreserved(byte) => Ok(()),
        _ => Err(AmbiguousPath("the path has a character that must be encoded")),
    }
}

fn segments(path: &str) -> Result<(), AmbiguousPath> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if path.len() > 1 && inner.split('/').any(str::is_empty) {
        return Err(AmbiguousPath("the path has an empty segment"));
    }
    if inner.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(AmbiguousPath("the path has a dot segment"));
    }
    Ok(())
}

fn decode(path: &str) -> Result<String, AmbiguousPath> {
    let mut out = String::with_capacity(path.len());
    // What the escapes stand for: must be text, whatever the upstream makes of it.
    let mut meaning = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(char::from(byte));
            meaning.push(byte);
            continue;
        }
        let (high, low) = (bytes.next().and_then(hex), bytes.next().and_then(hex));
        let (Some(high), Some(low)) = (high, low) else {
            return Err(AmbiguousPath("the path has an invalid escape"));
        };
        let value = high * 16 + low;
        escaped_byte(value)?;
        meaning.push(value);
        if is_unreserved(value) {
            out.push(char::from(value));
        } else {
            out.push('%');
            out.push(digit(high));
            out.push(digit(low));
        }
    }
    let text =
        std::str::from_utf8(&meaning).map_err(|_| AmbiguousPath("the path's escapes are not UTF-8"))?;
    if text.contains(LOOK_ALIKES) {
        return Err(AmbiguousPath(
            "the path has a character that may be taken for a separator",
        ));
    }
    Ok(out)
}

const fn escaped_byte(value: u8) -> Result<(), AmbiguousPath> {
    match value {
        b'/' => Err(AmbiguousPath("the path has an encoded slash")),
        b'\\' => Err(AmbiguousPath("the path has an encoded backslash")),
        b'%' => Err(AmbiguousPath("the path is encoded twice")),
        b';' => Err(AmbiguousPath("the path has an encoded semicolon")),
        0..=0x1f | 0x7f => Err(AmbiguousPath("the path has a control character")),
        _ => Ok(()),
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

const fn digit(value: u8) -> char {
    if value < 10 {
        (b'0' + value) as char
    } else {
        (b'A' + value - 10) as char
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_read_without_a_copy() {
        for path in [
            "/",
            "/a",
            "/a/",
            "/a.b/c~d/_-",
            "/...",
            "/a..b",
            "/.well-known/x",
            "/x:y@z,(1)",
        ] {
            assert!(
                matches!(normalise(path), Ok(Cow::Borrowed(same)) if same == path),
                "{path}"
            );
        }
    }

    #[test]
    fn escapes_of_plain_letters_are_decoded_and_others_kept() {
        for (path, read) in [
            ("/%61dmin", "/admin"),
            ("/%7Euser", "/~user"),
            ("/a%20b", "/a%20b"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/what%3f", "/what%3F"),
            ("/a%2e%2eb", "/a..b"),
        ] {
            assert_eq!(normalise(path).unwrap(), read, "{path}");
        }
    }

    #[test]
    fn a_path_with_two_readings_is_refused() {
        for path in [
            "",
            "*",
            "admin",
            "http://x/",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/./a",
            "/a/.",
            "/a/..",
            "/../a",
            "/a/../b",
            "/%2e/a",
            "/%2e%2e/a",
            "/.%2E/a",
            "/a/%2e",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a%5Cb",
            "/a\\b",
            "/a;b",
            "/a;x=1/b",
            "/a%3bb",
            "/a/..;/b",
            "/%252e%252e/a",
            "/a%25",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%00",
            "/a%0d%0aX",
            "/a%7f",
            "/a b",
            "/a\tb",
            "/é",
            "/%c0%ae%c0%ae/a",
            "/%c0%af",
            "/%ff",
            "/a%ef%bc%8fb",
            "/a%e2%88%95b",
            "/a#b",
            "/a?b",
            "/a|b",
            "/a\"b",
            "/%u002e/",
            "/a%-1",
        ] {
            assert!(normalise(path).is_err(), "{path}");
        }
        assert!(normalise(&format!("/{}", "a".repeat(MAX_LEN))).is_err());
    }
}

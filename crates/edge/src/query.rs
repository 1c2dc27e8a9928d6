//! Queries and small forms, and the one kind of address that a sign-in may return to.

/// The value of a parameter that is there exactly once.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| *key == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => decode(value),
        _ => None,
    }
}

/// Percent-encodes everything but unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A path on the same host that is safe to go back to; otherwise the front page.
pub(crate) fn return_path(wanted: Option<String>) -> String {
    let front = || "/".to_owned();
    let Some(path) = wanted else { return front() };
    let plain = path
        .bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'\'' | b'<' | b'>' | b'`'));
    // In the reading of every request to us: what comes back under another spelling would be refused, or go in circles.
    let target = path.split(['?', '#']).next().unwrap_or_default();
    let elsewhere = verifier::normalise(target).is_ok_and(|read| !read.starts_with("/.symbolon"));
    if plain && elsewhere && path.len() <= 1024 {
        path
    } else {
        front()
    }
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next()?)? * 16 + hex(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_counts_once() {
        assert_eq!(parameter("a=1&b=%2Fx%3Fy", "b").as_deref(), Some("/x?y"));
        for query in ["", "b", "b=1&b=2", "b=%", "b=%zz", "b=%ff"] {
            assert_eq!(parameter(query, "b"), None, "{query}");
        }
        assert_eq!(
            parameter(&format!("x={}", encode("/ä?b=c&d")), "x").as_deref(),
            Some("/ä?b=c&d")
        );
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        for good in ["/", "/a", "/a?b=c&d=//x", "/a#b"] {
            assert_eq!(return_path(Some(good.into())), good);
        }
        for bad in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/a\"><script>",
            "/a'",
            "/.symbolon/login",
            "/./.symbolon/login",
            "/%2esymbolon/login",
            "/a/../.symbolon/login",
            "/..//evil.example",
            "\\/evil",
            " /a",
            "/ä",
            "/\tevil",
        ] {
            assert_eq!(return_path(Some(bad.into())), "/", "{bad:?}");
        }
        assert_eq!(return_path(Some(format!("/{}", "a".repeat(2000)))), "/");
    }
}

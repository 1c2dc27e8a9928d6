//! `Cookie` headers, read as RFC 6265 section 5.4 writes them.

use domain::Reason;
use domain::cookie::SESSION_COOKIE;
use http::{HeaderMap, header};

use crate::refusal::Refusal;

/// One cookie of a header: name and value without surrounding blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CookiePair<'a> {
    /// May be empty: browsers send nameless cookies.
    pub name: &'a [u8],
    /// As sent, quotes included.
    pub value: &'a [u8],
}

/// The cookies of one header value, in order. A part without `=` is a value without a name (RFC 6265bis section 5.7).
pub fn pairs(header: &[u8]) -> impl Iterator<Item = CookiePair<'_>> {
    header
        .split(|b| *b == b';')
        .map(<[u8]>::trim_ascii)
        .filter(|part| !part.is_empty())
        .map(|part| {
            match part
                .iter()
                .position(|b| *b == b'=')
                .and_then(|at| part.split_at_checked(at))
            {
                Some((name, value)) => CookiePair {
                    name: name.trim_ascii_end(),
                    value: value.get(1..).unwrap_or_default().trim_ascii_start(),
                },
                None => CookiePair {
                    name: b"",
                    value: part,
                },
            }
        })
}

/// The session cookie, if there is exactly one.
///
/// # Errors
/// [`Reason::AmbiguousCredential`] for two of the name, another spelling of it, or a quote that hides a boundary.
pub(crate) fn session_cookie(headers: &HeaderMap) -> Result<Option<&[u8]>, Refusal> {
    let mut found = None;
    let mut open_quote = false;
    for header in headers.get_all(header::COOKIE) {
        for pair in pairs(header.as_bytes()) {
            open_quote |= is_open_quote(pair.value);
            if !is_ours(&pair) {
                continue;
            }
            if pair.name != SESSION_COOKIE.as_bytes() || found.is_some() {
                return Err(ambiguous(
                    "the session cookie is there twice, or in another spelling",
                ));
            }
            found = Some(pair.value);
        }
    }
    if found.is_some() && open_quote {
        // Parsers of RFC 2109 read on to the closing quote, across cookies.
        return Err(ambiguous("a quoted cookie value is not closed"));
    }
    Ok(found)
}

/// Whether a cookie passes for the session cookie with some parser: any letter case, or a nameless cookie whose value
/// spells the name.
pub(crate) fn is_ours(pair: &CookiePair<'_>) -> bool {
    let name = if pair.name.is_empty() {
        let mut parts = pair.value.split(|b| *b == b'=').map(<[u8]>::trim_ascii);
        parts.find(|part| !part.is_empty()).unwrap_or_default()
    } else {
        pair.name
    };
    name.eq_ignore_ascii_case(SESSION_COOKIE.as_bytes())
}

fn is_open_quote(value: &[u8]) -> bool {
    value.first() == Some(&b'"') && (value.len() < 2 || value.last() != Some(&b'"'))
}

const fn ambiguous(detail: &'static str) -> Refusal {
    Refusal::new(Reason::AmbiguousCredential, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(lines: &[&str]) -> Result<Option<Vec<u8>>, Reason> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        session_cookie(&headers)
            .map(|v| v.map(<[u8]>::to_vec))
            .map_err(|r| r.reason)
    }

    #[test]
    fn one_session_cookie_among_others_is_found() {
        for lines in [
            &["__Host-symbolon=v"][..],
            &["a=b; __Host-symbolon=v; c=d"],
            &["a=\"b\"", "\t__Host-symbolon = v "],
            &["__Host-symbolon-flow=x; __Host-symbolon=v"],
            &["x__Host-symbolon=1;__Host-symbolon=v;;"],
        ] {
            assert_eq!(read(lines), Ok(Some(b"v".to_vec())), "{lines:?}");
        }
        for lines in [&[][..], &["a=b"], &["__Host-symbolon-flow=x"], &["symbolon=v"]] {
            assert_eq!(read(lines), Ok(None), "{lines:?}");
        }
    }

    #[test]
    fn two_cookies_or_another_spelling_are_ambiguous() {
        for lines in [
            &["__Host-symbolon=a; __Host-symbolon=b"][..],
            &["__Host-symbolon=a; __Host-symbolon=a"],
            &["__Host-symbolon=a", "__Host-symbolon=b"],
            &["__Host-symbolon=a; __host-symbolon=b"],
            &["__HOST-SYMBOLON=b"],
            &["=__Host-symbolon=b"],
            &["== =__Host-symbolon=b"],
            &["__Host-symbolon"],
            &["a=\"x; __Host-symbolon=b; c=y\""],
            &["a=\"; __Host-symbolon=b"],
        ] {
            assert_eq!(read(lines), Err(Reason::AmbiguousCredential), "{lines:?}");
        }
    }
}

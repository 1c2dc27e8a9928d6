//! What a request presents: at most one credential of a kind that the route accepts.

use domain::Reason;
use http::{HeaderMap, header};

use crate::cookie_header::session_cookie;
use crate::refusal::Refusal;
use crate::route::{CredentialKind, Route};

/// A session cookie's value: bytes as sent, not yet unsealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PresentedSession<'a>(pub(crate) &'a [u8]);

/// A bearer token: bytes as sent, not yet verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PresentedToken<'a>(pub(crate) &'a [u8]);

/// The one credential of a request. Never taken from a query or a form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// The session cookie.
    Session(PresentedSession<'a>),
    /// A bearer token (RFC 6750 section 2.1).
    Bearer(PresentedToken<'a>),
}

impl std::fmt::Debug for PresentedSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PresentedSession(..)")
    }
}

impl std::fmt::Debug for PresentedToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PresentedToken(..)")
    }
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session(..)",
            Self::Bearer(_) => "Bearer(..)",
        })
    }
}

impl<'a> Credentials<'a> {
    /// Finds the credential that the route accepts; other kinds are as if they were not there.
    ///
    /// # Errors
    /// [`Reason::MissingCredential`], [`Reason::AmbiguousCredential`], [`Reason::Malformed`] for a DPoP token. What the
    /// credential's own bytes may be is asked when its text is needed: one that is remembered was asked then.
    pub fn find(headers: &'a HeaderMap, route: &Route) -> Result<Self, Refusal> {
        let session = if route.accepts(CredentialKind::Session) {
            session_cookie(headers)?
        } else {
            None
        };
        let authorization = match authorization(headers)? {
            Some((kind, rest)) if route.accepts(kind) => Some((kind, rest)),
            _ => None,
        };
        match (session, authorization) {
            (Some(_), Some(_)) => Err(Refusal::new(
                Reason::AmbiguousCredential,
                "a session and a token are presented",
            )),
            (Some(value), None) => Ok(Self::Session(PresentedSession(value))),
            (None, Some((CredentialKind::Dpop, _))) => {
                Err(Refusal::new(Reason::Malformed, "DPoP tokens are not offered yet"))
            }
            (None, Some((_, token))) => Ok(Self::Bearer(PresentedToken(token))),
            (None, None) => Err(Reason::MissingCredential.into()),
        }
    }
}

/// Scheme and credentials of `Authorization`. Other schemes belong to nobody here.
fn authorization(headers: &HeaderMap) -> Result<Option<(CredentialKind, &[u8])>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refusal::new(
            Reason::AmbiguousCredential,
            "Authorization is there twice",
        ));
    }
    let value = value.as_bytes().trim_ascii();
    let end = value
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(end).unwrap_or((value, b""));
    let kind = if scheme.eq_ignore_ascii_case(b"bearer") {
        CredentialKind::Bearer
    } else if scheme.eq_ignore_ascii_case(b"dpop") {
        CredentialKind::Dpop
    } else {
        return Ok(None);
    };
    Ok(Some((kind, rest.trim_ascii_start())))
}

impl<'a> PresentedSession<'a> {
    /// Visible ASCII.
    ///
    /// # Errors
    /// [`Reason::Malformed`].
    pub(crate) fn text(self) -> Result<&'a str, Refusal> {
        printable(self.0)
    }
}

impl<'a> PresentedToken<'a> {
    /// `b64token` (RFC 6750 section 2.1).
    ///
    /// # Errors
    /// [`Reason::Malformed`].
    pub fn text(self) -> Result<&'a str, Refusal> {
        let text = printable(self.0)?;
        let body = text.trim_end_matches('=');
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
        if body.is_empty() || !body.bytes().all(plain) {
            return Err(Refusal::new(
                Reason::Malformed,
                "the bearer token has a character that no token has",
            ));
        }
        Ok(text)
    }
}

fn printable(bytes: &[u8]) -> Result<&str, Refusal> {
    let malformed = Refusal::new(Reason::Malformed, "the credential is empty or not plain text");
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(malformed);
    }
    std::str::from_utf8(bytes).map_err(|_| malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn find(accept: &[CredentialKind], lines: &[(&'static str, &str)]) -> Result<&'static str, Reason> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let route = Route {
            accept: accept.to_vec(),
            ..Route::any("https://issuer.example")
        };
        let text = |found| match found {
            Credentials::Session(cookie) => cookie.text().map(|text| ("session", text == "v")),
            Credentials::Bearer(token) => token.text().map(|text| ("bearer", text == "t")),
        };
        match Credentials::find(&headers, &route).and_then(text) {
            Ok((kind, true)) => Ok(kind),
            Ok(_) => Ok("something else"),
            Err(refusal) => Err(refusal.reason),
        }
    }

    #[test]
    fn exactly_one_accepted_credential_counts() {
        use CredentialKind::{Bearer, Dpop, Session};
        let cookie = ("cookie", "__Host-symbolon=v");
        let token = ("authorization", "Bearer t");
        for (accept, lines, expected) in [
            (&[Session, Bearer][..], &[cookie][..], Ok("session")),
            (&[Session, Bearer], &[token], Ok("bearer")),
            (
                &[Session, Bearer],
                &[("authorization", "bEaReR   t")],
                Ok("bearer"),
            ),
            (
                &[Session, Bearer],
                &[cookie, token],
                Err(Reason::AmbiguousCredential),
            ),
            (&[Session], &[cookie, token], Ok("session")),
            (&[Bearer], &[cookie, token], Ok("bearer")),
            (&[Bearer], &[cookie], Err(Reason::MissingCredential)),
            (&[Session, Bearer], &[], Err(Reason::MissingCredential)),
            (
                &[Session, Bearer],
                &[("authorization", "Basic dTpw")],
                Err(Reason::MissingCredential),
            ),
            (&[Bearer], &[token, token], Err(Reason::AmbiguousCredential)),
            (
                &[Bearer],
                &[("authorization", "Bearer t, Bearer u")],
                Err(Reason::Malformed),
            ),
            (&[Bearer], &[("authorization", "Bearer")], Err(Reason::Malformed)),
            (
                &[Bearer],
                &[("authorization", "Bearer =")],
                Err(Reason::Malformed),
            ),
            (
                &[Session],
                &[("cookie", "__Host-symbolon=")],
                Err(Reason::Malformed),
            ),
            (
                &[Session, Bearer],
                &[("authorization", "DPoP t")],
                Err(Reason::MissingCredential),
            ),
            (
                &[Session, Dpop],
                &[("authorization", "DPoP t")],
                Err(Reason::Malformed),
            ),
            (&[Session], &[cookie, ("authorization", "DPoP t")], Ok("session")),
        ] {
            assert_eq!(find(accept, lines), expected, "{accept:?} {lines:?}");
        }
    }
}

//! Cookies of the authority's host: read strictly, set with every attribute.

use domain::cookie::{DEVICE_COOKIE, DEVICE_LIFE, PRE_SESSION_COOKIE, SESSION_COOKIE};
use domain::secret::{FlowSecret, Secret};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::Fault;
use crate::flows::session::Signed;

/// Two cookies of one name, or a look-alike of ours: nobody can say which one the server set (revocation and CSRF
/// would be judged on one and acted on by the other), so the request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request carries two session cookies")]
pub struct Ambiguous;

/// The session cookie's value, still sealed.
///
/// # Errors
/// [`Ambiguous`].
pub fn session_secret(headers: &HeaderMap) -> Result<Option<String>, Ambiguous> {
    single(headers, SESSION_COOKIE)
}

/// The secret that binds a form to this browser before there is a session. What is not one of ours counts as none.
///
/// # Errors
/// [`Ambiguous`].
pub fn pre_session(headers: &HeaderMap) -> Result<Option<Secret<FlowSecret>>, Ambiguous> {
    Ok(single(headers, PRE_SESSION_COOKIE)?.and_then(|text| Secret::parse(&text).ok()))
}

/// The device cookie's value, still sealed. Of two, none counts: it opens nothing, so nobody is refused for it.
#[must_use]
pub fn device(headers: &HeaderMap) -> Option<String> {
    single(headers, DEVICE_COOKIE).unwrap_or_default()
}

/// What a browser gets of a session that was just given a secret.
///
/// # Errors
/// As [`set_session`].
pub fn set_signed(headers: &mut HeaderMap, signed: &Signed) -> Result<(), Fault> {
    set_session(headers, &signed.cookie)?;
    let Some(device) = &signed.device else {
        return Ok(());
    };
    let life_s = DEVICE_LIFE.as_ms() / 1000;
    let attributes = "HttpOnly; Secure; Path=/; SameSite=Strict";
    append(
        headers,
        &format!("{DEVICE_COOKIE}={device}; {attributes}; Max-Age={life_s}"),
    )
}

/// Sets the session cookie. It has no `Max-Age`: it goes with the browser, and its real ends are judged here.
///
/// # Errors
/// A value that no header can carry, which sealing does not make.
pub fn set_session(headers: &mut HeaderMap, sealed: &str) -> Result<(), Fault> {
    append(
        headers,
        &format!("{SESSION_COOKIE}={sealed}; HttpOnly; Secure; Path=/; SameSite=Lax"),
    )
}

/// Sets the pre-session cookie, for an hour.
///
/// # Errors
/// As [`set_session`].
pub fn set_pre_session(headers: &mut HeaderMap, secret: &Secret<FlowSecret>) -> Result<(), Fault> {
    let text = secret.reveal();
    let cookie = format!(
        "{PRE_SESSION_COOKIE}={}; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=3600",
        text.as_str()
    );
    append(headers, &cookie)
}

/// Takes the session cookie away: same name, path and attributes as it was set with.
pub fn clear_session(headers: &mut HeaderMap) {
    clear(headers, SESSION_COOKIE);
}

/// Takes the pre-session cookie away: its secret has done its work.
pub fn clear_pre_session(headers: &mut HeaderMap) {
    clear(headers, PRE_SESSION_COOKIE);
}

/// What a sign-out tells the browser: both cookies go, with everything that pages of this host kept. Not by the word
/// `cookies`, which would take the device cookie along, and those of other hosts of the domain.
pub fn forget_everything(headers: &mut HeaderMap) {
    clear_session(headers);
    clear_pre_session(headers);
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"storage\", \"cache\""),
    );
}

fn clear(headers: &mut HeaderMap, name: &str) {
    // Names are ours and plain: the value is always valid.
    let cookie = format!("{name}=; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=0");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, value);
    }
}

fn append(headers: &mut HeaderMap, cookie: &str) -> Result<(), Fault> {
    let value = HeaderValue::from_str(cookie).map_err(|_| Fault::Keys("a cookie's value".to_owned()))?;
    headers.append(SET_COOKIE, value);
    Ok(())
}

/// The one cookie of a name, over all `Cookie` fields (HTTP/2 may split them, RFC 9113 section 8.2.3). Names that
/// differ in case alone are look-alikes: a browser that compares prefixes with regard to case lets them be planted.
fn single(headers: &HeaderMap, name: &str) -> Result<Option<String>, Ambiguous> {
    let mut found = None;
    for field in headers.get_all(COOKIE) {
        for pair in field.as_bytes().split(|b| *b == b';') {
            let pair = pair.trim_ascii();
            let (key, value) = match pair.iter().position(|b| *b == b'=') {
                Some(at) => (pair.get(..at), pair.get(at + 1..)),
                None => (Some(pair), Some(&[][..])),
            };
            let (key, value) = (key.unwrap_or_default().trim_ascii(), value.unwrap_or_default());
            if !key.eq_ignore_ascii_case(name.as_bytes()) {
                continue;
            }
            if found.is_some() || key != name.as_bytes() {
                return Err(Ambiguous);
            }
            // A value that is no text is none of ours; it stays in place to be refused as such.
            found = Some(String::from_utf8_lossy(value.trim_ascii()).into_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'t> = (&'t [&'t str], Result<Option<String>, Ambiguous>);

    fn headers(fields: &[&str]) -> HeaderMap {
        fields
            .iter()
            .map(|f| (COOKIE, HeaderValue::from_str(f).unwrap()))
            .collect()
    }

    #[test]
    fn one_cookie_counts_and_two_are_refused() {
        let some = |v: &str| Ok(Some(v.to_owned()));
        let table: [Row<'_>; 10] = [
            (&[], Ok(None)),
            (&["a=1; b=2"], Ok(None)),
            (&["__Host-symbolon=v"], some("v")),
            (&["a=1;__Host-symbolon=v ; b"], some("v")),
            (&["a=1", "__Host-symbolon=v"], some("v")),
            (&["__Host-symbolon-pre=x"], Ok(None)),
            (&["__Host-symbolon=v; __Host-symbolon=v"], Err(Ambiguous)),
            (&["__Host-symbolon=v", "__Host-symbolon=w"], Err(Ambiguous)),
            (&["__host-symbolon=v"], Err(Ambiguous)),
            (&["__Host-symbolon=v; __HOST-SYMBOLON = w"], Err(Ambiguous)),
        ];
        for (fields, expected) in table {
            assert_eq!(session_secret(&headers(fields)), expected, "{fields:?}");
        }
    }

    #[test]
    fn every_cookie_is_set_with_every_attribute() {
        let mut set = HeaderMap::new();
        set_session(&mut set, "v").unwrap();
        set_pre_session(&mut set, &Secret::from_bytes([1; 32])).unwrap();
        clear_session(&mut set);
        clear_pre_session(&mut set);
        for cookie in set.get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            assert!(text.starts_with("__Host-symbolon"));
            for attribute in ["; HttpOnly", "; Secure", "; Path=/", "; SameSite=Lax"] {
                assert!(text.contains(attribute), "{text}");
            }
            assert!(!text.contains("Domain"));
        }
        assert!(set_session(&mut set, "v\r\nx: y").is_err());
    }
}

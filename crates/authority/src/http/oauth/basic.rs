//! `Authorization: Basic` as OAuth has it: identifier and secret are form-encoded first (RFC 6749 section 2.3.1).

use http::HeaderMap;
use http::header::AUTHORIZATION;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::flows::oauth::client_auth::BasicPair;
use crate::flows::oauth::refusal::{ErrorCode, Refusal};

const UNREADABLE: Refusal = ErrorCode::InvalidClient.because("client authentication failed");

/// The pair, if there is a header; another scheme, or a second header, is refused.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<BasicPair>, Refusal> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = all.next() else {
        return Ok(None);
    };
    if all.next().is_some() {
        return Err(ErrorCode::InvalidRequest.because("more than one client authentication method"));
    }
    let pair = value.to_str().ok().and_then(pair);
    pair.map(Some).ok_or(UNREADABLE)
}

pub(crate) fn pair(value: &str) -> Option<BasicPair> {
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = Zeroizing::new(String::from_utf8(decode(credentials.trim())?.to_vec()).ok()?);
    let (client, secret) = text.split_once(':')?;
    Some(BasicPair {
        client: unescape(client).to_string(),
        secret: unescape(secret),
    })
}

/// Standard base64 (RFC 7617) by way of the strict base64url decoder: the alphabets differ in two letters.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let body = text.trim_end_matches('=');
    let padded = text.len().is_multiple_of(4) && text.len() - body.len() <= 2;
    let plain = body
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    if !padded || !plain {
        return None;
    }
    let url_safe = Zeroizing::new(body.replace('+', "-").replace('/', "_"));
    jose::base64url::decode(url_safe.as_bytes())
        .ok()
        .map(Zeroizing::new)
}

/// One form-encoded value. A client that does not encode is understood too: ids and secrets of ours hold nothing that
/// encoding changes.
fn unescape(text: &str) -> Zeroizing<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        (Some((name, value)), None) if value.is_empty() && !text.contains('=') => {
            Zeroizing::new(name.into_owned())
        }
        _ => Zeroizing::new(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn of(values: &[&str]) -> Result<Option<(String, String)>, ErrorCode> {
        let headers = values
            .iter()
            .map(|v| (AUTHORIZATION, HeaderValue::from_str(v).unwrap()))
            .collect();
        let pair = read(&headers).map_err(|refusal| refusal.code)?;
        Ok(pair.map(|p| (p.client, p.secret.to_string())))
    }

    #[test]
    fn table() {
        let some = |client: &str, secret: &str| Ok(Some((client.to_owned(), secret.to_owned())));
        let refused = Err(ErrorCode::InvalidClient);
        for (values, expected) in [
            (vec![], Ok(None)),
            (vec!["Basic Y2k6cw=="], some("ci", "s")),
            (vec!["basic Y2k6cw=="], some("ci", "s")),
            (vec!["Basic Y2k6cyUyQjE="], some("ci", "s+1")),
            (vec!["Basic Y2k6"], some("ci", "")),
            (vec!["Basic Y2k6cw"], refused.clone()),
            (vec!["Basic Y2k6cx=="], refused.clone()),
            (vec!["Basic Y2k="], refused.clone()),
            (vec!["Basic"], refused.clone()),
            (vec!["Bearer Y2k6cw=="], refused.clone()),
            (
                vec!["Basic Y2k6cw==", "Basic Y2k6cw=="],
                Err(ErrorCode::InvalidRequest),
            ),
        ] {
            assert_eq!(of(&values), expected, "{values:?}");
        }
    }
}

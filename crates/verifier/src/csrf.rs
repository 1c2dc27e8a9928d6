//! CSRF defence of sessions: the browser's word that our own page sent the request, and the session's token.

use domain::Reason;
use domain::csrf::CsrfKey;
use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

use crate::forwarding::JudgedRequest;
use crate::refusal::Refusal;

/// The header of the session-bound token.
const TOKEN: &str = "x-csrf-token";

/// Judges an unsafe request that rides on a session.
pub(crate) fn judge(request: &JudgedRequest<'_>, expected: &[u8; CsrfKey::TOKEN_LEN]) -> Result<(), Refusal> {
    let headers = request.headers;
    let from_own_page = match single(headers, "sec-fetch-site")? {
        Some(site) => site == "same-origin",
        None => match single(headers, header::ORIGIN.as_str())? {
            Some(origin) => request.authority.is_origin(origin),
            None => return Err(csrf("neither Sec-Fetch-Site nor Origin is there")),
        },
    };
    if !from_own_page {
        return Err(csrf("another origin sent the request"));
    }
    let Some(token) = single(headers, TOKEN)? else {
        return Err(csrf("X-CSRF-Token is missing"));
    };
    // Each has one spelling: equal bytes are equal texts.
    match jose::base64url::decode_exact::<{ CsrfKey::TOKEN_LEN }>(token.as_bytes()) {
        Ok(bytes) if bool::from(bytes.ct_eq(expected)) => Ok(()),
        _ => Err(csrf("X-CSRF-Token is not this session's")),
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(csrf("a header of the CSRF defence is there twice"));
    }
    value
        .to_str()
        .map(Some)
        .map_err(|_| csrf("a header of the CSRF defence is not plain text"))
}

const fn csrf(detail: &'static str) -> Refusal {
    Refusal::new(Reason::Csrf, detail)
}

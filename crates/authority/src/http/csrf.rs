//! CSRF defence (credentials.md "CSRF"): where the request comes from, before any token is compared.

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName};

/// The header that carries a session's CSRF token in API calls.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The request may come from somebody else's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request lacks proof that our own page sent it")]
pub struct ForeignSite;

/// An unsafe request that a browser's ambient credentials ride on: `Sec-Fetch-Site: same-origin`, or the issuer's own
/// `Origin` where that header is absent. An `Origin` that contradicts is refused; so is the absence of both.
///
/// # Errors
/// [`ForeignSite`].
pub fn same_origin(headers: &HeaderMap, issuer: &str) -> Result<(), ForeignSite> {
    judge(headers, issuer, &["same-origin"], Err(ForeignSite))
}

/// A request that carries its evidence in its body (`POST /api/login`): as above, but typed by hand (`none`) and
/// sent by no browser at all (neither header) will do. A browser always sends one.
///
/// # Errors
/// [`ForeignSite`].
pub fn not_foreign(headers: &HeaderMap, issuer: &str) -> Result<(), ForeignSite> {
    judge(headers, issuer, &["same-origin", "none"], Ok(()))
}

/// The CSRF header's value, if there is exactly one.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<&str> {
    once(headers, &CSRF_HEADER).ok().flatten()
}

fn judge(
    headers: &HeaderMap,
    issuer: &str,
    sites: &[&str],
    neither: Result<(), ForeignSite>,
) -> Result<(), ForeignSite> {
    let site = once(headers, &SEC_FETCH_SITE)?;
    let origin = once(headers, &ORIGIN)?;
    if origin.is_some_and(|o| o != issuer) || site.is_some_and(|s| !sites.contains(&s)) {
        return Err(ForeignSite);
    }
    if site.is_some() || origin.is_some() {
        Ok(())
    } else {
        neither
    }
}

fn once<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, ForeignSite> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(ForeignSite);
    }
    first.map(|v| v.to_str().map_err(|_| ForeignSite)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const ISSUER: &str = "https://login.example";

    #[test]
    fn the_gate_judges_site_and_origin() {
        // (Sec-Fetch-Site, Origin, a form passes, a login by API passes)
        let table: [(&[&str], &[&str], bool, bool); 13] = [
            (&["same-origin"], &[ISSUER], true, true),
            (&["same-origin"], &[], true, true),
            (&[], &[ISSUER], true, true),
            (&["none"], &[], false, true),
            (&[], &[], false, true),
            (&["same-site"], &[ISSUER], false, false),
            (&["cross-site"], &[], false, false),
            (&["cross-site"], &[ISSUER], false, false),
            (&["same-origin"], &["https://evil.example"], false, false),
            (&["same-origin"], &["null"], false, false),
            (&[], &["http://login.example"], false, false),
            (&["same-origin", "same-origin"], &[], false, false),
            (&[], &[ISSUER, ISSUER], false, false),
        ];
        for (site, origin, form, api) in table {
            let mut headers = HeaderMap::new();
            for (name, values) in [(SEC_FETCH_SITE, site), (ORIGIN, origin)] {
                for value in values {
                    headers.append(&name, HeaderValue::from_str(value).unwrap());
                }
            }
            assert_eq!(same_origin(&headers, ISSUER).is_ok(), form, "{site:?} {origin:?}");
            assert_eq!(not_foreign(&headers, ISSUER).is_ok(), api, "{site:?} {origin:?}");
        }
    }
}

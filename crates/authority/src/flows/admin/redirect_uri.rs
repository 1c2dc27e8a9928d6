//! Which redirect URIs may be registered (RFC 9700 section 2.1, RFC 8252 section 7): what is compared byte for byte at
//! the authorization endpoint must be unambiguous when it is registered.

use url::{Host, Url};

/// Longest redirect URI.
pub(crate) const LONGEST: usize = 2000;

/// Checks one; says what is wrong and what to write.
pub(crate) fn check(text: &str) -> Result<(), (&'static str, String)> {
    if !text.bytes().all(|b| b.is_ascii_graphic())
        || text.contains(['\\', '"', '<', '>', '^', '`', '{', '|', '}'])
    {
        return Err((
            "holds characters that no URI has",
            "percent-encode them".to_owned(),
        ));
    }
    if text.contains('*') {
        return Err(("holds a wildcard", "register each URI in full".to_owned()));
    }
    if text.contains('#') {
        return Err(("has a fragment", "leave out \"#\" and what follows".to_owned()));
    }
    let url =
        Url::parse(text).map_err(|_| ("is not an absolute URI", "write scheme, host and path".to_owned()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            "holds a user name or password",
            "leave out what is before \"@\"".to_owned(),
        ));
    }
    scheme(&url)?;
    let normal = url.as_str();
    if normal != text && normal.strip_suffix('/') != Some(text) {
        return Err(("is not in its normal form", format!("write \"{normal}\"")));
    }
    Ok(())
}

fn scheme(url: &Url) -> Result<(), (&'static str, String)> {
    let needs_host = || ("has no host", "write scheme, host and path".to_owned());
    match url.scheme() {
        "https" => url.host().map(|_| ()).ok_or_else(needs_host),
        "http" if is_loopback(&url.host().ok_or_else(needs_host)?) => Ok(()),
        "http" => Err((
            "uses plain http",
            "use https; http is for loopback only".to_owned(),
        )),
        // A private-use scheme names a domain of its owner, so that no other application claims it (RFC 8252 7.1).
        private if private.contains('.') && !private.starts_with('.') && !private.ends_with('.') => Ok(()),
        _ => Err((
            "uses a scheme that anybody could claim",
            "use https, or a reverse domain name such as \"org.example.app:/callback\"".to_owned(),
        )),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for good in [
            "https://app.example/callback",
            "https://app.example",
            "https://app.example:8443/cb?tenant=1",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:9000/cb",
            "http://[::1]:9000/cb",
            "http://localhost:3000/cb",
            "org.example.app:/callback",
            "org.example.app://callback",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_may_not() {
        for bad in [
            "",
            "/callback",
            "app.example/callback",
            "http://app.example/callback",
            "http://127.0.0.1.evil.example/cb",
            "http://localhost.evil.example/cb",
            "http://10.0.0.1/cb",
            "https://*.app.example/cb",
            "https://app.example/*",
            "https://app.example/cb#frag",
            "https://app.example/cb#",
            "https://user:pw@app.example/cb",
            "https://app.example@evil.example/cb",
            "https://app.example/a/../cb",
            "https://app.example/%2e%2e/cb",
            "https://APP.example/cb",
            "HTTPS://app.example/cb",
            "https://app.example:443/cb",
            "https:/app.example/cb",
            "https:\\\\app.example/cb",
            "https://app.example/c b",
            " https://app.example/cb",
            "https://app.example/cb\n",
            "https://\u{e4}pp.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "myapp://callback",
            "about:blank",
            "https://",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}

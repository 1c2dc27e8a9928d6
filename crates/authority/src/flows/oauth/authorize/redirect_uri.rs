//! Redirect URIs: compared as strings, octet by octet; the port of a loopback address may vary (RFC 8252 section 7.3).

/// The two hosts whose port is free: the addresses, never the name `localhost`, which a resolver could point elsewhere.
const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Whether a requested URI is a registered one.
pub(crate) fn fits(registered: &str, asked: &str) -> bool {
    if asked.contains('#') || registered.contains('#') {
        return false;
    }
    registered == asked
        || LOOPBACK.iter().any(|host| {
            let rest = |uri| behind_port(host, uri);
            rest(registered).is_some_and(|own| rest(asked) == Some(own))
        })
}

/// Whether the client behind a redirect URI could be anybody: a program on the user's own machine, reached through a
/// loopback port or a private-use scheme (RFC 8252 section 8.6).
pub(super) fn is_unproven(uri: &str) -> bool {
    !uri.starts_with("https://")
}

/// What follows host and port; nothing if the host is another, or the port is none.
fn behind_port<'u>(host: &str, uri: &'u str) -> Option<&'u str> {
    let rest = uri.strip_prefix(host)?;
    let Some(after) = rest.strip_prefix(':') else {
        return Some(rest);
    };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let (port, path) = after.split_at_checked(digits)?;
    let canonical = port
        .parse::<u16>()
        .is_ok_and(|number| number > 0 && number.to_string() == port);
    canonical.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_on_the_comparison() {
        const OWN: &str = "https://app.example/cb";
        const LOCAL: &str = "http://127.0.0.1/cb";
        const SIX: &str = "http://[::1]:9000/cb";
        for (registered, asked, good) in [
            (OWN, OWN, true),
            (OWN, "https://app.example/cb/", false),
            (OWN, "https://app.example/cb/evil", false),
            (OWN, "https://app.example/cb?x=1", false),
            (OWN, "https://app.example/cb#", false),
            (OWN, "https://app.example/cb#frag", false),
            (OWN, "https://app.example/CB", false),
            (OWN, "https://APP.example/cb", false),
            (OWN, "HTTPS://app.example/cb", false),
            (OWN, "http://app.example/cb", false),
            (OWN, "https://app.example:443/cb", false),
            (OWN, "https://app.example:8443/cb", false),
            (OWN, "https://user@app.example/cb", false),
            (OWN, "https://app.example@evil.example/cb", false),
            (OWN, "https://app.example.evil.example/cb", false),
            (OWN, "https://app.example/x/../cb", false),
            (OWN, "https://app.example/%2e/cb", false),
            (OWN, "https://app.example/c%62", false),
            (OWN, "https://app.example//cb", false),
            (OWN, "https://app.example\\@evil.example/cb", false),
            (OWN, "https://app.example/cb ", false),
            (OWN, "javascript:alert(1)", false),
            (OWN, "", false),
            (LOCAL, "http://127.0.0.1:49152/cb", true),
            (LOCAL, LOCAL, true),
            (SIX, "http://[::1]:1/cb", true),
            (SIX, "http://[::1]/cb", true),
            (LOCAL, "http://127.0.0.1:49152/cb/x", false),
            (LOCAL, "http://127.0.0.1:49152/", false),
            (LOCAL, "http://127.0.0.1:0/cb", false),
            (LOCAL, "http://127.0.0.1:/cb", false),
            (LOCAL, "http://127.0.0.1:080/cb", false),
            (LOCAL, "http://127.0.0.1:65536/cb", false),
            (LOCAL, "http://127.0.0.1:80@evil.example/cb", false),
            (LOCAL, "http://127.0.0.1@evil.example/cb", false),
            (LOCAL, "http://127.0.0.1.evil.example/cb", false),
            (LOCAL, "http://127.0.0.2:80/cb", false),
            (LOCAL, "http://localhost:80/cb", false),
            (LOCAL, "https://127.0.0.1:49152/cb", false),
            (LOCAL, "http://[::1]:49152/cb", false),
            (LOCAL, "http://127.1:49152/cb", false),
            ("http://localhost/cb", "http://localhost:8080/cb", false),
            ("http://localhost/cb", "http://127.0.0.1/cb", false),
            ("https://127.0.0.1/cb", "https://127.0.0.1:8443/cb", false),
            ("com.example.app:/cb", "com.example.app:/cb", true),
            ("com.example.app:/cb", "com.example.app:/cb2", false),
        ] {
            assert_eq!(fits(registered, asked), good, "{registered} <- {asked}");
        }
    }
}

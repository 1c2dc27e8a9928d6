//! The host and port that a request was sent to, as the browser saw them.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use domain::Host;

/// `host[:port]` of a request. The host is in lower case; nothing else about it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAuthority<'a> {
    host: Cow<'a, str>,
    port: Option<u16>,
    secure: bool,
}

impl<'a> RequestAuthority<'a> {
    /// Reads `host`, `host:port` or `[v6]:port`. Nothing for user information, a trailing dot, an empty or a
    /// non-canonical part.
    #[must_use]
    pub fn parse(text: &'a str, secure: bool) -> Option<Self> {
        let (host, port) = split(text)?;
        let port = match port {
            None => None,
            Some(digits) => Some(port_number(digits)?),
        };
        if !is_host(host) {
            return None;
        }
        let host = if host.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        Some(Self { host, port, secure })
    }

    /// The host, in lower case, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host as a type; nothing if it is no host that a cookie can have.
    #[must_use]
    pub fn to_host(&self) -> Option<Host> {
        self.host.parse().ok()
    }

    /// The origin as browsers serialise it (RFC 6454 section 6.2).
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        match self.port.filter(|port| *port != self.default_port()) {
            Some(port) => format!("{scheme}://{}:{port}", self.host),
            None => format!("{scheme}://{}", self.host),
        }
    }

    /// Whether a text, such as an `Origin` header, is this origin. No allocation.
    #[must_use]
    pub fn is_origin(&self, text: &str) -> bool {
        let scheme = if self.secure { "https://" } else { "http://" };
        let Some((host, port)) = text.strip_prefix(scheme).and_then(split) else {
            return false;
        };
        let port = match port {
            None => self.default_port(),
            Some(digits) => match port_number(digits) {
                Some(port) => port,
                None => return false,
            },
        };
        host == self.host && port == self.port.unwrap_or_else(|| self.default_port())
    }

    /// Whether the client used https.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    const fn default_port(&self) -> u16 {
        if self.secure { 443 } else { 80 }
    }
}

fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let (host, rest) = text.split_at_checked(end)?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match text.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((text, None)),
    }
}

fn port_number(digits: &str) -> Option<u16> {
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|port| plain && *port != 0 && !digits.starts_with('0'))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    // A browser takes a name that ends in a number for an IPv4 address, or for no host at all (WHATWG URL, "ends in a number").
    if ends_in_number(host) && host.parse::<Ipv4Addr>().is_err() {
        return false;
    }
    (1..=253).contains(&host.len())
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

fn ends_in_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    last.bytes().all(|b| b.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_origins() {
        for (text, secure, origin) in [
            ("app.example", true, "https://app.example"),
            ("App.Example:443", true, "https://app.example"),
            ("app.example:8443", true, "https://app.example:8443"),
            ("localhost:8710", false, "http://localhost:8710"),
            ("[::1]:80", false, "http://[::1]"),
            ("127.0.0.1:8710", false, "http://127.0.0.1:8710"),
            ("app.3d", true, "https://app.3d"),
        ] {
            let authority = RequestAuthority::parse(text, secure).unwrap();
            assert_eq!(authority.origin(), origin);
            assert!(authority.is_origin(origin));
            assert!(!authority.is_origin("null") && !authority.is_origin("https://evil.example"));
            assert!(
                !authority.is_origin(&format!("{origin}0")) && !authority.is_origin(&format!("{origin}/"))
            );
        }
    }

    #[test]
    fn what_is_not_a_host_is_refused() {
        for text in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:080",
            "a:99999",
            "a:8x",
            "u@a",
            "a,b",
            "a b",
            "a.",
            ".a",
            "a..b",
            "a_b",
            "[]",
            "[::1",
            "[::1]x",
            "[1:::]",
            "[1.2]",
            "app.3",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "256.1.1.1",
            "a.0x7f",
            "7",
            "a/b",
            "a\\b",
            "é",
            "a%2e",
            "a:1:2",
        ] {
            assert!(RequestAuthority::parse(text, true).is_none(), "{text}");
        }
    }
}

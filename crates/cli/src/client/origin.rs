//! Where to connect: scheme, host and port of a URL, with plain http confined to this machine.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustls::pki_types::ServerName;
use url::{Host, Url};

use crate::failure::Failure;

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    https: bool,
    host: Host<String>,
    port: u16,
}

impl Origin {
    /// Of an `https` URL, or of an `http` one that stays on this machine: over plain http anybody on the way reads the
    /// token.
    pub(crate) fn of(url: &Url) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::mistake(format!("{}: {why}", without_secrets(url)));
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("a user name in a URL is not used").hint("the token goes into SYMBOLON_TOKEN"));
        }
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong("only https and, on this machine, http are used")),
        };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(wrong("it names no host"));
        };
        let host = host.to_owned();
        if !https && !is_loopback(&host) {
            return Err(wrong("plain http is for this machine only")
                .hint("use https, or a tunnel that ends on this machine"));
        }
        Ok(Self { https, host, port })
    }

    pub(crate) const fn is_https(&self) -> bool {
        self.https
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The name or address to connect to.
    pub(crate) fn dial_host(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }

    /// Where `http` goes: the addresses themselves, so that no resolver has a say.
    pub(crate) fn loopback_addresses(&self) -> Option<Vec<SocketAddr>> {
        let addresses: Vec<IpAddr> = match &self.host {
            _ if self.https => return None,
            Host::Domain(_) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            Host::Ipv4(address) => vec![(*address).into()],
            Host::Ipv6(address) => vec![(*address).into()],
        };
        Some(
            addresses
                .into_iter()
                .map(|ip| SocketAddr::new(ip, self.port))
                .collect(),
        )
    }

    /// `Host` of a request.
    pub(crate) fn host_header(&self) -> String {
        if self.port == if self.https { 443 } else { 80 } {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The name that the certificate must have.
    pub(crate) fn server_name(&self) -> Result<ServerName<'static>, Failure> {
        ServerName::try_from(self.dial_host()).map_err(|error| {
            Failure::mistake("the host has no name that a certificate could have").because(&error)
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host_header())
    }
}

/// Whether a URL's host can only be this machine.
pub(crate) fn is_loopback_host(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback(&host.to_owned()))
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn without_secrets(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Result<Origin, Failure> {
        Origin::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "http://localhost:8701",
            "http://127.0.0.1:8701",
            "http://[::1]:1",
            "https://auth.example",
        ] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "http://auth.example",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://[::2]",
            "ftp://localhost",
            "https://u:p@auth.example",
        ] {
            let failure = origin(bad).unwrap_err();
            assert!(!failure.message.contains("u:p"), "{bad}");
        }
    }

    #[test]
    fn the_host_header_leaves_out_the_usual_port() {
        assert_eq!(origin("https://a.example").unwrap().host_header(), "a.example");
        assert_eq!(
            origin("https://a.example:8443").unwrap().host_header(),
            "a.example:8443"
        );
        assert_eq!(origin("http://[::1]:8701").unwrap().host_header(), "[::1]:8701");
    }

    #[test]
    fn a_resolver_has_no_say_about_localhost() {
        let addresses = origin("http://localhost:5")
            .unwrap()
            .loopback_addresses()
            .unwrap();
        assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        assert_eq!(origin("https://localhost:5").unwrap().loopback_addresses(), None);
    }
}

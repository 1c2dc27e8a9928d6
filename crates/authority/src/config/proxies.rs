//! Reverse proxies whose word on a visitor's address is believed: those listed, and nobody else.

use std::net::IpAddr;

use domain::network::Network;
use domain::setting::Problems;

/// Addresses and networks of proxies. Empty by default: loopback too counts only where it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies(Vec<Network>);

impl Proxies {
    pub(super) fn read(p: &mut Problems, texts: &[String]) -> Self {
        let mut list = Vec::new();
        for text in texts {
            match network(text) {
                Some(network) => list.push(network),
                None => p.add(
                    "server.proxies",
                    format!("\"{text}\" is not an address or a network"),
                    "write \"127.0.0.1\" or \"10.0.0.0/24\"; a network of everybody is none",
                ),
            }
        }
        Self(list)
    }

    /// Whether a peer is one of them.
    #[must_use]
    pub fn lists(&self, peer: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(peer))
    }
}

/// With no fixed bit every visitor could choose an address; peers are compared in their canonical form, so a mapped
/// address would never match.
fn network(text: &str) -> Option<Network> {
    Network::parse(text).filter(|network| !network.is_everybody() && network.is_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> (Proxies, usize) {
        let mut problems = Problems::default();
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        let proxies = Proxies::read(&mut problems, &texts);
        (proxies, problems.finish(()).err().map_or(0, |found| found.len()))
    }

    #[test]
    fn only_what_is_listed_is_a_proxy_loopback_too() {
        let (proxies, wrong) = read(&["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"]);
        assert_eq!(wrong, 0);
        for (address, listed) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("192.0.2.7", true),
            ("2001:db8:1::1", true),
            ("10.2.0.1", false),
            ("192.0.2.8", false),
            ("2001:db9::1", false),
            ("127.0.0.1", false),
            ("::1", false),
        ] {
            assert_eq!(proxies.lists(address.parse().unwrap()), listed, "{address}");
        }
        assert!(!Proxies::default().lists("127.0.0.1".parse().unwrap()));
        assert!(read(&["127.0.0.1"]).0.lists("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_told() {
        let bad = [
            "gateway",
            "10.0.0.0/33",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/",
            "",
            "::ffff:10.0.0.1",
        ];
        assert_eq!(read(&bad).1, bad.len());
    }
}

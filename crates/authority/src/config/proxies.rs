//! Reverse proxies whose word on a visitor's address is believed: those listed, and nobody else.

use std::net::IpAddr;

use domain::setting::Problems;

/// Addresses and networks of proxies. Empty by default: loopback too counts only where it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies(Vec<(IpAddr, u8)>);

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
        let peer = peer.to_canonical();
        self.0
            .iter()
            .any(|(network, bits)| prefix(peer, *bits) == prefix(*network, *bits))
    }
}

/// An address, or a network of at least one fixed bit: with none, every visitor could choose an address.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(bits) => bits.parse().ok().filter(|bits| (1..=most).contains(bits))?,
    };
    // Peers are compared in their canonical form: a mapped address would never match.
    (address.to_canonical() == address).then_some((address, bits))
}

/// The address's family and its first bits.
fn prefix(address: IpAddr, bits: u8) -> (bool, u128) {
    let (value, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let rest = width - u32::from(bits).min(width);
    (address.is_ipv4(), value.checked_shr(rest).unwrap_or(0))
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

//! Addresses and networks as configuration lists them: `10.0.0.5`, `10.0.0.0/24`, `2001:db8::/32`.

use std::net::IpAddr;

/// An address, or all addresses that share its first bits. Compared with addresses in their canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// From its text; nothing where that is neither an address nor a network.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(text) => text
                .parse()
                .ok()
                .filter(|bits: &u8| *bits <= most && bits.to_string() == text)?,
        };
        Some(Self { address, bits })
    }

    /// Whether it fixes nothing: everybody is in it.
    #[must_use]
    pub const fn is_everybody(&self) -> bool {
        self.bits == 0
    }

    /// Whether its address is in the form in which addresses are compared; otherwise nobody is in it.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        self.address.to_canonical() == self.address
    }

    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        prefix(address.to_canonical(), self.bits) == prefix(self.address, self.bits)
    }
}

/// Whether an address belongs to the public internet: not to this machine, a private or shared network, a link, a
/// documentation or benchmark range, a translation of IPv4 (which could lead to any of these), or a group. What is not known
/// to be public is not (RFC 6890 and its registries).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(a == 0
                || a == 10
                || a == 127
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 169 && b == 254)
                || (a == 172 && (16..32).contains(&b))
                || (a == 192 && b == 168)
                || (a == 192 && b == 0 && (c == 0 || c == 2))
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19))
                || (a == 198 && b == 51 && c == 100)
                || (a == 203 && b == 0 && c == 113))
        }
        IpAddr::V6(v6) => {
            // Global unicast alone, without what translates or tunnels IPv4 and what is for documents.
            let [a, b, ..] = v6.segments();
            (0x2000..0x4000).contains(&a)
                && a != 0x2002
                && !(a == 0x2001 && (b < 0x0200 || b == 0x0db8))
                && !(a == 0x3fff && b < 0x1000)
        }
    }
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

    fn has(network: &str, address: &str) -> bool {
        Network::parse(network)
            .unwrap()
            .contains(address.parse().unwrap())
    }

    #[test]
    fn addresses_lie_in_networks_by_their_first_bits() {
        assert!(has("10.1.0.0/16", "10.1.2.3") && !has("10.1.0.0/16", "10.2.0.1"));
        assert!(
            has("10.1.0.0/16", "::ffff:10.1.2.3"),
            "a mapped address is the one it maps"
        );
        assert!(has("192.0.2.7", "192.0.2.7") && !has("192.0.2.7", "192.0.2.8"));
        assert!(has("2001:db8::/32", "2001:db8:1::1") && !has("2001:db8::/32", "10.0.0.1"));
        assert!(has("0.0.0.0/0", "203.0.113.9") && !has("0.0.0.0/0", "2001:db8::1"));
    }

    #[test]
    fn only_what_is_known_to_be_public_is() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for good in [
            "1.1.1.1",
            "100.63.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.1",
            "2606:4700::1",
        ] {
            assert!(public(good), "{good}");
        }
        for bad in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!public(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for bad in [
            "",
            "gateway",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "::/129",
            "10.0.0/8",
        ] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
        assert!(Network::parse("::/0").unwrap().is_everybody());
        assert!(!Network::parse("::ffff:10.0.0.1").unwrap().is_canonical());
    }
}

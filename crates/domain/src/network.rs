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

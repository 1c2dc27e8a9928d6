//! Where to listen: an address and port, or `localhost`, which is two addresses.

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// `localhost:PORT` or `ADDRESS:PORT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    /// 127.0.0.1 and ::1: a browser may try either for `localhost`.
    Localhost(u16),
    /// That address alone.
    Address(SocketAddr),
}

/// Not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not localhost or an IP address, with a port")]
pub(crate) struct InvalidAddress;

impl ListenAddress {
    /// Both loopback addresses.
    pub(crate) const fn localhost(port: u16) -> Self {
        Self::Localhost(port)
    }

    /// Whether nobody else's machine can reach it.
    pub(crate) fn is_loopback(self) -> bool {
        self.addresses().iter().all(|address| address.ip().is_loopback())
    }

    /// Every address to bind.
    pub(crate) fn addresses(self) -> Vec<SocketAddr> {
        let both: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        match self {
            Self::Localhost(port) => both.into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
            Self::Address(address) => vec![address],
        }
    }
}

impl FromStr for ListenAddress {
    type Err = InvalidAddress;
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if let Some(port) = text.strip_prefix("localhost:") {
            return port.parse().map(Self::Localhost).map_err(|_| InvalidAddress);
        }
        text.parse().map(Self::Address).map_err(|_| InvalidAddress)
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Localhost(port) => write!(f, "localhost:{port}"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// Whether the machine lacks the address or its family; a port that is taken is another matter.
pub(crate) fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_both_families() {
        let address: ListenAddress = "localhost:8700".parse().unwrap();
        let addresses = address.addresses();
        assert_eq!(
            addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["127.0.0.1:8700", "[::1]:8700"]
        );
        assert!(address.is_loopback());
    }

    #[test]
    fn only_loopback_is_loopback() {
        for (text, loopback) in [
            ("127.0.0.2:1", true),
            ("[::1]:1", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
        ] {
            assert_eq!(
                text.parse::<ListenAddress>().unwrap().is_loopback(),
                loopback,
                "{text}"
            );
        }
        for bad in [
            "",
            "localhost",
            ":80",
            "example.org:80",
            "localhost:99999",
            "127.0.0.1",
        ] {
            assert_eq!(bad.parse::<ListenAddress>(), Err(InvalidAddress), "{bad}");
        }
    }
}

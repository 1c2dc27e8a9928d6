//! Who is at the other end: the peer's address, which the listener knows, and what the agent says of itself.

use std::net::{IpAddr, SocketAddr};

use domain::session::Origin;
use http::header::USER_AGENT;
use http::request::Parts;
use http::{Extensions, HeaderMap};

use crate::config::Proxies;

/// The peer's address. The listener puts it into the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// What a listed proxy said of the visitor behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Forwarded(IpAddr);

/// Believes `X-Forwarded-For`, if the peer is one of these proxies; nobody else's word counts. Called once, before any
/// handler asks for the address.
pub(super) fn believe(proxies: &Proxies, headers: &HeaderMap, extensions: &mut Extensions) {
    let peer = extensions.get::<PeerAddress>().map(|peer| peer.0.ip());
    extensions.remove::<Forwarded>();
    if !peer.is_some_and(|peer| proxies.lists(peer)) {
        return;
    }
    if let Some(visitor) = last_forwarded(headers) {
        extensions.insert(Forwarded(visitor));
    }
}

/// The visitor's address, where the listener, or a listed proxy, told it.
#[must_use]
pub fn address(parts: &Parts) -> Option<IpAddr> {
    let forwarded = parts.extensions.get::<Forwarded>().map(|visitor| visitor.0);
    let peer = || parts.extensions.get::<PeerAddress>().map(|peer| peer.0.ip());
    forwarded.or_else(peer)
}

/// Network and agent, as sessions and events keep them: bounded, and never judged.
#[must_use]
pub fn origin(parts: &Parts) -> Origin {
    let agent = parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok());
    Origin::new(address(parts), agent.unwrap_or_default())
}

/// The last element of the last field: the only one that the proxy itself wrote. Those before it are the visitor's to
/// make up. What is no address is none, and the proxy's own counts.
pub(crate) fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let field = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = field.to_str().ok()?.rsplit(',').next()?.trim();
    let address = last.parse::<IpAddr>().ok();
    // Some proxies add the port.
    let address = address.or_else(|| last.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{RawConfig, RawServer};

    fn proxies(listed: &[&str]) -> Proxies {
        let server = RawServer {
            proxies: Some(listed.iter().map(|text| (*text).to_owned()).collect()),
            ..RawServer::default()
        };
        let raw = RawConfig {
            server,
            ..RawConfig::default()
        };
        raw.check().unwrap().proxies
    }

    fn seen(listed: &[&str], peer: Option<&str>, forwarded: &[&str]) -> Option<IpAddr> {
        let mut request = http::Request::builder();
        for field in forwarded {
            request = request.header("X-Forwarded-For", *field);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        if let Some(peer) = peer {
            parts.extensions.insert(PeerAddress(peer.parse().unwrap()));
        }
        believe(&proxies(listed), &parts.headers, &mut parts.extensions);
        address(&parts)
    }

    #[test]
    fn only_a_listed_proxy_is_believed_and_only_its_own_word() {
        let (proxy, local) = (Some("10.0.0.5:4711"), Some("127.0.0.1:4711"));
        for (listed, peer, forwarded, expected) in [
            (&[][..], None, &["203.0.113.9"][..], None),
            (&[], proxy, &["203.0.113.9"], Some("10.0.0.5")),
            (&[], local, &["203.0.113.9"], Some("127.0.0.1")),
            (&["10.0.0.0/24"], local, &["203.0.113.9"], Some("127.0.0.1")),
            (&["127.0.0.1"], local, &["203.0.113.9"], Some("203.0.113.9")),
            (&["10.0.0.5"], proxy, &["203.0.113.9"], Some("203.0.113.9")),
            (
                &["10.0.0.5"],
                proxy,
                &["1.1.1.1, 203.0.113.9"],
                Some("203.0.113.9"),
            ),
            (
                &["10.0.0.5"],
                proxy,
                &["1.1.1.1", "203.0.113.9"],
                Some("203.0.113.9"),
            ),
            (&["10.0.0.5"], proxy, &["203.0.113.9:5000"], Some("203.0.113.9")),
            (&["10.0.0.5"], proxy, &["[2001:db8::7]:5000"], Some("2001:db8::7")),
            (&["10.0.0.5"], proxy, &["::ffff:203.0.113.9"], Some("203.0.113.9")),
            (&["10.0.0.5"], proxy, &["203.0.113.9, unknown"], Some("10.0.0.5")),
            (&["10.0.0.5"], proxy, &["203.0.113.9,"], Some("10.0.0.5")),
            (&["10.0.0.5"], proxy, &[], Some("10.0.0.5")),
            (&["10.0.0.5"], None, &["203.0.113.9"], None),
        ] {
            let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
            assert_eq!(
                seen(listed, peer, forwarded),
                expected,
                "{listed:?} {peer:?} {forwarded:?}"
            );
        }
    }

    #[test]
    fn an_origin_is_a_network_and_what_the_agent_says() {
        let request = http::Request::builder().header("User-Agent", "tests").body(());
        let (mut parts, ()) = request.unwrap().into_parts();
        assert_eq!(origin(&parts), Origin::new(None, "tests"));
        let peer = PeerAddress("198.51.100.7:4711".parse().unwrap());
        parts.extensions.insert(peer);
        assert_eq!(origin(&parts).network, "198.51.100.0/24");
    }
}

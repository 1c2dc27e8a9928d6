//! Who is at the other end: the peer's address, which the listener knows, and what the agent says of itself.

use std::net::{IpAddr, SocketAddr};

use domain::session::Origin;
use http::header::USER_AGENT;
use http::request::Parts;

/// The peer's address. The listener puts it into the request's extensions; forwarding headers are never believed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// The peer's address, where the listener told it.
#[must_use]
pub fn address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<PeerAddress>().map(|peer| peer.0.ip())
}

/// Network and agent, as sessions and events keep them: bounded, and never judged.
#[must_use]
pub fn origin(parts: &Parts) -> Origin {
    let agent = parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok());
    Origin::new(address(parts), agent.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listeners_word_counts() {
        let request = http::Request::builder()
            .header("X-Forwarded-For", "203.0.113.9")
            .header("User-Agent", "tests")
            .body(())
            .unwrap();
        let (mut parts, ()) = request.into_parts();
        assert_eq!(origin(&parts), Origin::new(None, "tests"));
        parts
            .extensions
            .insert(PeerAddress("198.51.100.7:4711".parse().unwrap()));
        assert_eq!(origin(&parts).network, "198.51.100.0/24");
    }
}

//! What a request must be before a service sees it: for a host of ours, with few headers and a body that fits.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use domain::Host;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};

use super::{Limits, ResponseBody};

/// Hosts that requests may be for. A page of a stranger can make a browser send requests to this address under the
/// stranger's name (DNS rebinding); it cannot make it send them under ours.
#[derive(Debug, Clone)]
pub(crate) struct AllowedHosts {
    names: BTreeSet<Host>,
    loopback: bool,
    any: bool,
}

impl AllowedHosts {
    /// These; with `loopback` also `localhost` and every loopback address.
    pub(crate) fn new(names: impl IntoIterator<Item = Host>, loopback: bool) -> Self {
        Self {
            names: names.into_iter().collect(),
            loopback,
            any: false,
        }
    }

    /// Every well-formed host: for an edge, whose routes judge by host, and whose cookies never leave theirs.
    pub(crate) const fn any() -> Self {
        Self {
            names: BTreeSet::new(),
            loopback: true,
            any: true,
        }
    }

    fn has(&self, authority: &str) -> bool {
        let Some(host) = without_port(authority) else {
            return false;
        };
        let host = if host.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        if self.any && Host::is_valid(&host) {
            return true;
        }
        let is_loopback = host == "localhost" || address(&host).is_some_and(|ip| ip.is_loopback());
        let known = |host: Host| self.names.contains(&host);
        (self.loopback && is_loopback) || host.parse::<Host>().is_ok_and(known)
    }
}

/// Why a request is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turned {
    Host,
    AmbiguousHost,
    Headers,
    Body,
    Late,
}

/// Looks at a request's head.
pub(crate) fn judge<B>(request: &Request<B>, hosts: &AllowedHosts, limits: &Limits) -> Result<(), Turned> {
    if request.headers().len() > limits.headers {
        return Err(Turned::Headers);
    }
    if !hosts.has(authority(request)?) {
        return Err(Turned::Host);
    }
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let length = length
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or_default();
    if length > u64::try_from(limits.body_bytes).unwrap_or(u64::MAX) {
        return Err(Turned::Body);
    }
    Ok(())
}

/// Whether nothing more is taken from this connection. Where a chunked body ends is what smuggling makes two readers see
/// differently (RFC 9112 section 6.1), and hyper hides a `Content-Length` beside it: what follows such a body is not
/// read as a request.
pub(crate) fn is_last<B: hyper::body::Body>(request: &Request<B>) -> bool {
    !request.body().is_end_stream() && request.headers().contains_key(TRANSFER_ENCODING)
}

/// Says that the connection ends with this response.
pub(crate) fn close(headers: &mut http::HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

/// The one host that a request names: two names, or none, could be read differently by whoever comes after us.
fn authority<B>(request: &Request<B>) -> Result<&str, Turned> {
    let mut named = request.headers().get_all(HOST).iter();
    let header = match (named.next(), named.next()) {
        (Some(one), None) => Some(one.to_str().map_err(|_| Turned::AmbiguousHost)?),
        (None, _) => None,
        (Some(_), Some(_)) => return Err(Turned::AmbiguousHost),
    };
    match (
        header,
        request.uri().authority().map(http::uri::Authority::as_str),
    ) {
        (Some(header), Some(target)) if !header.eq_ignore_ascii_case(target) => Err(Turned::AmbiguousHost),
        (Some(host), _) | (None, Some(host)) => Ok(host),
        (None, None) => Err(Turned::AmbiguousHost),
    }
}

/// `127.0.0.1`, or `[::1]`: brackets belong to one family, and both of them.
fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// The host of `host[:port]`; nothing where that is not what it is.
fn without_port(authority: &str) -> Option<&str> {
    let host_end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(host_end)?;
    let plain = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| {
            digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        });
    plain.then_some(host)
}

impl Turned {
    /// `application/problem+json` with a stable code.
    pub(crate) fn response(self) -> Response<ResponseBody> {
        let (status, code, title) = match self {
            Self::Host => (
                StatusCode::MISDIRECTED_REQUEST,
                "unknown_host",
                "This server does not answer for that host.",
            ),
            Self::AmbiguousHost => (
                StatusCode::BAD_REQUEST,
                "ambiguous_host",
                "The request must name exactly one host.",
            ),
            Self::Headers => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too_many_headers",
                "The request has too many header fields.",
            ),
            Self::Body => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "The request's body is too long.",
            ),
            Self::Late => (
                StatusCode::SERVICE_UNAVAILABLE,
                "request_timeout",
                "The request took too long.",
            ),
        };
        let status_number = status.as_u16();
        let body =
            format!(r#"{{"type":"about:blank","title":"{title}","status":{status_number},"code":"{code}"}}"#);
        let mut response = Response::new(
            Full::new(Bytes::from(body))
                .map_err(|never| match never {})
                .boxed_unsync(),
        );
        *response.status_mut() = status;
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        if self == Self::Body {
            // Nobody reads the rest of that body.
            close(response.headers_mut());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> AllowedHosts {
        AllowedHosts::new(["id.example.org".parse().unwrap()], true)
    }

    #[test]
    fn only_our_hosts_are_answered_for() {
        for good in [
            "id.example.org",
            "ID.example.org:8700",
            "localhost:8700",
            "127.0.0.1",
            "127.9.9.9:1",
            "[::1]:8700",
        ] {
            assert!(hosts().has(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "localhost:evil",
            "localhost:+80",
            "id.example.org:80:80",
            "id.example.org@evil.example",
            "id.example.org.",
            "10.0.0.1",
            "[::2]",
            "[::1",
            "::1",
            "127.0.0.1]",
            "[127.0.0.1]",
        ] {
            assert!(!hosts().has(bad), "{bad}");
        }
        assert!(!AllowedHosts::new([], false).has("localhost"));
    }

    #[test]
    fn two_hosts_or_none_are_refused() {
        let judged = |hosts_named: &[&str], target: &str| {
            let mut request = Request::builder().uri(target);
            for host in hosts_named {
                request = request.header(HOST, *host);
            }
            judge(&request.body(()).unwrap(), &hosts(), &Limits::default())
        };
        assert_eq!(judged(&["localhost"], "/"), Ok(()));
        assert_eq!(judged(&[], "http://localhost/"), Ok(()));
        assert_eq!(judged(&["localhost"], "http://LOCALHOST/"), Ok(()));
        assert_eq!(
            judged(&["localhost", "localhost"], "/"),
            Err(Turned::AmbiguousHost)
        );
        assert_eq!(
            judged(&["localhost"], "http://id.example.org/"),
            Err(Turned::AmbiguousHost)
        );
        assert_eq!(judged(&[], "/"), Err(Turned::AmbiguousHost));
        assert_eq!(judged(&["evil.example"], "/"), Err(Turned::Host));
    }
}

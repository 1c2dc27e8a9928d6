//! WebSocket through the proxy (RFC 6455 over HTTP/1.1): the one upgrade that is passed on.

use std::sync::Arc;

use domain::Reason;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use verifier::{JudgedRequest, Kind, Permit, Refusal, strip_identity};

use crate::answer;
use crate::body::{Body, empty};
use crate::guarded::tunnel;
use crate::judge::Denial;
use crate::streams::Seat;

const WEBSOCKET: &str = "websocket";

/// Whether a request asks for one.
pub(crate) fn wants_websocket(parts: &Parts) -> bool {
    parts.method == Method::GET && parts.version == Version::HTTP_11 && names_websocket(&parts.headers)
}

/// A session rides along whoever opened the page, and no token of the page's own can be sent with a WebSocket: only the
/// host's own origin may open one. A bearer token is never sent by a browser unasked.
pub(crate) fn own_page_asks(request: &JudgedRequest<'_>, permit: &Permit) -> Result<(), Denial> {
    if !on_a_session(permit) || !permit.route().csrf {
        return Ok(());
    }
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let own = match (origins.next(), origins.next()) {
        (Some(one), None) => one
            .to_str()
            .is_ok_and(|origin| request.authority().is_origin(origin)),
        _ => false,
    };
    if own {
        return Ok(());
    }
    Err(Denial {
        refusal: Refusal::new(Reason::Csrf, "another origin opens a WebSocket, or none is named"),
        retry_after: None,
        route: Some(Arc::clone(permit.route())),
    })
}

/// The client's side of the upgrade, if the request asks for one and its listener can give one.
pub(crate) fn wanted_upgrade(parts: &mut Parts) -> Option<OnUpgrade> {
    let wanted = wants_websocket(parts);
    parts.extensions.remove::<OnUpgrade>().filter(|_| wanted)
}

/// Says again what belongs to one connection alone, and was taken off with everything of that kind.
pub(crate) fn name_upgrade(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static(WEBSOCKET));
}

/// The upstream switched: its answer, and from then on bytes both ways.
pub(crate) fn switched(
    mut response: Response<Incoming>,
    client: OnUpgrade,
    seat: Arc<Seat>,
) -> Response<Body> {
    if !names_websocket(response.headers()) {
        return answer::bare(StatusCode::BAD_GATEWAY);
    }
    let upstream = hyper::upgrade::on(&mut response);
    let (mut parts, _) = response.into_parts();
    strip_identity(&mut parts.headers);
    parts.headers.remove(header::SET_COOKIE);
    name_upgrade(&mut parts.headers);
    parts.version = Version::HTTP_11;
    tokio::spawn(tunnel(client, upstream, seat));
    Response::from_parts(parts, empty())
}

fn on_a_session(permit: &Permit) -> bool {
    let holder = permit.holder();
    holder.is_some_and(|holder| matches!(holder.kind(), Kind::Session(_)))
}

fn names_websocket(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(header::UPGRADE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return false;
    };
    let options = headers.get_all(header::CONNECTION).iter();
    let mut options = options.flat_map(|value| value.as_bytes().split(|b| *b == b','));
    kind.as_bytes().eq_ignore_ascii_case(WEBSOCKET.as_bytes())
        && options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
}

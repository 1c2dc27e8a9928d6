//! Adapters between the listener and what answers: a router, an edge, or the demo's front.

use std::net::SocketAddr;
use std::sync::Arc;

use authority::http::client_info::PeerAddress;
use axum::Router;
use axum::body::Body;
use edge::Edge;
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use tower::ServiceExt;

use crate::demo::Place;
use crate::listen::{HttpService, RequestBody, Responding, ResponseBody};

/// A router of the authority's or of the demo's.
pub(crate) struct Routed(pub(crate) Router);

impl HttpService for Routed {
    fn call(&self, peer: SocketAddr, _tls: bool, request: Request<RequestBody>) -> Responding {
        let router = self.0.clone();
        Box::pin(async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(PeerAddress(peer));
            match router.oneshot(request).await {
                Ok(response) => response.map(|body| body.map_err(Into::into).boxed_unsync()),
                Err(never) => match never {},
            }
        })
    }
}

/// One edge.
pub(crate) struct Edged(pub(crate) Arc<Edge>);

impl HttpService for Edged {
    fn at_once(&self, peer: SocketAddr, request: &Request<Incoming>) -> Option<Response<()>> {
        self.0.answer_at_once(peer, request)
    }

    fn call(&self, peer: SocketAddr, tls: bool, request: Request<RequestBody>) -> Responding {
        let edge = Arc::clone(&self.0);
        Box::pin(async move { answer(&edge, peer, tls, request).await })
    }
}

/// Three edges behind one host, as behind a load balancer: `/edge/2/..` goes to the second, all else to the first that is
/// good.
pub(crate) struct Front(pub(crate) Arc<[Place]>);

impl HttpService for Front {
    fn call(&self, peer: SocketAddr, tls: bool, mut request: Request<RequestBody>) -> Responding {
        let chosen = chosen(request.uri());
        let number = match &chosen {
            Some((number, _)) => *number,
            None => self.0.iter().position(Place::is_good).unwrap_or(0),
        };
        let Some(edge) = self.0.get(number).map(|place| Arc::clone(&place.edge)) else {
            return Box::pin(async { no_such_edge() });
        };
        if let Some((_, uri)) = chosen {
            *request.uri_mut() = uri;
        }
        Box::pin(async move { answer(&edge, peer, tls, request).await })
    }
}

async fn answer(
    edge: &Arc<Edge>,
    peer: SocketAddr,
    tls: bool,
    request: Request<RequestBody>,
) -> Response<ResponseBody> {
    edge.handle(peer, tls, request).await.map(BodyExt::boxed_unsync)
}

/// The edge that a path names, and the rest of the path.
fn chosen(uri: &Uri) -> Option<(usize, Uri)> {
    let (number, rest) = uri
        .path_and_query()?
        .as_str()
        .strip_prefix("/edge/")?
        .split_once('/')?;
    let number = number.parse::<usize>().ok()?.checked_sub(1)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("/{rest}")).ok()?);
    Some((number, Uri::from_parts(parts).ok()?))
}

fn no_such_edge() -> Response<ResponseBody> {
    let body = Full::from("there are three edges\n")
        .map_err(|never| match never {})
        .boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_edge() {
        let (number, uri) = chosen(&"/edge/2/api/hello?x=1".parse().unwrap()).unwrap();
        assert_eq!((number, uri.to_string().as_str()), (1, "/api/hello?x=1"));
        for other in ["/app", "/edge/0/x", "/edge/x/y", "/edge/1"] {
            assert!(chosen(&other.parse().unwrap()).is_none(), "{other}");
        }
    }
}

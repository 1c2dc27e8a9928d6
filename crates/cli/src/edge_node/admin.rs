//! `/metrics`, `/healthz` and `/readyz` of an edge: figures and states, nothing that anybody could act with.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use edge::Edge;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::listen::{HttpService, RequestBody, Responding, ResponseBody};

/// Answers for one edge.
pub(super) struct Watched(pub(super) Arc<Edge>);

impl HttpService for Watched {
    fn call(&self, _peer: SocketAddr, _tls: bool, request: Request<RequestBody>) -> Responding {
        let answer = self.answer(request.uri().path());
        Box::pin(async move { answer })
    }
}

impl Watched {
    fn answer(&self, path: &str) -> Response<ResponseBody> {
        match path {
            "/healthz" => json(StatusCode::OK, r#"{"status":"ok"}"#),
            "/readyz" if self.0.ready() => json(StatusCode::OK, r#"{"status":"ok"}"#),
            "/readyz" => self.not_ready(),
            "/metrics" => self.metrics(),
            _ => text(
                StatusCode::NOT_FOUND,
                "text/plain; charset=utf-8",
                "not found\n".to_owned(),
            ),
        }
    }

    /// What is missing: snapshot and lease, or keys.
    fn not_ready(&self) -> Response<ResponseBody> {
        let state = self.0.state();
        let failing = match (state.leased, state.keys_version.is_some()) {
            (false, false) => r#"["lease","keys"]"#,
            (false, true) => r#"["lease"]"#,
            (true, _) => r#"["keys"]"#,
        };
        let body = format!(r#"{{"status":"failing","failing":{failing}}}"#);
        json(StatusCode::SERVICE_UNAVAILABLE, &body)
    }

    fn metrics(&self) -> Response<ResponseBody> {
        let (mut registry, mut body) = (Registry::default(), String::new());
        self.0.metrics().register(&mut registry);
        match encode(&mut body, &registry) {
            Ok(()) => text(
                StatusCode::OK,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                body,
            ),
            Err(error) => {
                tracing::error!(%error, "the metrics cannot be written");
                json(StatusCode::INTERNAL_SERVER_ERROR, r#"{"status":"failing"}"#)
            }
        }
    }
}

fn json(status: StatusCode, body: &str) -> Response<ResponseBody> {
    text(status, "application/json", body.to_owned())
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<ResponseBody> {
    let body = Full::new(Bytes::from(body))
        .map_err(|never| match never {})
        .boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

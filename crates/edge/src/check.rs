//! `ANY /check`: a gateway describes a request and asks whether it may pass.

use std::net::{IpAddr, SocketAddr};

use domain::Reason;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use verifier::{JudgedRequest, Permit, Refusal};

use crate::answer;
use crate::body::Body;
use crate::edge::Edge;
use crate::judge::Denial;

/// The header of the signed identity.
pub(crate) const IDENTITY: &str = "symbolon-identity";

/// The request's cookies without ours: what a gateway that only asks may pass on.
const COOKIES: &str = "symbolon-cookie";

impl Edge {
    /// Answers a check. The request's body, if any, is not read.
    pub(crate) async fn answer_check(&self, peer: SocketAddr, headers: &HeaderMap) -> Response<Body> {
        if !self.config.peers.trusts(peer.ip()) {
            let refusal = Refusal::new(Reason::BadForwarding, "the peer may not ask");
            self.count(
                &Denial {
                    refusal,
                    retry_after: None,
                    route: None,
                },
                peer.ip(),
            );
            return answer::bare(StatusCode::FORBIDDEN);
        }
        let client = client_address(headers).unwrap_or(peer.ip());
        let request = match JudgedRequest::from_gateway(headers, self.config.original) {
            Ok(request) => request,
            Err(refusal) => {
                self.count(
                    &Denial {
                        refusal,
                        retry_after: None,
                        route: None,
                    },
                    client,
                );
                return answer::refusal(refusal);
            }
        };
        let judged = self.judge.judge(&request, None).await;
        match judged.and_then(|permit| self.identify(&permit, request.authority().host())) {
            Ok(known) => {
                self.metrics.permit();
                let mut response = answer::bare(StatusCode::OK);
                response.headers_mut().extend(known);
                if let Some(cookies) = foreign_cookies(headers) {
                    response.headers_mut().insert(COOKIES, cookies);
                }
                response
            }
            Err(denial) => {
                self.count(&denial, client);
                answer::denial(&denial)
            }
        }
    }

    /// All headers that say who it is.
    pub(crate) fn identify(&self, permit: &Permit, host: &str) -> Result<HeaderMap, Denial> {
        let mut headers = HeaderMap::new();
        permit.write_identity(&mut headers);
        let audience = self.identity_audience(permit, host);
        match self.identity.token(permit, audience, self.clock.now()) {
            Ok(Some(token)) => {
                headers.insert(IDENTITY, token);
            }
            Ok(None) => {}
            Err(_) => {
                let refusal = Refusal::new(Reason::Unavailable, "the identity could not be signed");
                return Err(Denial {
                    refusal,
                    retry_after: None,
                    route: Some(permit.route().clone()),
                });
            }
        }
        if permit.is_beyond_lease() {
            headers.insert("symbolon-beyond-lease", HeaderValue::from_static("true"));
        }
        Ok(headers)
    }

    /// Whom an identity is for: the route's own audience, else the host.
    fn identity_audience<'a>(&self, permit: &'a Permit, host: &'a str) -> &'a str {
        let audience = permit.route().audience.as_str();
        if audience == self.config.routes.issuer().url {
            host
        } else {
            audience
        }
    }
}

/// All cookies that are not ours, as one header; nothing where none is left.
fn foreign_cookies(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut kept = HeaderMap::new();
    for value in headers.get_all(http::header::COOKIE) {
        kept.append(http::header::COOKIE, value.clone());
    }
    verifier::strip_credentials(&mut kept);
    let left: Vec<&[u8]> = kept
        .get_all(http::header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    (!left.is_empty())
        .then(|| HeaderValue::from_bytes(&left.join(b"; ".as_slice())).ok())
        .flatten()
}

/// The address that the gateway saw: the last one it wrote. Good for counting, for nothing else.
fn client_address(headers: &HeaderMap) -> Option<IpAddr> {
    let value = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()?
        .to_str()
        .ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}

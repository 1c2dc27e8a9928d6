//! `ANY /check`: a gateway describes a request and asks whether it may pass. `ANY /check/forward`: as well, and the gateway
//! gives every answer but 200 to the client as it stands.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arc_swap::Guard;
use domain::Reason;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use verifier::{JudgedRequest, Permit, Refusal};

use crate::answer;
use crate::edge::Edge;
use crate::identity::Told;
use crate::judge::Denial;

/// Where checks are asked for.
const CHECK: &str = "/check";
const FORWARD: &str = "/check/forward";

/// What the gateway does with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// It goes by the status, and takes from the fields what it likes.
    Status,
    /// It gives a refusal to the client as it stands, and sets fields of the request under the names that they have here.
    Forward,
}

impl Asking {
    /// How a path asks; nothing where it is no check's.
    pub(crate) fn at(path: &str) -> Option<Self> {
        match path {
            CHECK => Some(Self::Status),
            FORWARD => Some(Self::Forward),
            _ => None,
        }
    }
}

/// The header of the signed identity.
pub(crate) const IDENTITY: HeaderName = HeaderName::from_static("symbolon-identity");

const BEYOND_LEASE: HeaderName = HeaderName::from_static("symbolon-beyond-lease");

/// The request's cookies without ours: what a gateway that only asks may pass on.
const COOKIES: HeaderName = HeaderName::from_static("symbolon-cookie");

/// A sound description, and who asks.
type Asked<'a> = (JudgedRequest<'a>, IpAddr);

impl Edge {
    /// Answers a check that needs nobody's word: nothing is awaited, and the answer has no body. Nothing where the
    /// request is no check, or where one must be asked: [`Edge::handle`] answers it then, judging anew.
    #[must_use]
    pub fn answer_at_once<B>(&self, peer: SocketAddr, request: &Request<B>) -> Option<Response<()>> {
        let asking = Asking::at(request.uri().path())?;
        Some(match self.read_check(peer, request.headers()) {
            Ok((judged, from)) => {
                let verdict = self.judge.judge_at_once(&judged)?;
                self.answer_verdict(asking, verdict, &judged, from)
            }
            Err(answer) => answer,
        })
    }

    /// Answers a check. The request's body, if any, is not read.
    pub(crate) async fn answer_check(
        &self,
        asking: Asking,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Response<()> {
        match self.read_check(peer, headers) {
            Ok((judged, from)) => {
                let verdict = self.judge.judge(&judged, None).await;
                self.answer_verdict(asking, verdict, &judged, from)
            }
            Err(answer) => answer,
        }
    }

    /// The request that is described, by a peer that may.
    fn read_check<'a>(&self, peer: SocketAddr, headers: &'a HeaderMap) -> Result<Asked<'a>, Response<()>> {
        let refuse = |refusal, from| {
            let denial = Denial {
                refusal,
                retry_after: None,
                route: None,
            };
            self.count(&denial, from);
        };
        if !self.config.peers.trusts(peer.ip()) {
            refuse(
                Refusal::new(Reason::BadForwarding, "the peer may not ask"),
                peer.ip(),
            );
            return Err(answer::head(StatusCode::FORBIDDEN));
        }
        match JudgedRequest::from_gateway(headers, self.config.original) {
            Ok(judged) => Ok((judged, peer.ip())),
            Err(refusal) => {
                refuse(refusal, client_address(headers).unwrap_or(peer.ip()));
                Err(answer::refusal_head(refusal))
            }
        }
    }

    fn answer_verdict(
        &self,
        asking: Asking,
        verdict: Result<Permit, Denial>,
        judged: &JudgedRequest<'_>,
        peer: IpAddr,
    ) -> Response<()> {
        let fields = verdict.and_then(|permit| self.permitted_fields(&permit, judged.authority().host()));
        match fields {
            Ok(mut fields) => {
                self.metrics.permit();
                if let Some(cookies) = verifier::other_cookies(judged.headers()) {
                    if asking == Asking::Forward {
                        fields.insert(header::COOKIE, cookies.clone());
                    }
                    fields.insert(COOKIES, cookies);
                }
                let mut answer = Response::new(());
                *answer.headers_mut() = fields;
                answer
            }
            Err(denial) => {
                self.count(&denial, client_address(judged.headers()).unwrap_or(peer));
                let refused = answer::denial_head(&denial);
                if asking == Asking::Forward
                    && refused.status() == StatusCode::UNAUTHORIZED
                    && navigates(judged)
                {
                    return self.login_for(judged).map(drop);
                }
                refused
            }
        }
    }

    /// All fields of the answer to a request that may pass: those that say who it is, and that nobody may keep it.
    fn permitted_fields(&self, permit: &Permit, host: &str) -> Result<HeaderMap, Denial> {
        let mut fields = match self.told(permit, host)?.as_ref() {
            Some(told) => told.fields_for(permit),
            None => answer::private_fields(),
        };
        if permit.is_beyond_lease() {
            fields.insert(BEYOND_LEASE, HeaderValue::from_static("true"));
        }
        Ok(fields)
    }

    /// The headers that say who it is, for an upstream of the built-in proxy.
    pub(crate) fn identify(&self, permit: &Permit, host: &str) -> Result<HeaderMap, Denial> {
        let mut headers = HeaderMap::new();
        permit.write_identity(&mut headers);
        if let Some(token) = self.told(permit, host)?.as_ref().and_then(|told| told.token()) {
            headers.insert(IDENTITY, token.clone());
        }
        if permit.is_beyond_lease() {
            headers.insert(BEYOND_LEASE, HeaderValue::from_static("true"));
        }
        Ok(headers)
    }

    /// What upstreams are told of the permit's credential; nothing where nobody is identified.
    fn told(&self, permit: &Permit, host: &str) -> Result<Guard<Option<Arc<Told>>>, Denial> {
        let audience = permit
            .route()
            .identity
            .then(|| self.identity_audience(permit, host));
        self.identity.told(permit, audience).map_err(|_| Denial {
            refusal: Refusal::new(Reason::Unavailable, "the identity could not be signed"),
            retry_after: None,
            route: Some(permit.route().clone()),
        })
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

/// Whether a browser goes to a page: a script's call gets its 401.
fn navigates(request: &JudgedRequest<'_>) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    request.method() == Method::GET && mode.is_some_and(|mode| mode == "navigate")
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

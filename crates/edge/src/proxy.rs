//! The built-in reverse proxy: judges, takes off what a client may not say, writes who it is, passes on.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use domain::Reason;
use domain::cookie::{DEVICE_COOKIE, FLOW_COOKIE, PRE_SESSION_COOKIE, SESSION_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use verifier::{
    CredentialKind, DirectRequest, JudgedRequest, Permit, Refusal, Route, strip_credentials, strip_identity,
};

use crate::answer;
use crate::body::{Body, BodyError};
use crate::edge::Edge;
use crate::guarded::Guarded;
use crate::host::{PREFIX, clear_session, redirect};
use crate::judge::Denial;
use crate::query::encode;
use crate::streams::{Ended, Seat};
use crate::upgrade::{name_upgrade, own_page_asks, switched, wanted_upgrade, wants_websocket};
use crate::upstream::UpstreamFault;

/// Longest answer to a request that changes something that is given although its credential was revoked meanwhile.
const SHORT: u64 = 1024 * 1024;

impl Edge {
    /// Judges a request that came to the proxy, and passes it on.
    pub(crate) async fn answer_proxy<B>(
        &self,
        peer: SocketAddr,
        secure: bool,
        request: Request<B>,
    ) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<BodyError>,
    {
        let (mut parts, body) = request.into_parts();
        if matches!(parts.method, Method::TRACE | Method::CONNECT) {
            return answer::bare(StatusCode::METHOD_NOT_ALLOWED);
        }
        let judged = self.judge_direct(&parts, secure).await;
        let seated = judged.and_then(|judged| Ok((self.seat(&judged.0, &parts)?, judged)));
        let (seat, (permit, upstream, identity)) = match seated {
            Ok(seated) => seated,
            Err(denial) => {
                self.count(&denial, peer.ip());
                return sign_in(&denial, &parts).unwrap_or_else(|| answer::denial(&denial));
            }
        };
        if declared_length(&parts.headers) > Some(self.config.max_body as u64) {
            return answer::bare(StatusCode::PAYLOAD_TOO_LARGE);
        }
        self.metrics.permit();
        let upgrade = wanted_upgrade(&mut parts);
        let reading = is_reading(&parts.method);
        if rewrite(&mut parts, &upstream, (peer, secure), identity).is_err() {
            return answer::bare(StatusCode::BAD_REQUEST);
        }
        if upgrade.is_some() {
            name_upgrade(&mut parts.headers);
        }
        let body = Limited::new(body, self.config.max_body).boxed();
        let body = Guarded::new(body, Arc::clone(&seat)).boxed();
        let patience = self.config.upstream_timeout.into();
        let request = Request::from_parts(parts, body);
        let answered = tokio::select! {
            // Whatever comes first: an upstream that takes its time holds nothing open. What was asked to change something is
            // waited for, and may be what ended the session.
            ended = seat.ended(), if reading => return answer::denial(&ended_denial(ended, &permit)),
            answered = self.upstreams.send(&upstream, request, patience) => answered,
        };
        match (answered, upgrade) {
            (Ok(response), Some(client)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                switched(response, client, seat)
            }
            (Ok(response), _) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                answer::bare(StatusCode::BAD_GATEWAY)
            }
            (Ok(response), _) if !reading && is_short(response.body()) => {
                // It ends by itself. Its place is taken until it does.
                let whole = move |body: hyper::body::Incoming| {
                    body.map_err(move |error| {
                        let _held = &seat;
                        error.into()
                    })
                };
                returned(response, permit.holder().is_some()).map(|body| whole(body).boxed())
            }
            (Ok(response), _) => match seat.judge() {
                Ok(()) => returned(response, permit.holder().is_some())
                    .map(|body| Guarded::new(body.map_err(Into::into).boxed(), seat).boxed()),
                Err(ended) => answer::denial(&ended_denial(ended, &permit)),
            },
            (Err(fault), _) => unanswered(&fault),
        }
    }

    /// A place among the exchanges under way, judged again once it is taken.
    fn seat(&self, permit: &Permit, parts: &Parts) -> Result<Arc<Seat>, Denial> {
        let streams = &self.judge.follow.streams;
        let reading = is_reading(&parts.method);
        let Some(seat) = streams.enter(permit.clone(), reading, self.config.streams) else {
            let refusal = Refusal::new(Reason::Unavailable, "too many exchanges are under way");
            return Err(Denial {
                refusal,
                retry_after: None,
                route: Some(Arc::clone(permit.route())),
            });
        };
        seat.judge().map_err(|ended| ended_denial(ended, permit))?;
        Ok(Arc::new(seat))
    }

    async fn judge_direct(&self, parts: &Parts, secure: bool) -> Result<(Permit, String, HeaderMap), Denial> {
        let deny = |refusal, route| Denial {
            refusal,
            retry_after: None,
            route,
        };
        let request = direct(parts, secure).map_err(|refusal| deny(refusal, None))?;
        if request.path().starts_with(PREFIX) {
            // Spelt otherwise it would have been answered as a page: no upstream may answer in its place.
            let refusal = Refusal::new(Reason::AmbiguousPath, "a reserved path is spelt with escapes");
            return Err(deny(refusal, None));
        }
        let permit = self.judge.judge(&request, None).await?;
        if wants_websocket(parts) {
            own_page_asks(&request, &permit)?;
        }
        let Some(upstream) = permit.route().upstream.clone() else {
            let refusal = Refusal::new(Reason::NoRoute, "the route has no upstream");
            return Err(deny(refusal, Some(Arc::clone(permit.route()))));
        };
        let identity = self.identify(&permit, request.authority().host())?;
        Ok((permit, upstream, identity))
    }
}

/// The request as it came: one host, one path.
pub(crate) fn direct(parts: &Parts, secure: bool) -> Result<JudgedRequest<'_>, Refusal> {
    let bad = |detail| Refusal::new(Reason::BadForwarding, detail);
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => return Err(bad("Host is there twice")),
        (Some(host), None) => Some(host.to_str().map_err(|_| bad("Host is not plain text"))?),
        (None, _) => None,
    };
    let authority = match (parts.uri.authority().map(http::uri::Authority::as_str), host) {
        (Some(target), Some(host)) if target != host => return Err(bad("the target and Host differ")),
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => return Err(bad("no host is named")),
    };
    let target = parts
        .uri
        .path_and_query()
        .map_or("", http::uri::PathAndQuery::as_str);
    JudgedRequest::from_direct(DirectRequest {
        method: &parts.method,
        secure,
        authority,
        target,
        headers: &parts.headers,
    })
}

/// Turns the request into the one that the upstream gets.
fn rewrite(
    parts: &mut Parts,
    upstream: &str,
    (peer, secure): (SocketAddr, bool),
    identity: HeaderMap,
) -> Result<(), http::Error> {
    let host = parts.uri.authority().map(|a| a.as_str().to_owned());
    let original = match host {
        Some(host) => HeaderValue::from_str(&host)?,
        None => parts
            .headers
            .get(header::HOST)
            .cloned()
            .unwrap_or(HeaderValue::from_static("")),
    };
    let headers = &mut parts.headers;
    strip_identity(headers);
    strip_credentials(headers);
    headers.remove(header::EXPECT);
    let forwarded = [
        (
            "x-forwarded-for",
            HeaderValue::from_str(&peer.ip().to_canonical().to_string())?,
        ),
        (
            "x-forwarded-proto",
            HeaderValue::from_static(if secure { "https" } else { "http" }),
        ),
        ("x-forwarded-host", original),
        ("host", HeaderValue::from_str(upstream)?),
    ];
    for (name, value) in forwarded {
        headers.insert(HeaderName::from_static(name), value);
    }
    headers.extend(identity);
    let target = parts.uri.path_and_query().cloned();
    parts.uri = http::Uri::builder()
        .path_and_query(target.map_or_else(|| "/".to_owned(), |t| t.to_string()))
        .build()?;
    parts.version = Version::HTTP_11;
    Ok(())
}

/// The upstream's answer, without what is not its to say.
fn returned(response: Response<hyper::body::Incoming>, identified: bool) -> Response<hyper::body::Incoming> {
    let (mut parts, body) = response.into_parts();
    let headers = &mut parts.headers;
    strip_identity(headers);
    let kept: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|v| !sets_ours(v))
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for value in kept {
        headers.append(header::SET_COOKIE, value);
    }
    if identified && !headers.contains_key(header::CACHE_CONTROL) {
        // What one subject saw is neither for a shared cache nor for whoever goes back in the history of this browser.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    parts.version = Version::HTTP_11;
    Response::from_parts(parts, body)
}

const fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether an answer says that it is short. One without a length may go on for ever.
fn is_short(body: &hyper::body::Incoming) -> bool {
    use hyper::body::Body as _;
    body.size_hint().upper().is_some_and(|length| length <= SHORT)
}

/// As a check would be answered now.
fn ended_denial(ended: Ended, permit: &Permit) -> Denial {
    let refusal = match ended {
        Ended::Refused(reason) => reason.into(),
        Ended::TooLong | Ended::Stopped => Refusal::new(Reason::Unavailable, "the exchange was ended"),
    };
    Denial {
        refusal,
        retry_after: None,
        route: Some(Arc::clone(permit.route())),
    }
}

fn sets_ours(value: &HeaderValue) -> bool {
    let name = value
        .as_bytes()
        .split(|b| matches!(b, b'=' | b';'))
        .next()
        .unwrap_or_default()
        .trim_ascii();
    // A nameless cookie travels as its value alone.
    let value = value
        .as_bytes()
        .trim_ascii_start()
        .strip_prefix(b"=")
        .unwrap_or_default();
    let value = value
        .split(|b| matches!(b, b'=' | b';'))
        .next()
        .unwrap_or_default()
        .trim_ascii();
    [SESSION_COOKIE, DEVICE_COOKIE, FLOW_COOKIE, PRE_SESSION_COOKIE]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own.as_bytes()) || value.eq_ignore_ascii_case(own.as_bytes()))
}

fn unanswered(fault: &UpstreamFault) -> Response<Body> {
    tracing::debug!(%fault, "an upstream did not answer");
    let mut source = std::error::Error::source(fault);
    while let Some(error) = source {
        if error.is::<LengthLimitError>() {
            return answer::bare(StatusCode::PAYLOAD_TOO_LARGE);
        }
        source = error.source();
    }
    match fault {
        UpstreamFault::Timeout => answer::bare(StatusCode::GATEWAY_TIMEOUT),
        _ => answer::bare(StatusCode::BAD_GATEWAY),
    }
}

/// A person's browser is sent to sign in; everything else gets the refusal.
fn sign_in(denial: &Denial, parts: &Parts) -> Option<Response<Body>> {
    let session = |route: &Arc<Route>| route.accepts(CredentialKind::Session);
    let wanted = denial.refusal.reason.status() == 401
        && denial.route.as_ref().is_some_and(session)
        && !parts.headers.contains_key(header::AUTHORIZATION);
    let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let navigates = match text("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => text("accept").is_some_and(|accept| accept.contains("text/html")),
    };
    if !wanted || !navigates || parts.method != Method::GET {
        return None;
    }
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    let mut response = redirect(
        StatusCode::FOUND,
        &format!("{PREFIX}login?return_to={}", encode(target)),
    );
    let reason = denial.refusal.reason;
    response
        .headers_mut()
        .insert("symbolon-reason", HeaderValue::from_static(reason.as_str()));
    // A sign-out elsewhere cannot reach this host's cookie: it goes when it is shown the next time. Only a navigation takes it away:
    // a slow answer to something else could take the cookie of the sign-in that follows.
    if is_over(reason) {
        clear_session(&mut response);
    }
    Some(response)
}

/// Whether a credential will never open anything again.
const fn is_over(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Expired | Reason::Idle | Reason::Revoked | Reason::Malformed | Reason::BadSignature
    )
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

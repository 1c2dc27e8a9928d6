//! One request of an edge: read whole within its limit, held against the certificate, answered with one frame or a stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Span;
use domain::feed::wire::{Frame, HEADER_LEN, Hello, Kind, RefusalWord, Reply, Request, Version, Versions};
use domain::feed::{CanaryWanted, EdgeStart, Exceptions, MAX_CANARY, RenewalReply};
use domain::id::{Id, Incarnation};
use http::{Method, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use super::connection::Peer;
use super::snapshots::NoSnapshot;
use super::words::Words;
use super::{Shared, stream};
use crate::error::Fault;

/// Where frames are sent to.
const PATH: &str = "/feed";
/// Where a stream is opened, on which both sides speak.
const FOLLOW: &str = "/follow";
/// Where the canary's questions are fetched, beside the frames.
const CANARY: &str = "/canary";
/// How long a request may take to arrive, and to be answered where it does not wait for anything.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a snapshot may take.
const SNAPSHOT_PATIENCE: Duration = Duration::from_secs(60);
/// How long an answer about keys may wait.
const LONGEST_WAIT: Span = Span::from_secs(20);

type Answer = UnsyncBoxBody<Bytes, Infallible>;

/// Answers one request.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    peer: &Arc<Peer>,
    request: http::Request<Incoming>,
) -> Response<Answer> {
    match (request.method(), request.uri().path()) {
        (&Method::POST, PATH) => {}
        (&Method::POST, FOLLOW) => return follow(shared, peer, request).await,
        (&Method::POST, CANARY) => return canary(shared, peer, request).await,
        _ => return status(StatusCode::NOT_FOUND),
    }
    let most = HEADER_LEN + Kind::Hello.most();
    let body = Limited::new(request.into_body(), most).collect();
    let Ok(Ok(body)) = tokio::time::timeout(PATIENCE, body).await else {
        return status(StatusCode::BAD_REQUEST);
    };
    let bytes = body.to_bytes();
    let read = Frame::parse(&bytes).and_then(|frame| Ok((frame.version, Request::decode(frame)?)));
    let (version, request) = match read {
        Ok(read) => read,
        Err(error) => {
            tracing::warn!(edge = %peer.edge, %error, "an edge sent what is no request");
            return framed(&refused(RefusalWord::Malformed), Version::GREETING);
        }
    };
    if let Request::Follow { after } = request {
        return match judge(shared, peer, version, &request) {
            Ok(()) => streamed(stream::follow(shared, peer, (after, version), None)),
            Err(word) => framed(&refused(word), version),
        };
    }
    let patience = match &request {
        Request::KeysWanted { .. } => PATIENCE + Duration::from(LONGEST_WAIT),
        Request::SnapshotWanted { .. } => SNAPSHOT_PATIENCE,
        _ => PATIENCE,
    };
    let outcome = match judge(shared, peer, version, &request) {
        Ok(()) => tokio::time::timeout(patience, reply(shared, peer, request, version)).await,
        Err(word) => Ok(Err(word)),
    };
    match outcome {
        Ok(Ok(Replied::Reply(reply))) => framed(&reply, version),
        Ok(Ok(Replied::Frame(frame))) => whole(frame),
        Ok(Err(word)) => framed(&refused(word), version),
        Err(_) => framed(&refused(RefusalWord::Unavailable), version),
    }
}

/// A stream on which the edge goes on to say how far it has applied the log.
async fn follow(
    shared: &Arc<Shared>,
    peer: &Arc<Peer>,
    request: http::Request<Incoming>,
) -> Response<Answer> {
    let mut words = Words::new(request.into_body());
    let (version, request) = match tokio::time::timeout(PATIENCE, words.next()).await {
        Ok(Ok(Some(first))) => first,
        Ok(_) => return framed(&refused(RefusalWord::Malformed), Version::GREETING),
        Err(_) => return status(StatusCode::BAD_REQUEST),
    };
    let Request::Follow { after } = request else {
        return framed(&refused(RefusalWord::Malformed), version);
    };
    match judge(shared, peer, version, &request) {
        Ok(()) => streamed(stream::follow(shared, peer, (after, version), Some(words))),
        Err(word) => framed(&refused(word), version),
    }
}

/// What the canary's last question came to at this edge, and the next one.
async fn canary(shared: &Shared, peer: &Peer, request: http::Request<Incoming>) -> Response<Answer> {
    if !peer.is_admitted(shared.authority.clock.now()) || !is_heard(shared, peer) {
        return status(StatusCode::FORBIDDEN);
    }
    if shared.authority.config.canary.is_none() {
        return status(StatusCode::NOT_FOUND);
    }
    let body = Limited::new(request.into_body(), MAX_CANARY).collect();
    let Ok(Ok(body)) = tokio::time::timeout(PATIENCE, body).await else {
        return status(StatusCode::BAD_REQUEST);
    };
    let Ok(wanted) = serde_json::from_slice::<CanaryWanted>(&body.to_bytes()) else {
        return status(StatusCode::BAD_REQUEST);
    };
    let wait = Span::from_ms(wanted.wait_ms).min(LONGEST_WAIT);
    let asked = shared.gateway.canary(&peer.edge, wanted.answer, wait).await;
    match asked.map(|asked| serde_json::to_vec(&asked)) {
        Some(Ok(asked)) => whole(asked.into()),
        Some(Err(_)) => status(StatusCode::INTERNAL_SERVER_ERROR),
        None => status(StatusCode::NO_CONTENT),
    }
}

/// Who may ask this: an edge whose credential is good, for itself, in a version of ours, after its greeting.
pub(super) fn judge(
    shared: &Shared,
    peer: &Peer,
    version: Version,
    request: &Request,
) -> Result<(), RefusalWord> {
    if !peer.is_admitted(shared.authority.clock.now()) || claims_another(request, peer) {
        return Err(RefusalWord::Edge);
    }
    if matches!(request, Request::Hello(_)) {
        return Ok(());
    }
    if !Versions::OURS.has(version) {
        return Err(RefusalWord::Version);
    }
    // A lease without the edge's exceptions would make receipts that leave them out. Where the same start has greeted on
    // another connection since, this one is over.
    if is_heard(shared, peer) {
        Ok(())
    } else {
        Err(RefusalWord::Edge)
    }
}

/// Whether a start of the edge has greeted here, and nowhere else since.
fn is_heard(shared: &Shared, peer: &Peer) -> bool {
    let heard = |start: &EdgeStart| shared.authority.revoker.hears(start, peer.number);
    peer.greeted().is_some_and(heard)
}

/// Whether a request names another edge than the certificate, or another start than the greeting.
fn claims_another(request: &Request, peer: &Peer) -> bool {
    let (edge, start): (_, Option<&Id<Incarnation>>) = match request {
        Request::Hello(hello) => (&hello.edge, Some(&hello.start)),
        Request::Renew(renewal) => (&renewal.edge, Some(&renewal.incarnation)),
        Request::Acknowledge {
            edge, incarnation, ..
        } => (edge, Some(incarnation)),
        Request::KeysWanted { edge, .. } => (edge, None),
        _ => return false,
    };
    let own = peer.greeted().map(|own| &own.incarnation);
    *edge != peer.edge || own.zip(start).is_some_and(|(own, named)| own != named)
}

pub(super) enum Replied {
    Reply(Reply),
    /// A frame that is shared.
    Frame(Bytes),
}

pub(super) async fn reply(
    shared: &Shared,
    peer: &Peer,
    request: Request,
    version: Version,
) -> Result<Replied, RefusalWord> {
    let gateway = &shared.gateway;
    let reply = match request {
        Request::Hello(hello) => greet(shared, peer, hello).await?,
        Request::SnapshotWanted { have } => return snapshot(shared, have, version).await,
        // A stream, which the caller has begun.
        Request::Follow { .. } => return Err(RefusalWord::Malformed),
        Request::EntriesWanted { after } => {
            let entries = gateway.entries_after(after, Span::from_ms(0)).await;
            Reply::Entries(entries.map_err(unavailable)?)
        }
        Request::Renew(renewal) => match gateway.renew(&renewal).await.map_err(unavailable)? {
            RenewalReply::Granted(grant) => Reply::Granted(grant),
            RenewalReply::Resynchronise => Reply::Resynchronise,
        },
        Request::Acknowledge {
            edge,
            incarnation,
            frontier,
        } => {
            let heard = gateway.acknowledge(&edge, incarnation, frontier).await;
            heard.map_err(unavailable)?;
            Reply::Done
        }
        Request::KeysWanted { known, wait, .. } => {
            let start = peer.greeted().ok_or(RefusalWord::Edge)?;
            Reply::Keys(gateway.keys(start, known, wait.min(LONGEST_WAIT)).await)
        }
        Request::SessionWanted { id, purpose } => {
            let found = gateway.session(id, &purpose).await.map_err(unavailable)?;
            Reply::Session(found.map(Box::new))
        }
        Request::Activity { round, seen } => {
            gateway.record_activity(seen).await.map_err(unavailable)?;
            if let Some(round) = round {
                shared.authority.rounds.answer(peer.number, round);
            }
            Reply::Done
        }
        Request::IsRevoked(position) => {
            let start = peer.greeted().ok_or(RefusalWord::Edge)?;
            Reply::Revoked(gateway.word_on(start, *position).await.map_err(unavailable)?)
        }
        Request::RedeemHostCode { code, flow, host } => {
            let joined = gateway.redeem_host_code(&code, &flow, host).await;
            Reply::HostJoin(joined.map_err(unavailable)?)
        }
    };
    Ok(Replied::Reply(reply))
}

/// The version that both speak; the edge's exceptions in place of those that this start of it declared before.
async fn greet(shared: &Shared, peer: &Peer, hello: Hello) -> Result<Reply, RefusalWord> {
    let agreed = Versions::OURS.agree(hello.versions).ok_or(RefusalWord::Version)?;
    let revoker = &shared.authority.revoker;
    // An edge in this process has that name: what one says must not be taken for the other's word.
    if revoker.is_own(&peer.edge) {
        return Err(RefusalWord::Edge);
    }
    let start = EdgeStart {
        edge: peer.edge.clone(),
        incarnation: hello.start,
    };
    let joined = revoker.join(&start, peer.number, Exceptions::from(hello.exceptions));
    if !joined.await.map_err(unavailable)? {
        tracing::warn!(edge = %peer.edge, "too many starts of an edge: this one waits until earlier ones are over");
        return Err(RefusalWord::Unavailable);
    }
    // Two greetings at once, of two starts: the first one's connection this is.
    if *peer.greet(start.clone()) == start {
        Ok(Reply::Welcome(agreed))
    } else {
        revoker.leave(&start, peer.number);
        Err(RefusalWord::Edge)
    }
}

async fn snapshot(
    shared: &Shared,
    have: Option<domain::Digest>,
    version: Version,
) -> Result<Replied, RefusalWord> {
    let made = shared
        .snapshots
        .near_head(shared.authority.store.as_ref(), version)
        .await;
    match made {
        Ok(made) if have == Some(made.name) => Ok(Replied::Reply(Reply::SnapshotSame(made.name))),
        Ok(made) => Ok(Replied::Frame(made.frame.clone())),
        Err(NoSnapshot::TooLarge) => Err(RefusalWord::TooLarge),
        Err(NoSnapshot::Fault(fault)) => Err(unavailable(fault)),
    }
}

/// The edge learns that the answer is missing; the cause is in this log.
fn unavailable(fault: Fault) -> RefusalWord {
    tracing::warn!(%fault, "an edge's request could not be answered");
    RefusalWord::Unavailable
}

pub(super) const fn refused(word: RefusalWord) -> Reply {
    Reply::Refused(word, Versions::OURS)
}

fn framed(reply: &Reply, version: Version) -> Response<Answer> {
    match reply.encode(version) {
        Ok(frame) => whole(frame.into()),
        Err(error) => {
            tracing::error!(%error, "an answer does not fit into its frame");
            status(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn streamed(stream: stream::Streamed) -> Response<Answer> {
    Response::new(stream.boxed_unsync())
}

fn whole(frame: Bytes) -> Response<Answer> {
    Response::new(Full::new(frame).boxed_unsync())
}

fn status(status: StatusCode) -> Response<Answer> {
    let mut response = whole(Bytes::new());
    *response.status_mut() = status;
    response
}

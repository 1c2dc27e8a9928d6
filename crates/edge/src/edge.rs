//! The edge as a whole: started once, asked for every request, stopped in order.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use domain::feed::{EdgeName, Follower, LeaseCell};
use domain::id::Id;
use domain::revocation::RevocationMap;
use domain::{Clock, Entropy, Seq, Span};
use http::{HeaderMap, Request, Response};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use verifier::{Checker, CheckerParts, JudgedRequest, Route};

use crate::activity::Activity;
use crate::aggregate::{RefusalCount, Refusals};
use crate::answer;
use crate::body::{Body, BodyError, empty};
use crate::check::Asking;
use crate::config::EdgeConfig;
use crate::follow::{Follow, FollowParts};
use crate::host::{LOGIN, PREFIX, form_token, own_route};
use crate::identity::Identity;
use crate::judge::{Denial, Judge};
use crate::link::AuthorityLink;
use crate::metrics::Metrics;
use crate::proxy::direct;
use crate::streams::Streams;
use crate::tasks;
use crate::upstream::Upstreams;

/// An edge could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the edge could not be started")]
pub struct StartFault(#[from] jose::JoseError);

/// An edge that follows its authority.
#[derive(Debug)]
pub struct Edge {
    pub(crate) config: EdgeConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) judge: Judge,
    pub(crate) identity: Arc<Identity>,
    pub(crate) own_route: Arc<Route>,
    pub(crate) upstreams: Upstreams,
    pub(crate) metrics: Metrics,
    refusals: Refusals,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

/// How an edge stands, as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeState {
    /// Its name.
    pub name: EdgeName,
    /// How far the log is applied.
    pub frontier: Seq,
    /// How far its map may be behind; nothing before the first lease.
    pub staleness: Option<Span>,
    /// Whether its lease runs.
    pub leased: bool,
    /// Version of the keys it holds.
    pub keys_version: Option<u64>,
}

impl Edge {
    /// A new start of an edge: it follows at once, and serves once it has snapshot, keys and lease.
    ///
    /// # Errors
    /// A route's audience is empty, or no key for identities could be made.
    pub fn start(
        config: EdgeConfig,
        link: Arc<dyn AuthorityLink>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Self>, StartFault> {
        let (map, lease) = (Arc::new(RevocationMap::default()), Arc::new(LeaseCell::default()));
        let parts = CheckerParts {
            map: Arc::clone(&map),
            lease: Arc::clone(&lease),
            clock: Arc::clone(&clock),
            routes: Arc::clone(&config.routes),
            capacity: config.capacity,
        };
        let checker = Arc::new(Checker::new(parts, entropy.as_ref())?);
        let incarnation = Id::generate(clock.now(), entropy.as_ref());
        let name = config.name.clone();
        link.begin(&name, incarnation);
        let follower = Follower::new(name.clone(), incarnation, map, lease);
        let activity = Arc::new(Activity::new(Arc::clone(&link), Arc::clone(&checker)));
        let metrics = Metrics::default();
        let streams = Streams::new(Arc::clone(&checker), Arc::clone(&clock), metrics.streams.clone());
        let parts = FollowParts {
            link,
            clock: Arc::clone(&clock),
            checker,
            streams,
            name,
            incarnation,
        };
        let follow = Arc::new(Follow::new(parts, follower));
        let (stop, stopped) = watch::channel(false);
        let identity = Arc::new(Identity::new(config.name.as_str(), config.capacity)?);
        let tasks = tasks::spawn(&follow, &activity, &identity, (&entropy, &stopped));
        Ok(Arc::new(Self {
            identity,
            own_route: own_route(&config.routes.issuer().url),
            judge: Judge::new(follow, activity),
            upstreams: Upstreams::default(),
            metrics,
            refusals: Refusals::default(),
            tasks: Mutex::new(tasks),
            config,
            clock,
            entropy,
            stop,
        }))
    }

    /// Answers one request. `secure` says whether the connection to the peer is encrypted.
    pub async fn handle<B>(
        self: &Arc<Self>,
        peer: SocketAddr,
        secure: bool,
        request: Request<B>,
    ) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<BodyError>,
    {
        let path = request.uri().path();
        if let Some(asking) = Asking::at(path) {
            let answer = self.answer_check(asking, peer, request.headers()).await;
            return answer.map(|()| empty());
        }
        if path.starts_with(PREFIX) {
            let (mut parts, body) = request.into_parts();
            form_token(&mut parts, body).await;
            return match self.page_request(peer, secure, &parts) {
                // A gateway that sends a refused navigation here describes the page that was wanted, not this one.
                Ok(judged) if parts.uri.path() == LOGIN && !judged.path().starts_with(PREFIX) => {
                    self.login_for(&judged)
                }
                Ok(judged) => self.answer_host(&judged).await,
                Err(refusal) => answer::refusal(refusal),
            };
        }
        self.answer_proxy(peer, secure, request).await
    }

    /// A page is asked for by the browser, or through a gateway that describes the browser's request; at the least it says,
    /// as any reverse proxy does, by which scheme the browser came.
    fn page_request<'a>(
        &self,
        peer: SocketAddr,
        secure: bool,
        parts: &'a http::request::Parts,
    ) -> Result<JudgedRequest<'a>, verifier::Refusal> {
        let described = ["x-forwarded-method", "x-original-method"];
        let trusted = self.config.peers.trusts(peer.ip());
        if trusted && described.iter().any(|name| parts.headers.contains_key(*name)) {
            return JudgedRequest::from_gateway(&parts.headers, self.config.original);
        }
        let told = || came_by_https(&parts.headers);
        direct(parts, secure || (trusted && told()))
    }

    /// Whether it can do its work: snapshot, keys and a running lease.
    #[must_use]
    pub fn ready(&self) -> bool {
        let state = self.state();
        state.leased && state.keys_version.is_some()
    }

    /// The position up to which its map holds the log, each time it grows.
    #[must_use]
    pub fn applied(&self) -> watch::Receiver<Seq> {
        self.judge.follow.applied.subscribe()
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> EdgeState {
        let checker = &self.judge.follow.checker;
        let view = checker.lease();
        EdgeState {
            name: self.config.name.clone(),
            frontier: view.frontier,
            staleness: view.staleness,
            leased: view.over_by == Some(Span::from_ms(0)),
            keys_version: checker.keys_version(),
        }
    }

    /// Takes new routes, made for the same issuer: each request is judged by the old ones or by the new ones, as a whole.
    ///
    /// # Errors
    /// An audience of a route is empty; the old ones stay.
    pub fn install_routes(&self, routes: &Arc<verifier::Routes>) -> Result<(), jose::JoseError> {
        self.judge.follow.checker.install_routes(routes)
    }

    /// What it was started with; routes may have been replaced since.
    #[must_use]
    pub const fn config(&self) -> &EdgeConfig {
        &self.config
    }

    /// Its counters, with the gauges brought up to date.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        self.metrics.observe(&self.judge.follow.checker.lease());
        &self.metrics
    }

    /// What was refused since this was last asked, as counts.
    #[must_use]
    pub fn take_refusals(&self) -> Vec<RefusalCount> {
        self.refusals.take()
    }

    /// Tells the authority at once what activity was seen; what cannot be told now is kept for the next time.
    pub async fn report_activity(&self) {
        if let Err(error) = self.judge.activity.report().await {
            tracing::debug!(edge = %self.config.name, %error, "activity is kept for later");
        }
    }

    /// Stops following and tells the authority what activity is left. The lease runs out by itself.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        self.judge.follow.streams.end_all();
        while self.tasks.lock().await.join_next().await.is_some() {}
        if self.judge.activity.report().await.is_err() {
            tracing::warn!(edge = %self.config.name, "the last activity could not be reported");
        }
    }

    pub(crate) fn count(&self, denial: &Denial, from: IpAddr) {
        let reason = denial.refusal.reason;
        self.metrics.refuse(reason);
        let route = denial.route.as_ref().map(|route| route.name.as_str());
        self.refusals.count(reason, route, from, self.clock.now());
    }
}

/// What a reverse proxy says once of its client's connection. Said twice, it is not the proxy's word alone.
fn came_by_https(headers: &HeaderMap) -> bool {
    let mut schemes = headers.get_all("x-forwarded-proto").iter();
    matches!((schemes.next(), schemes.next()), (Some(scheme), None) if scheme == "https")
}

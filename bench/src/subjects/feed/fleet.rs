//! An authority in a process of its own with its durable store, and edges in this one, joined to it over its feed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::feed::EdgeCredential;
use domain::id::Id;
use domain::testing::SeededEntropy;
use domain::{BootTime, Clock, Entropy, Host};
use edge::{Edge, EdgeConfig, NetworkLink, RawEdge};
use http::{HeaderName, HeaderValue, Request};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use verifier::{Issuer, RawRoute};

use super::board::Board;
use super::watched::Watched;
use super::wire::Wire;
use crate::harness::{Core, Fault, Ground, on_core};
use crate::stage::{described, free_port};
use crate::subjects::serving::{Client, HOST, Plan, Server};
use crate::world::{self, MachineClock};

const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_micros(200);
/// Verified credentials that each edge remembers: far more than are looked at.
const CAPACITY: u64 = 1024;

/// What a fleet is to be.
pub(super) struct Wanted<'a> {
    pub(super) folder: &'a str,
    pub(super) edges: usize,
    pub(super) lease: &'a str,
    /// Whether servers have the first core and edges the last, or all have all.
    pub(super) pinned: bool,
    /// Put into the data directory before the server starts on it.
    pub(super) watermarks: u64,
}

/// An authority and its edges.
pub(super) struct Fleet {
    pub(super) server: Server,
    pub(super) edges: Vec<Arc<Edge>>,
    pub(super) links: Vec<Arc<Watched>>,
    pub(super) board: Arc<Board>,
    /// The first edge's way to the authority.
    pub(super) wire: Wire,
    pub(super) runtime: Runtime,
    admin: Client,
    public: Client,
    /// The admin API's token, as a header's value.
    pub(super) bearer: String,
    secret: String,
}

/// A credential and its name in the log.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) jti: String,
}

fn said(error: impl std::fmt::Display) -> Fault {
    Fault::new(error.to_string())
}

impl Fleet {
    /// Returns once every edge serves.
    ///
    /// # Errors
    /// One does not.
    pub(super) fn start(ground: &Ground, wanted: &Wanted<'_>) -> Result<Self, Fault> {
        let feed = free_port()?;
        let mut plan = Plan::new(ground, &ground.scratch.join(wanted.folder), "")?;
        let own = format!(
            "[server]\nfeed_listen = \"127.0.0.1:{feed}\"\nlease = \"{}\"\n",
            wanted.lease
        );
        plan.config = plan.config.replacen("[server]\n", &own, 1);
        if wanted.watermarks > 0 {
            plan.start()?.stop()?;
            crate::subjects::million::fill(&plan.data(), 1, wanted.watermarks)?;
        }
        let server = placed(wanted.pinned, Core::Server, || plan.start())?;
        let runtime = placed(wanted.pinned, Core::Load, runtime)?;
        let bearer = format!("Bearer {}", server.admin_token()?);
        let mut fleet = Self {
            admin: Client::connect(server.plan.admin)?,
            public: Client::connect(server.plan.public)?,
            wire: Wire::to(feed, &runtime)?,
            board: Arc::new(Board::new(wanted.edges)),
            secret: client(&server)?,
            edges: Vec::new(),
            links: Vec::new(),
            server,
            runtime,
            bearer,
        };
        for number in 0..wanted.edges {
            let credential = fleet.credential(number)?;
            let (edge, link) = fleet.join(&credential, number)?;
            fleet.edges.push(edge);
            fleet.links.push(link);
        }
        let began = world::now();
        while !fleet.edges.iter().all(|edge| edge.ready()) {
            if began.elapsed() > PATIENCE {
                return Err(Fault::new("an edge does not get ready"));
            }
            world::pause(GLANCE);
        }
        Ok(fleet)
    }

    /// New connections: those from before may have been idle for too long.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn reconnect(&mut self) -> Result<(), Fault> {
        self.admin = Client::connect(self.server.plan.admin)?;
        self.public = Client::connect(self.server.plan.public)?;
        Ok(())
    }

    /// A new edge's credential; the first edge's leads over the wire.
    ///
    /// # Errors
    /// It was not made.
    pub(super) fn credential(&mut self, number: usize) -> Result<EdgeCredential, Fault> {
        let wired = (number == 0).then(|| format!("https://127.0.0.1:{}", self.wire.port));
        let body = json!({ "name": format!("edge-{number}"), "url": wired });
        let made = self.manage("/admin/v1/edges", &body)?;
        let text = made.get("credential").and_then(Value::as_str).unwrap_or_default();
        EdgeCredential::parse(text).map_err(said)
    }

    /// Starts an edge, and does not wait.
    ///
    /// # Errors
    /// It does not start.
    pub(super) fn join(
        &self,
        credential: &EdgeCredential,
        number: usize,
    ) -> Result<(Arc<Edge>, Arc<Watched>), Fault> {
        let clock: Arc<dyn Clock> = Arc::new(MachineClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed()));
        let link = NetworkLink::new(credential, Vec::new(), Arc::clone(&clock), Arc::clone(&entropy));
        let link = Arc::new(Watched {
            link: link.map_err(said)?,
            number,
            board: Arc::clone(&self.board),
            asked_at_ms: AtomicU64::new(0),
        });
        let config = config(credential)?;
        let _inside = self.runtime.enter();
        let edge = Edge::start(config, Arc::clone(&link) as _, clock, entropy).map_err(said)?;
        Ok((edge, link))
    }

    /// Tokens of one client, each with its own id.
    ///
    /// # Errors
    /// One was not issued.
    pub(super) fn tokens(&mut self, count: u64) -> Result<Vec<Token>, Fault> {
        let body = format!(
            "grant_type=client_credentials&client_id=bench&client_secret={}",
            self.secret
        );
        let form = [("content-type", "application/x-www-form-urlencoded")];
        (0..count)
            .map(|_| {
                let answer = self.public.ask("POST", "/oauth2/token", &form, &body)?;
                let text = answer.text("access_token");
                let text =
                    text.ok_or_else(|| Fault::new(format!("no token: {} {}", answer.status, answer.body)))?;
                let jti = jti(&text).ok_or_else(|| Fault::new("a token without an id"))?;
                Ok(Token { text, jti })
            })
            .collect()
    }

    /// Names of tokens that nobody was given: a revocation needs no more.
    pub(super) fn strangers(&self, count: u64) -> Vec<Token> {
        let (entropy, now) = (SeededEntropy::new(seed()), MachineClock.now());
        let one = |_| Token {
            text: String::new(),
            jti: Id::<domain::id::Token>::generate(now, &entropy).to_string(),
        };
        (0..count).map(one).collect()
    }

    /// Revokes one token, up to a level; returns when that is acknowledged.
    ///
    /// # Errors
    /// It was not.
    pub(super) fn revoke(&mut self, token: &Token, level: &str) -> Result<(), Fault> {
        let body = json!({ "class": "jti", "key": token.jti, "wait": level });
        self.manage("/admin/v1/revocations", &body).map(drop)
    }

    /// One real check of a token at every edge: all must answer with this status.
    ///
    /// # Errors
    /// One does not.
    pub(super) fn judged(&self, token: &Token, status: u16) -> Result<(), Fault> {
        let check = check(&token.text)?;
        for edge in &self.edges {
            let found = judge(edge, &check);
            if found != status {
                return Err(Fault::new(format!(
                    "edge {} answers {found} where {status} is right",
                    edge.state().name
                )));
            }
        }
        Ok(())
    }

    /// A round trip on the feed that changes nothing: the edge says anew that no route of its has an exception.
    ///
    /// # Errors
    /// No answer.
    pub(super) fn round_trip(&self) -> Result<Duration, Fault> {
        let last = self.links.last();
        let watched = last.ok_or_else(|| Fault::new("there is no edge"))?;
        let began = world::boot_time();
        let asked = watched.link.declare_exceptions(Vec::new());
        self.runtime.block_on(asked).map_err(said)?;
        Ok(world::boot_time().saturating_sub(began))
    }

    /// When the first edge asked for the lease that it holds.
    pub(super) fn asked_at(&self) -> BootTime {
        let first = self.links.first();
        BootTime::from_ms(first.map_or(0, |link| link.asked_at_ms.load(Ordering::SeqCst)))
    }

    fn manage(&mut self, path: &str, body: &Value) -> Result<Value, Fault> {
        let headers = [
            ("content-type", "application/json"),
            ("authorization", self.bearer.as_str()),
        ];
        let answer = self.admin.ask("POST", path, &headers, &body.to_string())?;
        if !(200..300).contains(&answer.status) {
            return Err(Fault::new(format!("{path}: {} {}", answer.status, answer.body)));
        }
        serde_json::from_str(&answer.body).map_err(said)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.wire.mend();
        for edge in self.edges.drain(..) {
            self.runtime.block_on(edge.shutdown());
        }
    }
}

/// The status of one real check.
pub(super) fn judge(edge: &Arc<Edge>, check: &Request<()>) -> u16 {
    let peer = ([127, 0, 0, 1], 1).into();
    // Where somebody must be asked first, nobody is let through yet.
    edge.answer_at_once(peer, check)
        .map_or(0, |answer| answer.status().as_u16())
}

/// A gateway's question about a token.
///
/// # Errors
/// It is no header's value.
pub(super) fn check(token: &str) -> Result<Request<()>, Fault> {
    let mut request = Request::new(());
    *request.uri_mut() = "/check".parse().map_err(said)?;
    for (name, value) in described(("authorization", format!("Bearer {token}"))) {
        let name: HeaderName = name.parse().map_err(said)?;
        request
            .headers_mut()
            .insert(name, HeaderValue::from_str(&value).map_err(said)?);
    }
    Ok(request)
}

fn config(credential: &EdgeCredential) -> Result<EdgeConfig, Fault> {
    let issuer = Issuer {
        url: credential.issuer.clone(),
        host: HOST.parse::<Host>().map_err(said)?,
    };
    let raw = RawEdge {
        name: Some(credential.edge.to_string()),
        max_sessions_in_memory: Some(CAPACITY),
        ..RawEdge::default()
    };
    let route = RawRoute {
        accept: Some(vec!["bearer".to_owned()]),
        identity: Some(false),
        ..RawRoute::default()
    };
    EdgeConfig::from_raw(&raw, vec![route], issuer).map_err(|problems| Fault::new(format!("{problems:?}")))
}

fn client(server: &Server) -> Result<String, Fault> {
    let audience = server.plan.issuer();
    let words = [
        "client",
        "add",
        "bench",
        "--grant",
        "client_credentials",
        "--audience",
    ];
    let made = server.run(&[&words[..], &[audience.as_str()]].concat(), "")?;
    let secret = made.get("secret").and_then(Value::as_str);
    secret.map(str::to_owned).ok_or_else(|| Fault::new("no client"))
}

/// As the product's own: a worker for each core that it may run on.
fn runtime() -> Result<Runtime, Fault> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(Fault::io("a runtime"))
}

fn placed<T>(pinned: bool, core: Core, work: impl FnOnce() -> T) -> T {
    if pinned { on_core(core, work) } else { work() }
}

fn jti(token: &str) -> Option<String> {
    let claims = jose::base64url::decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("jti")?.as_str()?.to_owned())
}

/// No two edges of a run begin with the same id.
fn seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    world::unix_time_s()
        ^ (u64::from(std::process::id()) << 40)
        ^ (NEXT.fetch_add(1, Ordering::Relaxed) << 20)
}

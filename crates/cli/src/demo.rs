//! `serve --demo`: a seeded user and client, a sample application behind the edges' proxy, and a page that shows a
//! revocation reaching each of three edges, how far each may be behind, and what one does that is cut off.

mod app;
mod line;
mod live;
mod pages;
mod seed;
mod token;

use std::sync::Arc;

use authority::Authority;
use axum::Router;
use edge::Edge;
use serde_json::{Value, json};

pub(crate) use line::{Line, Switched};
pub(crate) use seed::seed;

/// Name of the sample client.
pub(crate) const CLIENT: &str = "demo-web";
/// Name of the demo's user.
pub(crate) const USER: &str = "demo";

/// What the sample application is joined to. It gets identities from headers; it holds no key and sees no cookie.
#[derive(Debug, Clone)]
pub(crate) struct Demo {
    /// To revoke, as a console would.
    pub(crate) authority: Arc<Authority>,
    /// The authority's public service, to which the sample client speaks OAuth.
    pub(crate) public: Router,
    /// The three edges, to show when each refuses.
    pub(crate) places: Arc<[Place]>,
    /// Where the browser finds the application.
    pub(crate) origin: String,
    /// The sample client's secret.
    pub(crate) client_secret: Arc<zeroize::Zeroizing<String>>,
    /// Tokens of the sample client, by session.
    pub(crate) tokens: Arc<token::Tokens>,
}

/// An edge of the demo, and the switch of its line.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) edge: Arc<Edge>,
    pub(crate) line: Arc<Line>,
}

impl Place {
    /// Whether a balancer should send requests here.
    pub(crate) fn is_good(&self) -> bool {
        self.line.is_connected() && self.edge.ready()
    }

    /// How it stands, for the page.
    fn told(&self) -> Value {
        let state = self.edge.state();
        json!({
            "name": state.name,
            "frontier": state.frontier,
            "staleness_ms": state.staleness.map(domain::Span::as_ms),
            "leased": state.leased,
            "connected": self.line.is_connected(),
        })
    }
}

impl Demo {
    /// The sample application.
    pub(crate) fn application(self) -> Router {
        app::routes(self)
    }
}

/// The configuration that the demo runs by, as a user would write it.
pub(crate) fn configuration(public: u16, front: u16, application: u16) -> String {
    format!(
        r#"[server]
issuer = "http://localhost:{public}"
lease = "3s"

[session]
applications = ["http://127.0.0.1:{front}"]

[keys]
announce_for = "30s"

[[route]]
match = {{ host = "127.0.0.1", path = "/app/*" }}
accept = ["session"]
upstream = "http://127.0.0.1:{application}"

[[route]]
match = {{ host = "127.0.0.1", path = "/app" }}
accept = ["session"]
upstream = "http://127.0.0.1:{application}"

[[route]]
match = {{ host = "127.0.0.1", path = "/api/*" }}
accept = ["session", "bearer"]
audience = "http://127.0.0.1:{front}/api"
upstream = "http://127.0.0.1:{application}"

[[route]]
match = {{ host = "127.0.0.1" }}
public = true
upstream = "http://127.0.0.1:{application}"
"#
    )
}

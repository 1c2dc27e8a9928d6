//! `serve --demo`: a seeded user and client, a sample application behind the edges' proxy, and a page that shows a
//! revocation reaching each of three edges.

mod app;
mod pages;
mod seed;
mod token;

use std::sync::Arc;

use authority::Authority;
use axum::Router;
use edge::Edge;

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
    pub(crate) edges: Arc<[Arc<Edge>]>,
    /// Where the browser finds the application.
    pub(crate) origin: String,
    /// The sample client's secret.
    pub(crate) client_secret: Arc<zeroize::Zeroizing<String>>,
    /// Tokens of the sample client, by session.
    pub(crate) tokens: Arc<token::Tokens>,
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

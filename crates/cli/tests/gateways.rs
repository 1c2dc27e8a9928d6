//! The documented configurations of docs/gateways with the real gateways: each is held to what nginx is held to, and lets
//! nobody through when its edge is stale or gone. nginx has tests of its own in `nginx.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use stage::app::App;
use stage::edge_node::{Cable, EdgeNode};
use stage::gateway::{Gateway, Places};
use stage::guarded::{World, routes, start};
use stage::http::{Request, Response};
use stage::server::{Plan, Server};
use stage::{TempDir, free_port, suite, wait_for};

#[test]
fn caddy() {
    suite::all(&World::behind(Gateway::Caddy));
}

#[test]
fn haproxy() {
    suite::all(&World::behind(Gateway::Haproxy));
}

#[test]
fn traefik() {
    suite::all(&World::behind(Gateway::Traefik));
}

#[test]
fn envoy() {
    suite::all(&World::behind(Gateway::Envoy));
}

/// Asks for a page of the application.
struct Asks {
    port: u16,
    bearer: String,
}

impl Asks {
    fn send(&self) -> Response {
        Request::get("/api/things")
            .header("Authorization", self.bearer.clone())
            .header("Sec-Fetch-Mode", "navigate")
            .send(self.port, &format!("app.localhost:{}", self.port))
    }
}

fn bearer(server: &Server, port: u16) -> String {
    let audience = format!("http://app.localhost:{port}/api");
    let add = ["client", "add", "billing", "--grant", "client_credentials"];
    let made = server.json(&[&add[..], &["--audience", &audience]].concat(), "");
    let answer = Request::new("POST", "/oauth2/token")
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", "billing"),
            ("client_secret", made["secret"].as_str().unwrap()),
        ])
        .send(server.public, &format!("id.localhost:{port}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    format!("Bearer {}", answer.json()["access_token"].as_str().unwrap())
}

/// An edge in a process of its own, at the end of a wire that can be cut.
#[test]
fn nobody_passes_a_stale_edge_or_one_that_is_gone() {
    for gateway in Gateway::ALL {
        let (port, feed, app) = (free_port(), free_port(), App::start());
        let mut plan = Plan::new("stale", &format!("http://id.localhost:{port}"), &routes(port));
        plan.config = plan.config.replace("[server]\n", "[server]\nlease = \"1s\"\n");
        plan.variables = vec![("SYMBOLON_SERVER__FEED_LISTEN", format!("127.0.0.1:{feed}"))];
        let server = plan.start();
        let cable = Cable::to(feed);
        let at_the_edge = routes(port);
        let (_, at_the_edge) = at_the_edge.split_once("[[route]]").unwrap();
        let mut node = EdgeNode::add(
            &server,
            "fra-1",
            Some(cable.port),
            &format!("[[route]]{at_the_edge}"),
        );
        node.wait_until_ready();
        let dir = TempDir::new("stale");
        let places = Places {
            listen: port,
            edge: format!("127.0.0.1:{}", node.check),
            authority: plan.public,
            application: app.port,
        };
        let _running = start(gateway, &dir, &places);
        let asks = Asks {
            port,
            bearer: bearer(&server, port),
        };
        assert_eq!(asks.send().status, 200, "{gateway:?}");
        app.take();

        cable.cut();
        wait_for("the edge to be stale", || asks.send().status != 200);
        app.take();
        let stale = asks.send();
        told_why(gateway, &stale);
        assert!(app.take().is_empty(), "{gateway:?}");
        cable.mend();
        wait_for("the edge to recover", || asks.send().status == 200);
        app.take();

        node.kill();
        let gone = asks.send();
        assert!(gone.status >= 500, "{gateway:?}: {}", gone.status);
        assert!(app.take().is_empty(), "{gateway:?}");
    }
}

/// What the client learns of a 503.
fn told_why(gateway: Gateway, stale: &Response) {
    let told = (
        stale.status,
        stale.header("symbolon-reason"),
        stale.header("retry-after").is_some(),
    );
    match gateway {
        // A sub-request's answer other than 2xx, 401 and 403 is an error to nginx.
        Gateway::Nginx => assert_eq!(told.0, 500),
        // An answer of 5xx is a failure of the service that was asked: the status is there, the reason is not.
        Gateway::Envoy => assert_eq!(told.0, 503),
        _ => assert_eq!(told, (503, Some("stale"), true), "{gateway:?}"),
    }
}

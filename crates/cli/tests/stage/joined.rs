//! An authority with its feed, and edges that follow it, each a process of its own.

use serde_json::Value;

use super::edge_node::EdgeNode;
use super::http::Request;
use super::server::{Plan, Server};
use super::{free_port, wait_for};

/// The authority with its feed, and a client whose tokens the edges judge.
pub struct Joined {
    pub plan: Plan,
    pub server: Server,
    pub feed: u16,
    pub secret: String,
}

impl Joined {
    pub fn new(name: &str, lease: &str) -> Self {
        Self::with(name, lease, &[])
    }

    /// With more of its environment's variables.
    pub fn with(name: &str, lease: &str, more: &[(&'static str, &str)]) -> Self {
        Self::listening(name, (lease, "127.0.0.1"), more)
    }

    /// The same for edges in other networks.
    pub fn open(name: &str, lease: &str) -> Self {
        Self::listening(name, (lease, "0.0.0.0"), &[])
    }

    fn listening(name: &str, (lease, address): (&str, &str), more: &[(&'static str, &str)]) -> Self {
        let mut plan = Plan::new(name, "http://localhost:{public}", "");
        let feed = free_port();
        plan.variables = vec![
            ("SYMBOLON_SERVER__FEED_LISTEN", format!("{address}:{feed}")),
            ("SYMBOLON_SERVER__LEASE", lease.to_owned()),
        ];
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        plan.variables.extend(more);
        let server = plan.start();
        let audience = format!("http://localhost:{}", plan.public);
        let client = [
            "client",
            "add",
            "svc",
            "--grant",
            "client_credentials",
            "--audience",
            &audience,
        ];
        let made = server.json(&client, "");
        Self {
            secret: made["secret"].as_str().unwrap().to_owned(),
            plan,
            server,
            feed,
        }
    }

    pub fn token(&self) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "svc"),
            ("client_secret", &self.secret),
        ];
        let answer = Request::new("POST", "/oauth2/token")
            .form(&form)
            .send(self.plan.public, &format!("localhost:{}", self.plan.public));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub fn edges(&self, names: &[&str]) -> Vec<EdgeNode> {
        let added = names
            .iter()
            .map(|name| EdgeNode::add(&self.server, name, None, ""));
        let added: Vec<EdgeNode> = added.collect();
        added.iter().for_each(EdgeNode::wait_until_ready);
        added
    }

    pub fn revoke(&self, wait: &str) -> Value {
        self.server.json(&["revoke", "client", "svc", "--wait", wait], "")
    }

    /// Revokes one token by its own id.
    pub fn revoke_token(&self, token: &str) {
        let claims = token.split('.').nth(1).unwrap();
        let claims = jose::base64url::decode(claims.as_bytes()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        self.server
            .json(&["revoke", "jti", claims["jti"].as_str().unwrap()], "");
    }

    /// Lets svc go on: what is revoked stays revoked, what begins now is new.
    pub fn accepted(&self, edge: &EdgeNode) -> String {
        let token = self.token();
        wait_for("a new token to be accepted", || edge.judge(&token).0 == 200);
        token
    }
}

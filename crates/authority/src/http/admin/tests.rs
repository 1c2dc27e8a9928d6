//! The admin API over HTTP, on the memory store, with a clock that is moved by hand.

mod access;
mod agreement;
mod audit;
mod client_secrets;
mod clients;
mod keys;
mod lists;
mod revocations;
mod secrets;
mod sessions;
mod system;
mod tokens;
mod users;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use domain::Span;
use domain::id::Id;
use domain::secret::{Admin as AdminSecret, Secret, SessionSecret};
use domain::session::{Origin, Overflow, Session};
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Assurance, Subject};
use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use store::intent::{CreateSession, SessionCreation};

use super::{AdminParts, AdminTokens, admin};
use crate::authority::Authority;
use crate::testing;

/// A password that the policy takes.
const STRONG: &str = "quiet marble under seven lanterns";

/// The API with a token that opens it, and everything that it ever answered.
struct Api {
    authority: Arc<Authority>,
    clock: Arc<ManualClock>,
    router: Router,
    token: String,
    answered: Mutex<Vec<String>>,
}

impl Api {
    async fn new() -> Self {
        Self::with(|parts| parts).await
    }

    async fn with(more: impl FnOnce(AdminParts) -> AdminParts) -> Self {
        let (authority, clock) = testing::authority().await;
        // Past the margin that a new authority waits for before it promises enforcement.
        clock.advance(Span::from_ms(10));
        let secret = Secret::<AdminSecret>::generate(&SeededEntropy::new(99));
        let parts = more(AdminParts::new(AdminTokens::new().with("test", &secret)));
        Self {
            router: admin(Arc::clone(&authority), parts),
            authority,
            clock,
            token: secret.reveal().to_string(),
            answered: Mutex::default(),
        }
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.call("POST", path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> (StatusCode, Value) {
        self.call("DELETE", path, None).await
    }

    /// One call with the token; the answer as JSON, or as a JSON string where it is something else.
    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.call_with(&self.token, method, path, body).await
    }

    /// The same with another token.
    async fn call_with(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        let body = match body {
            None => Body::empty(),
            Some(value) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(value.to_string())
            }
        };
        let response = testing::send(&self.router, request.body(body).unwrap()).await;
        let status = response.status();
        let media = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        if !status.is_success() {
            assert_eq!(media, "application/problem+json", "{path}");
        }
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        let text = testing::text(response).await;
        self.answered.lock().unwrap().push(text.clone());
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, value)
    }

    /// Adds a user without a password; says its id.
    async fn user(&self, name: &str) -> String {
        let (status, user) = self.post("/admin/v1/users", json!({"name": name})).await;
        assert_eq!(status, StatusCode::CREATED, "{user}");
        text(&user["id"])
    }

    /// Adds a confidential client.
    async fn client(&self, id: &str) -> Value {
        let body = json!({"id": id, "grants": ["client_credentials"], "audiences": ["api"]});
        let (status, client) = self.post("/admin/v1/clients", body).await;
        assert_eq!(status, StatusCode::CREATED, "{client}");
        client
    }

    /// A live session of a user.
    async fn session(&self, user: &str) -> Session {
        let authority = &self.authority;
        let (now, entropy) = (authority.clock.now(), authority.entropy.as_ref());
        let session = Session {
            id: Id::generate(now, entropy),
            subject: user.parse::<Subject>().unwrap(),
            tenant: None,
            device: None,
            rs: authority.store.head().await.unwrap().seq,
            generation: 1,
            assurance: Assurance::Aal1,
            amr: vec!["pwd".to_owned()],
            authenticated_at: now,
            created_at: now,
            active_at: now,
            idle: Span::from_hours(1),
            expires_at: now + Span::from_hours(8),
            origin: Origin::new(Some("203.0.113.7".parse().unwrap()), "tests"),
        };
        let intent = CreateSession {
            session: session.clone(),
            secret: Secret::<SessionSecret>::generate(entropy).digest(),
            credential_version: Some(1),
            rehashed: None,
            counted: None,
            replaces: None,
            cap: 10,
            overflow: Overflow::Refuse,
        };
        let created = authority.store.create_session(intent).await.unwrap();
        assert!(matches!(created, SessionCreation::Created { .. }), "{created:?}");
        session
    }

    /// A lasting token with these scopes, and this life.
    async fn token(&self, name: &str, scopes: &[&str], life: &str) -> String {
        let body = json!({"name": name, "scopes": scopes, "expires_in": life});
        let (status, made) = self.post("/admin/v1/admin-tokens", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        text(&made["token"])
    }

    /// Events after a number, as JSON.
    async fn events_after(&self, number: u64) -> Vec<Value> {
        let records = self.authority.store.events_after(number, 10_000).await.unwrap();
        let body = |r: &domain::event::EventRecord| serde_json::from_str(&r.body).unwrap();
        records.iter().map(body).collect()
    }

    /// Number of the last event.
    async fn last_event(&self) -> u64 {
        let records = self.authority.store.events_after(0, 10_000).await.unwrap();
        records.last().map_or(0, |r| r.number)
    }

    async fn is_revoked(&self, session: &Session) -> bool {
        self.authority.store.is_revoked(session.position()).await.unwrap()
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// Paths of the problems of a refused request.
fn paths(problem: &Value) -> Vec<String> {
    problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(&e["path"]))
        .collect()
}

fn code(problem: &Value) -> &str {
    problem["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no problem: {problem}"))
}

//! A user of the server: signs in, is checked at the edge, is revoked.

use super::http::{Request, Response};
use super::server::Server;

pub const PASSWORD: &str = "violet anchors beneath nine harbours";

/// A session as its owner and an administrator know it.
#[derive(Debug, Clone)]
pub struct Visit {
    pub cookie: String,
    pub session: String,
}

pub fn try_login(server: &Server) -> Response {
    let body = serde_json::json!({ "username": "ada", "password": PASSWORD });
    Request::new("POST", "/api/login")
        .json(&body)
        .send(server.public, &format!("localhost:{}", server.public))
}

pub fn login(server: &Server) -> Visit {
    let answer = try_login(server);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookie = answer.header("set-cookie").unwrap();
    Visit {
        cookie: cookie.split(';').next().unwrap().to_owned(),
        session: answer.json()["session"].as_str().unwrap().to_owned(),
    }
}

/// Revokes through the admin API, with the running server's own token.
pub fn revoke(server: &Server, visit: &Visit) -> Response {
    let admin = std::fs::read_to_string(server.data.join("admin.json")).unwrap();
    let admin: serde_json::Value = serde_json::from_str(&admin).unwrap();
    let body =
        serde_json::json!({ "class": "session", "key": visit.session, "wait": "enforced", "reason": "test" });
    Request::new("POST", "/admin/v1/revocations")
        .json(&body)
        .header(
            "Authorization",
            format!("Bearer {}", admin["token"].as_str().unwrap()),
        )
        .send(server.admin, &format!("localhost:{}", server.admin))
}

/// Status at the edge, and the reason of a refusal.
pub fn check(server: &Server, visit: &Visit) -> (u16, Option<String>) {
    let answer = Request::get("/check")
        .header("X-Forwarded-Method", "GET")
        .header("X-Forwarded-Proto", "http")
        .header("X-Forwarded-Host", format!("localhost:{}", server.public))
        .header("X-Forwarded-Uri", "/")
        .header("Cookie", &visit.cookie)
        .send(server.edge, &format!("localhost:{}", server.edge));
    (answer.status, answer.header("symbolon-reason").map(str::to_owned))
}

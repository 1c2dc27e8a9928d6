//! The main job behind a real nginx, on two host names: from login to revocation, with the attacks that a gateway invites.
//! The configuration is the documented one (docs/gateways/nginx.conf), made more hostile by `underscores_in_headers on`.
//! The other gateways are held to the same in `gateways.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use stage::browser::Browser;
use stage::gateway::Gateway;
use stage::guarded::World;
use stage::http::{Request, Response};
use stage::suite;

fn world() -> World {
    World::behind(Gateway::Nginx)
}

#[test]
fn from_anonymous_to_signed_in_to_revoked() {
    let w = world();
    suite::from_anonymous_to_signed_in_to_revoked(&w);
    assert!(w.server.stop(), "an orderly stop");
}

#[test]
fn nginx_asks_through_a_unix_socket() {
    let w = World::asking(Gateway::Nginx, true);
    let browser = w.sign_in();
    let cookie = w.cookie(&browser);
    let fine = w.send(&Request::get("/home").header("Cookie", cookie.clone()));
    assert_eq!(fine.status, 200, "{}", fine.body);
    assert_eq!(
        w.send(&Request::get("/home")).status,
        401,
        "nobody passes without a session"
    );
    let forged = Request::get("/home")
        .header("Cookie", cookie)
        .header("Symbolon-Subject", "user:root");
    assert!(
        w.send(&forged).status >= 400,
        "the socket's peers are believed, clients behind them are not"
    );
    assert!(w.server.stop(), "an orderly stop");
}

#[test]
fn a_token_passes_where_it_is_accepted_and_not_after_revocation() {
    suite::a_token_passes_where_it_is_accepted_and_not_after_revocation(&world());
}

#[test]
fn forged_identity_headers_never_get_through() {
    suite::forged_identity_headers_never_get_through(&world());
}

#[test]
fn the_other_family_of_forwarded_headers_is_denied() {
    suite::the_other_family_of_forwarded_headers_is_denied(&world());
}

#[test]
fn confusing_paths_do_not_borrow_another_routes_rules() {
    suite::confusing_paths_do_not_borrow_another_routes_rules(&world());
}

#[test]
fn credentials_do_not_mix_and_do_not_travel() {
    suite::credentials_do_not_mix_and_do_not_travel(&world());
}

#[test]
fn unsafe_methods_need_the_sessions_own_proof() {
    suite::unsafe_methods_need_the_sessions_own_proof(&world());
}

#[test]
fn connection_names_nothing_of_ours() {
    suite::connection_names_nothing_of_ours(&world());
}

#[test]
fn streams_flow() {
    suite::streams_flow(&world());
}

#[test]
fn bodies_arrive_whole() {
    suite::bodies_arrive_whole(&world());
}

const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0123";

/// A confidential client of the sample application.
struct Client {
    secret: String,
    redirect: String,
}

/// What a client of the code flow does.
trait Flow {
    fn web_client(&self) -> Client;
    fn code(&self, browser: &mut Browser, client: &Client) -> String;
    fn token(&self, client: &Client, fields: &[(&str, &str)]) -> Response;
    fn call(&self, answer: &Response) -> u16;
}

impl Flow for World {
    fn web_client(&self) -> Client {
        let redirect = format!("http://127.0.0.1:{}/cb", self.port);
        let audience = format!("http://app.localhost:{}/api", self.port);
        let grants = ["--grant", "authorization_code", "--grant", "refresh_token"];
        let rest = ["--redirect-uri", &redirect, "--audience", &audience];
        let made = self
            .server
            .json(&[&["client", "add", "web"], &grants[..], &rest[..]].concat(), "");
        Client {
            secret: made["secret"].as_str().unwrap().to_owned(),
            redirect,
        }
    }

    /// Through authorize and the consent page; the code that came back.
    fn code(&self, browser: &mut Browser, client: &Client) -> String {
        let id = format!("http://id.localhost:{}", self.port);
        let challenge = jose::base64url::encode(domain::Digest::of(VERIFIER.as_bytes()).as_bytes());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", "web"),
                ("redirect_uri", &client.redirect),
            ])
            .extend_pairs([
                ("state", "s1"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        let (page_url, page) = browser.visit(&format!("{id}/oauth2/authorize?{query}"));
        let (token, request) = (
            page.field("csrf_token").expect("a consent page"),
            page.field("request").unwrap(),
        );
        let fields = [
            ("csrf_token", token.as_str()),
            ("request", request.as_str()),
            ("decision", "allow"),
        ];
        let (landed, _) = browser.submit(&page_url, &page.action(), &fields);
        let landed = url::Url::parse(&landed).unwrap();
        let answer = |name: &str| {
            landed
                .query_pairs()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.into_owned())
        };
        assert_eq!(
            (answer("state").as_deref(), answer("iss")),
            (Some("s1"), Some(id)),
            "{landed}"
        );
        answer("code").expect("a code")
    }

    fn token(&self, client: &Client, fields: &[(&str, &str)]) -> Response {
        let fields = [fields, &[("client_id", "web"), ("client_secret", &client.secret)]].concat();
        let host = format!("id.localhost:{}", self.port);
        Request::new("POST", "/oauth2/token")
            .form(&fields)
            .send(self.port, &host)
    }

    /// Calls the application with the access token of an answer.
    fn call(&self, answer: &Response) -> u16 {
        let bearer = format!("Bearer {}", text(answer, "access_token"));
        self.send(&Request::get("/api/things").header("Authorization", bearer))
            .status
    }
}

fn text(answer: &Response, name: &str) -> String {
    answer.json()[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {}", answer.body))
        .to_owned()
}

/// The other face, for a user: got by the code flow in a browser, refreshed, and dead with its session after a replay.
#[test]
fn a_users_token_is_refreshed_and_a_replay_ends_token_and_session() {
    let w = world();
    let mut browser = w.sign_in();
    let client = w.web_client();
    let code = w.code(&mut browser, &client);
    let redeem = [
        ("redirect_uri", client.redirect.as_str()),
        ("code_verifier", VERIFIER),
        ("code", &code),
    ];
    let first = w.token(
        &client,
        &[&[("grant_type", "authorization_code")], &redeem[..]].concat(),
    );
    let refresh = |answer: &Response| {
        let token = text(answer, "refresh_token");
        w.token(
            &client,
            &[("grant_type", "refresh_token"), ("refresh_token", &token)],
        )
    };
    w.app.take();
    assert_eq!(w.call(&first), 200);
    assert!(
        w.app.take()[0]
            .header("symbolon-subject")
            .unwrap()
            .starts_with("user:")
    );

    let (second, again) = (refresh(&first), refresh(&first));
    assert_eq!(
        text(&second, "refresh_token"),
        text(&again, "refresh_token"),
        "two tabs get the same successor"
    );
    let third = refresh(&second);
    assert_eq!((w.call(&second), w.call(&third)), (200, 200));

    let replay = refresh(&first);
    assert_eq!(
        (replay.status, replay.json()["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    // Durable when it was answered; the edge hears of it within milliseconds.
    stage::wait_for("the edge to refuse", || w.call(&first) == 401);
    w.app.take();
    for token in [&first, &second, &again, &third] {
        assert_eq!(w.call(token), 401, "every token of the grant is dead");
    }
    assert_eq!(refresh(&third).status, 400);
    let session = w.send(&Request::get("/home").header("Cookie", w.cookie(&browser)));
    assert_eq!(
        (session.status, session.header("symbolon-reason")),
        (401, Some("revoked")),
        "and so is the session"
    );
    assert!(w.app.take().is_empty());
}

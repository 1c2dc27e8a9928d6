//! The main job behind a real nginx, on two host names: from login to revocation, with the attacks that a gateway invites.
//! The configuration is the documented one (docs/gateways/nginx.conf), made more hostile by `underscores_in_headers on`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use stage::app::App;
use stage::browser::Browser;
use stage::http::{Request, Response};
use stage::nginx::Nginx;
use stage::server::{Plan, Server};
use stage::{TempDir, free_port};

const PASSWORD: &str = "violet anchors beneath nine harbours";

struct World {
    port: u16,
    app: App,
    server: Server,
    _nginx: Nginx,
    _dir: TempDir,
    _plan: Plan,
}

fn world() -> World {
    world_where(false)
}

/// With nginx asking the edge by its address, or through a Unix socket.
fn world_where(by_socket: bool) -> World {
    let port = free_port();
    let app = App::start();
    let routes = format!(
        "[session]\napplications = [\"http://app.localhost:{port}\"]\n\
         [[route]]\nmatch = {{ host = \"app.localhost\", path = \"/api/*\" }}\naccept = [\"session\", \"bearer\"]\n\
         audience = \"http://app.localhost:{port}/api\"\nscopes = []\n\
         [[route]]\nmatch = {{ host = \"app.localhost\" }}\naccept = [\"session\"]\n"
    );
    let mut plan = Plan::new("nginx", &format!("http://id.localhost:{port}"), &routes);
    let dir = TempDir::new("nginx-conf");
    let mut edge = format!("127.0.0.1:{}", plan.edge);
    if by_socket {
        let socket = dir.path().join("check.sock");
        plan.config = plan
            .config
            .replace("[edge]\n", &format!("[edge]\nsocket = {socket:?}\n"));
        edge = format!("unix:{}", socket.display());
    }
    let server = plan.start();
    let conf = include_str!("../../../docs/gateways/nginx.conf")
        .replace("127.0.0.1:8710", &edge)
        .replace("127.0.0.1:8700", &format!("127.0.0.1:{}", plan.public))
        .replace("127.0.0.1:3000", &format!("127.0.0.1:{}", app.port))
        .replace("listen 443;", &format!("listen 127.0.0.1:{port};"))
        .replace("id.example.org", "id.localhost")
        .replace("app.example.org", "app.localhost");
    let nginx = Nginx::start(dir.path(), port, &format!("underscores_in_headers on;\n{conf}"));
    server.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);
    World {
        port,
        app,
        server,
        _nginx: nginx,
        _dir: dir,
        _plan: plan,
    }
}

impl World {
    fn app_url(&self, path: &str) -> String {
        format!("http://app.localhost:{}{path}", self.port)
    }

    fn sign_in(&self) -> Browser {
        let mut browser = Browser::default();
        let (url, page) = browser.visit(&self.app_url("/home?a=1&b=2"));
        assert!(
            url.starts_with(&format!("http://id.localhost:{}/login", self.port)),
            "{url}: {}",
            page.status
        );
        let fields = login_fields(&page);
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (url, page) = browser.submit(&url, "/login", &pairs);
        assert_eq!(
            (url.as_str(), page.status),
            (self.app_url("/home?a=1&b=2").as_str(), 200),
            "{:?}",
            browser.trail
        );
        assert!(page.body.starts_with("hello user:"), "{}", page.body);
        browser
    }

    fn service_token(&self, id: &str) -> String {
        let audience = format!("http://app.localhost:{}/api", self.port);
        let made = self.server.json(
            &[
                "client",
                "add",
                id,
                "--grant",
                "client_credentials",
                "--audience",
                &audience,
            ],
            "",
        );
        let secret = made["secret"].as_str().expect("a secret, shown once");
        let answer = Request::new("POST", "/oauth2/token")
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", secret),
            ])
            .send(self.port, &format!("id.localhost:{}", self.port));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn send(&self, request: &Request) -> Response {
        request.send(self.port, &format!("app.localhost:{}", self.port))
    }

    fn cookie(&self, browser: &Browser) -> String {
        let host = format!("app.localhost:{}", self.port);
        format!(
            "__Host-symbolon={}",
            browser
                .jar
                .value(&host, "__Host-symbolon")
                .expect("the app host's own cookie")
        )
    }
}

fn login_fields(page: &Response) -> Vec<(String, String)> {
    let mut fields = vec![
        ("username".into(), "ada".into()),
        ("password".into(), PASSWORD.into()),
    ];
    for name in ["csrf_token", "return_to"] {
        fields.push((
            name.to_owned(),
            page.field(name)
                .unwrap_or_else(|| panic!("no {name}: {}", page.body)),
        ));
    }
    fields
}

#[test]
fn from_anonymous_to_signed_in_to_revoked() {
    let w = world();
    let plain = w.send(&Request::get("/home"));
    assert_eq!(plain.status, 401, "a script's call gets its 401");
    assert_eq!(plain.header("symbolon-reason"), Some("missing_credential"));
    assert!(
        w.app.take().is_empty(),
        "nothing anonymous reaches the application"
    );

    let mut browser = w.sign_in();
    let seen = w.app.take().pop().unwrap();
    assert!(seen.header("symbolon-subject").unwrap().starts_with("user:"));
    assert!(seen.header("symbolon-identity").unwrap().split('.').count() == 3);
    assert!(
        !seen.text().contains("__Host-symbolon"),
        "the application never sees the session cookie: {}",
        seen.text()
    );

    let host = format!("app.localhost:{}", w.port);
    browser.jar.set(&host, "theme", "dark");
    let (_, page) = browser.visit(&w.app_url("/home"));
    assert_eq!(page.status, 200);
    let seen = w.app.take().pop().unwrap();
    assert_eq!(
        seen.header("cookie"),
        Some("theme=dark"),
        "other cookies pass, ours does not"
    );

    let sessions = w.server.json(&["session", "list"], "");
    let id = sessions["items"][0]["id"].as_str().unwrap().to_owned();
    let receipt = w
        .server
        .json(&["revoke", "session", &id, "--wait", "enforced"], "");
    assert_eq!(receipt["level"], "enforced", "{receipt}");
    assert!(
        !receipt["acknowledged"].as_array().unwrap().is_empty(),
        "{receipt}"
    );
    let refused = w.send(&Request::get("/home").header("Cookie", w.cookie(&browser)));
    assert_eq!(
        (refused.status, refused.header("symbolon-reason")),
        (401, Some("revoked"))
    );
    let (url, _) = browser.visit(&w.app_url("/home"));
    assert!(
        url.contains("/login"),
        "a navigation is sent to sign in again: {url}"
    );
    assert!(w.app.take().is_empty());
    assert!(w.server.stop(), "an orderly stop");
}

#[test]
fn nginx_asks_through_a_unix_socket() {
    let w = world_where(true);
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
    let w = world();
    let token = w.service_token("billing");
    let bearer = |path: &str| w.send(&Request::get(path).header("Authorization", format!("Bearer {token}")));
    let answer = bearer("/api/things");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "hello client:billing\n")
    );
    let seen = w.app.take().pop().unwrap();
    assert_eq!(seen.header("symbolon-client"), Some("billing"));
    assert_eq!(
        seen.header("authorization"),
        None,
        "the token stays at the gateway"
    );
    assert_eq!(bearer("/home").status, 401, "this route takes sessions only");
    w.server
        .json(&["revoke", "client", "billing", "--wait", "enforced"], "");
    let refused = bearer("/api/things");
    assert_eq!(
        (refused.status, refused.header("symbolon-reason")),
        (401, Some("revoked"))
    );
    assert!(w.app.take().is_empty());
}

#[test]
fn forged_identity_headers_never_get_through() {
    let w = world();
    let browser = w.sign_in();
    w.app.take();
    let names = [
        "Symbolon-Subject",
        "symbolon-subject",
        "SYMBOLON-SUBJECT",
        "Symbolon_Subject",
        "symbolon_subject",
        "Symbolon-Client",
        "Symbolon-Scope",
        "Symbolon-Session",
        "Symbolon-Assurance",
        "Symbolon-Identity",
        "Symbolon-Staleness",
        "Symbolon-Frontier",
        "Symbolon-Cookie",
        "Symbolon-Anything",
        "X-User",
        "x_user",
        "X_User",
        "X-Forwarded-User",
        "x_forwarded_user",
        "X-Forwarded-Email",
        "X-Forwarded-Groups",
        "X-Auth-Request-User",
        "Remote-User",
        "remote_user",
        "X-Remote-User",
        "X-Authenticated-User",
        "X-WEBAUTH-USER",
        "X-SSL-Client-Verify",
        "X-Client-Cert",
    ];
    for name in names {
        for cookie in [Some(w.cookie(&browser)), None] {
            let mut request = Request::get("/home").header(name, "forged-root");
            if let Some(cookie) = &cookie {
                request = request.header("Cookie", cookie.clone());
            }
            let answer = w.send(&request);
            for seen in w.app.take() {
                assert!(cookie.is_some(), "{name}: anonymous reached the application");
                assert!(
                    !seen.text().contains("forged-root"),
                    "{name} got through: {}",
                    seen.text()
                );
            }
            assert!(cookie.is_some() || answer.status != 200, "{name}");
        }
    }
}

#[test]
fn the_other_family_of_forwarded_headers_is_denied() {
    let w = world();
    let browser = w.sign_in();
    w.app.take();
    for (name, value) in [
        ("X-Original-URL", "/api/things"),
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/api/things"),
        ("X-Rewrite-URL", "/api/things"),
        ("x_original_url", "/api/things"),
        ("x_forwarded_uri", "/api/things"),
        ("Forwarded", "host=id.localhost;proto=https"),
    ] {
        let answer = w.send(
            &Request::get("/home")
                .header("Cookie", w.cookie(&browser))
                .header(name, value),
        );
        assert!(answer.status >= 400, "{name}: {}", answer.status);
        assert!(w.app.take().is_empty(), "{name} reached the application");
    }
    // Members of the gateway's own family that a client sends are replaced by the gateway.
    for (name, value) in [
        ("X-Forwarded-Uri", "/api/things"),
        ("X-Forwarded-Host", "id.localhost"),
        ("X-Forwarded-Method", "OPTIONS"),
    ] {
        let answer = w.send(&Request::get("/home").header(name, value));
        assert_eq!(answer.status, 401, "{name}");
        assert!(w.app.take().is_empty(), "{name}");
    }
}

#[test]
fn confusing_paths_do_not_borrow_another_routes_rules() {
    let w = world();
    let token = w.service_token("paths");
    // A token opens /api/* alone. None of these may reach /home (or anything outside /api) with it.
    for path in [
        "/home",
        "/api/../home",
        "/api/%2e%2e/home",
        "/api/..%2fhome",
        "/api/%2e%2e%2fhome",
        "/api/..%5chome",
        "/api/..\\home",
        "/api/..;/home",
        "/api;/../home",
        "//home",
        "/api//../home",
        "/api/%252e%252e/home",
        "/api%2f..%2fhome",
        "/./api/../home",
        "/api/%00",
        "/api/..%00/home",
        "/home?x=/api/",
        "/home#/api/",
        "/API/things",
        "/api%2fthings",
        "/%61pi/../home",
        "/api/.%2e/home",
    ] {
        let answer = w.send(&Request::get(path).header("Authorization", format!("Bearer {token}")));
        let reached = w.app.take();
        assert!(answer.status >= 400, "{path}: {}", answer.status);
        assert!(
            reached.is_empty(),
            "{path} reached the application as {:?}",
            reached[0].line
        );
    }
    let fine =
        w.send(&Request::get("/api/things/1?next=/home").header("Authorization", format!("Bearer {token}")));
    assert_eq!(fine.status, 200);
}

#[test]
fn credentials_do_not_mix_and_do_not_travel() {
    let w = world();
    let browser = w.sign_in();
    w.app.take();
    let (app, token) = (w.cookie(&browser), w.service_token("mix"));
    let id_host = format!("id.localhost:{}", w.port);
    let authority = format!(
        "__Host-symbolon={}",
        browser.jar.value(&id_host, "__Host-symbolon").unwrap()
    );
    let cases: Vec<(&str, Request)> = vec![
        (
            "the authority's cookie at the application",
            Request::get("/home").header("Cookie", authority),
        ),
        (
            "two cookies in one header",
            Request::get("/home").header("Cookie", format!("{app}; {app}")),
        ),
        (
            "two cookie headers",
            Request::get("/home")
                .header("Cookie", app.clone())
                .header("Cookie", app.clone()),
        ),
        (
            "cookie and token",
            Request::get("/api/x")
                .header("Cookie", app.clone())
                .header("Authorization", format!("Bearer {token}")),
        ),
        (
            "a token in the query",
            Request::get(&format!("/api/x?access_token={token}")),
        ),
        (
            "a token as a cookie",
            Request::get("/api/x").header("Cookie", format!("__Host-symbolon={token}")),
        ),
        (
            "a token with another scheme",
            Request::get("/api/x").header("Authorization", format!("Basic {token}")),
        ),
        (
            "an unsigned token",
            Request::get("/api/x").header("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
        ),
        (
            "a cookie cut short",
            Request::get("/home").header("Cookie", app[..app.len() - 8].to_owned()),
        ),
    ];
    for (what, request) in cases {
        let answer = w.send(&request);
        assert!(answer.status >= 400, "{what}: {}", answer.status);
        assert!(w.app.take().is_empty(), "{what} reached the application");
    }
}

#[test]
fn unsafe_methods_need_the_sessions_own_proof() {
    let w = world();
    let browser = w.sign_in();
    w.app.take();
    let cookie = w.cookie(&browser);
    let origin = format!("http://app.localhost:{}", w.port);
    let session = w
        .send(&Request::get("/.symbolon/session").header("Cookie", cookie.clone()))
        .json();
    let csrf = session["csrf_token"].as_str().expect("a CSRF token").to_owned();
    let post = || Request::new("POST", "/home").header("Cookie", cookie.clone());
    for (what, request) in [
        ("nothing", post()),
        ("no token", post().header("Sec-Fetch-Site", "same-origin")),
        (
            "cross-site",
            post()
                .header("Sec-Fetch-Site", "cross-site")
                .header("X-CSRF-Token", csrf.clone()),
        ),
        (
            "same-site",
            post()
                .header("Sec-Fetch-Site", "same-site")
                .header("X-CSRF-Token", csrf.clone()),
        ),
        ("no site, no origin", post().header("X-CSRF-Token", csrf.clone())),
        (
            "a foreign origin",
            post()
                .header("Origin", "http://evil.localhost")
                .header("X-CSRF-Token", csrf.clone()),
        ),
        (
            "another token",
            post()
                .header("Sec-Fetch-Site", "same-origin")
                .header("X-CSRF-Token", "x".repeat(43)),
        ),
    ] {
        let answer = w.send(&request);
        assert_eq!(answer.status, 403, "{what}");
        assert!(w.app.take().is_empty(), "{what} reached the application");
    }
    for request in [
        post()
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-CSRF-Token", csrf.clone()),
        post()
            .header("Origin", origin)
            .header("X-CSRF-Token", csrf.clone()),
    ] {
        assert_eq!(w.send(&request).status, 200);
    }
}

const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0123";

/// A confidential client of the sample application.
struct Client {
    secret: String,
    redirect: String,
}

impl World {
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

//! The real server on a full disk: signing in waits, what is signed in works, revocation works, and when there is room
//! everything goes on by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use stage::http::{Request, Response};
use stage::server::{Plan, Server};
use stage::small_disk::{SmallDisk, in_namespace};
use stage::visitor::{PASSWORD, Visit, check, login, revoke, try_login};
use stage::wait_for;

/// As configured.
const RESERVE: u64 = 4 << 20;
const REVOKED: (u16, Option<&str>) = (401, Some("revoked"));

fn is_revoked(server: &Server, visit: &Visit) -> bool {
    let (status, reason) = check(server, visit);
    (status, reason.as_deref()) == REVOKED
}

fn host(server: &Server) -> String {
    format!("localhost:{}", server.public)
}

fn ready(server: &Server) -> serde_json::Value {
    let answer = Request::get("/readyz").send(server.public, &host(server));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn is_no_room(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.json()["code"], "no_room", "{}", answer.body);
    assert_eq!(answer.header("retry-after"), Some("30"));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

/// Until the log file's own room is used up too.
fn until_sign_ins_wait(server: &Server) {
    for _ in 0..5000 {
        let answer = try_login(server);
        if answer.status == 503 {
            return is_no_room(&answer);
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    panic!("the disk is not full");
}

/// What an application holds: a refresh token, got through authorize and the consent page.
struct Application {
    secret: String,
    refresh_token: String,
}

const REDIRECT: &str = "http://127.0.0.1:1/cb";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0";

impl Application {
    fn new(server: &Server, visit: &Visit) -> Self {
        let rest = ["--redirect-uri", REDIRECT, "--audience", "api"];
        let made = server.json(&[&["client", "add", "web"], &rest[..]].concat(), "");
        let mut application = Self {
            secret: made["secret"].as_str().unwrap().to_owned(),
            refresh_token: String::new(),
        };
        let code = consented(server, visit);
        let form = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("code", &code),
        ];
        let answer = application.token(server, &form);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["refresh_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut application.refresh_token);
        application
    }

    fn token(&self, server: &Server, form: &[(&str, &str)]) -> Response {
        let client = [("client_id", "web"), ("client_secret", self.secret.as_str())];
        Request::new("POST", "/oauth2/token")
            .form(&[&client, form].concat())
            .send(server.public, &host(server))
    }

    fn refresh(&self, server: &Server) -> Response {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.refresh_token),
        ];
        self.token(server, &form)
    }

    /// Refused in OAuth's words.
    fn waits(&self, server: &Server) {
        let answer = self.refresh(server);
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert_eq!(
            answer.json()["error"],
            "temporarily_unavailable",
            "{}",
            answer.body
        );
        assert_eq!(answer.header("retry-after"), Some("30"));
    }
}

/// The code that came back after the user allowed it.
fn consented(server: &Server, visit: &Visit) -> String {
    let challenge = jose::base64url::encode(domain::Digest::of(VERIFIER.as_bytes()).as_bytes());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("response_type", "code"), ("client_id", "web"), ("state", "s1")])
        .extend_pairs([("redirect_uri", REDIRECT), ("code_challenge", &challenge)])
        .extend_pairs([("code_challenge_method", "S256")])
        .finish();
    let page = Request::get(&format!("/oauth2/authorize?{query}"))
        .header("Cookie", &visit.cookie)
        .send(server.public, &host(server));
    assert_eq!(page.status, 200, "{}", page.body);
    let own = page.header("set-cookie").and_then(|set| set.split(';').next());
    let cookie = [Some(visit.cookie.as_str()), own].into_iter().flatten();
    let (token, request) = (page.field("csrf_token").unwrap(), page.field("request").unwrap());
    let form = [
        ("csrf_token", token.as_str()),
        ("request", &request),
        ("decision", "allow"),
    ];
    let answer = Request::new("POST", &page.action())
        .header("Cookie", cookie.collect::<Vec<_>>().join("; "))
        .header("Origin", format!("http://{}", host(server)))
        .form(&form)
        .send(server.public, &host(server));
    let to = answer
        .header("location")
        .unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body));
    let landed = url::Url::parse(to).unwrap();
    let code = landed.query_pairs().find(|(name, _)| name == "code");
    code.unwrap().1.into_owned()
}

/// What an operator sees: the probe still says ready, and warns; the metrics and the doctor say what is in use.
fn is_told(server: &Server, plan: &Plan) {
    assert_eq!(ready(server)["warnings"], serde_json::json!(["disk_space_short"]));
    let config = plan.dir.path().join("symbolon.toml").display().to_string();
    let doctor = server.run(&["doctor", "--config", &config], "");
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert_eq!(doctor.status.code(), Some(1), "{told}");
    assert!(told.contains("the reserve is in use"), "{told}");
    assert_eq!(gauge(server, "symbolon_store_space"), 2);
    assert_eq!(gauge(server, "symbolon_store{name=\"reserve_bytes\"}"), 0);
    assert!(gauge(server, "symbolon_store{name=\"free_bytes\"}") < RESERVE);
}

fn is_told_to_be_well(server: &Server) {
    let answer = ready(server);
    assert_eq!(answer["status"], "ok");
    assert!(
        answer["warnings"].as_array().is_none_or(Vec::is_empty),
        "{answer}"
    );
    assert_eq!(gauge(server, "symbolon_store_space"), 0);
    assert_eq!(gauge(server, "symbolon_store{name=\"reserve_bytes\"}"), RESERVE);
    assert!(gauge(server, "symbolon_store{name=\"free_bytes\"}") > 2 << 20);
}

#[test]
fn sign_ins_wait_and_revocations_do_not() {
    if let Some(passed) = in_namespace("sign_ins_wait_and_revocations_do_not") {
        return assert!(passed, "in a namespace: see above");
    }
    let disk = SmallDisk::new(24);
    let extra = "attempts_per_network = 100000\n[session]\ncap = 1000\n[store]\nreserve_mib = 4\nlow_space_mib = 2\nshort_space_mib = 1";
    let mut plan = Plan::new("disk-full", "http://localhost:{public}", extra);
    plan.elsewhere = Some(disk.path().join("data"));
    let server = plan.start();
    server.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);
    let visits: Vec<Visit> = (0..4).map(|_| login(&server)).collect();
    let application = Application::new(&server, &visits[3]);
    is_told_to_be_well(&server);

    disk.fill();
    until_sign_ins_wait(&server);
    assert_eq!(check(&server, &visits[0]).0, 200, "who is signed in goes on");
    let receipt = revoke(&server, &visits[0]);
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    assert!(is_revoked(&server, &visits[0]));
    is_no_room(&try_login(&server));
    application.waits(&server);
    is_told(&server, &plan);

    server.kill();
    let server = plan.start();
    let forgets_nothing = is_revoked(&server, &visits[0]);
    assert!(forgets_nothing, "a start on a full disk");
    assert_eq!(revoke(&server, &visits[1]).status, 200);
    assert!(is_revoked(&server, &visits[1]));
    assert_eq!(check(&server, &visits[2]).0, 200);
    is_no_room(&try_login(&server));
    application.waits(&server);

    disk.make_room();
    wait_for("sign-ins to go on by themselves", || {
        try_login(&server).status == 200
    });
    is_told_to_be_well(&server);
    let refreshed = application.refresh(&server);
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    for (visit, status) in visits.iter().zip([401, 401, 200, 200]) {
        assert_eq!(check(&server, visit).0, status);
    }
    assert_eq!(server.json(&["events", "verify"], "")["ok"], true);
    assert!(server.stop());
}

/// The one line of the metrics page that begins so.
fn gauge(server: &Server, name: &str) -> u64 {
    let page = metrics(server);
    let mut values = page
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = values.next().unwrap_or_else(|| panic!("{name}: {page}"));
    value.parse().unwrap()
}

fn metrics(server: &Server) -> String {
    let admin = std::fs::read_to_string(server.data.join("admin.json")).unwrap();
    let admin: serde_json::Value = serde_json::from_str(&admin).unwrap();
    let answer = Request::get("/metrics")
        .header(
            "Authorization",
            format!("Bearer {}", admin["token"].as_str().unwrap()),
        )
        .send(server.admin, &format!("localhost:{}", server.admin));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

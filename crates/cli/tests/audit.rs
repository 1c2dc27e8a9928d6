//! The audit as a command: against our own authority and edge, which it must find nothing in, and against a careless site.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use stage::TempDir;
use stage::http::Request;
use stage::server::{Plan, Server};

const PASSWORD: &str = "violet anchors beneath nine harbours";

fn audit(args: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_symbolon"))
        .arg("audit")
        .args(args)
        .env("AUDIT_PASSWORD", PASSWORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// Checks that ended so.
fn ended(report: &Value, verdict: &str) -> Vec<String> {
    let outcomes = report["outcomes"].as_array().unwrap().iter();
    let ended = outcomes.filter(|outcome| outcome["verdict"] == verdict);
    ended
        .map(|outcome| outcome["check"].as_str().unwrap().to_owned())
        .collect()
}

fn own() -> (Plan, Server) {
    let plan = Plan::new("audit", "http://localhost:{public}", "");
    let server = plan.start();
    server.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);
    (plan, server)
}

#[test]
fn our_own_pages_and_cookies_have_no_finding() {
    let (plan, server) = own();
    let inventory = plan.dir.path().join("sites.toml");
    let text_of_it = format!(
        "[[site]]\nenvironment = \"own\"\nurl = \"http://localhost:{}/\"\nsession_cookie = \"__Host-symbolon\"\n\
         pages = [\"/account\", \"/account/sessions\", \"/account/security\", \"/.well-known/openid-configuration\"]\n\
         [site.sign_in]\nurl = \"/login\"\nfields = {{ username = \"ada\", password = {{ env = \"AUDIT_PASSWORD\" }} }}\n",
        server.public
    );
    std::fs::write(&inventory, text_of_it).unwrap();
    let output = audit(
        &[
            "cookies",
            "--inventory",
            inventory.to_str().unwrap(),
            "--rate",
            "200",
            "--json",
        ],
        "",
    );
    let report = report(&output);
    assert_eq!(ended(&report, "fail"), [""; 0], "{report:#}");
    assert_eq!(ended(&report, "inconclusive"), [""; 0]);
    assert!(ended(&report, "pass").len() > 50);
    assert!(
        ended(&report, "pass").contains(&"pages.private-kept".to_owned()),
        "it was signed in"
    );
    assert!(output.status.success(), "nothing that fails a run");
    assert!(!text(&output.stdout).contains(PASSWORD));
}

#[test]
fn our_own_pages_and_handshake_have_no_finding_under_tls() {
    let files = format!("{}/tests/tls", env!("CARGO_MANIFEST_DIR"));
    let tls = format!("[server.tls]\ncertificate = \"{files}/one.pem\"\nkey = \"{files}/one.key\"\n");
    let plan = Plan::new("audit-tls", "https://localhost:{public}", &tls);
    let server = plan.start();
    let url = format!("https://localhost:{}/login", server.public);
    let authority = format!("{files}/ca.pem");
    let output = audit(
        &["cookies", &url, "--ca", &authority, "--rate", "200", "--json"],
        "",
    );
    let report = report(&output);
    assert_eq!(ended(&report, "fail"), [""; 0], "{report:#}");
    for check in [
        "tls.untrusted",
        "tls.old-version",
        "tls.no-1-3",
        "tls.weak-suite",
        "pages.no-hsts",
        "pages.hsts-short",
        "pages.hsts-not-below",
        "pages.csp-no-report",
    ] {
        assert!(
            ended(&report, "pass").contains(&check.to_owned()),
            "{check}: {report:#}"
        );
    }
    // Another authority vouches for nothing here: no page is fetched, and that is no clean run.
    let stranger = format!("{files}/two.pem");
    let output = audit(&["cookies", &url, "--ca", &stranger], "");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("TLS failed"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn our_own_edge_lets_no_forged_token_in() {
    let (plan, server) = own();
    let issuer = format!("http://localhost:{}", server.public);
    let made = server.json(
        &[
            "client",
            "add",
            "svc",
            "--grant",
            "client_credentials",
            "--audience",
            &issuer,
        ],
        "",
    );
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "svc"),
        ("client_secret", made["secret"].as_str().unwrap()),
    ];
    let host = format!("localhost:{}", server.public);
    let token = Request::new("POST", "/oauth2/token")
        .form(&fields)
        .send(server.public, &host);
    let token = token.json()["access_token"].as_str().unwrap().to_owned();
    let keys = Request::get("/oauth2/jwks").send(server.public, &host);
    let file = plan.dir.path().join("keys.json");
    std::fs::write(&file, &keys.body).unwrap();
    let endpoint = format!("http://localhost:{}/check", server.edge);
    let forwarded = format!("X-Forwarded-Host: {host}");
    let output = audit(
        &[
            "jwt",
            "-",
            "--jwks",
            file.to_str().unwrap(),
            "--endpoint",
            &endpoint,
            "--active",
            "--rate",
            "1000",
            "--json",
            "--callback",
            "127.0.0.1:0",
            "--fail-on",
            "info",
            "--add-header",
            "X-Forwarded-Method: GET",
            "--add-header",
            "X-Forwarded-Proto: http",
            "--add-header",
            &forwarded,
            "--add-header",
            "X-Forwarded-Uri: /api",
        ],
        &token,
    );
    let report = report(&output);
    assert_eq!(ended(&report, "fail"), [""; 0], "{report:#}");
    assert_eq!(ended(&report, "inconclusive"), [""; 0]);
    assert!(
        ended(&report, "pass").len() >= 70,
        "{}",
        ended(&report, "pass").len()
    );
    assert!(output.status.success());
    let signature = token.rsplit('.').next().unwrap();
    assert!(
        !text(&output.stdout).contains(signature),
        "the report holds no token that works"
    );
}

/// A site that sets a careless cookie until it is told to be careful. Counts what it is asked.
fn site(careful: bool) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let cookie = if careful {
        "__Host-sid=Zm9yIHRlc3RzIG9ubHksIG5vdCByYW5kb20hIQ; Path=/; Secure; HttpOnly; SameSite=Lax"
    } else {
        "sid=12345678"
    };
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nset-cookie: {cookie}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, asked)
}

#[test]
fn a_careless_site_is_found_reported_in_every_form_and_compared() {
    let dir = TempDir::new("audit-forms");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (url, _) = site(false);
    let forms = ["report.json", "page.html", "result.sarif", "result.xml"].map(path);
    let output = audit(
        &[
            "cookies", &url, "--rate", "1000", "--report", &forms[0], "--html", &forms[1], "--sarif",
            &forms[2], "--junit", &forms[3],
        ],
        "",
    );
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in [
        "SECURE",
        "cookies.session-readable",
        "ASVS V3.3.4 (L2)",
        "cookies.session-static",
        "ASVS level 1:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for (file, part) in forms
        .iter()
        .zip(["\"schema\": 1", "<!doctype html>", "\"2.1.0\"", "<testsuites>"])
    {
        assert!(std::fs::read_to_string(file).unwrap().contains(part), "{file}");
    }

    // The same place, mended: the findings are gone, and said to be fixed.
    let earlier = std::fs::read_to_string(&forms[0]).unwrap();
    let (careful, _) = site(true);
    let places = |url: &str| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    std::fs::write(&forms[0], earlier.replace(&places(&url), &places(&careful))).unwrap();
    let output = audit(
        &[
            "cookies",
            &careful,
            "--rate",
            "1000",
            "--baseline",
            &forms[0],
            "--fail-on",
            "critical",
        ],
        "",
    );
    let said = text(&output.stdout);
    assert!(
        said.contains("fixed: cookies.not-secure at") && said.contains("(still there)"),
        "{said}"
    );

    let silences = path("silences.toml");
    let one = |check: &str| {
        format!("[[silence]]\ncheck = \"{check}\"\nreason = \"a test\"\nuntil = \"2999-01-01\"\n")
    };
    let all: String = report_of(&url).iter().map(|check| one(check)).collect();
    std::fs::write(&silences, all).unwrap();
    let output = audit(&["cookies", &url, "--rate", "1000", "--silences", &silences], "");
    assert!(output.status.success(), "{}", text(&output.stdout));
}

fn report_of(url: &str) -> Vec<String> {
    ended(
        &report(&audit(&["cookies", url, "--rate", "1000", "--json"], "")),
        "fail",
    )
}

#[test]
fn a_dry_run_lists_requests_and_sends_none() {
    let (url, asked) = site(false);
    let output = audit(&["cookies", &url, "--dry-run", "--active", "--json"], "");
    let requests = report(&output);
    let requests = requests["requests"].as_array().unwrap();
    assert!(requests.len() > 20 && requests[0].as_str().unwrap().starts_with("GET http://127.0.0.1"));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl";
    let output = audit(
        &["jwt", "-", "--endpoint", &url, "--dry-run", "--active", "--json"],
        token,
    );
    let requests = report(&output);
    assert!(requests["requests"].as_array().unwrap().len() > 80);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn what_cannot_be_audited_is_said() {
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl";
    let refused = |args: &[&str], stdin: &str, words: &str, code: i32| {
        let output = audit(args, stdin);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{words}: {said}");
    };
    refused(&["jwt", token], "", "given as an argument", 1);
    refused(&["jwt"], "no token", "no three parts", 1);
    refused(&["jwt", "/nowhere/token"], "", "cannot be read", 1);
    refused(&["cookies", "ftp://a.example/"], "", "ftp is not an address", 1);
    refused(
        &["cookies", "http://127.0.0.1:1/"],
        "",
        "no page could be fetched",
        2,
    );
    refused(&["checks", "no.such"], "", "there is no check no.such", 1);
}

/// The audit may not use the domain (docs/ROOMS.md), and has a list of its own of what belongs to the public internet.
#[test]
fn audit_and_domain_agree_on_which_addresses_are_public() {
    let agree = |address: std::net::IpAddr| {
        let public = domain::network::is_public(address);
        assert_eq!(audit::is_public(address), public, "{address}");
        usize::from(public)
    };
    let mut public = 0;
    for [a, b] in (0..=u16::MAX).map(u16::to_be_bytes) {
        // Every third octet that a row of the registries names, and its neighbours.
        for c in [0, 1, 2, 3, 87, 88, 89, 98, 99, 100, 101, 112, 113, 114, 255] {
            let address = std::net::Ipv4Addr::new(a, b, c, 7);
            public += agree(address.into());
            agree(address.to_ipv6_mapped().into());
        }
    }
    for a in 0..=u16::MAX {
        for b in [
            0,
            1,
            0x01ff,
            0x0200,
            0x0db7,
            0x0db8,
            0x0db9,
            0x0fff,
            0x1000,
            u16::MAX,
        ] {
            public += agree(std::net::Ipv6Addr::new(a, b, 0x0a00, 1, 0, 0, 0, 1).into());
        }
    }
    assert!(public > 800_000, "{public}");
}

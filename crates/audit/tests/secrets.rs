//! Whatever goes in as a secret comes out in no report: against a server that says back all that it hears, in every spelling.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use std::sync::Arc;

use audit::jwt::{Endpoint, Token};
use audit::pentest::{Application, SecretRef};
use audit::report::{html::html, junit::junit, sarif::sarif, text::summary};
use audit::testing::{Ask, NOW_S, Reply, Server, bounded_client, field, reply};
use audit::{Check, Client, Limits, Options, Report, Scope, Setup, Target, Trust, run};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use zeroize::Zeroizing;

/// One of each input that is a secret.
#[derive(Debug, Clone)]
struct Secrets {
    passwords: Vec<String>,
    client_secret: String,
    session: String,
    gift: String,
    added: String,
    signature: String,
}

impl Secrets {
    fn all(&self) -> Vec<&str> {
        let others = [
            &self.client_secret,
            &self.session,
            &self.gift,
            &self.added,
            &self.signature,
        ];
        self.passwords.iter().chain(others).map(String::as_str).collect()
    }
}

fn secrets() -> impl Strategy<Value = Secrets> {
    // Beginning with a bracket, full of quotes, of signs of addresses and markup, and of letters beyond ASCII.
    let any = prop_oneof![
        "\\[[!-~]{8,20}",
        "[!-~]{8,20}",
        "[!-~][ -~]{7,20}[!-~]",
        "[\"'&<>%+=/\\\\]{4}[a-z0-9]{8}",
        "\\p{L}{8,16}",
    ];
    let field = prop_oneof!["\\[[!-~]{10,20}", "[!-~]{10,24}"];
    (
        vec(any.clone(), 3),
        any,
        "[!#$%&'()*+./0-9:<=>?@A-Z\\[\\]^_`a-z{|}~-]{10,30}",
        "[A-Za-z0-9._~+/-]{12,30}",
        field,
        "[A-Za-z0-9_-]{43}",
    )
        .prop_map(
            |(passwords, client_secret, session, gift, added, signature)| Secrets {
                passwords,
                client_secret,
                session,
                gift,
                added,
                signature,
            },
        )
}

/// Everything that was said, as it came and as pages and documents spell it.
fn echo(ask: &Ask) -> String {
    let mut heard = ask.uri().to_string();
    for (name, value) in ask.headers() {
        heard.push_str(&format!(
            "\n{name}: {}",
            String::from_utf8_lossy(value.as_bytes())
        ));
    }
    let body = String::from_utf8_lossy(ask.body()).into_owned();
    let plain: String = url::form_urlencoded::parse(ask.body())
        .map(|(name, value)| format!("{name} is {value}\n"))
        .collect();
    let said = format!("{heard}\n{body}\n{plain}");
    let escaped = said
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let json = serde_json::to_string(&said).unwrap();
    let filler = "filler ".repeat(20);
    format!("{said}\n{escaped}\n{{\"heard\": {json}}}\n{filler}\n{said}")
}

fn answer(ask: &Ask, secrets: &Secrets) -> Reply {
    let cookie = format!("sid={}; Path=/", secrets.session);
    let is_in = field(ask, "cookie").is_some_and(|cookies| cookies.contains(&secrets.session))
        || field(ask, "authorization").is_some_and(|value| value.ends_with(&secrets.gift));
    let heard = echo(ask);
    match (ask.method().as_str(), ask.uri().path()) {
        ("GET", "/login") => reply(
            200,
            &[("content-type", "text/html")],
            format!("<form method=post><input name=user><input type=password name=pw></form>{heard}"),
        ),
        ("POST", "/login") => {
            let right = secrets.passwords.iter().any(|password| {
                let document: Option<serde_json::Value> = serde_json::from_slice(ask.body()).ok();
                let of_form = url::form_urlencoded::parse(ask.body()).any(|(_, value)| value == *password);
                of_form || document.is_some_and(|document| document["password"] == password.as_str())
            });
            if !right {
                return reply(401, &[("x-heard", "no")], heard);
            }
            // Only where the target file names the member is it known to hold a token.
            if !field(ask, "content-type").is_some_and(|kind| kind.contains("json")) {
                return reply(200, &[("set-cookie", &cookie)], heard);
            }
            let body = serde_json::json!({"heard": heard, "gift": secrets.gift, "mine": [&secrets.gift]});
            let fields = [
                ("set-cookie", cookie.as_str()),
                ("content-type", "application/json"),
            ];
            reply(200, &fields, body.to_string())
        }
        (_, "/account") if is_in => reply(200, &[("content-type", "text/html")], format!("inside {heard}")),
        (_, "/account") => reply(401, &[], heard),
        _ => reply(
            200,
            &[("content-type", "text/html"), ("x-session", &secrets.session)],
            heard,
        ),
    }
}

const TARGET: &str = r#"
nodes = ["{url}"]
[[account]]
user = "ada"
password = "env:0"
[[account]]
user = "bob"
password = "env:1"
[[account]]
user = "eve"
password = "env:2"
expendable = true
[sign_in]
page = "/login"
SIGN_IN
[protected]
page = "/account"
text = "inside"
[sign_out]
submit = "/logout"
[recovery]
page = "/login"
user_field = "user"
[pages]
own = ["/account"]
[oauth]
issuer = "{url}"
client = "app"
secret = "env:CLIENT"
redirect_uri = "https://client.example/cb"
authorization_endpoint = "{url}/authorize"
token_endpoint = "{url}/token"
"#;

fn application(url: &str, secrets: &Secrets, is_json: bool) -> Application {
    let how = if is_json {
        "submit = \"/login\"\ntoken = \"gift\""
    } else {
        ""
    };
    let text = TARGET
        .replace("{url}", url.trim_end_matches('/'))
        .replace("SIGN_IN", how);
    let reveal = |place: &SecretRef| match place {
        SecretRef::Env(name) if name == "CLIENT" => Ok(Zeroizing::new(secrets.client_secret.clone())),
        SecretRef::Env(name) => Ok(Zeroizing::new(
            secrets.passwords[name.parse::<usize>().unwrap()].clone(),
        )),
        SecretRef::File(_) => Err("no files".to_owned()),
    };
    Application::parse(&text, [3; 32], &reveal).unwrap()
}

fn limits() -> Limits {
    Limits {
        rate_per_s: 10_000,
        requests: 700,
        ..Limits::default()
    }
}

async fn reported(client: &Client, target: &Target, suites: &[&str]) -> Report {
    let wanted = |check: &&'static Check| suites.iter().any(|suite| check.id.starts_with(suite));
    let checks: Vec<&'static Check> = audit::all().filter(wanted).collect();
    let options = Options {
        is_active: true,
        now_s: NOW_S,
        ..Options::default()
    };
    run(&checks, target, client, &options, &|_| {}).await
}

/// Every form of a report, with the marks of its form taken away.
fn forms(report: &Report) -> Vec<(&'static str, String)> {
    let unescaped = |text: String| {
        [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
    };
    let texts = |value: serde_json::Value| {
        let (mut open, mut all) = (vec![value], String::new());
        while let Some(value) = open.pop() {
            match value {
                serde_json::Value::String(text) => all.push_str(&format!("{text}\n")),
                serde_json::Value::Array(items) => open.extend(items),
                serde_json::Value::Object(members) => {
                    open.extend(members.into_iter().map(|(_, value)| value))
                }
                _ => {}
            }
        }
        all
    };
    vec![
        ("text", summary(report, None)),
        ("JSON", texts(serde_json::json!(report))),
        ("SARIF", texts(sarif(report))),
        ("JUnit", unescaped(junit(report))),
        ("HTML", unescaped(html(report, None, ""))),
    ]
}

fn assert_hidden(report: &Report, secrets: &[&str]) {
    assert!(report.outcomes.iter().any(|outcome| !outcome.evidence.is_empty()));
    for (form, text) in forms(report) {
        for secret in secrets {
            if let Some(at) = text.find(secret) {
                let around: String = text[..at].chars().rev().take(120).collect();
                let around: String = around.chars().rev().collect();
                panic!("{secret:?} stands in the {form} report behind {around:?}");
            }
        }
    }
}

fn each(cases: u32, judge: impl Fn(Secrets)) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&secrets(), |secrets| {
            judge(secrets);
            Ok(())
        })
        .unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn no_secret_of_an_application_is_in_any_report() {
    each(4, |secrets| {
        runtime().block_on(async {
            for is_json in [false, true] {
                let told = secrets.clone();
                let server = Server::start(Arc::new(move |ask| answer(ask, &told))).await;
                let client = bounded_client(&[server.url()], limits());
                let app = application(server.url().as_str(), &secrets, is_json);
                for secret in app.secrets() {
                    client.secrets().add(secret, "secret");
                }
                let target = Target {
                    name: "echo".to_owned(),
                    application: Some(app),
                    ..Target::default()
                };
                let suites = ["session.", "csrf.", "oauth.", "dpop.", "login."];
                let report = reported(&client, &target, &suites).await;
                assert_hidden(&report, &secrets.all());
            }
        });
    });
}

#[test]
fn no_token_and_no_added_field_is_in_any_report() {
    each(6, |secrets| {
        runtime().block_on(async {
            let good = format!("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.{}", secrets.signature);
            let told = good.clone();
            let server = Server::start(Arc::new(move |ask| {
                let is_good = field(ask, "authorization").is_some_and(|value| value.ends_with(&told));
                reply(if is_good { 200 } else { 401 }, &[], echo(ask))
            }))
            .await;
            let client = bounded_client(&[server.url()], limits());
            let mut endpoint = Endpoint::new(server.url().join("api").unwrap());
            endpoint.fields = vec![
                ("x-gate".to_owned(), secrets.added.clone()),
                ("x-shared".to_owned(), format!("Key {}", secrets.gift)),
            ];
            let target = Target {
                name: format!("{}?key={}", server.url(), secrets.gift),
                token: Some(Token::parse(&good).unwrap()),
                endpoint: Some(endpoint),
                ..Target::default()
            };
            let report = reported(&client, &target, &["jwt."]).await;
            assert_hidden(&report, &[&secrets.added, &secrets.gift, &secrets.signature]);
        });
    });
}

/// What would be sent is listed without the secrets as well.
#[test]
fn no_secret_is_in_the_list_of_a_dry_run() {
    each(4, |secrets| {
        runtime().block_on(async {
            let url = url::Url::parse("http://127.0.0.1:9/").unwrap();
            let client = Client::new(Setup {
                scope: Scope::of([&url]).unwrap(),
                limits: limits(),
                trust: Trust::default(),
                is_dry: true,
            })
            .unwrap();
            let app = application(url.as_str(), &secrets, true);
            for secret in app.secrets() {
                client.secrets().add(secret, "secret");
            }
            let target = Target {
                application: Some(app),
                ..Target::default()
            };
            reported(&client, &target, &["session.", "csrf.", "oauth.", "login."]).await;
            let listed: Vec<String> = client
                .planned()
                .iter()
                .map(|request| request.as_str().to_owned())
                .collect();
            assert!(listed.len() > 100);
            let given: Vec<&str> = secrets
                .passwords
                .iter()
                .chain([&secrets.client_secret])
                .map(String::as_str)
                .collect();
            for secret in given {
                assert!(!listed.join("\n").contains(secret), "{secret:?}");
            }
        });
    });
}

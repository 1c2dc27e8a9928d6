//! Targets that fight back: whatever they say, a run comes to its end, within its limits, and says that it decides nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use audit::jwt::{Callback, Endpoint, Token};
use audit::pentest::Application;
use audit::site::{Inventory, visit};
use audit::testing::{NOW_S, RawServer, Server, bounded_client};
use audit::{Check, Client, Limits, Need, Options, Report, Severity, Target, Verdict};
use jose::{Algorithm, SigningKey, base64url};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Numbers without order, the same in each run.
fn mixed(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn limits() -> Limits {
    Limits {
        requests: 400,
        rate_per_s: 5000,
        body_bytes: 64 * 1024,
        request_time: Duration::from_millis(100),
        total_time: Duration::from_secs(5),
        ..Limits::default()
    }
}

fn bomb() -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b'<'; 4 * 1024 * 1024]).unwrap();
    packed.finish().unwrap()
}

const HTML: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n";

/// Printable nonsense.
fn word(draw: u64, length: u64) -> String {
    (0..length)
        .map(|at| char::from(u8::try_from(mixed(draw + at) % 94 + 33).unwrap()))
        .collect()
}

/// What one connection is answered with, drawn by its number.
async fn speak(draw: u64, mut stream: TcpStream) -> std::io::Result<()> {
    match draw % 16 {
        0 => endless(stream).await,
        1 => slow(stream).await,
        which if which < 9 => stream.write_all(&body_of(draw)).await,
        _ => stream.write_all(&head_of(draw)).await,
    }
}

async fn endless(mut stream: TcpStream) -> std::io::Result<()> {
    stream
        .write_all(format!("{HTML}transfer-encoding: chunked\r\n\r\n").as_bytes())
        .await?;
    loop {
        stream.write_all(b"400\r\n").await?;
        stream.write_all(&[b'<'; 1024]).await?;
        stream.write_all(b"\r\n").await?;
    }
}

/// A byte now and then, and never the last one.
async fn slow(mut stream: TcpStream) -> std::io::Result<()> {
    for byte in HTML.bytes().cycle() {
        stream.write_all(&[byte]).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Answers whose body is the trouble.
fn body_of(draw: u64) -> Vec<u8> {
    match draw % 16 {
        2 => {
            let body = bomb();
            let head = format!(
                "{HTML}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body].concat()
        }
        3 => format!(
            "{HTML}content-encoding: gzip\r\ncontent-length: 40\r\n\r\n{}",
            word(draw, 40)
        )
        .into_bytes(),
        4 => {
            let form = format!(
                "<form method={} action=\"{}\"><input type=password",
                word(draw, 4),
                word(draw, 40)
            );
            format!("{HTML}content-length: 99\r\n\r\n{form}").into_bytes()
        }
        5 => mixed(draw).to_be_bytes().to_vec(),
        6 => format!("{HTML}content-length: 18446744073709551615\r\n\r\nx").into_bytes(),
        7 => {
            let body: Vec<u8> = (0..500).map(|at| mixed(draw + at).to_be_bytes()[0]).collect();
            let head = format!(
                "{HTML}content-security-policy: {}\r\ncontent-length: 500\r\n\r\n",
                word(draw, 60)
            );
            [head.into_bytes(), body].concat()
        }
        _ => format!("{HTML}set-cookie: sid=in\r\ncontent-length: 2\r\n\r\nok").into_bytes(),
    }
}

/// Answers whose head is.
fn head_of(draw: u64) -> Vec<u8> {
    let text = match draw % 16 {
        9 => format!(
            "HTTP/1.1 302 Found\r\nlocation: /{}\r\ncontent-length: 0\r\n\r\n",
            draw % 3
        ),
        10 => format!(
            "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            word(draw, 30)
        ),
        11 => {
            let cookie = format!("{}={}; {}", word(draw, 9), word(draw, 5000), word(draw, 30));
            format!("{HTML}set-cookie: {cookie}\r\ncontent-length: 0\r\n\r\n")
        }
        12 => format!(
            "HTTP/1.1 {} X\r\n{}: {}\r\n\r\n",
            draw % 1000,
            word(draw, 3),
            word(draw, 20)
        ),
        13 => (0..300)
            .map(|at| format!("x{at}: y\r\n"))
            .fold(HTML.to_owned(), |head, field| head + &field),
        14 => format!(
            "{HTML}strict-transport-security: max-age={}\r\ncontent-length: 0\r\n\r\n",
            "9".repeat(60)
        ),
        _ => {
            let early = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50);
            format!("{early}{HTML}content-length: 6\r\n\r\n<title")
        }
    };
    text.into_bytes()
}

async fn hostile(seed: u64) -> Server {
    drawing(seed, |draw| draw).await
}

/// A server that answers each connection with what `kind` makes of a number.
async fn drawing(seed: u64, kind: impl Fn(u64) -> u64 + Send + Sync + Clone + 'static) -> Server {
    let turn = Arc::new(AtomicU64::new(seed * 1000));
    RawServer::start(move |_, stream| {
        let draw = kind(mixed(turn.fetch_add(1, Ordering::Relaxed)));
        async move { drop(speak(draw, stream).await) }
    })
    .await
}

/// Runs these checks within the limits, and within a minute.
async fn judged(seed: u64, target: &Target, client: &Client, wanted: fn(&Check) -> bool) -> Report {
    let checks: Vec<&'static Check> = audit::all().filter(|check| wanted(check)).collect();
    let options = Options {
        is_active: true,
        now_s: NOW_S,
        ..Options::default()
    };
    let run = audit::run(&checks, target, client, &options, &|_| {});
    let report = tokio::time::timeout(Duration::from_secs(60), run).await;
    assert!(client.sent() <= limits().requests, "seed {seed}");
    report.unwrap_or_else(|_| panic!("seed {seed}: the run hangs"))
}

fn passed(report: &Report) -> Vec<&str> {
    let passed = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Pass);
    passed.map(|outcome| outcome.check.as_str()).collect()
}

/// The most memory that this program has had.
fn peak_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

async fn audited(server: &Server) -> (Client, Option<audit::Report>) {
    let client = bounded_client(&[server.url()], limits());
    let text = format!(
        "[[site]]\nenvironment = \"x\"\nurl = \"{}\"\npages = [\"/a\", \"/b\"]\nsamples = 5\n[site.sign_in]\nurl = \"/login\"\nfields = {{ user = \"ada\" }}\n",
        server.url()
    );
    let inventory = Inventory::parse(&text).unwrap();
    let Ok(sites) = visit(&client, &inventory, NOW_S).await else {
        return (client, None);
    };
    let target = Target {
        sites,
        ..Target::default()
    };
    let checks: Vec<&'static Check> = audit::all()
        .filter(|check| !check.id.starts_with("jwt."))
        .collect();
    let options = Options {
        is_active: true,
        now_s: NOW_S,
        ..Options::default()
    };
    let report = audit::run(&checks, &target, &client, &options, &|_| {}).await;
    (client, Some(report))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_target_neither_stops_nor_breaks_a_run() {
    let mut ended = 0;
    for seed in 0..12 {
        let server = hostile(seed).await;
        // A run that hangs fails here: its own limit is 5 s.
        let work = tokio::time::timeout(Duration::from_secs(60), audited(&server)).await;
        let (client, report) = work.unwrap_or_else(|_| panic!("seed {seed}: the run hangs"));
        assert!(client.sent() <= limits().requests, "seed {seed}");
        if let Some(report) = report {
            ended += 1;
            let html = audit::report::html::html(&report, None, "");
            assert!(
                !html.contains("<form method"),
                "seed {seed}: markup of the target in the report"
            );
            assert!(report.has_finding(Severity::Info) || report.outcomes.len() > 50);
            assert!(!audit::report::text::summary(&report, None).is_empty());
            assert!(audit::report::junit::junit(&report).ends_with("</testsuites>\n"));
        }
    }
    assert!(ended >= 6, "most runs get through the look around: {ended}");
    // Bodies without end and packed ones of 4 MiB: what is kept of them is 64 KiB each.
    assert!(peak_mib() < 400, "{} MiB", peak_mib());
}

/// A good token, its issuer's keys, and an endpoint that answers anything.
async fn with_token(server: &Server) -> Target {
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let part = |value: serde_json::Value| base64url::encode(value.to_string().as_bytes());
    let header = json!({"alg": "RS256", "kid": key.kid().as_str(), "typ": "at+jwt"});
    let claims = json!({"iss": "https://issuer.example", "aud": "api", "sub": "ada", "exp": NOW_S + 300, "iat": NOW_S});
    let message = format!("{}.{}", part(header), part(claims));
    let signature = base64url::encode(&key.signature(message.as_bytes()).unwrap());
    Target {
        token: Token::parse(&format!("{message}.{signature}")).ok(),
        keys: Some(vec![json!(key.public_jwk())]),
        endpoint: Some(Endpoint::new(server.url().join("api").unwrap())),
        callback: Callback::start("127.0.0.1:0".parse().unwrap()).await.ok(),
        ..Target::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_answers_anything_passes_no_check_of_tokens() {
    for seed in 0..6 {
        let server = hostile(seed).await;
        let client = bounded_client(&[server.url()], limits());
        let target = with_token(&server).await;
        let report = judged(seed, &target, &client, |check| {
            check.needs.contains(&Need::Endpoint)
        })
        .await;
        assert_eq!(passed(&report), [""; 0], "seed {seed}");
        assert_eq!(
            report.count(Verdict::Fail),
            0,
            "seed {seed}: garbage is no acceptance either"
        );
    }
}

const APPLICATION: &str = r#"
nodes = ["{url}"]
[[account]]
user = "ada"
password = "env:ADA"
[[account]]
user = "bob"
password = "env:BOB"
[[account]]
user = "eve"
password = "env:EVE"
expendable = true
[sign_in]
page = "/login"
[protected]
page = "/account"
text = "Signed in as"
[session]
idle_s = 900
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/account"
submit = "/logout"
[change]
page = "/account"
field = "nickname"
[oauth]
issuer = "{url}"
client = "app"
secret = "env:APP"
redirect_uri = "https://client.example/cb"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_answers_anything_passes_no_active_check() {
    for seed in 0..6 {
        let server = hostile(seed).await;
        let client = bounded_client(&[server.url()], limits());
        let text = APPLICATION.replace("{url}", server.url().as_str());
        let app = Application::parse(&text, [7; 32], &|_| Ok("of no use".to_owned().into()));
        let target = Target {
            application: Some(app.unwrap_or_else(|problems| panic!("{problems:?}"))),
            ..Target::default()
        };
        let report = judged(seed, &target, &client, |check| {
            check.active && !check.id.starts_with("jwt.")
        })
        .await;
        assert_eq!(passed(&report), [""; 0], "seed {seed}");
    }
}

/// Slow bytes, bytes that are no HTTP, lengths that cannot be: alone, without an honest answer between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_was_an_answer_passes_nothing() {
    for trouble in [1, 5, 6] {
        let server = drawing(trouble, move |draw| draw / 16 * 16 + trouble).await;
        let (client, report) = audited(&server).await;
        assert!(client.sent() <= limits().requests);
        let report = report.unwrap_or_else(|| panic!("trouble {trouble}: no report"));
        assert_eq!(passed(&report), [""; 0], "trouble {trouble}");
    }
}

//! Back-channel logout with a real relying party: an HTTP server that verifies what it is told with a library that is not
//! ours. It fails first, the server is killed, and after its restart the same logout is told again.
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
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use domain::code::challenge_of;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use stage::http::Request;
use stage::server::{Plan, Server};
use stage::{visitor, wait_for};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CALLBACK: &str = "https://rp.example/cb";

/// The relying party's server: answers with the status that it is set to, and keeps what it was told.
struct Party {
    port: u16,
    status: Arc<AtomicU16>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Party {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let party = Self {
            port: listener.local_addr().unwrap().port(),
            status: Arc::new(AtomicU16::new(503)),
            told: Arc::default(),
        };
        let (status, told) = (Arc::clone(&party.status), Arc::clone(&party.told));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (mut seen, mut part) = (String::new(), [0u8; 4096]);
                while let Ok(count @ 1..) = stream.read(&mut part) {
                    seen.push_str(&String::from_utf8_lossy(&part[..count]));
                    let Some((head, body)) = seen.split_once("\r\n\r\n") else {
                        continue;
                    };
                    let length = head.to_ascii_lowercase();
                    let length = length.split("content-length: ").nth(1).unwrap();
                    let length: usize = length.lines().next().unwrap().parse().unwrap();
                    if body.len() == length {
                        told.lock()
                            .unwrap()
                            .push(body.strip_prefix("logout_token=").unwrap().to_owned());
                        let answer = format!(
                            "HTTP/1.1 {} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                            status.load(Ordering::SeqCst)
                        );
                        let _ = stream.write_all(answer.as_bytes());
                        break;
                    }
                }
            }
        });
        party
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

fn register(server: &Server, party: &Party) -> String {
    let admin = std::fs::read_to_string(server.data.join("admin.json")).unwrap();
    let admin: Value = serde_json::from_str(&admin).unwrap();
    let client = json!({
        "id": "rp", "grants": ["authorization_code"], "redirect_uris": [CALLBACK], "scopes": ["openid"], "audiences": ["https://api.example"],
        "consent": false, "backchannel_logout_uri": format!("http://127.0.0.1:{}/logout", party.port),
    });
    let answer = Request::new("POST", "/admin/v1/clients")
        .json(&client)
        .header(
            "Authorization",
            format!("Bearer {}", admin["token"].as_str().unwrap()),
        )
        .send(server.admin, &format!("localhost:{}", server.admin));
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["secret"].as_str().unwrap().to_owned()
}

/// Signs in at the relying party: the claims of its id token.
fn sign_in(server: &Server, cookie: &str, secret: &str) -> Value {
    let host = format!("localhost:{}", server.public);
    let challenge = jose::base64url::encode(challenge_of(VERIFIER).as_bytes());
    let target = format!(
        "/oauth2/authorize?response_type=code&client_id=rp&redirect_uri={CALLBACK}&scope=openid&state=xyz\
         &code_challenge={challenge}&code_challenge_method=S256"
    );
    let answer = Request::get(&target)
        .header("Cookie", cookie)
        .send(server.public, &host);
    let back = answer
        .header("location")
        .unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    let back = url::Url::parse(back).unwrap();
    let code = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap_or_else(|| panic!("{back}"))
        .1
        .into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "rp"),
        ("client_secret", secret),
    ];
    let answer = Request::new("POST", "/oauth2/token")
        .form(&form)
        .send(server.public, &host);
    assert_eq!(answer.status, 200, "{}", answer.body);
    verified(server, answer.json()["id_token"].as_str().unwrap(), "JWT")
}

fn verified(server: &Server, token: &str, kind: &str) -> Value {
    let host = format!("localhost:{}", server.public);
    let set = Request::get("/oauth2/jwks").send(server.public, &host);
    let set: JwkSet = serde_json::from_str(&set.body).unwrap();
    let header = decode_header(token.as_bytes()).unwrap();
    assert_eq!(header.typ.as_deref(), Some(kind));
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["rp"]);
    validation.set_issuer(&[format!("http://{host}")]);
    decode::<Value>(token.as_bytes(), &key, &validation)
        .unwrap()
        .claims
}

#[test]
fn a_logout_survives_a_refusal_and_kill_9_and_is_told_under_the_same_jti() {
    let party = Party::new();
    let terms = "[logout]\nprivate_networks = [\"127.0.0.1\"]";
    let plan = Plan::new("logout", "http://localhost:{public}", terms);
    let server = plan.start();
    server.json(&["user", "add", "ada", "--password-stdin"], visitor::PASSWORD);
    let secret = register(&server, &party);
    let visit = visitor::login(&server);
    let id = sign_in(&server, &visit.cookie, &secret);
    assert_eq!(id["sid"], json!(visit.session));
    assert_eq!(visitor::revoke(&server, &visit).status, 200);
    wait_for("the first try", || party.told().len() == 1);
    wait_for("its failure to be kept", || {
        let output = server.run(&["doctor", "--json"], "");
        String::from_utf8_lossy(&output.stdout).contains("1 notices wait")
    });
    server.kill();
    party.status.store(200, Ordering::SeqCst);
    let server = plan.start();
    wait_for("the second try", || party.told().len() == 2);
    wait_for("it to be known", || {
        let output = server.run(&["doctor", "--json"], "");
        String::from_utf8_lossy(&output.stdout).contains("0 notices wait")
    });
    let told: Vec<Value> = party
        .told()
        .iter()
        .map(|token| verified(&server, token, "logout+jwt"))
        .collect();
    assert_eq!(told[0]["jti"], told[1]["jti"]);
    for claims in &told {
        assert_eq!((&claims["sid"], &claims["sub"]), (&id["sid"], &id["sub"]));
        assert_eq!(
            claims["events"],
            json!({"http://schemas.openid.net/event/backchannel-logout": {}})
        );
        assert!(claims.get("nonce").is_none() && claims["jti"].is_string());
    }
}

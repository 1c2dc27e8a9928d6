//! Commands that need no server: tokens, configuration, completions, and the store of a stopped one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test code"
)]

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use jose::{Algorithm, JwkSet, SigningKey};
use serde_json::Value;
use support::{Directory, symbolon, symbolon_with};

const ISSUER: &str = "https://id.example.org";

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn token(key: &SigningKey, issuer: &str, expires_s: u64) -> String {
    let claims = format!(r#"{{"iss":"{issuer}","aud":"api","sub":"user:x","exp":{expires_s}}}"#);
    key.sign("at+jwt", claims.as_bytes()).unwrap()
}

struct Verifying {
    dir: Directory,
    key: SigningKey,
}

impl Verifying {
    fn new() -> Self {
        let (dir, key) = (Directory::new(), SigningKey::generate(Algorithm::Es256).unwrap());
        let set = JwkSet::new([key.public_jwk().clone()]).unwrap();
        std::fs::write(dir.path().join("jwks.json"), set.to_json().unwrap()).unwrap();
        Self { dir, key }
    }

    fn verify(&self, token: &str, more: &[&str]) -> support::Said {
        let jwks = self.dir.path().join("jwks.json");
        let mut arguments = vec![
            "token",
            "verify",
            "--jwks",
            jwks.to_str().unwrap(),
            "--issuer",
            ISSUER,
            "--audience",
            "api",
        ];
        arguments.extend(more);
        symbolon(&arguments, token)
    }
}

#[test]
fn a_token_is_verified_strictly() {
    let with = Verifying::new();
    let good = with.verify(&format!("{}\n", token(&with.key, ISSUER, now_s() + 600)), &[]);
    assert_eq!(good.code, 0, "{}", good.err);
    assert!(good.out.starts_with("accepted") && good.err.contains("Not tested: whether it was revoked"));
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    for (token, reason) in [
        (token(&with.key, ISSUER, now_s() - 600), "expired"),
        (
            token(&with.key, "https://evil.example", now_s() + 600),
            "wrong_issuer",
        ),
        (token(&stranger, ISSUER, now_s() + 600), "unknown_key"),
        (
            "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.".to_owned(),
            "malformed",
        ),
        ("hello".to_owned(), "malformed"),
    ] {
        let said = with.verify(&token, &["--json"]);
        let verdict: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(
            (said.code, verdict["reason"].as_str()),
            (1, Some(reason)),
            "{verdict}"
        );
    }
    let typed = with.verify(&token(&with.key, ISSUER, now_s() + 600), &["--type", "jwt"]);
    assert_eq!((typed.code, typed.out.contains("wrong_type")), (1, true));
}

#[test]
fn a_token_is_explained_and_never_called_valid() {
    let with = Verifying::new();
    let said = symbolon(&["token", "inspect"], &token(&with.key, ISSUER, now_s() - 60));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("its life is over") && said.out.contains("issuer: who says"),
        "{}",
        said.out
    );
    assert!(
        !format!("{}{}", said.out, said.err)
            .to_lowercase()
            .contains("valid")
    );
    let json = symbolon(
        &["token", "inspect", "--json"],
        &token(&with.key, ISSUER, now_s() + 60),
    );
    assert_eq!(
        serde_json::from_str::<Value>(&json.out).unwrap()["verified"],
        false
    );
    for (input, word) in [
        ("sy_rt_abc", "refresh token"),
        ("nonsense", "three parts"),
        ("", "holds no token"),
    ] {
        let said = symbolon(&["token", "inspect"], input);
        assert!(said.code == 1 && said.err.contains(word), "{}", said.err);
    }
}

#[test]
fn a_configuration_is_written_checked_and_never_overwritten() {
    let dir = Directory::new();
    let file = dir.path().join("symbolon.toml");
    let path = file.to_str().unwrap();
    assert_eq!(symbolon(&["config", "init", "--file", path], "").code, 0);
    let again = symbolon(&["config", "init", "--file", path], "");
    assert!(
        again.code == 1 && again.err.contains("left alone"),
        "{}",
        again.err
    );
    let good = symbolon(&["config", "check", "--config", path], "");
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    std::fs::write(&file, "[sesion]\ncap = 1\n[session]\ncap = 0\n").unwrap();
    let bad = symbolon(&["config", "check", "--config", path], "");
    assert_eq!(bad.code, 1);
    assert!(
        bad.out.contains(":1: sesion: ") && bad.out.contains("did you mean \"session\"?"),
        "{}",
        bad.out
    );
    assert!(
        bad.out.contains(":4: session.cap: 0 is out of bounds"),
        "{}",
        bad.out
    );
    std::fs::write(&file, "").unwrap();
    let variable = [("SYMBOLON_SESSION__CPA", "3")];
    let set = symbolon_with(&["config", "check", "--json", "--config", path], "", &variable);
    let problems: Value = serde_json::from_str(&set.out).unwrap();
    assert_eq!(
        problems["problems"][0]["place"], "SYMBOLON_SESSION__CPA",
        "{problems}"
    );
    assert!(
        symbolon(&["config", "reference"], "")
            .out
            .contains("## [session]")
    );
}

#[test]
fn a_stopped_store_is_not_made_by_a_slip() {
    let dir = Directory::new();
    let data = dir.path().join("none");
    let data = data.to_str().unwrap();
    let backup = dir.path().join("b.db");
    for arguments in [
        ["recover-admin", "--data", data].as_slice(),
        &["backup", backup.to_str().unwrap(), "--data", data],
    ] {
        let said = symbolon(arguments, "");
        assert!(
            said.code == 1 && said.err.contains("holds no store"),
            "{}",
            said.err
        );
    }
    assert!(!dir.path().join("none").exists() && !backup.exists());
}

#[test]
fn a_doctor_that_could_not_look_says_so() {
    let dir = Directory::new();
    let data = dir.path().join("none");
    let said = symbolon(&["doctor", "--json", "--data", data.to_str().unwrap()], "");
    let found: Value = serde_json::from_str(&said.out).unwrap();
    let results: Vec<&str> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["result"].as_str().unwrap())
        .collect();
    assert!(
        said.code == 0 && results.iter().all(|result| *result == "not_tested"),
        "{found}"
    );
}

#[test]
fn mistakes_on_the_command_line_are_the_users() {
    let said = symbolon(&["usre", "list"], "");
    assert_eq!(said.code, 1);
    assert!(said.out.is_empty() && said.err.contains("user"), "{}", said.err);
    let help = symbolon(&["revoke", "--help"], "");
    assert!(help.code == 0 && help.out.contains("Examples:") && !help.out.contains('\u{1b}'));
    assert!(symbolon(&["completions", "bash"], "").out.contains("_symbolon"));
}

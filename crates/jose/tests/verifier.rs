//! What a verifier accepts, and every reason for which it refuses.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod support;

use jose::{
    Algorithm, AudienceSet, JoseError, KeySet, Limits, Presented, SigningKey, TokenKind, Verifier, base64url,
};
use serde::Deserialize;
use serde_json::{Value, json};
use support::{one_key_of_each, public, signed};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example";

fn verifier(keys: KeySet) -> Verifier {
    Verifier::builder()
        .issuer(ISSUER)
        .audiences(AudienceSet::new(["api", "api2"]).unwrap())
        .kind(TokenKind::new("at+jwt").unwrap())
        .keys(keys)
        .limits(Limits::default())
        .build()
}

fn key() -> (SigningKey, Verifier) {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let verifier = verifier(KeySet::new([key.verifying_key().unwrap()]).unwrap());
    (key, verifier)
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "api", "exp": NOW + 60, "iat": NOW, "nbf": NOW, "sub": "alice"})
}

#[test]
fn a_good_token_of_each_algorithm() {
    #[derive(Deserialize)]
    struct Subject {
        sub: String,
    }
    let keys = one_key_of_each();
    let verifier = verifier(KeySet::new(public(&keys)).unwrap());
    for key in &keys {
        let token = key.sign("at+jwt", claims().to_string().as_bytes()).unwrap();
        let verified = verifier.verify::<Subject>(token.as_bytes(), NOW).unwrap();
        assert_eq!(verified.claims().sub, "alice");
        assert_eq!(verified.kid(), key.kid());
        assert_eq!(verified.expires_at_s(), NOW + 60);
        assert_eq!(verified.audiences(), ["api"]);

        let stranger = SigningKey::generate(key.algorithm()).unwrap();
        let token = stranger.sign("at+jwt", claims().to_string().as_bytes()).unwrap();
        assert_eq!(
            verifier.verify::<Value>(token.as_bytes(), NOW),
            Err(JoseError::UnknownKey)
        );
    }
}

#[test]
fn claims_are_judged_one_by_one() {
    let (key, verifier) = key();
    let verdict = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        let token = key.sign("at+jwt", claims.to_string().as_bytes()).unwrap();
        verifier.verify::<Value>(token.as_bytes(), NOW).map(|_| ())
    };
    let (early, late, bad) = (
        Err(JoseError::NotYetValid),
        Err(JoseError::Expired),
        Err(JoseError::BadClaim),
    );
    let cases = [
        (
            "iss",
            json!("https://issuer.example/"),
            Err(JoseError::WrongIssuer),
        ),
        (
            "iss",
            json!("https://ISSUER.example"),
            Err(JoseError::WrongIssuer),
        ),
        ("iss", json!(""), Err(JoseError::WrongIssuer)),
        ("iss", json!([ISSUER]), bad),
        ("iss", json!(null), bad),
        ("aud", json!("api2"), Ok(())),
        ("aud", json!(["x", "api2"]), Ok(())),
        ("aud", json!("API"), Err(JoseError::WrongAudience)),
        ("aud", json!("api "), Err(JoseError::WrongAudience)),
        ("aud", json!([]), Err(JoseError::WrongAudience)),
        ("aud", json!(["x"]), Err(JoseError::WrongAudience)),
        ("aud", json!(["api", 1]), bad),
        ("aud", json!({"api": 1}), bad),
        ("aud", json!(null), bad),
        ("exp", json!(NOW - 4), Ok(())),
        ("exp", json!(NOW - 5), late),
        ("exp", json!(NOW as f64 - 4.5), late),
        ("exp", json!(NOW as f64 + 0.5), Ok(())),
        ("exp", json!(0), late),
        ("exp", json!(-1), bad),
        ("exp", json!((NOW + 60) * 1000), bad),
        ("exp", json!(u64::MAX), bad),
        ("exp", json!(1e300), bad),
        ("exp", json!((NOW + 60).to_string()), bad),
        ("exp", json!(null), bad),
        ("exp", json!(true), bad),
        ("nbf", json!(NOW + 5), Ok(())),
        ("nbf", json!(NOW + 6), early),
        ("nbf", json!(NOW as f64 + 5.5), early),
        ("nbf", json!("0"), bad),
        ("nbf", json!(-5), bad),
        ("iat", json!(NOW + 5), Ok(())),
        ("iat", json!(NOW + 6), early),
        ("iat", json!(0), Ok(())),
        ("iat", json!([]), bad),
        ("iat", json!(null), bad),
    ];
    for (name, value, expected) in cases {
        assert_eq!(verdict(name, value.clone()), expected, "{name} = {value}");
    }
}

#[test]
fn absent_claims() {
    let (key, verifier) = key();
    for (name, expected) in [
        ("iss", Err(JoseError::MissingClaim("iss"))),
        ("aud", Err(JoseError::MissingClaim("aud"))),
        ("exp", Err(JoseError::MissingClaim("exp"))),
        ("nbf", Ok(())),
        ("iat", Ok(())),
        ("sub", Ok(())),
    ] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        let token = key.sign("at+jwt", claims.to_string().as_bytes()).unwrap();
        assert_eq!(
            verifier.verify::<Value>(token.as_bytes(), NOW).map(|_| ()),
            expected,
            "{name}"
        );
    }
}

#[test]
fn the_clock_is_an_argument_and_the_leeway_is_bounded() {
    let (key, verifier) = key();
    let token = key.sign("at+jwt", claims().to_string().as_bytes()).unwrap();
    let at = |now_s| verifier.verify::<Value>(token.as_bytes(), now_s).map(|_| ());
    assert_eq!(at(NOW - 6), Err(JoseError::NotYetValid));
    assert_eq!(at(NOW - 5), Ok(()));
    assert_eq!(at(NOW + 64), Ok(()));
    assert_eq!(at(NOW + 65), Err(JoseError::Expired));
    assert_eq!(at(0), Err(JoseError::NotYetValid));
    assert_eq!(at(u64::MAX), Err(JoseError::Expired));
}

/// The kind, the key's name and the algorithm, each wrong in turn under a good signature.
#[test]
fn headers() {
    let (key, verifier) = key();
    let kid = key.kid().as_str();
    let payload = claims().to_string();
    let cases = [
        (json!({"alg": "EdDSA", "kid": kid, "typ": "at+jwt"}), Ok(())),
        (
            json!({"alg": "Ed25519", "kid": kid, "typ": "application/AT+JWT"}),
            Ok(()),
        ),
        (json!({"alg": "EdDSA", "kid": kid}), Err(JoseError::WrongType)),
        (
            json!({"alg": "EdDSA", "kid": kid, "typ": "JWT"}),
            Err(JoseError::WrongType),
        ),
        (
            json!({"alg": "EdDSA", "kid": kid, "typ": "dpop+jwt"}),
            Err(JoseError::WrongType),
        ),
        (
            json!({"alg": "EdDSA", "typ": "at+jwt"}),
            Err(JoseError::UnknownKey),
        ),
        (
            json!({"alg": "EdDSA", "kid": "", "typ": "at+jwt"}),
            Err(JoseError::UnknownKey),
        ),
        (
            json!({"alg": "EdDSA", "kid": "../../dev/null", "typ": "at+jwt"}),
            Err(JoseError::UnknownKey),
        ),
        (
            json!({"alg": "eddsa", "kid": kid, "typ": "at+jwt"}),
            Err(JoseError::Algorithm),
        ),
        (
            json!({"alg": "none", "kid": kid, "typ": "at+jwt"}),
            Err(JoseError::Algorithm),
        ),
        (
            json!({"alg": "HS256", "kid": kid, "typ": "at+jwt"}),
            Err(JoseError::Algorithm),
        ),
        (
            json!({"alg": "ES256", "kid": kid, "typ": "at+jwt"}),
            Err(JoseError::Algorithm),
        ),
        (
            json!({"alg": "EdDSA", "kid": kid, "typ": "at+jwt", "crit": ["exp"]}),
            Err(JoseError::UnsupportedHeader),
        ),
        (
            json!({"alg": "EdDSA", "kid": kid, "typ": "at+jwt", "b64": true}),
            Err(JoseError::UnsupportedHeader),
        ),
        (
            json!({"alg": "EdDSA", "kid": kid, "typ": "at+jwt", "jku": "https://evil"}),
            Err(JoseError::UnsupportedHeader),
        ),
    ];
    for (header, expected) in cases {
        let token = signed(&key, &header.to_string(), payload.as_bytes());
        assert_eq!(
            verifier.verify::<Value>(token.as_bytes(), NOW).map(|_| ()),
            expected,
            "{header}"
        );
    }
}

/// The key a thief brings along, and the public key used as an HMAC secret, change nothing.
#[test]
fn key_confusion() {
    let (key, verifier) = key();
    let thief = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let payload = claims().to_string();
    let own = signed(
        &thief,
        &json!({"alg": "EdDSA", "kid": key.kid(), "typ": "at+jwt"}).to_string(),
        payload.as_bytes(),
    );
    assert_eq!(
        verifier.verify::<Value>(own.as_bytes(), NOW),
        Err(JoseError::BadSignature)
    );
    let embedded = json!({"alg": "EdDSA", "kid": key.kid(), "typ": "at+jwt", "jwk": thief.public_jwk()});
    let token = signed(&thief, &embedded.to_string(), payload.as_bytes());
    assert_eq!(
        verifier.verify::<Value>(token.as_bytes(), NOW),
        Err(JoseError::UnsupportedHeader)
    );

    let header = json!({"alg": "HS256", "kid": key.kid(), "typ": "at+jwt"}).to_string();
    let input = format!(
        "{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(payload.as_bytes())
    );
    let secret = serde_json::to_vec(key.public_jwk()).unwrap();
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
    let tag = aws_lc_rs::hmac::sign(&secret, input.as_bytes());
    let token = format!("{input}.{}", base64url::encode(tag.as_ref()));
    assert_eq!(
        verifier.verify::<Value>(token.as_bytes(), NOW),
        Err(JoseError::Algorithm)
    );
}

/// Signed payloads that two readers could read differently, or that are no claims at all.
#[test]
fn ambiguous_payloads() {
    let (key, verifier) = key();
    let header = json!({"alg": "EdDSA", "kid": key.kid(), "typ": "at+jwt"}).to_string();
    let good = claims().to_string();
    let inside = good.trim_start_matches('{').trim_end_matches('}');
    let cases = [
        (good.clone(), Ok(())),
        (format!(" {good}\n"), Ok(())),
        (
            format!("{{{inside},\"sub\":\"bob\"}}"),
            Err(JoseError::DuplicateMember),
        ),
        (
            format!("{{{inside},\"s\\u0075b\":\"bob\"}}"),
            Err(JoseError::DuplicateMember),
        ),
        (
            format!("{{{inside},\"x\":{{\"y\":1,\"y\":2}}}}"),
            Err(JoseError::DuplicateMember),
        ),
        (
            format!("{{{inside},\"x\":[[[[[[[[]]]]]]]]}}"),
            Err(JoseError::TooDeep),
        ),
        (format!("{good}{good}"), Err(JoseError::BadClaim)),
        (
            format!("[\"{ISSUER}\",\"api\",{},0,0]", NOW + 60),
            Err(JoseError::BadClaim),
        ),
        (String::new(), Err(JoseError::BadClaim)),
        ("null".into(), Err(JoseError::BadClaim)),
        ("\u{feff}".to_owned() + &good, Err(JoseError::BadClaim)),
    ];
    for (payload, expected) in cases {
        let token = signed(&key, &header, payload.as_bytes());
        assert_eq!(
            verifier.verify::<Value>(token.as_bytes(), NOW).map(|_| ()),
            expected,
            "{payload}"
        );
    }
    let mut latin1 = format!("{{{inside},\"x\":\"").into_bytes();
    latin1.extend_from_slice(b"\xe9\"}");
    let token = signed(&key, &header, &latin1);
    assert_eq!(
        verifier.verify::<Value>(token.as_bytes(), NOW),
        Err(JoseError::BadClaim)
    );
}

#[test]
fn the_claims_type_decides_last() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Strict {
        client_id: String,
    }
    let (key, verifier) = key();
    let token = key.sign("at+jwt", claims().to_string().as_bytes()).unwrap();
    assert_eq!(
        verifier.verify::<Strict>(token.as_bytes(), NOW),
        Err(JoseError::BadClaim)
    );
    assert_eq!(
        verifier.verify::<Strict>(token.as_bytes(), NOW + 1000),
        Err(JoseError::Expired)
    );
}

#[test]
fn keys_are_exchanged_and_limits_hold() {
    let (old, verifier) = key();
    let new = SigningKey::generate(Algorithm::Es256).unwrap();
    let next = verifier.with_keys(KeySet::new([new.verifying_key().unwrap()]).unwrap());
    let token = old.sign("at+jwt", claims().to_string().as_bytes()).unwrap();
    assert!(verifier.verify::<Value>(token.as_bytes(), NOW).is_ok());
    assert_eq!(
        next.verify::<Value>(token.as_bytes(), NOW),
        Err(JoseError::UnknownKey)
    );

    let mut long = claims();
    long["pad"] = json!("x".repeat(8000));
    let token = old.sign("at+jwt", long.to_string().as_bytes()).unwrap();
    assert_eq!(
        verifier.verify::<Value>(token.as_bytes(), NOW),
        Err(JoseError::TooLarge)
    );
}

#[test]
fn an_empty_issuer_or_audience_trusts_nobody() {
    assert_eq!(
        AudienceSet::new(Vec::<String>::new()),
        Err(JoseError::Setting("audiences"))
    );
    assert_eq!(
        AudienceSet::new(["api", ""]),
        Err(JoseError::Setting("audiences"))
    );
    let (key, _) = key();
    let verifier = Verifier::builder()
        .issuer("")
        .audiences(AudienceSet::new(["api"]).unwrap())
        .kind(TokenKind::new("at+jwt").unwrap())
        .keys(KeySet::new([key.verifying_key().unwrap()]).unwrap())
        .limits(Limits::default())
        .build();
    let token = key
        .sign("at+jwt", br#"{"iss":"","aud":"api","exp":1900000000}"#)
        .unwrap();
    assert_eq!(
        verifier.verify::<Value>(token.as_bytes(), NOW),
        Err(JoseError::WrongIssuer)
    );
}

#[test]
fn nothing_ambiguous_is_signed() {
    let (key, _) = key();
    assert_eq!(
        key.sign("at+jwt", b"{\"a\":1,\"a\":2}"),
        Err(JoseError::DuplicateMember)
    );
    for payload in ["", "[]", "1", "{", "{}x"] {
        assert_eq!(
            key.sign("at+jwt", payload.as_bytes()),
            Err(JoseError::Json),
            "{payload}"
        );
    }
    for typ in ["", "a\"b", "a b", "a/b/c"] {
        assert_eq!(key.sign(typ, b"{}"), Err(JoseError::Setting("typ")), "{typ}");
    }
}

/// A plain JWS may leave the key unnamed; one that names another key than the program chose is refused.
#[test]
fn a_plain_jws_names_its_key_or_none() {
    let (key, _) = key();
    let verifying = key.verifying_key().unwrap();
    let verdict = |header: Value| {
        let token = signed(&key, &header.to_string(), b"secret text");
        let presented = Presented::parse(token.as_bytes(), &Limits::default()).unwrap();
        presented.verify_signature(&verifying).map(|payload| {
            assert!(!format!("{payload:?}").contains("secret"));
            payload.bytes().to_vec()
        })
    };
    assert_eq!(
        verdict(json!({"alg": "EdDSA"})).as_deref(),
        Ok(&b"secret text"[..])
    );
    assert_eq!(
        verdict(json!({"alg": "EdDSA", "kid": key.kid()})).as_deref(),
        Ok(&b"secret text"[..])
    );
    assert_eq!(
        verdict(json!({"alg": "EdDSA", "kid": "other"})),
        Err(JoseError::UnknownKey)
    );
}

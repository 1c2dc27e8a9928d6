//! Against jsonwebtoken, with the same key, issuer, audiences and leeway: whatever this crate accepts it accepts too.
//! Where it accepts and this crate refuses is listed below, each with the reason; any other difference fails.
//!
//! Two things are not drawn: `alg: "Ed25519"` (RFC 9864), which jsonwebtoken does not know, and dates within seconds of
//! a boundary, since it reads its own clock. At `exp` it counts that second as good; here it is the first bad one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod support;

use std::collections::BTreeMap;

use jose::{Algorithm, AudienceSet, JoseError, KeySet, Limits, SigningKey, TokenKind, Verifier};
use jsonwebtoken::{DecodingKey, Validation, decode, get_current_timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;
use support::signed;

const ISSUER: &str = "https://issuer.example";
const CASES: u32 = 3000;

/// What jsonwebtoken lets through and this crate refuses on purpose.
const STRICTER: [(JoseError, &str); 9] = [
    (JoseError::WrongType, "it does not look at typ"),
    (JoseError::UnknownKey, "it does not look at kid"),
    (
        JoseError::UnsupportedHeader,
        "it ignores crit, b64, zip, enc, jku, x5u, jwk and x5c",
    ),
    (
        JoseError::DuplicateMember,
        "it lets a repeated member of the payload win or lose by position",
    ),
    (JoseError::TooDeep, "it nests to 127"),
    (JoseError::TooLarge, "it has no limit"),
    (
        JoseError::NotYetValid,
        "it ignores iat, and rounds a fraction of nbf to nearest",
    ),
    (
        JoseError::BadClaim,
        "it takes null for absence, lists for iss, dates beyond the year 9999",
    ),
    (JoseError::Json, "it takes null for absence in the header"),
];

/// What is drawn by lot for one token.
#[derive(Debug, Clone)]
struct Draft {
    header: Vec<(&'static str, &'static str)>,
    claims: Vec<(&'static str, String)>,
    damage: Damage,
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    None,
    Flip(usize, u8),
    Insert(usize, u8),
    Cut(usize),
    Append(u8),
}

struct Pair {
    key: SigningKey,
    ours: Verifier,
    theirs: (DecodingKey, Validation),
}

#[derive(Debug, Default)]
struct Totals {
    both_accept: usize,
    both_refuse: usize,
    stricter: BTreeMap<&'static str, usize>,
}

#[test]
fn ours_is_never_the_more_lenient() {
    let pairs: Vec<Pair> = Algorithm::ALL.into_iter().map(pair).collect();
    let now_s = get_current_timestamp();
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7515),
        ..Config::default()
    };
    let totals = std::cell::RefCell::new(Totals::default());
    let verdict = TestRunner::new(config).run(&(0..pairs.len(), draft(now_s)), |(index, draft)| {
        let token = token(&pairs[index], &draft);
        compare(&pairs[index], &token, now_s, &mut totals.borrow_mut())
    });
    verdict.unwrap();
    let totals = totals.into_inner();
    println!("differential: {totals:?}");
    assert!(
        totals.both_accept > CASES as usize / 20,
        "too few good tokens to mean anything: {totals:?}"
    );
    assert!(
        totals.both_refuse > CASES as usize / 10,
        "too few bad tokens to mean anything: {totals:?}"
    );
    assert!(
        totals.stricter.len() >= 6,
        "the known differences no longer show: {totals:?}"
    );
}

fn pair(algorithm: Algorithm) -> Pair {
    let key = SigningKey::generate(algorithm).unwrap();
    let ours = Verifier::builder()
        .issuer(ISSUER)
        .audiences(AudienceSet::new(["api"]).unwrap())
        .kind(TokenKind::new("at+jwt").unwrap())
        .keys(KeySet::new([key.verifying_key().unwrap()]).unwrap())
        .limits(Limits::default())
        .build();
    let mut validation = Validation::new(algorithm.as_str().parse().unwrap());
    validation.leeway = Limits::default().leeway_s();
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&["api"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    let jwk = serde_json::from_value(serde_json::to_value(key.public_jwk()).unwrap()).unwrap();
    Pair {
        ours,
        theirs: (DecodingKey::from_jwk(&jwk).unwrap(), validation),
        key,
    }
}

fn compare(pair: &Pair, token: &[u8], now_s: u64, totals: &mut Totals) -> Result<(), TestCaseError> {
    let ours = pair.ours.verify::<Value>(token, now_s);
    let mut validation = pair.theirs.1.clone();
    // Its own clock has gone on since `now_s`: on a slow machine far enough to end a token that is still good here.
    validation.leeway += get_current_timestamp() - now_s;
    let theirs = decode::<Value>(token, &pair.theirs.0, &validation);
    let shown = String::from_utf8_lossy(token);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            prop_assert_eq!(ours.claims(), &theirs.claims);
            totals.both_accept += 1;
        }
        (Err(_), Err(_)) => totals.both_refuse += 1,
        (Ok(_), Err(error)) => {
            return Err(TestCaseError::fail(format!(
                "only ours accepts: {error}: {shown}"
            )));
        }
        (Err(error), Ok(_)) => {
            let known = STRICTER.iter().find(|(refusal, _)| *refusal == error);
            let (_, why) =
                known.ok_or_else(|| TestCaseError::fail(format!("unlisted difference {error}: {shown}")))?;
            *totals.stricter.entry(why).or_default() += 1;
        }
    }
    Ok(())
}

fn token(pair: &Pair, draft: &Draft) -> Vec<u8> {
    let kid = format!("\"{}\"", pair.key.kid());
    let alg = format!("\"{}\"", pair.key.algorithm());
    let own = |value: &'static str| match value {
        "OWN_KID" => kid.clone(),
        "OWN_ALG" => alg.clone(),
        other => other.to_owned(),
    };
    let header = object(draft.header.iter().map(|(name, value)| (*name, own(value))));
    let claims = object(draft.claims.iter().cloned());
    let mut token = signed(&pair.key, &header, claims.as_bytes()).into_bytes();
    let length = token.len();
    match draft.damage {
        Damage::None => {}
        Damage::Flip(at, bits) => token[at % length] ^= bits,
        Damage::Insert(at, byte) => token.insert(at % length, byte),
        Damage::Cut(at) => drop(token.remove(at % length)),
        Damage::Append(byte) => token.push(byte),
    }
    token
}

fn object(members: impl Iterator<Item = (&'static str, String)>) -> String {
    let members: Vec<String> = members
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Mostly good, so that the deep checks are reached; each member has its own oddities.
fn draft(now_s: u64) -> impl Strategy<Value = Draft> {
    let header = (
        member(
            "alg",
            &["OWN_ALG"],
            &[
                "\"none\"",
                "\"HS256\"",
                "\"RS256\"",
                "\"ES256\"",
                "\"es256\"",
                "null",
                "1",
            ],
        ),
        member("kid", &["OWN_KID"], &["\"other\"", "null", "\"\"", "7"]),
        member(
            "typ",
            &["\"at+jwt\"", "\"application/at+jwt\"", "\"AT+JWT\""],
            &["\"JWT\"", "null", "[]"],
        ),
        prop_oneof![4 => Just(None), 1 => odd_parameter().prop_map(Some)],
    )
        .prop_map(|(alg, kid, typ, odd)| [alg, kid, typ, odd].into_iter().flatten().collect());
    let claims = (
        issuer(),
        audience(),
        dates(now_s),
        prop_oneof![4 => Just(None), 1 => odd_claim().prop_map(Some)],
    )
        .prop_map(|(iss, aud, dates, odd)| {
            [iss, aud]
                .into_iter()
                .chain(dates)
                .chain([odd])
                .flatten()
                .collect()
        });
    (header, claims, damage()).prop_map(|(header, claims, damage)| Draft {
        header,
        claims,
        damage,
    })
}

type Member = Option<(&'static str, &'static str)>;
type Claim = Option<(&'static str, String)>;

fn member(
    name: &'static str,
    good: &[&'static str],
    odd: &[&'static str],
) -> impl Strategy<Value = Member> + use<> {
    prop_oneof![
        16 => select(good.to_vec()).prop_map(move |value| Some((name, value))),
        2 => select(odd.to_vec()).prop_map(move |value| Some((name, value))),
        1 => Just(None),
    ]
}

fn odd_parameter() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(vec![
        ("crit", "[\"exp\"]"),
        ("b64", "true"),
        ("zip", "\"DEF\""),
        ("jku", "\"https://evil.example/jwks\""),
        ("x5u", "\"https://evil.example/x5u\""),
        ("x5c", "[\"AA\"]"),
        (
            "jwk",
            "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
        ),
        ("alg", "\"none\""),
        ("nonce", "\"x\""),
        ("cty", "\"JWT\""),
        ("deep", "[[[[[[[[[]]]]]]]]]"),
        ("twice", "{\"a\":1,\"a\":2}"),
    ])
}

fn issuer() -> impl Strategy<Value = Claim> {
    let good = format!("\"{ISSUER}\"");
    let list = format!("[\"{ISSUER}\"]");
    prop_oneof![
        16 => Just(good),
        2 => select(vec!["\"https://evil.example\"".into(), "null".into(), "\"\"".into(), "3".into(), list]),
    ]
    .prop_map(|value| Some(("iss", value)))
}

fn audience() -> impl Strategy<Value = Claim> {
    prop_oneof![
        16 => select(vec!["\"api\"", "[\"api\"]", "[\"x\",\"api\"]", "\"\\u0061pi\""]),
        2 => select(vec!["\"x\"", "[]", "null", "[\"api\",1]", "\"API\"", "{\"api\":1}"]),
    ]
    .prop_map(|value| Some(("aud", value.to_owned())))
}

/// Kept some seconds away from every boundary, since jsonwebtoken reads its own clock.
fn dates(now_s: u64) -> impl Strategy<Value = Vec<Claim>> {
    let date = |name: &'static str, good: Vec<i64>, odd: Vec<i64>| {
        let at = move |offset: i64| (now_s as i64 + offset).to_string();
        prop_oneof![
            12 => select(good).prop_map(at),
            2 => select(odd).prop_map(at),
            1 => select(vec!["null", "\"1\"", "-1", "0", "1e3", "1e300", "1.5", "99999999999999", "true", "[]"])
                .prop_map(str::to_owned),
            1 => (0u32..1000).prop_map(move |milli| format!("{now_s}.{milli:03}")),
        ]
        .prop_map(move |value| Some((name, value)))
    };
    let exp = date("exp", vec![60, 900], vec![-60, -3600]);
    let nbf = prop_oneof![Just(None), date("nbf", vec![-60, -1], vec![60, 3600])];
    let iat = prop_oneof![Just(None), date("iat", vec![-60, -1], vec![60, 3600])];
    (exp, nbf, iat).prop_map(|(exp, nbf, iat)| vec![exp, nbf, iat])
}

fn odd_claim() -> impl Strategy<Value = (&'static str, String)> {
    select(vec![
        ("sub", "\"alice\"".to_owned()),
        ("iss", "\"https://evil.example\"".to_owned()),
        ("exp", "99999999999".to_owned()),
        ("x", "{\"a\":1,\"\\u0061\":2}".to_owned()),
        ("x", "[".repeat(20) + &"]".repeat(20)),
        ("x", format!("\"{}\"", "y".repeat(9000))),
        ("x", "\"\\ud83d\\ude00\"".to_owned()),
        ("x", "1E-2".to_owned()),
    ])
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        12 => Just(Damage::None),
        2 => (any::<usize>(), 1u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        1 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        1 => any::<usize>().prop_map(Damage::Cut),
        1 => select(vec![b'=', b'\n', b' ', b'.', b'A']).prop_map(Damage::Append),
    ]
}

//! Each check of cookies with sites that it fails and sites that it passes.

use aws_lc_rs::hmac;
use jose::base64url;

use crate::site::Site;
use crate::target::Target;
use crate::testing::{Proof, Stand, site};

/// A good session cookie.
const GOOD: &str =
    "__Host-sid=Zm9yIHRlc3RzIG9ubHksIG5vdCByYW5kb20hIQ; Path=/; Secure; HttpOnly; SameSite=Lax";

/// Check, and the cookies of one site that fails it.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "cookies.not-secure",
        &["__Host-sid=Zm9yIHRlc3RzIG9ubHksIG5vdCByYW5kb20; Path=/; HttpOnly; SameSite=Lax"],
    ),
    ("cookies.no-prefix", &["theme=dark; Path=/; Secure; SameSite=Lax"]),
    (
        "cookies.session-not-host",
        &["__Secure-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax"],
    ),
    (
        "cookies.session-readable",
        &["__Host-sid=abc; Path=/; Secure; SameSite=Lax"],
    ),
    (
        "cookies.no-same-site",
        &["__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=sometimes"],
    ),
    (
        "cookies.session-cross-site",
        &["__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=None"],
    ),
    (
        "cookies.cross-site-not-secure",
        &["widget=abc; Path=/; SameSite=None"],
    ),
    (
        "cookies.session-for-the-domain",
        &["__Secure-sid=abc; Domain=app.example; Path=/; Secure; HttpOnly"],
    ),
    (
        "cookies.prefix-broken",
        &["__Host-sid=abc; Path=/app; Secure; HttpOnly"],
    ),
    ("cookies.path-for-separation", &["JSESSIONID=abc; Path=/shop"]),
    (
        "cookies.session-lives-long",
        &["remember_me=abc; Max-Age=8000000"],
    ),
    (
        "cookies.over-400-days",
        &["theme=dark; Expires=Fri, 31 Dec 2099 23:59:59 GMT"],
    ),
    ("cookies.bad-characters", &["prefs={\"a\":1, \"b\":2}; Path=/"]),
    (
        "cookies.state-inside",
        &["session=eyJ1c2VyIjoiYWRhIn0.Zx.c2ln; Path=/"],
    ),
    ("cookies.personal-data", &["who=ada%40example.org; Path=/"]),
    ("cookies.expiry-unreadable", &["sid=abc; Max-Age=1h"]),
    ("cookies.set-twice", &["sid=abc; Secure", "sid=abc"]),
    ("cookies.session-short", &["sid=8f3a9c21; Path=/"]),
];

pub(crate) fn proofs() -> Vec<Proof> {
    let one = |cookies: Vec<String>| vec![with_cookies("production", &cookies, "hello")];
    let rows = FIELDS.iter().map(move |(check, cookies)| {
        let cookies: Vec<String> = cookies.iter().map(|cookie| (*cookie).to_owned()).collect();
        proof(
            check,
            move || one(cookies.clone()),
            move || one(vec![GOOD.to_owned()]),
        )
    });
    let large = proof(
        "cookies.too-large",
        move || one(vec![format!("sid={}", "x".repeat(4100))]),
        move || one(vec![GOOD.to_owned()]),
    );
    let heavy = proof(
        "cookies.heavy-together",
        move || one((0..50).map(|at| format!("c{at}={}", "x".repeat(90))).collect()),
        move || one(vec![GOOD.to_owned()]),
    );
    let page = proof(
        "cookies.session-in-page",
        || {
            vec![with_cookies(
                "production",
                &[GOOD.to_owned()],
                "<a href='/x?sid=Zm9yIHRlc3RzIG9ubHksIG5vdCByYW5kb20hIQ'>",
            )]
        },
        move || one(vec![GOOD.to_owned()]),
    );
    rows.chain([large, heavy, page])
        .chain(signed())
        .chain(sampled())
        .chain(drift())
        .collect()
}

fn proof(
    check: &'static str,
    fails: impl Fn() -> Vec<Site> + Send + Sync + 'static,
    passes: impl Fn() -> Vec<Site> + Send + Sync + 'static,
) -> Proof {
    let stand = |sites: Vec<Site>| Target {
        sites,
        ..Target::default()
    };
    Proof {
        check,
        fails: Stand::still(move || stand(fails())),
        passes: Stand::still(move || stand(passes())),
    }
}

fn with_cookies(environment: &str, cookies: &[String], body: &str) -> Site {
    let fields: Vec<(&str, &str)> = cookies
        .iter()
        .map(|cookie| ("set-cookie", cookie.as_str()))
        .collect();
    site(
        environment,
        "https://www.app.example/",
        &[("/", false, &fields, body)],
    )
}

/// Frameworks that sign, under a secret.
fn signed() -> Vec<Proof> {
    let tag = |algorithm, secret: &[u8], text: &str| {
        base64url::encode(hmac::sign(&hmac::Key::new(algorithm, secret), text.as_bytes()).as_ref())
    };
    let express = move |secret: &str| {
        vec![format!(
            "connect.sid=s%3Aabc123.{}",
            tag(hmac::HMAC_SHA256, secret.as_bytes(), "abc123")
        )]
    };
    let sha1 = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
    let keygrip = move |secret: &str| {
        vec![
            "session=eyJ4IjoxfQ==".to_owned(),
            format!(
                "session.sig={}",
                tag(sha1, secret.as_bytes(), "session=eyJ4IjoxfQ==")
            ),
        ]
    };
    let flask = move |secret: &str| {
        let key = hmac::sign(&hmac::Key::new(sha1, secret.as_bytes()), b"cookie-session");
        vec![format!(
            "session=eyJ4IjoxfQ.ZkAAAA.{}",
            tag(sha1, key.as_ref(), "eyJ4IjoxfQ.ZkAAAA")
        )]
    };
    let fastify = move |secret: &str| {
        vec![format!(
            "sessionId=abc123.{}",
            tag(hmac::HMAC_SHA256, secret.as_bytes(), "abc123")
        )]
    };
    const GOOD_SECRET: &str = "0d1f5c6b7a8e9f30412233445566778899aabbcc";
    let make = |cookies: Vec<String>| vec![with_cookies("production", &cookies, "")];
    vec![
        proof(
            "cookies.weak-secret",
            move || make(express("keyboard cat")),
            move || make(express(GOOD_SECRET)),
        ),
        proof(
            "cookies.weak-secret",
            move || make(keygrip("secret")),
            move || make(keygrip(GOOD_SECRET)),
        ),
        proof(
            "cookies.weak-secret",
            move || make(flask("dev")),
            move || make(flask(GOOD_SECRET)),
        ),
        proof(
            "cookies.weak-secret",
            move || make(fastify("a secret with minimum length of 32 characters")),
            move || make(fastify(GOOD_SECRET)),
        ),
    ]
}

/// Sites whose session ids were sampled.
fn sampled() -> Vec<Proof> {
    let with = |make: fn(usize) -> String| {
        move || {
            let samples = Some(("sid".to_owned(), (0..40).map(make).collect()));
            vec![Site {
                samples,
                ..with_cookies("production", &[GOOD.to_owned()], "")
            }]
        }
    };
    let random = |at: usize| {
        let bytes = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"ids"), &at.to_be_bytes());
        base64url::encode(bytes.as_ref())
    };
    vec![
        proof(
            "cookies.session-static",
            with(|_| "the-same-for-everybody".to_owned()),
            with(random),
        ),
        proof(
            "cookies.session-guessable",
            with(|at| format!("user-session-{:06}", 4100 + at)),
            with(random),
        ),
        proof(
            "cookies.session-little-random",
            with(|at| format!("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{:04}", (at * 7919) % 10_000)),
            with(random),
        ),
    ]
}

/// Environments that differ.
fn drift() -> Vec<Proof> {
    let production = || with_cookies("production", &[GOOD.to_owned()], "");
    let twin = move || vec![production(), with_cookies("staging", &[GOOD.to_owned()], "")];
    let beside = move |cookies: &'static [&'static str]| {
        move || {
            let cookies: Vec<String> = cookies.iter().map(|cookie| (*cookie).to_owned()).collect();
            let staging = with_cookies("staging", &cookies, "");
            vec![
                production(),
                Site {
                    url: url("https://staging.app.example/"),
                    ..staging
                },
            ]
        }
    };
    let header = |value: Option<&'static str>| {
        let fields: Vec<(&str, &str)> = value
            .iter()
            .map(|value| ("content-security-policy", *value))
            .collect();
        site(
            "staging",
            "https://staging.app.example/",
            &[("/", false, &fields, "")],
        )
    };
    let csp = "default-src 'none'";
    let with_csp = move || {
        site(
            "production",
            "https://www.app.example/",
            &[("/", false, &[("content-security-policy", csp)], "")],
        )
    };
    vec![
        proof(
            "cookies.drift-flags",
            beside(&["__Host-sid=abc; Path=/; HttpOnly; SameSite=Lax"]),
            twin,
        ),
        proof(
            "cookies.drift-lifetime",
            beside(&["__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900"]),
            twin,
        ),
        proof("cookies.drift-names", beside(&[GOOD, "debug=1"]), twin),
        proof(
            "cookies.drift-headers",
            move || vec![with_csp(), header(None)],
            move || vec![with_csp(), header(Some(csp))],
        ),
        proof(
            "cookies.shared-between-environments",
            beside(&["__Host-sid=abc; Domain=app.example"]),
            twin,
        ),
    ]
}

#[allow(clippy::unwrap_used, reason = "test code: made from constants")]
fn url(text: &str) -> url::Url {
    url::Url::parse(text).unwrap()
}

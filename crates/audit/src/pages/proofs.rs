//! Each check of pages with a site that it fails and one that it passes.
#![allow(clippy::unwrap_used, reason = "test code: made from constants")]

use crate::set_cookie::{Jar, SetCookie};
use crate::site::{Page, Site};
use crate::target::Target;
use crate::testing::{Ask, NOW_S, Proof, Reply, Stand, field, reply, site};

type Fields = &'static [(&'static str, &'static str)];

/// What a good page says.
const GOOD: Fields = &[
    ("content-type", "text/html; charset=utf-8"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; report-to csp",
    ),
    ("set-cookie", "__Host-sid=x; Path=/; Secure"),
];

/// Check, and a header that fails it: an empty value takes it away.
const HEADERS: &[(&str, &str, &str)] = &[
    ("pages.no-hsts", "strict-transport-security", ""),
    (
        "pages.hsts-short",
        "strict-transport-security",
        "max-age=3600; includeSubDomains",
    ),
    (
        "pages.hsts-not-below",
        "strict-transport-security",
        "max-age=63072000",
    ),
    ("pages.no-nosniff", "x-content-type-options", ""),
    ("pages.no-referrer-policy", "referrer-policy", "unsafe-url"),
    (
        "pages.no-opener-policy",
        "cross-origin-opener-policy",
        "unsafe-none",
    ),
    ("pages.no-content-type", "content-type", "text/html"),
    ("pages.version-shown", "server", "nginx/1.18.0"),
    ("pages.no-csp", "content-security-policy", ""),
    (
        "pages.csp-inline-script",
        "content-security-policy",
        "default-src 'self' 'unsafe-inline'",
    ),
    (
        "pages.csp-eval",
        "content-security-policy",
        "script-src 'self' 'unsafe-eval'",
    ),
    (
        "pages.csp-any-host",
        "content-security-policy",
        "script-src https:",
    ),
    (
        "pages.csp-objects",
        "content-security-policy",
        "default-src 'self'",
    ),
    ("pages.csp-base", "content-security-policy", "default-src 'none'"),
    (
        "pages.csp-framing",
        "content-security-policy",
        "default-src 'none'",
    ),
    (
        "pages.csp-no-report",
        "content-security-policy",
        "default-src 'none'",
    ),
    ("pages.cors-any-private", "access-control-allow-origin", "*"),
    (
        "pages.private-embeddable",
        "cross-origin-resource-policy",
        "cross-origin",
    ),
    ("pages.private-kept", "cache-control", "private"),
    ("pages.private-shared", "cache-control", "public, max-age=60"),
    ("pages.cookie-shared", "cache-control", "max-age=600"),
];

/// Check, and a body that fails it.
const BODIES: &[(&str, &str)] = &[
    (
        "pages.mixed-content",
        "<script src=http://cdn.example/a.js></script>",
    ),
    (
        "pages.foreign-script",
        "<script src=\"https://cdn.example/a.js\"></script>",
    ),
    (
        "pages.password-in-address",
        "<form action=/login><input type=password name=p></form>",
    ),
    (
        "pages.password-shown",
        "<form method=post><input name=password></form>",
    ),
    (
        "pages.password-managers",
        "<form method=post><input type=password autocomplete=off></form>",
    ),
    (
        "pages.session-in-address",
        "<a href=\"/cart;jsessionid=8f3a\">cart</a>",
    ),
    (
        "pages.error-tells",
        "<pre>Traceback (most recent call last):</pre>",
    ),
    ("pages.directory-listed", "<title>Index of /files</title>"),
];

const GOOD_BODY: &str = "<form method=post action=/login><input type=password name=p autocomplete=current-password></form><script src=/a.js></script>";

/// Check, and what a server answers that fails it; anything else is answered by 404, or by 200 for the site's first page.
type Answering = (&'static str, fn(&Ask) -> Option<Reply>);

const SERVERS: &[Answering] = &[
    ("pages.cors-any-origin", |ask| permits(ask, |_| true)),
    ("pages.cors-null", |ask| permits(ask, |origin| origin == "null")),
    ("pages.cors-lookalike", |ask| {
        permits(ask, |origin| origin.starts_with("https://127.0.0.1"))
    }),
    ("pages.source-exposed", |ask| {
        at(ask, "/.git/HEAD", "ref: refs/heads/main\n")
    }),
    ("pages.source-exposed", |ask| at(ask, "/.env", "DB_PASSWORD=x\n")),
    ("pages.backup-exposed", |ask| {
        at(ask, "/dump.sql", "CREATE TABLE users (")
    }),
    ("pages.debug-exposed", |ask| {
        at(ask, "/actuator/env", "{\"propertySources\":[]}")
    }),
    ("pages.debug-exposed", |ask| {
        let is_it = ask.uri().path() == "/actuator/heapdump" && ask.method() == "HEAD";
        is_it.then(|| reply(200, &[("content-type", "application/octet-stream")], ""))
    }),
    ("pages.documents-exposed", |ask| {
        at(ask, "/openapi.json", "{\"openapi\":\"3.1.0\"}")
    }),
    ("pages.trace-method", |ask| {
        (ask.method() == "TRACE").then(|| reply(200, &[], field(ask, "x-symbolon-audit").unwrap_or_default()))
    }),
    ("pages.unknown-method", |ask| {
        (ask.method() == "SYMBOLON").then(|| reply(200, &[], "hello"))
    }),
    ("pages.jsonp", |ask| {
        let name = ask
            .uri()
            .query()?
            .split('&')
            .next()?
            .strip_prefix("callback=")?
            .to_owned();
        Some(reply(200, &[], format!("/**/{name}({{}})")))
    }),
    ("pages.host-believed", |ask| {
        let host = field(ask, "host").filter(|host| host.contains("evil"));
        host.map(|host| reply(200, &[], format!("<a href=\"http://{host}/reset\">")))
    }),
    ("pages.host-believed", |ask| {
        field(ask, "x-forwarded-host")
            .map(|host| reply(302, &[("location", &format!("https://{host}/"))], ""))
    }),
];

fn permits(ask: &Ask, is_well: fn(&str) -> bool) -> Option<Reply> {
    let origin = field(ask, "origin").filter(|origin| is_well(origin))?;
    Some(reply(
        200,
        &[
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
        ],
        "",
    ))
}

fn at(ask: &Ask, path: &str, body: &str) -> Option<Reply> {
    (ask.uri().path() == path).then(|| reply(200, &[], body))
}

pub(crate) fn proofs() -> Vec<Proof> {
    let headers = HEADERS.iter().map(|(check, name, value)| {
        let fields: Vec<(&str, &str)> = GOOD
            .iter()
            .copied()
            .filter(|(good, _)| good != name)
            .chain([(*name, *value)])
            .filter(|(_, value)| !value.is_empty())
            .collect();
        still(
            check,
            move || page("https://app.example/", &fields, GOOD_BODY),
            good,
        )
    });
    let bodies = BODIES
        .iter()
        .map(|(check, body)| still(check, move || page("https://app.example/", GOOD, body), good));
    let servers = SERVERS.iter().map(|(check, wrong)| Proof {
        check,
        fails: served(Some(*wrong)),
        passes: served(None),
    });
    headers.chain(bodies).chain(servers).chain(others()).collect()
}

fn others() -> Vec<Proof> {
    let twice: Vec<(&str, &str)> = GOOD
        .iter()
        .copied()
        .chain([("x-content-type-options", "none")])
        .collect();
    let nonces = |second: &'static str| {
        move || {
            let policy =
                |nonce: &'static str| vec![("content-type", "text/html"), ("content-security-policy", nonce)];
            let (one, two) = (policy("script-src 'nonce-aaaa'"), policy(second));
            site(
                "production",
                "https://app.example/",
                &[("/", false, &one, ""), ("/b", false, &two, "")],
            )
        }
    };
    vec![
        still(
            "pages.header-twice",
            move || page("https://app.example/", &twice, GOOD_BODY),
            good,
        ),
        still(
            "pages.csp-nonce-again",
            nonces("script-src 'nonce-aaaa'"),
            nonces("script-src 'nonce-bbbb'"),
        ),
        still(
            "pages.plain-http",
            || page("http://app.example/", GOOD, GOOD_BODY),
            good,
        ),
        Proof {
            check: "pages.cache-deception",
            fails: account(true),
            passes: account(false),
        },
    ]
}

fn good() -> Site {
    page("https://app.example/", GOOD, GOOD_BODY)
}

/// One private page.
fn page(url: &str, fields: &[(&str, &str)], body: &str) -> Site {
    site("production", url, &[("/", true, fields, body)])
}

fn still(
    check: &'static str,
    fails: impl Fn() -> Site + Send + Sync + 'static,
    passes: impl Fn() -> Site + Send + Sync + 'static,
) -> Proof {
    let target = |site: Site| Target {
        sites: vec![site],
        ..Target::default()
    };
    Proof {
        check,
        fails: Stand::still(move || target(fails())),
        passes: Stand::still(move || target(passes())),
    }
}

fn served(wrong: Option<fn(&Ask) -> Option<Reply>>) -> Stand {
    let handler = move |ask: &Ask| {
        let is_home = ask.uri().path() == "/" && ask.method() == "GET";
        wrong
            .and_then(|wrong| wrong(ask))
            .unwrap_or_else(|| reply(if is_home { 200 } else { 404 }, &[], "hello"))
    };
    Stand::of(handler, |url| Target {
        sites: vec![site("test", url.as_str(), &[])],
        ..Target::default()
    })
}

/// An account's page that is served under every path below it, or under its own only.
fn account(is_lax: bool) -> Stand {
    let handler = move |ask: &Ask| {
        let path = ask.uri().path();
        let is_it = path == "/account" || (is_lax && path.starts_with("/account/"));
        if is_it && field(ask, "cookie") == Some("sid=in") {
            reply(200, &[], "ada's account")
        } else {
            reply(404, &[], "")
        }
    };
    Stand::of(handler, |url| {
        let mut jar = Jar::default();
        jar.keep(SetCookie::parse("sid=in").unwrap(), url, NOW_S);
        let looked_at = site("test", url.as_str(), &[("/account", true, &[], "ada's account")]);
        let pages: Vec<Page> = looked_at.pages;
        Target {
            sites: vec![Site {
                pages,
                signed_in: Some(jar),
                ..site("test", url.as_str(), &[])
            }],
            ..Target::default()
        }
    })
}

/// A site that shows an error in place of everything has hidden nothing from anybody.
#[cfg(test)]
#[tokio::test]
async fn a_site_that_answers_everything_with_an_error_is_not_said_to_expose_nothing() {
    for status in [403, 429, 500, 503] {
        for check in [
            "pages.source-exposed",
            "pages.debug-exposed",
            "pages.trace-method",
            "pages.host-believed",
            "pages.cors-any-origin",
        ] {
            let stand = Stand::of(
                move |_| reply(status, &[], "no"),
                |url| Target {
                    sites: vec![site("test", url.as_str(), &[])],
                    ..Target::default()
                },
            );
            let outcome = stand.judge(check).await;
            let verdict = outcome.verdict;
            let is_told = matches!(verdict, crate::Verdict::Inconclusive | crate::Verdict::NotTested);
            assert!(is_told, "{check} at {status}: {verdict:?}");
        }
    }
}

//! Headers that protect, on every answer.

use super::{
    NO_DOCUMENT, NO_HTTPS, NO_PAGE, READS, any, document, fix, header_snippets, look, lower, under_https,
};
use crate::check::{Check, Judge, Severity};
use crate::site::Page;

const YEAR_S: u64 = 31_536_000;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pages.no-hsts",
        title: "Browsers are not told to come back under https only",
        claim: "Every answer under https has `Strict-Transport-Security`.",
        why: "The first request of a visit goes out under http, and whoever is on the way answers it.",
        severity: Severity::Medium,
        asvs: &["V3.4.1"],
        rfc: &["RFC 6797 section 7.1"],
        fix: fix(
            "Send it on every answer, errors and redirects too.",
            header_snippets!("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                under_https,
                |page| {
                    max_age_s(page)
                        .is_none()
                        .then(|| "no `Strict-Transport-Security`".to_owned())
                },
                NO_HTTPS,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.hsts-short",
        title: "Browsers forget that https is meant within a year",
        claim: "`max-age` is a year or more.",
        why: "Who comes back after that time is open to whoever is on the way.",
        asvs: &["V3.4.1"],
        rfc: &["RFC 6797 section 6.1.1"],
        fix: fix(
            "Set `max-age` to 31536000 or more.",
            header_snippets!("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                under_https,
                |page| {
                    max_age_s(page)
                        .filter(|age| *age < YEAR_S)
                        .map(|age| format!("`max-age={age}`"))
                },
                NO_HTTPS,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.hsts-not-below",
        title: "Hosts below the site may be reached under http",
        claim: "`Strict-Transport-Security` has `includeSubDomains`.",
        why: "Under a made-up host below the site somebody on the way sets cookies for the site.",
        asvs: &["V3.4.1"],
        rfc: &["RFC 6797 section 14.4"],
        fix: fix(
            "Add `includeSubDomains`.",
            header_snippets!("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                under_https,
                |page| {
                    let is_told = lower(page, "strict-transport-security");
                    (!is_told.is_empty() && !is_told.contains("includesubdomains"))
                        .then(|| "no `includeSubDomains`".to_owned())
                },
                NO_HTTPS,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.no-nosniff",
        title: "Browsers may take an answer for another kind",
        claim: "Every answer has `X-Content-Type-Options: nosniff`.",
        why: "A picture or a text that a user uploaded is run as a script.",
        asvs: &["V3.4.4"],
        rfc: &["Fetch Standard section 3.6"],
        fix: fix(
            "Send it on every answer.",
            header_snippets!("X-Content-Type-Options", "nosniff"),
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                any,
                |page| {
                    (lower(page, "x-content-type-options").trim() != "nosniff")
                        .then(|| "no `nosniff`".to_owned())
                },
                NO_PAGE,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.no-referrer-policy",
        title: "Other sites learn which page a user came from",
        claim: "Every page has a `Referrer-Policy` that keeps paths and queries back.",
        why: "A code or a token in an address goes to every site that the page links to.",
        asvs: &["V3.4.5"],
        rfc: &["Referrer Policy section 3", "RFC 9700 section 4.2.4"],
        fix: fix(
            "Send `no-referrer`, or `strict-origin-when-cross-origin`.",
            header_snippets!("Referrer-Policy", "no-referrer"),
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                document,
                |page| {
                    const SAFE: &[&str] = &[
                        "no-referrer",
                        "same-origin",
                        "strict-origin",
                        "origin",
                        "strict-origin-when-cross-origin",
                        "origin-when-cross-origin",
                    ];
                    let policy = lower(page, "referrer-policy");
                    let last = policy.rsplit(',').next().unwrap_or_default().trim();
                    (!SAFE.contains(&last)).then(|| {
                        if policy.is_empty() {
                            "no `Referrer-Policy`".to_owned()
                        } else {
                            "a policy that tells addresses".to_owned()
                        }
                    })
                },
                NO_DOCUMENT,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.no-opener-policy",
        title: "Windows that another site opened keep a hand on the page",
        claim: "Every page has `Cross-Origin-Opener-Policy: same-origin`, or `same-origin-allow-popups`.",
        why: "The opener can send the page elsewhere, count its frames, and measure it.",
        severity: Severity::Info,
        asvs: &["V3.4.8"],
        rfc: &["HTML Standard section 7.1.3"],
        fix: fix(
            "Send it on every page.",
            header_snippets!("Cross-Origin-Opener-Policy", "same-origin"),
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                document,
                |page| {
                    (!lower(page, "cross-origin-opener-policy").starts_with("same-origin"))
                        .then(|| "no `Cross-Origin-Opener-Policy`".to_owned())
                },
                NO_DOCUMENT,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.no-content-type",
        title: "An answer does not say what it is",
        claim: "Every answer with a body has `Content-Type`, and texts name their charset.",
        why: "The browser guesses: a text becomes a page, or is read in a charset in which quotes are no quotes.",
        asvs: &["V4.1.1"],
        rfc: &["RFC 9110 section 8.3"],
        fix: fix("Set `Content-Type: text/html; charset=utf-8`, and so on.", &[]),
        judge: Judge::Look(|probe| {
            look(
                probe,
                any,
                |page| {
                    let kind = lower(page, "content-type");
                    let is_text = kind.starts_with("text/html") || kind.starts_with("text/plain");
                    let is_well = page.answer.body.is_empty()
                        || (!kind.is_empty() && (!is_text || kind.contains("charset=")));
                    (!is_well).then(|| {
                        if kind.is_empty() {
                            "no `Content-Type`".to_owned()
                        } else {
                            "no charset".to_owned()
                        }
                    })
                },
                NO_PAGE,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.version-shown",
        title: "Answers tell which program runs, in which version",
        claim: "No header names a program with its version.",
        why: "It saves somebody the search for what is known against it.",
        severity: Severity::Info,
        asvs: &["V13.4.6"],
        rfc: &["RFC 9110 section 10.2.4"],
        fix: fix(
            "Turn it off.",
            &[
                crate::check::Snippet {
                    stack: "nginx",
                    code: "server_tokens off;",
                },
                crate::check::Snippet {
                    stack: "Apache",
                    code: "ServerTokens Prod\nServerSignature Off",
                },
                crate::check::Snippet {
                    stack: "Express",
                    code: "app.disable('x-powered-by');",
                },
            ],
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                any,
                |page| {
                    const TELLING: &[&str] = &[
                        "server",
                        "x-powered-by",
                        "x-aspnet-version",
                        "x-aspnetmvc-version",
                        "x-generator",
                        "x-runtime",
                        "via",
                    ];
                    let tells = |name: &&&str| {
                        let value = lower(page, name);
                        let is_power = **name == "x-powered-by" && !value.is_empty();
                        is_power
                            || (**name != "via"
                                && value.contains('/')
                                && value.bytes().any(|byte| byte.is_ascii_digit()))
                    };
                    TELLING
                        .iter()
                        .find(tells)
                        .map(|name| format!("`{name}` names a program"))
                },
                NO_PAGE,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.header-twice",
        title: "A protective header is sent twice, and differs",
        claim: "No protective header comes twice with different values.",
        why: "Which one holds depends on the browser; for some headers none does.",
        asvs: &["V1.5.3"],
        rfc: &["RFC 9110 section 5.3"],
        fix: fix("Set it in one place: the application, or the proxy.", &[]),
        judge: Judge::Look(|probe| {
            look(
                probe,
                any,
                |page| {
                    const ONCE: &[&str] = &[
                        "strict-transport-security",
                        "x-content-type-options",
                        "x-frame-options",
                        "content-type",
                        "cross-origin-opener-policy",
                        "access-control-allow-origin",
                    ];
                    let differs = |name: &&&str| {
                        let mut values: Vec<&str> = page.answer.all(name).collect();
                        values.dedup();
                        values.len() > 1
                    };
                    ONCE.iter()
                        .find(differs)
                        .map(|name| format!("`{name}` comes twice"))
                },
                NO_PAGE,
            )
        }),
        ..READS
    },
];

fn max_age_s(page: &Page) -> Option<u64> {
    let value = lower(page, "strict-transport-security");
    let age = value
        .split(';')
        .find_map(|part| part.trim().strip_prefix("max-age="))?;
    age.trim_matches('"').parse().ok()
}

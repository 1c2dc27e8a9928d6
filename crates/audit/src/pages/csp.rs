//! Content Security Policy.

use std::collections::BTreeMap;

use super::{NO_DOCUMENT, READS, document, fix, look};
use crate::check::{Check, Fix, Judge, Severity, Snippet};
use crate::probe::Probe;
use crate::site::Page;
use crate::verdict::{Finding, Judgement};

const POLICY: &[Snippet] = &[
    Snippet {
        stack: "Content-Security-Policy",
        code: "default-src 'none'; script-src 'nonce-R4nd0m'; style-src 'self'; img-src 'self'; connect-src 'self';\nform-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
    },
    Snippet {
        stack: "nginx",
        code: "add_header Content-Security-Policy \"default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'\" always;",
    },
    Snippet {
        stack: "Express (helmet)",
        code: "app.use(helmet({ contentSecurityPolicy: { directives: { baseUri: [\"'none'\"], objectSrc: [\"'none'\"], frameAncestors: [\"'none'\"] } } }));",
    },
];

const ASKS: Check = Check {
    why: "A text that somebody else wrote becomes a script in the user's session.",
    severity: Severity::Medium,
    asvs: &["V3.4.3"],
    rfc: &["CSP Level 3 section 6.1"],
    ..READS
};

const fn policy(text: &'static str) -> Fix {
    fix(text, POLICY)
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pages.no-csp",
        title: "A page has no Content Security Policy",
        claim: "Every page has an enforced policy.",
        fix: policy("Begin with `default-src 'none'` and add what is needed."),
        judge: Judge::Look(|probe| {
            look(
                probe,
                document,
                |page| {
                    Csp::of(page)
                        .is_none()
                        .then(|| "no `Content-Security-Policy`".to_owned())
                },
                NO_DOCUMENT,
            )
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-inline-script",
        title: "The policy lets inline scripts run",
        claim: "Inline scripts need a nonce or a hash.",
        fix: policy("Take `'unsafe-inline'` out of `script-src`, and give scripts a nonce."),
        judge: Judge::Look(|probe| {
            weak(probe, |csp| {
                let sources = csp.sources("script-src");
                let is_guarded = sources.iter().any(|source| {
                    source.starts_with("'nonce-")
                        || source.starts_with("'sha")
                        || *source == "'strict-dynamic'"
                });
                (sources.contains(&"'unsafe-inline'") && !is_guarded)
                    .then(|| "`'unsafe-inline'` for scripts".to_owned())
            })
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-eval",
        title: "The policy lets texts be run as scripts",
        claim: "Scripts may not use `eval`.",
        severity: Severity::Low,
        fix: policy("Take `'unsafe-eval'` out."),
        judge: Judge::Look(|probe| {
            weak(probe, |csp| {
                csp.sources("script-src")
                    .contains(&"'unsafe-eval'")
                    .then(|| "`'unsafe-eval'`".to_owned())
            })
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-any-host",
        title: "The policy lets scripts come from anywhere",
        claim: "Scripts come from hosts that are named, or under a nonce.",
        fix: policy("Name hosts, or use a nonce with `'strict-dynamic'`."),
        judge: Judge::Look(|probe| {
            weak(probe, |csp| {
                let sources = csp.sources("script-src");
                let is_strict = sources.contains(&"'strict-dynamic'");
                let is_open = csp.is_unset("script-src")
                    || sources.iter().any(|source| {
                        matches!(
                            *source,
                            "*" | "http:" | "https:" | "data:" | "blob:" | "http://*" | "https://*"
                        )
                    });
                (is_open && !is_strict).then(|| "scripts from any host".to_owned())
            })
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-objects",
        title: "The policy lets plug-ins load",
        claim: "`object-src` is `'none'`, by itself or by `default-src`.",
        severity: Severity::Low,
        fix: policy("Set `object-src 'none'`."),
        judge: Judge::Look(|probe| {
            weak(probe, |csp| {
                (csp.sources("object-src") != ["'none'"]).then(|| "`object-src` is not `'none'`".to_owned())
            })
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-base",
        title: "The policy lets the page's base be changed",
        claim: "`base-uri` is `'none'` or `'self'`.",
        why: "One injected `<base>` makes every relative script come from elsewhere.",
        severity: Severity::Low,
        fix: policy("Set `base-uri 'none'`."),
        judge: Judge::Look(|probe| {
            weak(probe, |csp| {
                let is_well = matches!(csp.own("base-uri"), Some(["'none'"] | ["'self'"]));
                (!is_well).then(|| "`base-uri` is not `'none'`".to_owned())
            })
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-framing",
        title: "Other sites can put the page into a frame",
        claim: "Every page says in `frame-ancestors` who may.",
        why: "The user clicks on something invisible: a consent, a deletion.",
        severity: Severity::Medium,
        asvs: &["V3.4.6"],
        rfc: &["CSP Level 3 section 6.4.2", "RFC 9700 section 4.16"],
        fix: policy("Set `frame-ancestors 'none'`. `X-Frame-Options` alone is not enough."),
        judge: Judge::Look(|probe| {
            look(
                probe,
                document,
                |page| {
                    let csp = Csp::of(page);
                    let sources = csp.as_ref().and_then(|csp| csp.own("frame-ancestors"));
                    let is_open = sources.is_none_or(|sources| {
                        sources
                            .iter()
                            .any(|source| matches!(*source, "*" | "http:" | "https:"))
                    });
                    is_open.then(|| "no `frame-ancestors`, or everybody in it".to_owned())
                },
                NO_DOCUMENT,
            )
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-no-report",
        title: "Nobody hears of what the policy stops",
        claim: "The policy names an address for reports.",
        why: "An attack, and a policy that breaks the site, are seen by users only.",
        severity: Severity::Info,
        asvs: &["V3.4.7"],
        rfc: &["CSP Level 3 section 6.5"],
        fix: policy("Add `report-to` and `Reporting-Endpoints`."),
        judge: Judge::Look(|probe| {
            weak(probe, |csp| {
                let is_told = csp.own("report-to").is_some() || csp.own("report-uri").is_some();
                (!is_told).then(|| "neither `report-to` nor `report-uri`".to_owned())
            })
        }),
        ..ASKS
    },
    Check {
        id: "pages.csp-nonce-again",
        title: "The policy's nonce is the same on every page",
        claim: "Each answer has a nonce of its own.",
        why: "Who has seen one page writes scripts that run on all.",
        fix: policy("Draw 16 bytes for each answer, and do not cache the page."),
        judge: Judge::Look(nonces),
        ..ASKS
    },
];

/// A page's enforced policy: directives with their sources. Of several policies each has to permit; the first is read, as it
/// is for most sites the only one.
struct Csp<'a>(BTreeMap<String, Vec<&'a str>>);

impl<'a> Csp<'a> {
    fn of(page: &'a Page) -> Option<Self> {
        let policy = page.answer.field("content-security-policy")?;
        let mut directives = BTreeMap::new();
        for directive in policy.split(';') {
            let mut words = directive.split_ascii_whitespace();
            if let Some(name) = words.next() {
                // The first one of a name counts.
                directives
                    .entry(name.to_ascii_lowercase())
                    .or_insert_with(|| words.collect());
            }
        }
        Some(Self(directives))
    }

    fn own(&self, name: &str) -> Option<&[&'a str]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// With what stands for it.
    fn sources(&self, name: &str) -> Vec<&'a str> {
        self.own(name)
            .or_else(|| self.own("default-src"))
            .unwrap_or_default()
            .to_vec()
    }

    fn is_unset(&self, name: &str) -> bool {
        self.own(name).is_none() && self.own("default-src").is_none()
    }
}

/// Looks at the policy of each page that has one. A missing policy has its own check, and this is not tested then.
fn weak(probe: &Probe<'_>, judge: fn(&Csp<'_>) -> Option<String>) -> Judgement {
    let (mut findings, mut seen): (Vec<Finding>, usize) = (Vec::new(), 0);
    for site in &probe.target.sites {
        for page in site.pages.iter().filter(|page| document(site, page)) {
            let Some(csp) = Csp::of(page) else {
                continue;
            };
            seen += 1;
            if let Some(detail) = judge(&csp)
                && !findings
                    .iter()
                    .any(|finding| finding.place.starts_with(&format!("{}: ", site.environment)))
            {
                findings.push(Finding::at(super::place(site, page), detail));
                probe.show(&page.exchange);
            }
        }
    }
    if seen == 0 {
        return Judgement::not_tested("no page has a policy");
    }
    Judgement::of(findings, format!("read {seen} policies"))
}

fn nonces(probe: &Probe<'_>) -> Judgement {
    let (mut findings, mut seen) = (Vec::new(), Vec::new());
    for site in &probe.target.sites {
        for page in site.documents() {
            let Some(csp) = Csp::of(page) else {
                continue;
            };
            let nonce = csp
                .sources("script-src")
                .into_iter()
                .find(|source| source.starts_with("'nonce-"));
            let Some(nonce) = nonce else {
                continue;
            };
            if seen.contains(&nonce) && findings.is_empty() {
                findings.push(Finding::at(
                    super::place(site, page),
                    "the nonce of an earlier answer",
                ));
                probe.show(&page.exchange);
            }
            seen.push(nonce);
        }
    }
    if seen.len() < 2 {
        return Judgement::not_tested("fewer than two pages have a nonce");
    }
    Judgement::of(findings, format!("compared {} nonces", seen.len()))
}

//! What is inside a cookie.

mod inside;

use jose::base64url;

pub(super) use inside::readable;

use super::{READS, fix, look, look_at_sessions};
use crate::check::{Check, Judge, Need, Severity};
use crate::probe::Probe;
use crate::set_cookie::{PAIR_BYTES, SetCookie};
use crate::site::Site;
use crate::verdict::{Finding, Judgement};

/// Servers refuse a head of more than 8 KiB, and this is the half of it.
const ALL_BYTES: usize = 4096;

const NONE: &str = "no page set a cookie";

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "cookies.too-large",
        title: "A cookie is larger than browsers keep",
        claim: "Name and value have at most 4096 bytes together.",
        why: "The browser drops it without a word: the user is signed out, or a protection is gone.",
        severity: Severity::Medium,
        asvs: &["V3.3.5"],
        rfc: &["RFC 6265bis section 5.6"],
        fix: fix("Keep a reference in the cookie, and data on the server."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                let bytes = cookie.pair_bytes();
                (bytes > PAIR_BYTES).then(|| format!("{bytes} bytes"))
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.heavy-together",
        title: "All cookies together are heavy",
        claim: "The cookies of a site have at most 4096 bytes together.",
        why: "Each is added to every request; at 8 KiB the server or the proxy refuses them all.",
        severity: Severity::Info,
        asvs: &["V4.2.5"],
        rfc: &["RFC 6265bis section 6.1"],
        fix: fix("Keep data on the server."),
        judge: Judge::Look(heavy),
        ..READS
    },
    Check {
        id: "cookies.bad-characters",
        title: "A cookie's value holds characters that it must not hold",
        claim: "Values hold printable ASCII without white space, quotes, commas, semicolons and backslashes.",
        why: "Servers, proxies and firewalls disagree where such a value ends: each sees another cookie.",
        asvs: &["V1.5.3"],
        rfc: &["RFC 6265bis section 4.1.1"],
        fix: fix("Encode the value with base64url."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                let is_bad =
                    |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'"' | b',' | b';' | b'\\');
                let value = cookie
                    .value
                    .strip_prefix('"')
                    .and_then(|value| value.strip_suffix('"'))
                    .unwrap_or(&cookie.value);
                value
                    .bytes()
                    .any(is_bad)
                    .then(|| "white space, quotes, commas, backslashes or other bytes".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.state-inside",
        title: "The session is kept in the cookie itself",
        claim: "The session cookie is a reference, or sealed: nobody can read who it is for.",
        why: "The user reads and, where the signature fails, writes it; and what was signed out or taken away goes on to be true in it.",
        severity: Severity::Medium,
        asvs: &["V14.2.6"],
        rfc: &["RFC 6265bis section 8.3"],
        fix: fix(
            "Keep the session on the server under 128 random bits, or seal the cookie and refuse revoked ones.",
        ),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, _| readable(&cookie.value).map(str::to_owned))
        }),
        ..READS
    },
    Check {
        id: "cookies.personal-data",
        title: "A cookie holds personal data",
        claim: "No cookie holds an e-mail address in readable form.",
        why: "Cookies stand in logs, in backups of browsers and in every proxy's memory.",
        asvs: &["V14.2.6", "V14.3.3"],
        rfc: &["RFC 6265bis section 7"],
        fix: fix("Keep it on the server."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                let texts = [Some(percent_decoded(&cookie.value)), unpacked(&cookie.value)];
                texts
                    .into_iter()
                    .flatten()
                    .any(|text| has_address(&text))
                    .then(|| "an e-mail address".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-in-page",
        title: "The session's secret is delivered outside of its cookie",
        claim: "The session cookie's value stands in no page, address or other header.",
        why: "`HttpOnly` keeps it from scripts; the page hands it to them.",
        severity: Severity::Medium,
        asvs: &["V3.3.4", "V14.2.1"],
        rfc: &["RFC 6265bis section 8.4"],
        fix: fix("Leave it out; give scripts a CSRF token of its own."),
        judge: Judge::Look(in_page),
        ..READS
    },
    Check {
        id: "cookies.expiry-unreadable",
        title: "A cookie's lifetime cannot be read",
        claim: "`Expires` and `Max-Age` are of a form that browsers read.",
        why: "The browser ignores it: the cookie then lives until the browser is closed, or for ever in those that restore.",
        severity: Severity::Info,
        asvs: &[],
        rfc: &["RFC 6265bis section 5.1.1"],
        fix: fix("Write `Max-Age` as a number of seconds."),
        judge: Judge::Look(|probe| {
            raw(probe, |field, cookie| {
                let lower = field.to_ascii_lowercase();
                let has = |name: &str| lower.split(';').skip(1).any(|part| part.trim().starts_with(name));
                let is_bad = (has("max-age") && cookie.max_age_s.is_none())
                    || (has("expires") && cookie.expires_s.is_none());
                is_bad.then(|| "`Expires` or `Max-Age` is ignored by browsers".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.set-twice",
        title: "One answer sets a cookie twice",
        claim: "No answer sets the same cookie twice with different attributes.",
        why: "Which one holds depends on the order, and on who joins headers on the way.",
        asvs: &["V1.5.3"],
        rfc: &["RFC 6265bis section 4.1.1"],
        fix: fix("Set it once."),
        judge: Judge::Look(twice),
        ..READS
    },
];

/// Looks at each field as it was sent.
fn raw(probe: &Probe<'_>, judge: fn(&str, &SetCookie) -> Option<String>) -> Judgement {
    let (mut findings, mut seen): (Vec<Finding>, usize) = (Vec::new(), 0);
    for site in &probe.target.sites {
        for page in &site.pages {
            for field in page.answer.all("set-cookie") {
                let Some(cookie) = SetCookie::parse(field) else {
                    continue;
                };
                seen += 1;
                if let Some(detail) = judge(field, &cookie) {
                    let finding = Finding::at(format!("{}: {}", site.environment, cookie.name), detail);
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
        }
    }
    if seen == 0 {
        return Judgement::not_tested(NONE);
    }
    Judgement::of(findings, "read every cookie that was set")
}

fn twice(probe: &Probe<'_>) -> Judgement {
    let (mut findings, mut seen): (Vec<Finding>, usize) = (Vec::new(), 0);
    for site in &probe.target.sites {
        for page in &site.pages {
            let cookies: Vec<SetCookie> = page
                .answer
                .set_cookies()
                .filter(|cookie| !cookie.is_removal(probe.now_s))
                .collect();
            seen += cookies.len();
            for (at, cookie) in cookies.iter().enumerate() {
                let other = |other: &&SetCookie| other.name == cookie.name && *other != cookie;
                if cookies.iter().take(at).any(|one| other(&one)) {
                    findings.push(Finding::at(
                        format!("{}: {}", site.environment, cookie.name),
                        format!("twice on {}", page.path()),
                    ));
                }
            }
        }
    }
    if seen == 0 {
        return Judgement::not_tested(NONE);
    }
    findings.dedup();
    Judgement::of(findings, "read every cookie that was set")
}

fn heavy(probe: &Probe<'_>) -> Judgement {
    let has_cookies = |site: &Site| !site.cookies(probe.now_s).is_empty();
    if !probe.target.sites.iter().any(has_cookies) {
        return Judgement::not_tested(NONE);
    }
    let found = probe.target.sites.iter().filter_map(|site| {
        let bytes: usize = site
            .cookies(probe.now_s)
            .iter()
            .map(|(_, cookie)| cookie.pair_bytes() + 3)
            .sum();
        (bytes > ALL_BYTES).then(|| Finding::at(site.environment.clone(), format!("{bytes} bytes in all")))
    });
    Judgement::of(found.collect(), "added up every site's cookies")
}

fn in_page(probe: &Probe<'_>) -> Judgement {
    let mut findings = Vec::new();
    let mut seen = 0;
    for site in &probe.target.sites {
        let sessions = site
            .cookies(probe.now_s)
            .into_iter()
            .map(|(_, cookie)| cookie)
            .filter(|cookie| site.is_session(cookie) && cookie.value.len() >= 8);
        for cookie in sessions {
            seen += 1;
            for page in &site.pages {
                let in_fields = page
                    .answer
                    .fields()
                    .any(|(name, value)| name != "set-cookie" && value.contains(&cookie.value));
                if in_fields || page.answer.text().contains(&cookie.value) {
                    findings.push(Finding::at(
                        format!("{}: {}", site.environment, cookie.name),
                        format!("its value stands in {}", page.path()),
                    ));
                    probe.show(&page.exchange);
                    break;
                }
            }
        }
    }
    if seen == 0 {
        return Judgement::not_tested(Need::SignedIn.missing());
    }
    Judgement::of(findings, format!("looked for {seen} values in every page"))
}

/// What base64 of either alphabet holds, if that is text.
pub(super) fn unpacked(text: &str) -> Option<String> {
    let text = percent_decoded(text);
    let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    String::from_utf8(base64url::decode(plain.as_bytes()).ok()?).ok()
}

pub(crate) fn percent_decoded(text: &str) -> String {
    // The decoder of forms takes a plus for a space, which a cookie's plus is not.
    let escaped = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn has_address(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "@._+-".contains(c)))
        .any(|word| {
            word.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty()
                    && host.split('.').count() > 1
                    && host.split('.').all(|label| !label.is_empty())
            })
        })
}

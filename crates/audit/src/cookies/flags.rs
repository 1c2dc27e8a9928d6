//! What a cookie's attributes permit.

use super::{READS, fix, look, look_at_sessions};
use crate::check::{Check, Judge, Severity};
use crate::set_cookie::SameSite;

const DAY_S: i64 = 86_400;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "cookies.not-secure",
        title: "A cookie travels without TLS",
        claim: "Every cookie is `Secure`.",
        why: "One request under http is enough, which anybody on the way can bring about, and the cookie is read.",
        severity: Severity::Medium,
        asvs: &["V3.3.1"],
        rfc: &["RFC 6265bis section 4.1.2.5"],
        fix: fix("Set `Secure`, also in development: browsers take localhost for safe."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                (!cookie.is_secure).then(|| "not `Secure`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.no-prefix",
        title: "A cookie's name has no prefix",
        claim: "Every cookie's name begins with `__Host-` or `__Secure-`.",
        why: "A neighbour under the same domain, or somebody on the way under http, can set a cookie of the same name.",
        asvs: &["V3.3.1"],
        rfc: &["RFC 6265bis section 4.1.3"],
        fix: fix("Rename it: `__Host-` where it belongs to one host, `__Secure-` where it is shared."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                let has_one = cookie.has_prefix("__Host-") || cookie.has_prefix("__Secure-");
                (!has_one).then(|| "neither `__Host-` nor `__Secure-`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-not-host",
        title: "The session cookie is not bound to its host",
        claim: "The session cookie's name begins with `__Host-`.",
        why: "A neighbour under the same domain can put his own session in its place: the user then works in the attacker's account.",
        asvs: &["V3.3.3"],
        rfc: &["RFC 6265bis section 4.1.3.2"],
        fix: fix("Name it `__Host-...`, with `Path=/`, `Secure` and without `Domain`."),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, _| {
                (!cookie.has_prefix("__Host-")).then(|| "the name has no `__Host-`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-readable",
        title: "Scripts can read the session cookie",
        claim: "The session cookie is `HttpOnly`.",
        why: "One injected script sends the session away.",
        severity: Severity::Medium,
        asvs: &["V3.3.4"],
        rfc: &["RFC 6265bis section 4.1.2.6"],
        fix: fix("Set `HttpOnly`."),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, _| {
                (!cookie.is_http_only).then(|| "not `HttpOnly`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.no-same-site",
        title: "A cookie does not say when it is sent along from other sites",
        claim: "Every cookie has `SameSite`.",
        why: "What browsers do without it differs: some send it with every request that another site makes.",
        severity: Severity::Medium,
        asvs: &["V3.3.2"],
        rfc: &["RFC 6265bis section 4.1.2.7"],
        fix: fix("Set `SameSite=Lax`, or `Strict` where nobody comes from elsewhere."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                cookie
                    .same_site
                    .is_none()
                    .then(|| "no `SameSite`, or an unknown word".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-cross-site",
        title: "The session cookie is sent along from every site",
        claim: "The session cookie is not `SameSite=None`.",
        why: "Any site's form or image acts as the user, unless every action is protected by itself.",
        severity: Severity::Medium,
        asvs: &["V3.3.2"],
        rfc: &["RFC 6265bis section 4.1.2.7"],
        fix: fix("Set `SameSite=Lax`; keep a second cookie for what is embedded elsewhere."),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, _| {
                (cookie.same_site == Some(SameSite::None)).then(|| "`SameSite=None`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.cross-site-not-secure",
        title: "A cookie for other sites is dropped by browsers",
        claim: "A cookie with `SameSite=None` is `Secure`.",
        why: "Browsers drop it: what depends on it breaks for some users and is then made to work in a worse way.",
        asvs: &["V3.3.2", "V3.3.1"],
        rfc: &["RFC 6265bis section 5.7"],
        fix: fix("Set `Secure` with `SameSite=None`."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                (cookie.same_site == Some(SameSite::None) && !cookie.is_secure)
                    .then(|| "`SameSite=None` without `Secure`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-for-the-domain",
        title: "The session cookie goes to every host of the domain",
        claim: "The session cookie has no `Domain`.",
        why: "Each other host of the domain, a forgotten one too, receives every user's session.",
        severity: Severity::Medium,
        asvs: &["V3.3.3", "V3.5.4"],
        rfc: &["RFC 6265bis section 4.1.2.3"],
        fix: fix("Leave `Domain` out; sign in to other hosts by a redirect."),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, _| {
                cookie.domain.as_ref().map(|domain| format!("`Domain={domain}`"))
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.prefix-broken",
        title: "A cookie's name promises what its attributes do not keep",
        claim: "`__Host-` comes with `Secure`, `Path=/` and no `Domain`; `__Secure-` with `Secure`.",
        why: "Browsers drop it; others than browsers, and old ones, keep it and its promise is empty.",
        severity: Severity::Medium,
        asvs: &["V3.3.1", "V3.3.3"],
        rfc: &["RFC 6265bis section 4.1.3"],
        fix: fix("Set the attributes that the prefix asks for."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, _| {
                let is_host = cookie.has_prefix("__Host-");
                let is_secure = cookie.has_prefix("__Secure-");
                let is_kept = cookie.is_secure
                    && (is_secure || (cookie.domain.is_none() && cookie.path.as_deref() == Some("/")));
                ((is_host || is_secure) && !is_kept)
                    .then(|| "the attributes do not fit the prefix".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.path-for-separation",
        title: "Applications on one host are kept apart by path only",
        claim: "The session cookie's path is `/`.",
        why: "A page of one path can embed a page of the other and read it: the path separates nothing.",
        severity: Severity::Info,
        asvs: &["V3.5.4"],
        rfc: &["RFC 6265bis section 8.6"],
        fix: fix("Give each application a host of its own."),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, _| {
                cookie
                    .path
                    .as_ref()
                    .filter(|path| *path != "/")
                    .map(|path| format!("`Path={path}`"))
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.session-lives-long",
        title: "The session cookie is kept for more than 30 days",
        claim: "The session cookie ends within 30 days.",
        why: "Whoever comes to the browser, or to a copy of its disk, within that time is the user.",
        asvs: &[],
        rfc: &["NIST SP 800-63B section 2.1.3"],
        fix: fix("Leave `Max-Age` out, or end it with the session on the server, within days."),
        judge: Judge::Look(|probe| {
            look_at_sessions(probe, |_, cookie, now_s| {
                let days = cookie.lifetime_s(now_s)? / DAY_S;
                (days > 30).then(|| format!("kept for {days} days"))
            })
        }),
        ..READS
    },
    Check {
        id: "cookies.over-400-days",
        title: "A cookie asks for more time than browsers give",
        claim: "No cookie lives longer than 400 days.",
        why: "Browsers cut it: what relies on it ends without notice, and who wrote it counts on another time.",
        severity: Severity::Info,
        asvs: &[],
        rfc: &["RFC 6265bis section 5.5"],
        fix: fix("Ask for 400 days at most."),
        judge: Judge::Look(|probe| {
            look(probe, |_, cookie, now_s| {
                let days = cookie.lifetime_s(now_s)? / DAY_S;
                (days > 400).then(|| format!("asks for {days} days"))
            })
        }),
        ..READS
    },
];

//! How environments of one site differ.

use std::collections::{BTreeMap, BTreeSet};

use super::{READS, fix};
use crate::check::{Check, Judge, Need, Severity};
use crate::probe::Probe;
use crate::set_cookie::SetCookie;
use crate::site::Site;
use crate::verdict::{Finding, Judgement};

const COMPARES: Check = Check {
    needs: &[Need::Pages, Need::Environments],
    why: "What is tested in one environment is not what runs in the other: the weaker one is found by users, or by somebody else.",
    sends: "Nothing of its own: it compares the cookies and headers of the environments of the inventory.",
    ..READS
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "cookies.drift-flags",
        title: "A cookie's flags differ between environments",
        claim: "A cookie has the same flags in every environment.",
        rfc: &["RFC 6265bis section 4.1.2"],
        fix: fix("Set cookies in one place, with one set of flags; localhost takes `Secure` as well."),
        judge: Judge::Look(|probe| differ(probe, flags)),
        ..COMPARES
    },
    Check {
        id: "cookies.drift-lifetime",
        title: "A cookie's lifetime differs between environments",
        claim: "A cookie lives as long in every environment, within a tenth.",
        rfc: &["RFC 6265bis section 4.1.2.2"],
        severity: Severity::Info,
        fix: fix("Take lifetimes from one configuration."),
        judge: Judge::Look(lifetimes),
        ..COMPARES
    },
    Check {
        id: "cookies.drift-names",
        title: "A cookie is set in some environments only",
        claim: "Every environment sets the same cookies.",
        rfc: &["RFC 6265bis section 4.1"],
        severity: Severity::Info,
        fix: fix("Find out what sets it; what is for testing must not run in production."),
        judge: Judge::Look(names),
        ..COMPARES
    },
    Check {
        id: "cookies.drift-headers",
        title: "A protective header is missing in some environments",
        claim: "Every environment sends the same protective headers.",
        rfc: &["RFC 9110 section 17"],
        fix: fix(
            "Set headers in the application, or in a proxy's configuration that all environments share.",
        ),
        judge: Judge::Look(headers),
        ..COMPARES
    },
    Check {
        id: "cookies.shared-between-environments",
        title: "One environment's cookies go to another",
        claim: "No cookie's `Domain` covers the host of another environment.",
        why: "A session of production is sent to staging, where more people look and less is patched; and staging can set cookies for production.",
        severity: Severity::High,
        asvs: &["V3.5.4", "V3.3.3"],
        fix: fix("Leave `Domain` out, and put environments under different registered domains."),
        judge: Judge::Look(shared),
        ..COMPARES
    },
];

type Cookies = BTreeMap<String, SetCookie>;

fn by_name(site: &Site, now_s: i64) -> Cookies {
    site.cookies(now_s)
        .into_iter()
        .map(|(_, cookie)| (cookie.name.clone(), cookie))
        .collect()
}

fn all<'a>(probe: &Probe<'a>) -> Vec<(&'a str, Cookies)> {
    probe
        .target
        .sites
        .iter()
        .map(|site| (site.environment.as_str(), by_name(site, probe.now_s)))
        .collect()
}

fn flags(cookie: &SetCookie) -> String {
    let mut words = Vec::new();
    words.extend(cookie.is_secure.then_some("Secure"));
    words.extend(cookie.is_http_only.then_some("HttpOnly"));
    let same_site = cookie.same_site.map(|value| format!("SameSite={value:?}"));
    words.extend(same_site.as_deref());
    words.extend(cookie.domain.is_some().then_some("Domain"));
    if words.is_empty() {
        "no flags".to_owned()
    } else {
        words.join(" ")
    }
}

fn differ(probe: &Probe<'_>, shown: fn(&SetCookie) -> String) -> Judgement {
    let all = all(probe);
    let names: BTreeSet<&String> = all.iter().flat_map(|(_, cookies)| cookies.keys()).collect();
    let mut findings = Vec::new();
    for name in names {
        let seen: Vec<(&str, String)> = all
            .iter()
            .filter_map(|(site, cookies)| Some((*site, shown(cookies.get(name)?))))
            .collect();
        let different: BTreeSet<&String> = seen.iter().map(|(_, shown)| shown).collect();
        if different.len() > 1 {
            let told: Vec<String> = seen
                .iter()
                .map(|(site, shown)| format!("{site}: {shown}"))
                .collect();
            findings.push(Finding::at(name.clone(), told.join("; ")));
        }
    }
    Judgement::of(findings, format!("compared {} environments", all.len()))
}

fn lifetimes(probe: &Probe<'_>) -> Judgement {
    let all = all(probe);
    let mut findings = Vec::new();
    let names: BTreeSet<&String> = all.iter().flat_map(|(_, cookies)| cookies.keys()).collect();
    for name in names {
        let seen: Vec<Option<i64>> = all
            .iter()
            .filter_map(|(_, cookies)| Some(cookies.get(name)?.lifetime_s(probe.now_s)))
            .collect();
        let (least, most) = (
            seen.iter().min().copied().flatten(),
            seen.iter().max().copied().flatten(),
        );
        let differs = match (least, most) {
            (Some(least), Some(most)) => most - least > most / 10,
            (None, None) => false,
            _ => true,
        };
        if differs {
            let word = |lifetime: Option<i64>| {
                lifetime.map_or("until the browser is closed".to_owned(), |lifetime_s| {
                    format!("{lifetime_s} s")
                })
            };
            findings.push(Finding::at(
                name.clone(),
                format!("from {} to {}", word(least), word(most)),
            ));
        }
    }
    Judgement::of(findings, format!("compared {} environments", all.len()))
}

fn names(probe: &Probe<'_>) -> Judgement {
    let all = all(probe);
    let names: BTreeSet<&String> = all.iter().flat_map(|(_, cookies)| cookies.keys()).collect();
    let lacking = |name: &&String| {
        let without: Vec<&str> = all
            .iter()
            .filter(|(_, cookies)| !cookies.contains_key(*name))
            .map(|(site, _)| *site)
            .collect();
        (!without.is_empty())
            .then(|| Finding::at((*name).clone(), format!("not set in {}", without.join(", "))))
    };
    Judgement::of(
        names.iter().filter_map(lacking).collect(),
        format!("compared {} environments", all.len()),
    )
}

/// Headers that protect, and whose absence is a difference.
pub(super) const PROTECTIVE: &[&str] = &[
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "cache-control",
];

fn headers(probe: &Probe<'_>) -> Judgement {
    let sites = &probe.target.sites;
    let has = |site: &Site, name: &str| site.pages.iter().any(|page| page.answer.field(name).is_some());
    let lacking = |name: &&str| {
        let with = sites.iter().filter(|site| has(site, name)).count();
        let without: Vec<&str> = sites
            .iter()
            .filter(|site| !has(site, name))
            .map(|site| site.environment.as_str())
            .collect();
        (with > 0 && !without.is_empty())
            .then(|| Finding::at(*name, format!("not sent in {}", without.join(", "))))
    };
    Judgement::of(
        PROTECTIVE.iter().filter_map(lacking).collect(),
        format!("compared {} environments", sites.len()),
    )
}

fn shared(probe: &Probe<'_>) -> Judgement {
    let sites = &probe.target.sites;
    let mut findings = Vec::new();
    for site in sites {
        for (_, cookie) in site.cookies(probe.now_s) {
            let Some(domain) = &cookie.domain else {
                continue;
            };
            let covers = |other: &&Site| {
                let host = other.url.host_str().unwrap_or_default();
                let is_other = site.url.host_str() != other.url.host_str();
                is_other
                    && (host == domain
                        || host
                            .strip_suffix(domain.as_str())
                            .is_some_and(|rest| rest.ends_with('.')))
            };
            for other in sites.iter().filter(covers) {
                findings.push(Finding::at(
                    format!("{}: {}", site.environment, cookie.name),
                    format!("goes to {} as well", other.environment),
                ));
            }
        }
    }
    Judgement::of(findings, format!("compared {} environments", sites.len()))
}

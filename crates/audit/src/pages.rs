//! Pages: protective headers, CORS, caching, what is exposed, and what stands in the markup.

mod caching;
mod content;
mod cors;
mod csp;
mod exposed;
mod headers;
#[cfg(any(test, feature = "testing"))]
mod proofs;

use crate::check::{Check, Fix, Judge, Need, Severity, Snippet};
use crate::probe::Probe;
use crate::site::{Page, Site};
use crate::verdict::{Finding, Judgement};
#[cfg(any(test, feature = "testing"))]
pub(crate) use proofs::proofs;

/// The checks of this suite.
pub(crate) const GROUPS: &[&[Check]] = &[
    headers::CHECKS,
    csp::CHECKS,
    cors::CHECKS,
    caching::CHECKS,
    content::CHECKS,
    exposed::CHECKS,
];

/// What every check has that only reads the pages that were fetched.
const READS: Check = Check {
    id: "",
    title: "",
    claim: "",
    why: "",
    severity: Severity::Low,
    asvs: &[],
    rfc: &[],
    needs: &[Need::Pages],
    active: false,
    sends: "Nothing of its own: it reads the pages that were fetched.",
    fix: Fix {
        text: "",
        snippets: &[],
    },
    judge: Judge::Look(|_| Judgement::NotTested(String::new())),
};

const fn fix(text: &'static str, snippets: &'static [Snippet]) -> Fix {
    Fix { text, snippets }
}

/// A header for common stacks.
macro_rules! header_snippets {
    ($name:literal, $value:literal) => {
        &[
            crate::check::Snippet {
                stack: "nginx",
                code: concat!("add_header ", $name, " \"", $value, "\" always;"),
            },
            crate::check::Snippet {
                stack: "Apache",
                code: concat!("Header always set ", $name, " \"", $value, "\""),
            },
            crate::check::Snippet {
                stack: "Caddy",
                code: concat!("header ", $name, " \"", $value, "\""),
            },
            crate::check::Snippet {
                stack: "Express",
                code: concat!(
                    "app.use((req, res, next) => { res.set('",
                    $name,
                    "', \"",
                    $value,
                    "\"); next(); });"
                ),
            },
        ]
    };
}
use header_snippets;

/// Where a page is, as reports name it.
fn place(site: &Site, page: &Page) -> String {
    format!("{}: {}", site.environment, page.path())
}

/// Places of one kind are named once, with how many there are: a fault of the whole site is one finding.
fn look(
    probe: &Probe<'_>,
    wanted: fn(&Site, &Page) -> bool,
    judge: fn(&Page) -> Option<String>,
    none: &str,
) -> Judgement {
    let (mut findings, mut seen) = (Vec::new(), 0);
    for site in &probe.target.sites {
        let pages: Vec<&Page> = site.pages.iter().filter(|page| wanted(site, page)).collect();
        seen += pages.len();
        let bad: Vec<(&Page, String)> = pages
            .iter()
            .filter_map(|page| Some((*page, judge(page)?)))
            .collect();
        if let Some((page, detail)) = bad.first() {
            let more = if bad.len() > 1 {
                format!(" ({} of {} answers)", bad.len(), pages.len())
            } else {
                String::new()
            };
            findings.push(Finding::at(place(site, page), format!("{detail}{more}")));
            probe.show(&page.exchange);
        }
    }
    if seen == 0 {
        return Judgement::not_tested(none);
    }
    Judgement::of(findings, format!("read {seen} answers"))
}

/// The same for what stands in a body: what was not read of it is not clean.
fn read(
    probe: &Probe<'_>,
    wanted: fn(&Site, &Page) -> bool,
    judge: fn(&Page) -> Option<String>,
    none: &str,
) -> Judgement {
    let judgement = look(probe, wanted, judge, none);
    let is_cut = |site: &Site| {
        site.pages
            .iter()
            .any(|page| wanted(site, page) && page.answer.is_cut)
    };
    match judgement {
        Judgement::Pass(_) if probe.target.sites.iter().any(is_cut) => {
            Judgement::inconclusive("a page is longer than the run reads: what comes after was not seen")
        }
        judgement => judgement,
    }
}

const NO_PAGE: &str = "no page was fetched: see the troubles of the sites";
const NO_DOCUMENT: &str = "no page was HTML";
const NO_HTTPS: &str = "no site is under https";

fn any(_: &Site, _: &Page) -> bool {
    true
}

fn document(_: &Site, page: &Page) -> bool {
    page.answer.is_html() && !(300..400).contains(&page.answer.status)
}

fn under_https(site: &Site, page: &Page) -> bool {
    site.is_https() && page.answer.url.scheme() == "https"
}

fn private(_: &Site, page: &Page) -> bool {
    page.is_private
}

/// A header's value in small letters; empty if it is missing.
fn lower(page: &Page, name: &str) -> String {
    page.answer
        .all(name)
        .collect::<Vec<_>>()
        .join(", ")
        .to_ascii_lowercase()
}

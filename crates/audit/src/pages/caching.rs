//! What is kept on the way and on the user's disk.

use super::{NO_PAGE, READS, fix, header_snippets, look, lower, private};
use crate::check::{Attempt, Check, Fix, Judge, Need, Severity};
use crate::client::Stop;
use crate::likeness::is_alike;
use crate::probe::Probe;
use crate::request::Request;
use crate::verdict::{Finding, Judgement};

const KEEPS: Check = Check {
    needs: &[Need::Pages, Need::SignedIn],
    ..READS
};
const NO_STORE: Fix = fix(
    "Send `Cache-Control: no-store` with every answer to a signed-in user.",
    header_snippets!("Cache-Control", "no-store"),
);

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pages.private-kept",
        title: "Pages of signed-in users are kept on disk",
        claim: "Private answers have `Cache-Control: no-store`.",
        why: "Whoever uses the machine next presses the back button, or looks into the cache.",
        severity: Severity::Medium,
        asvs: &["V14.3.2"],
        rfc: &["RFC 9111 section 5.2.2.5"],
        fix: NO_STORE,
        judge: Judge::Look(|probe| {
            look(
                probe,
                private,
                |page| {
                    (!lower(page, "cache-control").contains("no-store")).then(|| "no `no-store`".to_owned())
                },
                NO_PAGE,
            )
        }),
        ..KEEPS
    },
    Check {
        id: "pages.private-shared",
        title: "Pages of signed-in users may be kept for everybody",
        claim: "No private answer is `public` or has `s-maxage`.",
        why: "A cache on the way gives one user's page to the next.",
        severity: Severity::High,
        asvs: &["V14.2.2"],
        rfc: &["RFC 9111 section 3.5"],
        fix: NO_STORE,
        judge: Judge::Look(|probe| {
            look(
                probe,
                private,
                |page| {
                    let control = lower(page, "cache-control");
                    let is_shared = control
                        .split([',', ' '])
                        .any(|word| word == "public" || word.starts_with("s-maxage"));
                    is_shared.then(|| "`public` or `s-maxage`".to_owned())
                },
                NO_PAGE,
            )
        }),
        ..KEEPS
    },
    Check {
        id: "pages.cookie-shared",
        title: "An answer that sets a cookie may be kept for everybody",
        claim: "No answer that sets a cookie is `public` or lives in a cache.",
        why: "A cache on the way gives one user's cookie to the next.",
        severity: Severity::High,
        asvs: &["V14.2.2"],
        rfc: &["RFC 9111 section 7.3"],
        needs: &[Need::Pages],
        fix: NO_STORE,
        judge: Judge::Look(|probe| {
            look(
                probe,
                |_, page| page.answer.set_cookies().next().is_some(),
                |page| {
                    let control = lower(page, "cache-control");
                    let word = |start: &str| {
                        control
                            .split([',', ' '])
                            .any(|word| word.starts_with(start) && !word.ends_with("=0"))
                    };
                    ((word("public") || word("s-maxage") || word("max-age"))
                        && !word("private")
                        && !word("no-store")
                        && !word("no-cache"))
                    .then(|| "a cookie in an answer that caches keep".to_owned())
                },
                "no page set a cookie",
            )
        }),
        ..KEEPS
    },
    Check {
        id: "pages.cache-deception",
        title: "A private page is served under the name of a picture",
        claim: "A private address with `/x.css` behind it is not the private page.",
        why: "A cache that goes by endings keeps it, and gives it to whoever asks for that address.",
        severity: Severity::Medium,
        asvs: &["V14.2.5"],
        rfc: &["RFC 9111 section 3"],
        sends: "Each private page once more, with `/symbolon-audit.css` behind its path, signed in.",
        fix: fix(
            "Answer 404 to paths that do not exist; let caches go by `Cache-Control`, never by endings.",
            &[],
        ),
        judge: {
            const ATTEMPT: Attempt = |probe| Box::pin(deceive(probe));
            Judge::Try(ATTEMPT)
        },
        ..KEEPS
    },
];

async fn deceive(probe: &Probe<'_>) -> Result<Judgement, Stop> {
    let (mut findings, mut tried) = (Vec::new(), 0);
    for site in &probe.target.sites {
        let Some(jar) = &site.signed_in else {
            continue;
        };
        for page in site.pages.iter().filter(|page| page.is_private) {
            let mut url = page.answer.url.clone();
            url.set_path(&format!(
                "{}/symbolon-audit.css",
                url.path().trim_end_matches('/')
            ));
            let answer = probe
                .send(Request::get(url.clone()).cookies(&jar.header(&page.answer.url)))
                .await?
                .heard()?;
            tried += 1;
            if answer.is_success() && is_alike(&answer, &page.answer) && !answer.body.is_empty() {
                findings.push(Finding::at(
                    super::place(site, page),
                    "the private page under a foreign name",
                ));
            }
        }
    }
    if tried == 0 {
        return Ok(Judgement::not_tested(
            "no page is private: the inventory names more (pages)",
        ));
    }
    Ok(Judgement::of(
        findings,
        format!("asked for {tried} private pages under a foreign name"),
    ))
}

//! Which other sites may read answers.

use url::Url;

use super::{NO_PAGE, READS, fix, header_snippets, look, private};
use crate::answer::Answer;
use crate::check::{Attempt, Check, Judge, Need, Severity};
use crate::client::Stop;
use crate::probe::Probe;
use crate::request::Request;
use crate::site::Site;
use crate::tally::Tally;
use crate::verdict::Judgement;

const ASKS: Check = Check {
    severity: Severity::High,
    asvs: &["V3.4.2"],
    rfc: &["Fetch Standard section 3.2"],
    why: "The other site's script reads the answer in the user's name: it is in the session without having the cookie.",
    fix: fix(
        "Compare `Origin` with a list, whole; answer with that very value and `Vary: Origin`; send `Access-Control-Allow-Credentials` to nobody who need not have it.",
        &[],
    ),
    ..READS
};

/// How a check judges that asks with one foreign origin or several.
macro_rules! asking {
    ($origins:expr) => {{
        const ATTEMPT: Attempt = |probe| Box::pin(ask(probe, $origins));
        Judge::Try(ATTEMPT)
    }};
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pages.cors-any-origin",
        title: "Any other site may read answers in the user's name",
        claim: "A foreign origin is not permitted.",
        sends: "Each page once, with the `Origin` of a made-up site.",
        judge: asking!(|_| vec!["https://evil.example".to_owned()]),
        ..ASKS
    },
    Check {
        id: "pages.cors-null",
        title: "A page from nowhere may read answers in the user's name",
        claim: "The origin `null` is not permitted.",
        sends: "Each page once, with `Origin: null`, which a sandboxed frame of any site sends.",
        judge: asking!(|_| vec!["null".to_owned()]),
        ..ASKS
    },
    Check {
        id: "pages.cors-lookalike",
        title: "A site whose name looks alike may read answers",
        claim: "Origins are compared whole.",
        sends: "Each page with origins that begin, end, or look like the site's own.",
        judge: asking!(|site| {
            let host = site.url.host_str().unwrap_or_default();
            let dotless = host.replacen('.', "x", 1);
            vec![
                format!("https://{host}.evil.example"),
                format!("https://evil{host}"),
                format!("https://{dotless}"),
                format!("https://{host}_.evil.example"),
            ]
        }),
        ..ASKS
    },
    Check {
        id: "pages.cors-any-private",
        title: "Pages of signed-in users are open to every site",
        claim: "No private page has `Access-Control-Allow-Origin: *`.",
        why: "What a network's place or a header opens is read by any site that one of its users visits.",
        severity: Severity::Medium,
        needs: &[Need::Pages, Need::SignedIn],
        sends: READS.sends,
        judge: Judge::Look(|probe| {
            look(
                probe,
                private,
                |page| {
                    (page.answer.field("access-control-allow-origin") == Some("*"))
                        .then(|| "`Access-Control-Allow-Origin: *`".to_owned())
                },
                NO_PAGE,
            )
        }),
        ..ASKS
    },
    Check {
        id: "pages.private-embeddable",
        title: "Other sites can embed answers of signed-in users",
        claim: "Private answers have `Cross-Origin-Resource-Policy`.",
        why: "The other site's process holds the answer, where a fault of the processor lets it be read; and its size and success tell who the user is.",
        severity: Severity::Info,
        asvs: &["V3.5.8"],
        rfc: &["Fetch Standard section 3.7"],
        needs: &[Need::Pages, Need::SignedIn],
        sends: READS.sends,
        fix: fix(
            "Send `same-origin`.",
            header_snippets!("Cross-Origin-Resource-Policy", "same-origin"),
        ),
        judge: Judge::Look(|probe| {
            look(
                probe,
                private,
                |page| {
                    let policy = super::lower(page, "cross-origin-resource-policy");
                    (!policy.starts_with("same-")).then(|| "no `Cross-Origin-Resource-Policy`".to_owned())
                },
                NO_PAGE,
            )
        }),
        ..ASKS
    },
];

/// So many addresses of each site are asked.
const ADDRESSES: usize = 6;

async fn ask(probe: &Probe<'_>, origins: fn(&Site) -> Vec<String>) -> Result<Judgement, Stop> {
    let (mut tally, mut tried) = (Tally::default(), 0);
    for site in &probe.target.sites {
        let mut urls: Vec<Url> = site.pages.iter().map(|page| page.answer.url.clone()).collect();
        urls.insert(0, site.url.clone());
        urls.sort();
        urls.dedup();
        for url in urls.into_iter().take(ADDRESSES) {
            for origin in origins(site) {
                let cookies = site
                    .signed_in
                    .as_ref()
                    .map(|jar| jar.header(&url))
                    .unwrap_or_default();
                let request = Request::get(url.clone())
                    .field("origin", origin.as_str())
                    .cookies(&cookies);
                let place = format!("{}: {}", site.environment, url.path());
                let answer = match probe.send(request).await.and_then(Answer::heard) {
                    Ok(answer) => answer,
                    Err(stop) => {
                        tally.note(&place, Err(stop), "");
                        continue;
                    }
                };
                if let Some(how) = permitted(&answer, &origin) {
                    tally.find(place, format!("{origin} is permitted{how}"));
                    break;
                }
                // The page of an error is another program's than the one whose answers matter.
                tried += usize::from(answer.status < 400);
            }
        }
    }
    if tried == 0 && tally.is_clean() && !tally.is_open() {
        return Ok(Judgement::not_tested(
            "no address opens for the run: errors say nothing of the pages behind them",
        ));
    }
    Ok(tally.judged(format!("asked {tried} times; no foreign origin was permitted")))
}

/// A foreign origin that is named back; `*` with credentials is refused by browsers, and without it opens what is open.
fn permitted(answer: &Answer, origin: &str) -> Option<&'static str> {
    let is_named = answer.field("access-control-allow-origin") == Some(origin);
    let with_cookies = answer
        .field("access-control-allow-credentials")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    is_named.then_some(if with_cookies {
        ", with the user's cookies"
    } else {
        ""
    })
}

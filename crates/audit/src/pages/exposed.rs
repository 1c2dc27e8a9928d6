//! Addresses and methods that should not be there.

use http::Method;
use url::Url;

use super::{READS, fix};
use crate::answer::Answer;
use crate::check::{Attempt, Check, Judge, Severity};
use crate::client::Stop;
use crate::probe::Probe;
use crate::request::Request;
use crate::site::Site;
use crate::tally::Tally;
use crate::verdict::Judgement;

/// Path, and what an answer holds if it is really that.
type Exposed = (&'static str, fn(&Answer) -> bool);

/// How a check judges that asks for addresses.
macro_rules! asking {
    ($paths:expr) => {{
        const PATHS: &[Exposed] = $paths;
        const ATTEMPT: Attempt = |probe| Box::pin(ask(probe, PATHS));
        Judge::Try(ATTEMPT)
    }};
}

/// How a check judges each site by one exchange of its own.
macro_rules! at_each_site {
    ($ask:expr) => {{
        const ATTEMPT: Attempt = |probe| Box::pin(each(probe, $ask));
        Judge::Try(ATTEMPT)
    }};
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pages.source-exposed",
        title: "The repository or its secrets can be fetched",
        claim: "No file of a version control system and no file of settings is served.",
        why: "The source with its history, and the passwords in it, belong to whoever asks.",
        severity: Severity::Critical,
        asvs: &["V13.4.1", "V13.3.1"],
        rfc: &["CWE-527"],
        sends: "GET of `/.git/HEAD`, `/.git/config`, `/.svn/entries`, `/.hg/requires` and `/.env`.",
        fix: fix(
            "Serve a directory of its own that holds what is meant to be served.",
            &[crate::check::Snippet {
                stack: "nginx",
                code: "location ~ /\\.(?!well-known) { return 404; }",
            }],
        ),
        judge: asking!(&[
            (".git/HEAD", |answer| answer.text().starts_with("ref: refs/")),
            (".git/config", |answer| answer.text().contains("[core]")),
            (".svn/entries", |answer| answer
                .text()
                .trim_start()
                .starts_with(|c: char| c.is_ascii_digit())
                && !answer.is_html()),
            (".hg/requires", |answer| answer.text().contains("revlogv1")),
            (".env", |answer| !answer.is_html()
                && answer.text().lines().any(|line| line
                    .split_once('=')
                    .is_some_and(|(name, _)| name.len() > 2
                        && name.bytes().all(|byte| byte.is_ascii_uppercase()
                            || byte == b'_'
                            || byte.is_ascii_digit())))),
        ]),
        ..READS
    },
    Check {
        id: "pages.backup-exposed",
        title: "A backup or a dump can be fetched",
        claim: "No backup, archive or dump is served.",
        why: "It holds what the application keeps from its users.",
        severity: Severity::High,
        asvs: &["V13.4.7"],
        rfc: &["CWE-530"],
        sends: "GET of `/backup.zip`, `/backup.sql`, `/dump.sql`, `/db.sqlite3` and `/index.php.bak`.",
        fix: fix("Keep backups where no server looks.", &[]),
        judge: asking!(&[
            ("backup.zip", |answer| answer.body.starts_with(b"PK\x03\x04")),
            ("backup.sql", is_dump),
            ("dump.sql", is_dump),
            ("db.sqlite3", |answer| answer.body.starts_with(b"SQLite format 3")),
            ("index.php.bak", |answer| answer.text().contains("<?php")),
        ]),
        ..READS
    },
    Check {
        id: "pages.debug-exposed",
        title: "Pages for debugging are open to everybody",
        claim: "No page that shows settings, memory or the state of the server is served to a stranger.",
        why: "It shows secrets of the environment, or lets commands be run.",
        severity: Severity::High,
        asvs: &["V13.4.2", "V13.4.5", "V15.2.3"],
        rfc: &["CWE-489"],
        sends: "GET of `/actuator/env`, `/actuator/heapdump` by HEAD, `/server-status`, `/phpinfo.php`, `/debug/pprof/`, `/_profiler`, `/console` and `/trace.axd`.",
        fix: fix(
            "Turn them off in production, or keep them on an address of the inside.",
            &[crate::check::Snippet {
                stack: "Spring Boot",
                code: "management.endpoints.web.exposure.include=health\nmanagement.server.port=8081",
            }],
        ),
        judge: asking!(&[
            ("actuator/env", |answer| answer.text().contains("propertySources")),
            ("actuator/heapdump", |answer| {
                let says =
                    |name: &str, word: &str| answer.field(name).is_some_and(|value| value.contains(word));
                says("content-type", "octet-stream") || says("content-disposition", "heapdump")
            }),
            ("server-status", |answer| answer
                .text()
                .contains("Apache Server Status")),
            ("phpinfo.php", |answer| answer.text().contains("phpinfo()")
                || answer.text().contains("PHP Version")),
            ("debug/pprof/", |answer| answer.text().contains("goroutine")),
            ("_profiler", |answer| answer.text().contains("Symfony Profiler")),
            ("console", |answer| answer.text().contains("Werkzeug")
                || answer.text().contains("H2 Console")),
            ("trace.axd", |answer| answer.text().contains("Application Trace")),
        ]),
        ..READS
    },
    Check {
        id: "pages.documents-exposed",
        title: "Monitoring and documents of interfaces are open to everybody",
        claim: "Metrics and descriptions of interfaces are served to a stranger only where that is meant.",
        why: "They draw a map of what there is to attack, and of how well it goes.",
        asvs: &["V13.4.5"],
        rfc: &["CWE-200"],
        severity: Severity::Low,
        sends: "GET of `/metrics`, `/swagger-ui/index.html`, `/swagger.json`, `/v3/api-docs`, `/openapi.json` and `/graphiql`.",
        fix: fix(
            "Serve them on an address of the inside; silence this where they are meant for everybody.",
            &[],
        ),
        judge: asking!(&[
            ("metrics", |answer| answer.text().contains("# TYPE ")),
            ("swagger-ui/index.html", |answer| answer
                .text()
                .contains("Swagger UI")),
            ("swagger.json", is_openapi),
            ("v3/api-docs", is_openapi),
            ("openapi.json", is_openapi),
            ("graphiql", |answer| answer.text().contains("GraphiQL")),
        ]),
        ..READS
    },
    Check {
        id: "pages.trace-method",
        title: "The server echoes requests",
        claim: "TRACE is refused.",
        why: "What proxies add on the way, and cookies that scripts cannot read, come back in the body.",
        asvs: &["V13.4.4", "V4.1.4"],
        rfc: &["RFC 9110 section 9.3.8"],
        sends: "One TRACE with a field of its own.",
        fix: fix(
            "Turn it off.",
            &[crate::check::Snippet {
                stack: "Apache",
                code: "TraceEnable off",
            }],
        ),
        judge: at_each_site!(|site| {
            let request =
                Request::new(Method::TRACE, site.url.clone()).field("x-symbolon-audit", "echo-7d1f");
            (request, |answer| {
                (answer.is_success() && answer.text().contains("echo-7d1f"))
                    .then_some("TRACE is answered with the request")
            })
        }),
        ..READS
    },
    Check {
        id: "pages.unknown-method",
        title: "A method that does not exist is carried out",
        claim: "An unknown method is refused.",
        why: "Rules for GET and POST do not hold for it, and the application treats it like one of them.",
        asvs: &["V4.1.4"],
        rfc: &["RFC 9110 section 9.1"],
        sends: "One request with the method `SYMBOLON`.",
        fix: fix("Answer 405 or 501 to whatever is not named.", &[]),
        judge: at_each_site!(|site| {
            let method = Method::from_bytes(b"SYMBOLON").unwrap_or(Method::OPTIONS);
            (Request::new(method, site.url.clone()), |answer| {
                answer.is_success().then_some("answered as if it were GET")
            })
        }),
        ..READS
    },
    Check {
        id: "pages.jsonp",
        title: "Data is wrapped into a script for other sites",
        claim: "A parameter does not wrap an answer into a call.",
        why: "Any site includes it as a script and reads it in the user's name.",
        severity: Severity::Medium,
        asvs: &["V3.5.6"],
        rfc: &["CWE-346"],
        sends: "Each site's first page with `callback`, `jsonp` and `cb` in the query.",
        fix: fix("Take it out; use CORS for those who need it.", &[]),
        judge: at_each_site!(|site| {
            let mut url = site.url.clone();
            url.query_pairs_mut()
                .append_pair("callback", "symbolon7d1f")
                .append_pair("jsonp", "symbolon7d1f")
                .append_pair("cb", "symbolon7d1f");
            (Request::get(url), |answer| {
                answer
                    .text()
                    .trim_start_matches(['/', '*', ' ', '\n'])
                    .starts_with("symbolon7d1f(")
                    .then_some("the answer calls the name in the query")
            })
        }),
        ..READS
    },
    Check {
        id: "pages.host-believed",
        title: "Addresses are made of what the request says",
        claim: "A foreign `Host` or `X-Forwarded-Host` does not appear in the answer.",
        why: "A link in a mail, a redirect or a cached page then leads to the attacker.",
        severity: Severity::Medium,
        asvs: &["V4.1.3"],
        rfc: &["RFC 9110 section 17.1"],
        sends: "Each site's first page with `X-Forwarded-Host` and `Forwarded` of a made-up host, and once with it as `Host`.",
        fix: fix(
            "Make addresses from the configuration; believe forwarding headers of one's own proxy only.",
            &[],
        ),
        judge: {
            const ATTEMPT: Attempt = |probe| Box::pin(host_believed(probe));
            Judge::Try(ATTEMPT)
        },
        ..READS
    },
];

const EVIL: &str = "evil-7d1f.example";

async fn host_believed(probe: &Probe<'_>) -> Result<Judgement, Stop> {
    let mut tally = Tally::default();
    for site in &probe.target.sites {
        if let Some(why) = silent(probe, site).await {
            tally.leave_open(format!("{}: {why}", site.environment));
            continue;
        }
        let page = Request::get(site.url.clone());
        let forwarded = page
            .clone()
            .field("x-forwarded-host", EVIL)
            .field("forwarded", format!("host={EVIL}"));
        for (label, request) in [("forwarded", forwarded), ("Host", page.field("host", EVIL))] {
            // A server that does not know the host may hang up on it: that is no belief.
            let answer = match probe.send(request).await {
                Err(Stop::Broken(_)) => continue,
                answer => answer.and_then(Answer::heard),
            };
            let names = |answer: Answer| {
                answer.fields().any(|(_, value)| value.contains(EVIL)) || answer.text().contains(EVIL)
            };
            let place = match label {
                "Host" => format!("{}: Host", site.environment),
                _ => site.environment.clone(),
            };
            tally.note(&place, answer.map(names), "the foreign host stands in the answer");
        }
    }
    Ok(tally.judged(format!("asked {} sites", probe.target.sites.len())))
}

fn is_dump(answer: &Answer) -> bool {
    let text = answer.text();
    !answer.is_html() && (text.contains("CREATE TABLE") || text.contains("INSERT INTO"))
}

fn is_openapi(answer: &Answer) -> bool {
    answer
        .json()
        .is_some_and(|document| document.get("openapi").or(document.get("swagger")).is_some())
}

async fn ask(probe: &Probe<'_>, paths: &[Exposed]) -> Result<Judgement, Stop> {
    let mut tally = Tally::default();
    for site in &probe.target.sites {
        if let Some(why) = silent(probe, site).await {
            tally.leave_open(format!("{}: {why}", site.environment));
            continue;
        }
        for (path, is_it) in paths {
            let Some(url) = at_root(&site.url, path) else {
                continue;
            };
            // A dump of the memory is large: its head tells.
            let method = if path.ends_with("heapdump") {
                Method::HEAD
            } else {
                Method::GET
            };
            let answer = probe.send(Request::new(method, url)).await;
            let served = answer.and_then(Answer::heard);
            let served = served.map(|answer| answer.status == 200 && is_it(&answer));
            let place = format!("{}: /{path}", site.environment);
            tally.note(&place, served, "served to a stranger");
        }
    }
    let asked = paths.len() * probe.target.sites.len();
    Ok(tally.judged(format!("asked for {asked} addresses")))
}

type Question = fn(&Site) -> (Request, fn(&Answer) -> Option<&'static str>);

async fn each(probe: &Probe<'_>, question: Question) -> Result<Judgement, Stop> {
    let mut tally = Tally::default();
    for site in &probe.target.sites {
        let (request, judge) = question(site);
        if let Some(why) = silent(probe, site).await {
            tally.leave_open(format!("{}: {why}", site.environment));
            continue;
        }
        match probe.send(request).await.and_then(Answer::heard) {
            Ok(answer) => {
                if let Some(detail) = judge(&answer) {
                    tally.find(site.environment.clone(), detail);
                }
            }
            Err(stop) => tally.note(&site.environment, Err(stop), ""),
        }
    }
    Ok(tally.judged(format!("asked {} sites", probe.target.sites.len())))
}

/// Why nothing can be told of a site: one that shows an error in place of its first page says so of every other address, too.
async fn silent(probe: &Probe<'_>, site: &Site) -> Option<String> {
    match probe.send(Request::get(site.url.clone())).await {
        Ok(answer) if answer.says_nothing() || matches!(answer.status, 403 | 407 | 451) => {
            Some(format!("its first page answers {}", answer.status))
        }
        Ok(_) => None,
        Err(stop) => Some(stop.to_string()),
    }
}

fn at_root(url: &Url, path: &str) -> Option<Url> {
    url.join("/").ok()?.join(path).ok()
}

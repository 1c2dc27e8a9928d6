//! What stands in the markup, and what answers tell.

use super::{NO_DOCUMENT, NO_PAGE, READS, any, document, fix, read, under_https};
use crate::check::{Check, Judge, Severity};
use crate::leak::leaks;
use crate::probe::Probe;
use crate::scope::is_loopback;
use crate::site::markup::{Tag, forms, tags};
use crate::verdict::{Finding, Judgement};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pages.plain-http",
        title: "The site is served without TLS",
        claim: "The site is under https.",
        why: "Whoever is on the way reads and writes everything.",
        severity: Severity::High,
        asvs: &["V12.2.1"],
        rfc: &["RFC 9325 section 3.2"],
        fix: fix(
            "Serve https only, and redirect http to it.",
            &[crate::check::Snippet {
                stack: "nginx",
                code: "server { listen 80; return 301 https://$host$request_uri; }",
            }],
        ),
        judge: Judge::Look(plain),
        ..READS
    },
    Check {
        id: "pages.mixed-content",
        title: "A page under https loads something under http",
        claim: "Pages under https name nothing under http.",
        why: "Whoever is on the way puts another script or picture in.",
        asvs: &["V12.2.1"],
        rfc: &["Mixed Content section 5"],
        fix: fix("Name everything under https.", &[]),
        judge: Judge::Look(|probe| {
            read(
                probe,
                |site, page| under_https(site, page) && page.answer.is_html(),
                |page| {
                    let loads = |tag: &Tag| {
                        let address = match tag.name.as_str() {
                            "script" | "img" | "iframe" | "audio" | "video" | "source" | "embed" => {
                                tag.attribute("src")
                            }
                            "link" => tag.attribute("href").filter(|_| {
                                tag.attribute("rel").is_some_and(|rel| rel.contains("stylesheet"))
                            }),
                            "form" => tag.attribute("action"),
                            _ => None,
                        };
                        address.is_some_and(|address| address.starts_with("http://"))
                    };
                    tags(&page.answer.text())
                        .iter()
                        .find(|tag| loads(tag))
                        .map(|tag| format!("<{}> under http", tag.name))
                },
                super::NO_HTTPS,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.foreign-script",
        title: "A script of another site is run whatever it holds",
        claim: "Scripts and styles of other sites have `integrity`.",
        why: "Whoever can change the other site's file runs code in every user's session.",
        asvs: &["V3.6.1"],
        rfc: &["Subresource Integrity section 3"],
        fix: fix("Serve it yourself, or add `integrity` and `crossorigin`.", &[]),
        judge: Judge::Look(|probe| {
            read(
                probe,
                document,
                |page| {
                    let foreign = |tag: &Tag| {
                        let address = match tag.name.as_str() {
                            "script" => tag.attribute("src"),
                            "link" => tag.attribute("href").filter(|_| {
                                tag.attribute("rel").is_some_and(|rel| rel.contains("stylesheet"))
                            }),
                            _ => None,
                        };
                        let url = address.and_then(|address| page.answer.url.join(address).ok());
                        url.is_some_and(|url| {
                            url.host_str().is_some() && url.host_str() != page.answer.url.host_str()
                        }) && tag.attribute("integrity").is_none()
                    };
                    tags(&page.answer.text())
                        .iter()
                        .find(|tag| foreign(tag))
                        .map(|tag| format!("<{}> from another site without `integrity`", tag.name))
                },
                NO_DOCUMENT,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.password-in-address",
        title: "A form sends a password in the address",
        claim: "Forms with a password are sent by POST.",
        why: "It then stands in logs, histories and `Referer` fields.",
        severity: Severity::High,
        asvs: &["V14.2.1"],
        rfc: &["RFC 9110 section 17.9"],
        fix: fix("Add `method=\"post\"`.", &[]),
        judge: Judge::Look(|probe| {
            read(
                probe,
                document,
                |page| {
                    let by_get = |form: &crate::site::markup::Form| {
                        form.has_password()
                            && !form
                                .tag
                                .attribute("method")
                                .is_some_and(|method| method.eq_ignore_ascii_case("post"))
                    };
                    forms(&page.answer.text())
                        .iter()
                        .any(by_get)
                        .then(|| "a password by GET".to_owned())
                },
                NO_DOCUMENT,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.password-shown",
        title: "A password is typed in the open",
        claim: "Fields for passwords are of the type `password`.",
        why: "Whoever looks over the shoulder reads it, and the browser keeps it among other texts.",
        asvs: &["V6.2.6"],
        rfc: &["NIST SP 800-63B section 3.1.1.2"],
        fix: fix("Set `type=\"password\"`.", &[]),
        judge: Judge::Look(|probe| {
            read(
                probe,
                document,
                |page| {
                    let is_open = |field: &Tag| {
                        let name = field.attribute("name").unwrap_or_default().to_ascii_lowercase();
                        let kind = field.attribute("type").unwrap_or("text").to_ascii_lowercase();
                        ["password", "passwd", "pwd"].contains(&name.as_str())
                            && matches!(kind.as_str(), "text" | "")
                    };
                    forms(&page.answer.text())
                        .iter()
                        .flat_map(|form| &form.fields)
                        .any(is_open)
                        .then(|| "a field for a password of the type `text`".to_owned())
                },
                NO_DOCUMENT,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.password-managers",
        title: "A form keeps password managers out",
        claim: "Fields for passwords permit pasting and filling in.",
        why: "Users then take passwords that they can type, and the same one everywhere.",
        asvs: &["V6.2.7"],
        rfc: &["NIST SP 800-63B section 3.1.1.2"],
        fix: fix(
            "Set `autocomplete` to `current-password` or `new-password`, and no `onpaste`.",
            &[],
        ),
        judge: Judge::Look(|probe| {
            read(
                probe,
                document,
                |page| {
                    let keeps_out = |field: &Tag| {
                        let is_password = field
                            .attribute("type")
                            .is_some_and(|kind| kind.eq_ignore_ascii_case("password"));
                        let is_off = field
                            .attribute("autocomplete")
                            .is_some_and(|word| word.eq_ignore_ascii_case("off"));
                        is_password && (is_off || field.attribute("onpaste").is_some())
                    };
                    forms(&page.answer.text())
                        .iter()
                        .flat_map(|form| &form.fields)
                        .any(keeps_out)
                        .then(|| "`autocomplete=off` or `onpaste`".to_owned())
                },
                NO_DOCUMENT,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.session-in-address",
        title: "The session stands in addresses",
        claim: "No link or redirect holds a session's id.",
        why: "It goes into logs and `Referer` fields, and whoever is sent the link is in the session.",
        severity: Severity::High,
        asvs: &["V14.2.1", "V3.3.4"],
        rfc: &["RFC 9700 section 4.3.2"],
        fix: fix(
            "Turn the rewriting of addresses off.",
            &[
                crate::check::Snippet {
                    stack: "Spring Boot",
                    code: "server.servlet.session.tracking-modes=cookie",
                },
                crate::check::Snippet {
                    stack: "PHP",
                    code: "session.use_only_cookies = 1\nsession.use_trans_sid = 0",
                },
            ],
        ),
        judge: Judge::Look(|probe| {
            read(
                probe,
                any,
                |page| {
                    const NAMES: &[&str] = &[
                        ";jsessionid=",
                        "phpsessid=",
                        "?sid=",
                        "&sid=",
                        "sessionid=",
                        "session_id=",
                        "access_token=",
                    ];
                    let text = page.answer.text();
                    let links = tags(&text).into_iter().filter_map(|tag| {
                        tag.attribute("href")
                            .or(tag.attribute("action"))
                            .map(str::to_ascii_lowercase)
                    });
                    let location = page.answer.field("location").map(str::to_ascii_lowercase);
                    let holds = |address: String| NAMES.iter().any(|name| address.contains(name));
                    links
                        .chain(location)
                        .any(holds)
                        .then(|| "an address with a session's id".to_owned())
                },
                NO_PAGE,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.error-tells",
        title: "An answer shows the inside",
        claim: "No answer, and no page of an error, shows traces, paths or messages of a database.",
        why: "It names libraries, versions and the way to the fault.",
        asvs: &["V16.5.1", "V13.4.2"],
        rfc: &["RFC 9110 section 17.13"],
        fix: fix(
            "Answer errors with a plain page and a number; write the cause to the log only. Turn debug mode off.",
            &[],
        ),
        judge: Judge::Look(|probe| {
            read(
                probe,
                any,
                |page| leaks(&page.answer.text()).map(str::to_owned),
                NO_PAGE,
            )
        }),
        ..READS
    },
    Check {
        id: "pages.directory-listed",
        title: "The server lists a directory",
        claim: "No address is answered with a list of files.",
        why: "Backups and forgotten files are found by looking.",
        asvs: &["V13.4.3"],
        rfc: &["CWE-548"],
        fix: fix(
            "Turn listings off.",
            &[
                crate::check::Snippet {
                    stack: "nginx",
                    code: "autoindex off;",
                },
                crate::check::Snippet {
                    stack: "Apache",
                    code: "Options -Indexes",
                },
            ],
        ),
        judge: Judge::Look(|probe| {
            read(
                probe,
                any,
                |page| {
                    let text = page.answer.text();
                    let is_list = [
                        "<title>Index of /",
                        "<h1>Index of /",
                        "Directory listing for /",
                        "[To Parent Directory]",
                    ]
                    .iter()
                    .any(|mark| text.contains(mark));
                    is_list.then(|| "a list of files".to_owned())
                },
                NO_PAGE,
            )
        }),
        ..READS
    },
];

fn plain(probe: &Probe<'_>) -> Judgement {
    let sites = &probe.target.sites;
    // On this machine nobody is on the way.
    let away: Vec<_> = sites
        .iter()
        .filter(|site| !site.url.host_str().is_some_and(is_loopback))
        .collect();
    if away.is_empty() {
        return Judgement::not_tested("every site is on this machine: nothing is on the way");
    }
    let bad = away
        .iter()
        .filter(|site| !site.is_https())
        .map(|site| Finding::at(site.environment.clone(), "under http"));
    Judgement::of(bad.collect(), "every site is under https")
}

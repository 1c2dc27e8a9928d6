//! The handshake: versions, suites, and whose certificate it is.

mod hello;
#[cfg(any(test, feature = "testing"))]
mod proofs;

use std::time::Duration;

use hello::{Hello, Said};

use crate::check::{Check, Fix, Judge, Need, Severity, Snippet};
use crate::client::Stop;
use crate::probe::Probe;
use crate::site::Site;
use crate::tally::Tally;
use crate::verdict::Judgement;
#[cfg(any(test, feature = "testing"))]
pub(crate) use proofs::proofs;

/// The checks of this suite.
pub(crate) const GROUPS: &[&[Check]] = &[CHECKS];

const SHAKES: Check = Check {
    id: "",
    title: "",
    claim: "",
    why: "",
    severity: Severity::Medium,
    asvs: &[],
    rfc: &[],
    needs: &[Need::Pages],
    active: false,
    sends: "",
    fix: Fix {
        text: "Offer TLS 1.3 and 1.2 with the suites of RFC 9325 section 4.2, and nothing else.",
        snippets: &[
            Snippet {
                stack: "nginx",
                code: "ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
            },
            Snippet {
                stack: "Apache",
                code: "SSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
            },
        ],
    },
    judge: Judge::Look(|_| Judgement::NotTested(String::new())),
};

const CHECKS: &[Check] = &[
    Check {
        id: "tls.untrusted",
        title: "The certificate is not one that clients trust",
        claim: "The certificate is valid today, for this name, and vouched for by an authority that is trusted (the system's, or those of --ca).",
        why: "Users learn to click warnings away, and programs to look away; whoever is on the way shows a certificate of his own then.",
        severity: Severity::High,
        asvs: &["V12.2.2"],
        rfc: &["RFC 9110 section 4.3.4", "RFC 9525 section 6"],
        sends: "One handshake.",
        fix: Fix {
            text: "Get a certificate for the name, send its chain, and renew it by a program.",
            snippets: &[],
        },
        judge: Judge::Try(|probe| Box::pin(untrusted(probe))),
        ..SHAKES
    },
    Check {
        id: "tls.old-version",
        title: "TLS 1.0 or 1.1 is spoken",
        claim: "A client that offers TLS 1.1 or 1.0 at most is refused.",
        why: "Both rest on hashes that are broken, and lack what keeps padding and order from being played with.",
        asvs: &["V12.1.1"],
        rfc: &["RFC 8996 section 4", "RFC 9325 section 3.1.1"],
        sends: "The first message of a handshake that offers TLS 1.1 at most, and one that offers TLS 1.0.",
        judge: Judge::Try(|probe| Box::pin(old_version(probe))),
        ..SHAKES
    },
    Check {
        id: "tls.no-1-3",
        title: "TLS 1.3 is not spoken",
        claim: "A client that offers TLS 1.3 gets it.",
        why: "TLS 1.2 shows the certificate to whoever is on the way, takes a round more, and has options that can be chosen badly.",
        severity: Severity::Low,
        asvs: &["V12.1.1"],
        rfc: &["RFC 9325 section 3.1.1"],
        sends: "One handshake that offers TLS 1.3 and 1.2.",
        judge: Judge::Try(|probe| Box::pin(no_latest(probe))),
        ..SHAKES
    },
    Check {
        id: "tls.weak-suite",
        title: "A weak suite is agreed upon",
        claim: "Suites without forward secrecy, without encryption, without a certificate, and with RC4, 3DES or export keys are refused.",
        why: "Recorded traffic is read by whoever gets the key later; or by anybody, at once.",
        asvs: &["V12.1.2"],
        rfc: &["RFC 9325 section 4.1", "RFC 9325 section 4.2"],
        sends: "The first message of a TLS 1.2 handshake for each kind of weak suite, offering nothing else.",
        judge: Judge::Try(|probe| Box::pin(weak_suite(probe))),
        ..SHAKES
    },
];

/// So long a server may take to answer the first message.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sites under https, or the judgement that there is none.
fn sites<'p>(probe: &'p Probe<'p>) -> Result<Vec<&'p Site>, Judgement> {
    let sites: Vec<&Site> = probe.target.sites.iter().filter(|site| site.is_https()).collect();
    if sites.is_empty() {
        return Err(Judgement::not_tested("no site is under https"));
    }
    Ok(sites)
}

async fn untrusted(probe: &Probe<'_>) -> Result<Judgement, Stop> {
    let sites = match sites(probe) {
        Ok(sites) => sites,
        Err(judgement) => return Ok(judgement),
    };
    let mut tally = Tally::default();
    for site in &sites {
        match probe.handshake(&site.url).await {
            Err(Stop::Tls(why)) => tally.find(site.environment.clone(), why),
            shaken => tally.note(&site.environment, shaken.map(|_| false), ""),
        }
    }
    Ok(tally.judged(format!("{} certificates are trusted", sites.len())))
}

async fn no_latest(probe: &Probe<'_>) -> Result<Judgement, Stop> {
    let sites = match sites(probe) {
        Ok(sites) => sites,
        Err(judgement) => return Ok(judgement),
    };
    let (mut tally, mut told) = (Tally::default(), Vec::new());
    for site in &sites {
        match probe.handshake(&site.url).await {
            Ok(shaken) => {
                if !shaken.is_latest {
                    tally.find(site.environment.clone(), format!("agrees on {shaken}"));
                }
                told.push(format!("{} agrees on {shaken}", site.environment));
            }
            Err(stop) => tally.note(&site.environment, Err(stop), ""),
        }
    }
    Ok(tally.judged(told.join("; ")))
}

async fn old_version(probe: &Probe<'_>) -> Result<Judgement, Stop> {
    const OLD: &[(&str, [u8; 2])] = &[("TLS 1.1", [3, 2]), ("TLS 1.0", [3, 1])];
    let hellos: Vec<(&str, Hello)> = OLD
        .iter()
        .map(|(name, version)| (*name, Hello::of(*version, hello::COMMON)))
        .collect();
    offered(probe, &hellos, "old versions are refused").await
}

async fn weak_suite(probe: &Probe<'_>) -> Result<Judgement, Stop> {
    let hellos: Vec<(&str, Hello)> = hello::WEAK
        .iter()
        .map(|(name, suites)| (*name, Hello::of([3, 3], suites)))
        .collect();
    offered(probe, &hellos, "weak suites are refused").await
}

/// Offers each first message; one that is agreed to is a finding.
async fn offered(probe: &Probe<'_>, hellos: &[(&str, Hello)], tried: &str) -> Result<Judgement, Stop> {
    let sites = match sites(probe) {
        Ok(sites) => sites,
        Err(judgement) => return Ok(judgement),
    };
    let mut tally = Tally::default();
    for site in &sites {
        for (name, hello) in hellos {
            let bytes = hello.bytes(site.url.domain());
            let said = probe.plain_words(&site.url, &bytes, PATIENCE).await;
            let agreed = said.and_then(|words| match words.as_deref().map(hello::said) {
                Some(Said::Agreed) => Ok(true),
                Some(Said::Refused) => Ok(false),
                Some(Said::Nonsense) => Err(Stop::Unsure("what answers is not TLS".to_owned())),
                None => Err(Stop::Unsure("the first message is not answered".to_owned())),
            });
            tally.note(&format!("{}: {name}", site.environment), agreed, "is agreed to");
        }
    }
    Ok(tally.judged(tried))
}

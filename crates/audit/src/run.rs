//! Puts checks to a target, one after the other.

use serde::{Deserialize, Serialize};

use crate::asvs;
use crate::check::{Check, Judge, Severity};
use crate::client::Client;
use crate::exchange::Exchange;
use crate::probe::Probe;
use crate::redact::Secrets;
use crate::report::{Coverage, Found};
use crate::silence::Silences;
use crate::target::Target;
use crate::verdict::{Finding, Judgement, Verdict};

/// How to run.
#[derive(Debug, Default)]
pub struct Options {
    /// Whether checks may change state and send forged credentials.
    pub is_active: bool,
    /// The wall clock, in seconds since 1970.
    pub now_s: i64,
    /// Findings to live with.
    pub silences: Silences,
}

/// What a run says while it goes on.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Checks that have ended.
    pub done: usize,
    /// Checks in all.
    pub of: usize,
    /// The one that begins.
    pub check: &'a Check,
}

/// Everything that a run found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Version of this form: 1.
    pub schema: u32,
    /// Version of the program.
    pub version: String,
    /// What the target is called.
    pub target: String,
    /// When the run began, as RFC 3339 has it.
    pub started: String,
    /// Whether active checks were permitted.
    pub is_active: bool,
    /// Requests sent.
    pub requests: u32,
    /// One for each check, in the order in which they ran.
    pub outcomes: Vec<Outcome>,
    /// What share of ASVS was looked at.
    pub coverage: Coverage,
}

/// How one check ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The check's id.
    pub check: String,
    /// Its title.
    pub title: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// Requirement ids.
    pub asvs: Vec<String>,
    /// Sections of standards.
    pub rfc: Vec<String>,
    /// How it ended.
    pub verdict: Verdict,
    /// What was tried, or why it decides nothing, or why it was not tried.
    pub why: String,
    /// Where the claim does not hold.
    pub findings: Vec<Found>,
    /// What was sent and what came back, without credentials.
    pub evidence: Vec<Exchange>,
}

/// Runs `checks` against `target`.
pub async fn run(
    checks: &[&'static Check],
    target: &Target,
    client: &Client,
    options: &Options,
    tell: &(dyn Fn(Progress<'_>) + Sync),
) -> Report {
    if let Some(token) = &target.token {
        client.secrets().add(token.text(), "token");
        client.secrets().add(token.parts().2, "signature");
    }
    // Fields that were added to every request are the caller's, and may be credentials under any name.
    if let Some(endpoint) = &target.endpoint {
        let is_public = |word: &&str| endpoint.url.as_str().contains(*word);
        for (_, value) in &endpoint.fields {
            let words = std::iter::once(value.as_str()).chain(value.split_ascii_whitespace());
            for word in words.filter(|word| !is_public(word)) {
                client.secrets().add(word, "added field");
            }
        }
    }
    let mut outcomes = Vec::with_capacity(checks.len());
    for (done, check) in checks.iter().enumerate() {
        tell(Progress {
            done,
            of: checks.len(),
            check,
        });
        outcomes.push(one(check, target, client, options).await);
    }
    // What came out late as a secret stands in what was kept before.
    for outcome in &mut outcomes {
        outcome.redact(client.secrets());
    }
    let started = jiff::Timestamp::from_second(options.now_s).unwrap_or_default();
    Report {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: client.secrets().redact(&target.name).as_str().to_owned(),
        started: started.to_string(),
        is_active: options.is_active,
        requests: client.sent(),
        coverage: Coverage::of(&outcomes),
        outcomes,
    }
}

/// Runs one check.
async fn one(check: &'static Check, target: &Target, client: &Client, options: &Options) -> Outcome {
    let probe = Probe::new(target, client, options.now_s);
    let judgement = match obstacle(check, target, options) {
        Some(why) => Judgement::NotTested(why.to_owned()),
        None => match check.judge {
            Judge::Look(look) => look(&probe),
            // A target that cannot be reached has neither passed nor failed.
            Judge::Try(attempt) => attempt(&probe)
                .await
                .unwrap_or_else(|stop| Judgement::Inconclusive(stop.to_string())),
        },
    };
    let secrets = client.secrets();
    let text = |text: &str| secrets.redact(text).as_str().to_owned();
    let (why, findings) = match &judgement {
        Judgement::Pass(why) | Judgement::Inconclusive(why) | Judgement::NotTested(why) => {
            (text(why), Vec::new())
        }
        Judgement::Fail(findings) => (String::new(), findings.clone()),
    };
    let found = |finding: Finding| {
        let place = text(&finding.place);
        let silence = options.silences.covers(check.id, &place, options.now_s);
        let silenced = silence.map(|silence| format!("until {}: {}", silence.until, silence.reason));
        Found {
            place,
            detail: text(&finding.detail),
            silenced,
            compared: None,
        }
    };
    let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    Outcome {
        check: check.id.to_owned(),
        title: check.title.to_owned(),
        severity: check.severity,
        asvs: owned(check.asvs),
        rfc: owned(check.rfc),
        verdict: judgement.verdict(),
        why,
        findings: findings.into_iter().map(found).collect(),
        evidence: probe.into_evidence(),
    }
}

/// Why a check cannot be tried.
fn obstacle(check: &Check, target: &Target, options: &Options) -> Option<&'static str> {
    if check.active && !options.is_active {
        return Some("sends forged credentials or changes state: --active permits it");
    }
    check
        .needs
        .iter()
        .find(|need| !need.is_met(target))
        .map(|need| need.missing())
}

impl Report {
    /// Findings that are not silenced, with their check's outcome; the worst first.
    #[must_use]
    pub fn findings(&self) -> Vec<(&Outcome, &Found)> {
        let of = |outcome| {
            let outcome: &Outcome = outcome;
            outcome.findings.iter().map(move |found| (outcome, found))
        };
        let loud = |(_, found): &(&Outcome, &Found)| found.silenced.is_none();
        let mut list: Vec<_> = self.outcomes.iter().flat_map(of).filter(loud).collect();
        list.sort_by_key(|(outcome, _)| std::cmp::Reverse(outcome.severity));
        list
    }

    /// Whether there is a finding as bad as `severity`, or worse.
    #[must_use]
    pub fn has_finding(&self, severity: Severity) -> bool {
        self.findings()
            .iter()
            .any(|(outcome, _)| outcome.severity >= severity)
    }

    /// Whether no check came to a verdict: such a run says nothing of its target, and is no clean one.
    #[must_use]
    pub fn judged_nothing(&self) -> bool {
        self.count(Verdict::Pass) + self.count(Verdict::Fail) == 0
    }

    /// How many checks ended so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.verdict == verdict)
            .count()
    }
}

impl Outcome {
    fn redact(&mut self, secrets: &Secrets) {
        let anew = |text: &mut String| *text = secrets.redact(text).as_str().to_owned();
        anew(&mut self.why);
        for found in &mut self.findings {
            anew(&mut found.place);
            anew(&mut found.detail);
        }
        for exchange in &mut self.evidence {
            *exchange = exchange.again(secrets);
        }
    }

    /// Its requirements with their levels, for people: `V9.1.2 (L1)`.
    #[must_use]
    pub fn requirements(&self) -> String {
        let shown = |id: &String| match asvs::by_id(id) {
            Some(requirement) => format!("{id} (L{})", requirement.level),
            None => id.clone(),
        };
        self.asvs.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests;

//! The audit against one target, as a user runs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use audit::{Report, Severity, Verdict};

use crate::Fault;
use crate::stage::{PASSWORDS, Running};
use crate::truth::{Kind, place_of};

/// How each check ended.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<String, Ended>);

#[derive(Debug)]
struct Ended {
    verdict: Verdict,
    severity: Severity,
    why: String,
    /// Place and detail of each finding.
    places: Vec<(String, String)>,
}

impl Findings {
    /// Takes a report in. A check that ran twice has failed if it failed once.
    pub(crate) fn add(&mut self, report: Report) {
        for outcome in report.outcomes {
            let ended = Ended {
                verdict: outcome.verdict,
                severity: outcome.severity,
                why: outcome.why,
                places: outcome
                    .findings
                    .into_iter()
                    .map(|found| (found.place, found.detail))
                    .collect(),
            };
            let is_better = |old: &Ended| old.verdict != Verdict::Fail;
            if self.0.get(&outcome.check).is_none_or(is_better) {
                self.0.insert(outcome.check, ended);
            }
        }
    }

    /// Whether an entry of the truth has failed: a check, or a check at a place.
    pub(crate) fn failed(&self, entry: &str) -> bool {
        let (check, place) = place_of(entry);
        let failed = self.0.get(check).filter(|ended| ended.verdict == Verdict::Fail);
        failed.is_some_and(|ended| place.is_none_or(|place| ended.places.iter().any(|(at, _)| at == place)))
    }

    /// Every finding at `low` or above, which is what a run exits with 1 for: its check, its place and what it says.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let counts = |ended: &Ended| ended.verdict == Verdict::Fail && ended.severity >= Severity::Low;
        self.0
            .iter()
            .filter(move |(_, ended)| counts(ended))
            .flat_map(|(check, ended)| {
                ended
                    .places
                    .iter()
                    .map(move |(place, detail)| (check.as_str(), place.as_str(), detail.as_str()))
            })
    }

    /// Why a check decided nothing, if it did not.
    pub(crate) fn left_open(&self, check: &str) -> Option<&str> {
        let ended = self.0.get(check)?;
        (ended.verdict == Verdict::Inconclusive).then_some(ended.why.as_str())
    }

    /// Why a check did not fail.
    pub(crate) fn told(&self, entry: &str) -> String {
        match self.0.get(place_of(entry).0) {
            Some(ended) if ended.verdict == Verdict::Fail => "Fail, but elsewhere".to_owned(),
            Some(ended) => format!("{:?}: {}", ended.verdict, ended.why),
            None => "not run".to_owned(),
        }
    }
}

/// Runs what a user would.
///
/// # Errors
/// The program does not start, or writes no report.
pub(crate) fn run(symbolon: &Path, target: &Running, kind: Kind) -> Result<Findings, Fault> {
    let mut findings = Findings::default();
    match kind {
        Kind::Token => findings.add(token(symbolon, target)?),
        Kind::Site => {
            findings.add(cookies(symbolon, target)?);
            findings.add(pentest(symbolon, target)?);
        }
    }
    Ok(findings)
}

fn token(symbolon: &Path, target: &Running) -> Result<Report, Fault> {
    let mut command = Command::new(symbolon);
    command
        .args(["audit", "jwt"])
        .arg(target.write("token", target.told("token"))?);
    command
        .args(["--active", "--callback", "127.0.0.1:0", "--endpoint"])
        .arg(format!("{}api", target.url));
    if let Some(keys) = target.known("jwks") {
        command
            .arg("--jwks")
            .arg(target.write("jwks.json", &keys.to_string())?);
    }
    if target.known("sign_with").is_some() {
        command
            .arg("--sign-with")
            .arg(target.write("signing.pem", target.told("sign_with"))?);
    }
    reported(command, target)
}

const INVENTORY: &str = r#"[[site]]
environment = "bench"
url = "{url}"
pages = ["/login", "/account"]
samples = 20
[site.sign_in]
url = "/login"
fields = { username = "ada", password = { env = "ADA" } }
"#;

fn cookies(symbolon: &Path, target: &Running) -> Result<Report, Fault> {
    let mut command = Command::new(symbolon);
    command
        .args(["audit", "cookies", "--inventory"])
        .arg(filled_in(target, "inventory", INVENTORY)?);
    reported(command, target)
}

const APPLICATION: &str = r#"nodes = ["{url}"]
[[account]]
user = "ada"
password = "env:ADA"
[[account]]
user = "bob"
password = "env:BOB"
[[account]]
user = "eve"
password = "env:EVE"
expendable = true
[sign_in]
page = "/login"
[protected]
page = "/account"
text = "Signed in as"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/account"
submit = "/logout"
[change]
page = "/account"
field = "nickname"
"#;

fn pentest(symbolon: &Path, target: &Running) -> Result<Report, Fault> {
    let mut command = Command::new(symbolon);
    command
        .arg("pentest")
        .arg(filled_in(target, "application", APPLICATION)?);
    // The pages are looked at by the other command.
    command.args(["--active", "--without", "pages."]);
    reported(command, target)
}

/// A file for the run: the target's own, if it says how it is signed in to, or the one that fits this benchmark's application.
fn filled_in(target: &Running, name: &str, usual: &str) -> Result<PathBuf, Fault> {
    let text = target
        .known(name)
        .and_then(serde_json::Value::as_str)
        .unwrap_or(usual);
    target.write(
        &format!("{name}.toml"),
        &text
            .replace("{issuer}", target.url.trim_end_matches('/'))
            .replace("{url}", &target.url),
    )
}

fn reported(mut command: Command, target: &Running) -> Result<Report, Fault> {
    let file = target.folder.join("report.json");
    command
        .args(["--rate", "300", "--report"])
        .arg(&file)
        .envs(PASSWORDS);
    if let Some(authority) = &target.authority {
        command.arg("--ca").arg(authority);
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(Fault::io("the symbolon binary"))?;
    let text = std::fs::read(&file).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Fault::new(format!("{}: no report: {said}", target.url))
    })?;
    std::fs::remove_file(&file).map_err(Fault::io("a report"))?;
    serde_json::from_slice(&text).map_err(|error| Fault::new(format!("a report: {error}")))
}

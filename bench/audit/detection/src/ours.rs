//! The audit against one target, as a user runs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use audit::{Report, Severity, Verdict};

use crate::Fault;
use crate::stage::{PASSWORDS, Running};
use crate::truth::Kind;

/// How each check ended.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<String, Ended>);

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) verdict: Verdict,
    pub(crate) severity: Severity,
    /// What was found, or why it decides nothing.
    pub(crate) why: String,
}

impl Findings {
    /// Takes a report in. A check that ran twice has failed if it failed once.
    pub(crate) fn add(&mut self, report: Report) {
        for outcome in report.outcomes {
            let places: Vec<String> =
                outcome.findings.iter().map(|found| format!("{}: {}", found.place, found.detail)).collect();
            let ended = Ended {
                verdict: outcome.verdict,
                severity: outcome.severity,
                why: if places.is_empty() { outcome.why } else { places.join("; ") },
            };
            let is_better = |old: &Ended| old.verdict != Verdict::Fail;
            if self.0.get(&outcome.check).is_none_or(is_better) {
                self.0.insert(outcome.check, ended);
            }
        }
    }

    pub(crate) fn failed(&self, check: &str) -> bool {
        self.0.get(check).is_some_and(|ended| ended.verdict == Verdict::Fail)
    }

    /// The checks that failed, at `low` or above: what a run exits with 1 for.
    pub(crate) fn all_failed(&self) -> impl Iterator<Item = (&str, &Ended)> {
        let counts = |ended: &Ended| ended.verdict == Verdict::Fail && ended.severity >= Severity::Low;
        self.0.iter().filter(move |(_, ended)| counts(ended)).map(|(check, ended)| (check.as_str(), ended))
    }

    /// Why a check did not fail.
    pub(crate) fn told(&self, check: &str) -> String {
        match self.0.get(check) {
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
    command.args(["audit", "jwt"]).arg(target.write("token", target.told("token"))?);
    command.args(["--active", "--callback", "127.0.0.1:0", "--endpoint"]).arg(format!("{}api", target.url));
    if let Some(keys) = target.known("jwks") {
        command.arg("--jwks").arg(target.write("jwks.json", &keys.to_string())?);
    }
    if target.known("sign_with").is_some() {
        command.arg("--sign-with").arg(target.write("signing.pem", target.told("sign_with"))?);
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
    command.args(["audit", "cookies", "--inventory"]).arg(filled_in(target, "sites.toml", INVENTORY)?);
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
    command.arg("pentest").arg(filled_in(target, "target.toml", APPLICATION)?);
    // The pages are looked at by the other command.
    command.args(["--active", "--without", "pages."]);
    reported(command, target)
}

fn filled_in(target: &Running, name: &str, text: &str) -> Result<PathBuf, Fault> {
    target.write(name, &text.replace("{url}", &target.url))
}

fn reported(mut command: Command, target: &Running) -> Result<Report, Fault> {
    let file = target.folder.join("report.json");
    command.args(["--rate", "300", "--report"]).arg(&file).envs(PASSWORDS);
    if let Some(authority) = &target.authority {
        command.arg("--ca").arg(authority);
    }
    let output = command.stdin(Stdio::null()).output().map_err(Fault::io("the symbolon binary"))?;
    let text = std::fs::read(&file).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Fault::new(format!("{}: no report: {said}", target.url))
    })?;
    std::fs::remove_file(&file).map_err(Fault::io("a report"))?;
    serde_json::from_slice(&text).map_err(|error| Fault::new(format!("a report: {error}")))
}

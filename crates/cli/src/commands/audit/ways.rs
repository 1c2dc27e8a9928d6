//! What all audits have in common: limits, permissions, and where reports go.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use audit::report::{html, junit, sarif, text};
use audit::{
    Check, Client, Limits, Options, Report, Scope, Setup, Severity, Silences, Target, Trust, baseline,
};
use clap::ValueEnum;
use domain::Clock;
use serde_json::{Value, json};
use url::Url;

use crate::client::authorities;
use crate::clock::SystemClock;
use crate::config;
use crate::failure::{Failure, Verdict};
use crate::out::Out;

/// Options of every audit.
#[derive(Debug, clap::Args)]
pub(crate) struct Ways {
    /// Permit checks that send forged credentials or change state.
    #[arg(long)]
    active: bool,
    /// List every request that would be sent, and send none.
    #[arg(long)]
    dry_run: bool,
    /// PEM file of the certificate authorities to trust, in place of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// A private address that a named host may lead to; repeatable.
    #[arg(long, value_name = "ADDRESS")]
    permit: Vec<IpAddr>,
    /// Requests a second.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// Requests in all.
    #[arg(long, value_name = "N", default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,
    /// Seconds in all.
    #[arg(long, value_name = "S", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    time: u64,
    /// Findings to live with: a TOML file with a reason and an end date for each.
    #[arg(long, value_name = "FILE")]
    silences: Option<PathBuf>,
    /// An earlier report (JSON) to compare with: new, fixed, still there.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Exit 1 on findings at or above this.
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    fail_on: Level,
    /// Write the report as JSON; --baseline reads it.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the report as one HTML page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the report as SARIF 2.1.0.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Ways {
    /// A client that may go to these addresses.
    pub(crate) fn client(&self, urls: &[Url]) -> Result<Client, Failure> {
        let refused = |error: &dyn std::error::Error| {
            Failure::mistake("this is no address for an audit").because(error)
        };
        let mut scope = Scope::of(urls).map_err(|error| refused(&error))?;
        for address in &self.permit {
            scope.permit(*address);
        }
        let limits = Limits {
            requests: self.requests,
            rate_per_s: self.rate,
            total_time: Duration::from_secs(self.time),
            ..Limits::default()
        };
        let needs_trust = urls.iter().any(|url| url.scheme() == "https");
        let authorities = if needs_trust {
            authorities(self.ca.as_deref())?
        } else {
            Vec::new()
        };
        let setup = Setup {
            scope,
            limits,
            trust: Trust { authorities },
            is_dry: self.dry_run,
        };
        Client::new(setup).map_err(|error| Failure::fault("the client cannot be set up").because(&error))
    }

    /// Runs checks, writes every report that was asked for, and says how it ended.
    pub(crate) async fn audit(&self, subject: Subject<'_>, out: &Out) -> Result<Verdict, Failure> {
        let Subject {
            checks,
            target,
            client,
            matrix,
        } = subject;
        let options = Options {
            is_active: self.active,
            now_s: now_s(),
            silences: self.silences(out)?,
        };
        let before = self.before()?;
        let bar = indicatif::ProgressBar::new(checks.len() as u64).with_message("checks");
        let tell = |progress: audit::Progress<'_>| {
            bar.set_position(progress.done as u64);
            bar.set_message(progress.check.id);
        };
        let mut report = audit::run(&checks, target, client, &options, &tell).await;
        bar.finish_and_clear();
        if client.is_dry() {
            list(client, out);
            return Ok(Verdict::Done);
        }
        let gone = before.map(|before| baseline::compare(&mut report, &before));
        self.write(&report, gone.as_ref(), &matrix)?;
        if out.is_json() {
            out.json(&document(&report, &matrix));
        } else {
            matrix.show(out);
            out.verbatim(&text::summary(&report, gone.as_ref()));
        }
        if report.judged_nothing() {
            return Err(
                Failure::fault("no check could judge the target: this is no clean result").hint(
                    "the report says why for each check; look at the address, the sign-in and --active",
                ),
            );
        }
        let is_bad = report.has_finding(self.fail_on.severity());
        Ok(if is_bad { Verdict::Finding } else { Verdict::Done })
    }

    fn silences(&self, out: &Out) -> Result<Silences, Failure> {
        let Some(file) = &self.silences else {
            return Ok(Silences::default());
        };
        let text = config::read_text(file)?;
        let silences = Silences::parse(&text)
            .map_err(|error| Failure::mistake(format!("{} is refused", file.display())).because(&error))?;
        for silence in silences.over(now_s()) {
            out.note(&format!(
                "the silence of {} ended on {}",
                silence.check, silence.until
            ));
        }
        Ok(silences)
    }

    fn before(&self) -> Result<Option<Report>, Failure> {
        let Some(file) = &self.baseline else {
            return Ok(None);
        };
        let text = config::read_text(file)?;
        let report = serde_json::from_str(&text).map_err(|error| {
            Failure::mistake(format!("{} is no report of this program", file.display()))
                .because(&error)
                .hint("write one with --report FILE")
        })?;
        Ok(Some(report))
    }

    fn write(&self, report: &Report, gone: Option<&baseline::Gone>, matrix: &Matrix) -> Result<(), Failure> {
        if let Some(file) = &self.report {
            write(file, &format!("{:#}\n", document(report, matrix)))?;
        }
        if let Some(file) = &self.html {
            write(file, &html::html(report, gone, &matrix.html()))?;
        }
        if let Some(file) = &self.sarif {
            write(file, &format!("{:#}\n", sarif::sarif(report)))?;
        }
        if let Some(file) = &self.junit {
            write(file, &junit::junit(report))?;
        }
        Ok(())
    }
}

impl Level {
    const fn severity(self) -> Severity {
        match self {
            Self::Info => Severity::Info,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

/// What is audited, and how it is reached.
pub(crate) struct Subject<'a> {
    pub(crate) checks: Vec<&'static Check>,
    pub(crate) target: &'a Target,
    pub(crate) client: &'a Client,
    /// Goes into JSON and HTML.
    pub(crate) matrix: Matrix,
}

/// Cookies of all environments; empty for audits that have none.
#[derive(Debug, Default)]
pub(crate) struct Matrix(pub(crate) Vec<audit::cookies::matrix::Row>);

impl Matrix {
    fn show(&self, out: &Out) {
        let cells = self.0.iter().map(|row| {
            row.cells()
                .iter()
                .map(|cell| crate::out::printable(cell))
                .collect()
        });
        out.table(&audit::cookies::matrix::HEADINGS, cells);
    }

    fn html(&self) -> String {
        audit::cookies::matrix::html(&self.0)
    }
}

/// The clock as the checks take it.
pub(crate) fn now_s() -> i64 {
    i64::try_from(SystemClock.now().as_secs()).unwrap_or(i64::MAX)
}

/// The report, with the cookies beside it.
fn document(report: &Report, matrix: &Matrix) -> Value {
    let mut document = json!(report);
    if let (Some(members), false) = (document.as_object_mut(), matrix.0.is_empty()) {
        members.insert("cookies".to_owned(), json!(matrix.0));
    }
    document
}

fn list(client: &Client, out: &Out) {
    let planned = client.planned();
    if out.is_json() {
        return out.json(&json!({"requests": planned}));
    }
    for (at, request) in planned.iter().enumerate() {
        out.line(&format!(
            "{}. {}",
            at + 1,
            request
                .as_str()
                .lines()
                .map(crate::out::printable)
                .collect::<Vec<_>>()
                .join("\n   ")
        ));
    }
    out.note(&format!(
        "{} requests; answers decide whether more follow. Nothing was sent.",
        planned.len()
    ));
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text)
        .map_err(|error| Failure::fault(format!("cannot write {}", file.display())).because(&error))
}

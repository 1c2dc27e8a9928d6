//! `symbolon doctor`: what is wrong with a deployment, and what to do. What could not be looked at is never a pass.

mod canary;
mod checks;
mod logout;
mod remote;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;
use url::Url;

use crate::admin::ServerArgs;
use crate::failure::{Failure, Verdict};
use crate::out::{Out, printable};

const EXAMPLE: &str = "\
Examples:
  symbolon doctor
  symbolon doctor --config symbolon.toml --issuer https://id.example.org

Exit 1 when something fails. \"not tested\" is not a pass: it says what was missing to look.";

/// Check a deployment: files, store, server, clock, keys, issuer, TLS.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The configuration that the server runs with.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The issuer to reach, in place of the configuration's.
    #[arg(long, value_name = "URL")]
    issuer: Option<Url>,
    #[command(flatten)]
    server: ServerArgs,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Judgement {
    Pass,
    Warn,
    Fail,
    NotTested,
}

/// One check that was made, or could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) check: &'static str,
    pub(crate) result: Judgement,
    pub(crate) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Finding {
    pub(crate) fn new(check: &'static str, result: Judgement, text: impl Into<String>) -> Self {
        Self {
            check,
            result,
            text: text.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    fn of_failure(check: &'static str, failure: &Failure) -> Self {
        let mut text = failure.message.clone();
        for cause in &failure.causes {
            text.push_str(": ");
            text.push_str(cause);
        }
        let finding = Self::new(check, Judgement::Fail, text);
        match &failure.hint {
            Some(hint) => finding.hint(hint.clone()),
            None => finding,
        }
    }
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let mut findings = Vec::new();
    let (issuer, applies) = checks::configuration(args.config.as_deref(), &mut findings);
    checks::data_directory(&args.server.data, &mut findings);
    let terms = checks::space_terms(args.config.as_deref());
    findings.push(checks::disk_space(&args.server.data, terms));
    findings.push(checks::wall_clock(&args.server.data));
    let mut told = None;
    match args.server.running(out).await {
        Ok(Some(admin)) => {
            findings.push(Finding::new(
                "store",
                Judgement::NotTested,
                "a server runs: it has the store to itself",
            ));
            told = remote::server(&admin, &mut findings).await;
        }
        Ok(None) => {
            findings.push(checks::stopped_store(&args.server.data).await);
            findings.push(
                Finding::new(
                    "server",
                    Judgement::NotTested,
                    "no server runs on this data directory",
                )
                .hint("start it, or name it with --url and SYMBOLON_TOKEN"),
            );
        }
        Err(failure) => findings.push(Finding::of_failure("server", &failure)),
    }
    let issuer = args.issuer.or(issuer).or(told);
    remote::issuer(issuer.as_ref(), args.server.ca.as_deref(), out, &mut findings).await;
    if applies.is_none() {
        findings.push(
            Finding::new("tls", Judgement::NotTested, "no configuration was given")
                .hint("name it with --config FILE"),
        );
    }
    show(&findings, out);
    let failed = findings.iter().any(|finding| finding.result == Judgement::Fail);
    Ok(if failed { Verdict::Finding } else { Verdict::Done })
}

fn show(findings: &[Finding], out: &Out) {
    if out.is_json() {
        return out.json(&json!({"items": findings}));
    }
    for finding in findings {
        let word = match finding.result {
            Judgement::Pass => "pass",
            Judgement::Warn => "warn",
            Judgement::Fail => "FAIL",
            Judgement::NotTested => "not tested",
        };
        out.line(&format!(
            "{word:10}  {:14}  {}",
            finding.check,
            printable(&finding.text)
        ));
        if let Some(hint) = &finding.hint {
            out.line(&format!("{:10}  {:14}  hint: {}", "", "", printable(hint)));
        }
    }
}

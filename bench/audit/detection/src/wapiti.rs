//! wapiti against one target: its modules for sessions, cookies, forgery and headers, signed in as it offers to.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Fault;
use crate::stage::{PASSWORDS, Running};

const MODULES: &str = "cookieflags,csp,csrf,http_headers,https_redirect,redirect,methods";
/// Seconds for looking around, and for attacking.
const TIME_S: &str = "60";

/// The categories of its report that are not empty.
///
/// # Errors
/// It does not start, or writes no report.
pub(crate) fn run(installed: &Path, target: &Running) -> Result<BTreeSet<String>, Fault> {
    let report = target.folder.join("wapiti.json");
    let url = &target.url;
    let told = |member, usual| match target.told(member) {
        "" => usual,
        told => told,
    };
    let (page, form) = (told("page", "account"), told("form", "login"));
    let user = told("user", "ada");
    let password = PASSWORDS
        .iter()
        .find(|(name, _)| *name == "ADA")
        .map_or("", |(_, password)| password);
    let mut command = Command::new("python3");
    command
        .arg(installed.join("bin/wapiti"))
        .env("PYTHONPATH", installed)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([
            "--url",
            url,
            "--module",
            MODULES,
            "--scope",
            "domain",
            "--start",
            &format!("{url}{page}"),
        ])
        .args([
            "--form-cred",
            &format!("{user}%{password}"),
            "--form-url",
            &format!("{url}{form}"),
        ])
        .args([
            "--max-scan-time",
            TIME_S,
            "--max-attack-time",
            TIME_S,
            "--flush-session",
            "--no-bugreport",
        ])
        .arg("--store-session")
        .arg(target.folder.join("wapiti-session"))
        .arg("--store-config")
        .arg(target.folder.join("wapiti-config"))
        .args(["--verbose", "0", "--format", "json", "--output"])
        .arg(&report);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(Fault::io("wapiti"))?;
    let text = std::fs::read(&report).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Fault::new(format!("wapiti wrote no report: {said}"))
    })?;
    let report: Value =
        serde_json::from_slice(&text).map_err(|error| Fault::new(format!("wapiti: {error}")))?;
    Ok(categories(&report))
}

fn categories(report: &Value) -> BTreeSet<String> {
    let found = report
        .get("vulnerabilities")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    found
        .filter(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty()))
        .map(|(category, _)| category.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_counts_if_something_is_in_it() {
        let report = serde_json::json!({"vulnerabilities": {"CSRF": [{"path": "/"}], "SSRF": []}, "anomalies": {"x": [1]}});
        assert_eq!(categories(&report), BTreeSet::from(["CSRF".to_owned()]));
    }
}

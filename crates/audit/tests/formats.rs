//! SARIF and JUnit as others read them: held against their schemas (schemas/SOURCE).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use audit::report::{junit::junit, sarif::sarif};
use audit::testing::{outcome, report};
use audit::{Report, Verdict, baseline};
use serde_json::{Value, json};

/// A report with everything in it, and texts that a hostile target may have said.
fn full() -> Report {
    let mut failed = outcome("jwt.alg-none", Verdict::Fail, &["V9.1.1"]);
    failed.findings[0].detail = "<![CDATA[ ]]> & \"quotes\" \u{1}\u{b}\u{ffff} \u{1f600}".to_owned();
    let mut silenced = outcome("cookies.not-secure", Verdict::Fail, &["V3.3.1"]);
    silenced.findings[0].silenced = Some("until 2027-01-31: known".to_owned());
    let rest = [
        outcome("pages.no-csp", Verdict::Pass, &["V3.4.3"]),
        outcome("pages.csp-eval", Verdict::Inconclusive, &["V3.4.3"]),
        outcome("pages.jsonp", Verdict::NotTested, &["V3.5.6"]),
    ];
    let before = report(vec![failed.clone()]);
    let mut now = report([failed, silenced].into_iter().chain(rest).collect());
    baseline::compare(&mut now, &before);
    now
}

fn sarif_errors(document: &Value) -> Result<(), String> {
    let schema: Value = serde_json::from_str(include_str!("schemas/sarif-2.1.0.json")).unwrap();
    let mut compiler = boon::Compiler::new();
    compiler
        .add_resource("http://localhost/sarif.json", schema)
        .unwrap();
    let mut schemas = boon::Schemas::new();
    let index = compiler
        .compile("http://localhost/sarif.json", &mut schemas)
        .unwrap();
    schemas
        .validate(document, index)
        .map_err(|error| error.to_string())
}

#[test]
fn sarif_is_what_its_schema_says() {
    let document = sarif(&full());
    sarif_errors(&document).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["baselineState"], "unchanged");
    assert_eq!(results[1]["suppressions"][0]["kind"], "external");
    let notes = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .unwrap();
    assert_eq!(notes.len(), 2, "what decided nothing is told, and is no result");
}

#[test]
fn the_schema_of_sarif_refuses_what_is_not_sarif() {
    let mut document = sarif(&full());
    document["runs"][0]["results"][0]["level"] = json!("terrible");
    assert!(sarif_errors(&document).is_err());
}

fn xmllint(xml: &str) -> bool {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/junit-10.xsd");
    let mut child = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema", schema, "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("xmllint (Debian: libxml2-utils): {error}"));
    child.stdin.take().unwrap().write_all(xml.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success()
}

#[test]
fn junit_is_what_its_schema_says() {
    let xml = junit(&full());
    assert!(xmllint(&xml), "{xml}");
    assert!(
        xml.contains("failures=\"1\"") && xml.contains("skipped=\"2\""),
        "{xml}"
    );
    assert!(!xmllint(&xml.replace("<testcase name=", "<testcase nome=")));
}

//! The report as one HTML page that needs nothing else: no script, no font, no network.

mod checks;

use std::fmt::Write as _;

use super::{Compared, Coverage, Found};
use crate::asvs;
use crate::baseline::Gone;
use crate::check::{Severity, Snippet};
use crate::exchange::Exchange;
use crate::registry;
use crate::run::{Outcome, Report};
use crate::verdict::Verdict;

const STYLE: &str = include_str!("html/page.css");

/// The whole page. `extra` is a table made elsewhere, such as the matrix of cookies.
#[must_use]
pub fn html(report: &Report, gone: Option<&Gone>, extra: &str) -> String {
    let title = escape(&report.target);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Audit of {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header><p class=\"kicker\">Audit, {}</p><h1>{title}</h1></header>\n",
        escape(&report.started),
    );
    summary(&mut page, report);
    findings(&mut page, report);
    if let Some(gone) = gone {
        gone_list(&mut page, gone);
    }
    page.push_str(extra);
    coverage(&mut page, &report.coverage);
    checks::table(&mut page, report);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn summary(page: &mut String, report: &Report) {
    page.push_str("<ul class=\"counts\">\n");
    for severity in Severity::ALL.into_iter().rev() {
        let count = report
            .findings()
            .iter()
            .filter(|(outcome, _)| outcome.severity == severity)
            .count();
        let word = severity.word();
        let none = if count == 0 { " none" } else { "" };
        let _ = writeln!(
            page,
            "<li class=\"{word}{none}\"><strong>{count}</strong> {word}</li>"
        );
    }
    let _ = writeln!(
        page,
        "</ul>\n<p>{} checks: {} failed, {} passed, {} inconclusive, {} not tested. {} requests. {}</p>",
        report.outcomes.len(),
        report.count(Verdict::Fail),
        report.count(Verdict::Pass),
        report.count(Verdict::Inconclusive),
        report.count(Verdict::NotTested),
        report.requests,
        if report.is_active {
            "Active checks were permitted."
        } else {
            "Active checks were not permitted."
        },
    );
}

fn findings(page: &mut String, report: &Report) {
    let list = report.findings();
    page.push_str("<section>\n<h2>Findings</h2>\n");
    if list.is_empty() {
        page.push_str("<p>None. What was not tested stands below, and is not a pass.</p>\n");
    }
    let mut shown: Vec<&str> = Vec::new();
    for (outcome, _) in &list {
        if !shown.contains(&outcome.check.as_str()) {
            shown.push(&outcome.check);
            finding(page, outcome);
        }
    }
    page.push_str("</section>\n");
}

fn finding(page: &mut String, outcome: &Outcome) {
    let word = outcome.severity.word();
    let _ = writeln!(
        page,
        "<article class=\"finding {word}\" id=\"{id}\">\n<h3><span class=\"badge {word}\">{word}</span> {}</h3>\n\
         <p class=\"key\"><code>{id}</code> {}</p>\n<ul class=\"places\">",
        escape(&outcome.title),
        escape(&references(outcome)),
        id = escape(&outcome.check),
    );
    for found in &outcome.findings {
        let _ = writeln!(page, "<li>{}</li>", place(found));
    }
    page.push_str("</ul>\n");
    if let Some(check) = registry::by_id(&outcome.check) {
        let _ = writeln!(
            page,
            "<p>{}</p>\n<p><strong>Fix.</strong> {}</p>",
            prose(check.why),
            prose(check.fix.text)
        );
        snippets(page, check.fix.snippets);
    }
    evidence(page, &outcome.evidence);
    page.push_str("</article>\n");
}

fn snippets(page: &mut String, snippets: &[Snippet]) {
    if snippets.is_empty() {
        return;
    }
    let stacks: Vec<&str> = snippets.iter().map(|snippet| snippet.stack).collect();
    let _ = writeln!(
        page,
        "<details><summary>As code: {}</summary>",
        escape(&stacks.join(", "))
    );
    for snippet in snippets {
        let (stack, code) = (escape(snippet.stack), escape(snippet.code));
        let _ = writeln!(page, "<p class=\"stack\">{stack}</p><pre>{code}</pre>");
    }
    page.push_str("</details>\n");
}

fn place(found: &Found) -> String {
    let compared = match found.compared {
        Some(Compared::New) => " <em>new</em>",
        Some(Compared::StillThere) => " <em>still there</em>",
        None => "",
    };
    let silenced = found
        .silenced
        .as_ref()
        .map(|why| format!(" <em>silenced {}</em>", escape(why)));
    format!(
        "<strong>{}</strong>: {}{compared}{}",
        escape(&found.place),
        prose(&found.detail),
        silenced.unwrap_or_default()
    )
}

fn references(outcome: &Outcome) -> String {
    let asvs = (!outcome.asvs.is_empty()).then(|| format!("ASVS {}", outcome.requirements()));
    asvs.into_iter()
        .chain(outcome.rfc.iter().cloned())
        .collect::<Vec<_>>()
        .join("; ")
}

fn evidence(page: &mut String, evidence: &[Exchange]) {
    if evidence.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "<details><summary>Evidence: {} {}, without credentials</summary>",
        evidence.len(),
        if evidence.len() == 1 {
            "exchange"
        } else {
            "exchanges"
        }
    );
    for exchange in evidence {
        let _ = writeln!(
            page,
            "<div class=\"exchange\"><pre>{}</pre><pre>{}</pre><p class=\"key\">{} ms</p></div>",
            escape(exchange.request.as_str()),
            escape(exchange.response.as_str()),
            exchange.took_ms
        );
    }
    page.push_str("</details>\n");
}

fn gone_list(page: &mut String, gone: &Gone) {
    page.push_str("<section>\n<h2>Since the earlier run</h2>\n<ul>\n");
    for (word, list) in [
        ("fixed", &gone.fixed),
        ("not seen, and not tested either", &gone.unknown),
    ] {
        for (check, place) in list {
            let _ = writeln!(
                page,
                "<li><em>{word}</em> <code>{}</code> at {}</li>",
                escape(check),
                escape(place)
            );
        }
    }
    if gone.fixed.is_empty() && gone.unknown.is_empty() {
        page.push_str("<li>Nothing is gone.</li>\n");
    }
    page.push_str("</ul>\n</section>\n");
}

/// Every requirement as a square: its state is said in words, not by colour alone.
fn coverage(page: &mut String, coverage: &Coverage) {
    page.push_str("<section>\n<h2>ASVS 5.0</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Level<th>Demanded<th>Seen from outside<th>Looked at<th>Passed<th>Touched<th>Failed<th>Has a check, not tested</tr></thead>\n<tbody>\n");
    for level in &coverage.levels {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>",
            level.level,
            level.demanded,
            level.from_outside,
            level.tested(),
            level.passed.len(),
            level.touched.len(),
            level.failed.len(),
            level.not_tested.len()
        );
    }
    page.push_str("</tbody></table></div>\n<p class=\"key\">Demanded: of the 276 requirements this program knows (V3, V6 to V14, V16 and some others). A pass says what was tried, not that a requirement is met in all. Touched: its checks passed, and only who sees the inside can say whether it is met.</p>\n<ol class=\"map\">\n");
    let Some(all) = coverage.levels.last() else {
        return page.push_str("</ol>\n</section>\n");
    };
    for requirement in asvs::requirements() {
        let is_in = |list: &[String]| list.iter().any(|id| id == requirement.id);
        let (class, word) = if is_in(&all.failed) {
            ("failed", "failed")
        } else if is_in(&all.passed) {
            ("passed", "passed")
        } else if is_in(&all.touched) {
            ("touched", "touched")
        } else if is_in(&all.not_tested) {
            ("untested", "not tested")
        } else {
            ("without", "no check here")
        };
        let _ = writeln!(
            page,
            "<li class=\"{class}\" title=\"{word}: {}\">{}<span> {word}</span></li>",
            escape(requirement.summary),
            requirement.id
        );
    }
    page.push_str("</ol>\n</section>\n");
}

/// The same, with what stands between backticks as code; one that has no second stays as it is.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('`');
    out.push_str(&escape(parts.next().unwrap_or_default()));
    while let Some(code) = parts.next() {
        match parts.next() {
            Some(after) => {
                let _ = write!(out, "<code>{}</code>{}", escape(code), escape(after));
            }
            None => {
                let _ = write!(out, "`{}", escape(code));
            }
        }
    }
    out
}

/// For HTML and XML. Texts come from a target: nothing of them is markup, and no control character is left.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no place for these.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() && c != '\n' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;

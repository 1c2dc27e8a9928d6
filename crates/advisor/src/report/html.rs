//! The decision as one HTML page that needs nothing else: no script, no font, no network.

mod charts;
mod way;

use std::fmt::Write as _;

use super::short;
use crate::decide::{Answer, Decision};
use crate::figures::{Constants, FIGURES};
use crate::rules::{CONFLICTS, EXCLUSIONS, PREFERENCES, parameters};
use crate::simulation::{self, Outcome};

/// The style of the page, and of a page that shows a [`fragment`].
pub const STYLE: &str = include_str!("html/page.css");

/// The whole page, with a simulated day where there is one.
#[must_use]
pub fn html(decision: &Decision, constants: &Constants, day: Option<&Outcome>) -> String {
    let title = escape(&decision.deployment);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}: sessions, JWTs, or both</title>\n<style>\n{STYLE}{}</style>\n</head>\n<body>\n<main>\n\
         <header><p class=\"kicker\">Sessions, JWTs, or both</p><h1>{title}</h1></header>\n",
        simulation::style()
    );
    summary(&mut page, decision);
    for (at, answer) in decision.clients.iter().enumerate() {
        client(&mut page, at, answer);
    }
    if let Some(day) = day {
        simulated(&mut page, day);
    }
    rules(&mut page);
    constants_table(&mut page, constants);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// The answers alone, for a page that has this style: as in the whole page, with the rules that they cite.
#[must_use]
pub fn fragment(decision: &Decision) -> String {
    let mut page = String::new();
    summary(&mut page, decision);
    for (at, answer) in decision.clients.iter().enumerate() {
        client(&mut page, at, answer);
    }
    page.push_str("<section><details><summary>The rules, with their sources</summary>\n");
    rules_table(&mut page);
    page.push_str("</details></section>\n");
    page
}

fn summary(page: &mut String, decision: &Decision) {
    page.push_str("<nav><table><caption>The answer for each client</caption>\n<thead><tr><th>Client<th>Mechanism<th>Passes after a revocation, at worst<th>Added at p99</tr></thead>\n<tbody>\n");
    for (at, answer) in decision.clients.iter().enumerate() {
        let text = |id: &str| {
            let figure = answer
                .price()
                .and_then(|price| price.figures.iter().find(|figure| figure.id == id));
            figure
                .map(|figure| figure.text())
                .unwrap_or_else(|| "-".to_owned())
        };
        let _ = writeln!(
            page,
            "<tr><td><a href=\"#c{at}\">{}</a><td>{}<td>{}<td>{}</tr>",
            escape(&answer.client),
            answer.title(),
            text("F-02"),
            text("F-04")
        );
    }
    page.push_str("</tbody></table></nav>\n");
}

fn client(page: &mut String, at: usize, answer: &Answer) {
    let _ = writeln!(
        page,
        "<section id=\"c{at}\">\n<h2>{} <small>{}</small></h2>",
        escape(&answer.client),
        answer.kind.title()
    );
    match answer.mechanism {
        Some(mechanism) => {
            let _ = writeln!(
                page,
                "<p class=\"answer\"><strong>Use a {}.</strong> {}</p>\n<p>{}</p>",
                mechanism.noun(answer.has_cookies),
                short::meaning(answer, mechanism),
                escape(&short::exposure(answer))
            );
        }
        None => page.push_str(
            "<p class=\"answer none\"><strong>No mechanism satisfies the requirements.</strong></p>\n",
        ),
    }
    conflicts(page, answer);
    settings(page, answer);
    way::tree(page, answer);
    way::matrix(page, answer);
    page.push_str("<h3>What each option costs</h3>\n<p class=\"key\">The chosen one is bold; pale bars are excluded; the last two rows are what others do.</p>\n");
    page.push_str(&charts::charts(answer));
    figures(page, answer);
    turns(page, answer);
    page.push_str("</section>\n");
}

fn conflicts(page: &mut String, answer: &Answer) {
    for conflict in &answer.conflicts {
        let _ = write!(
            page,
            "<div class=\"conflict\"><p><strong>Requirements exclude each other</strong> {}: {}</p><p>Meanwhile: {}.</p><ul>",
            rule_link(conflict.rule),
            escape(&conflict.what),
            escape(&conflict.meanwhile)
        );
        for way in &conflict.ways_out {
            let _ = write!(page, "<li>{}</li>", escape(way));
        }
        page.push_str("</ul></div>\n");
    }
}

fn settings(page: &mut String, answer: &Answer) {
    if answer.parameters.is_empty() {
        return;
    }
    page.push_str("<h3>How to set it</h3>\n<table class=\"settings\">\n<tbody>\n");
    for parameter in &answer.parameters {
        let planned = if parameter.available {
            ""
        } else {
            " <em class=\"planned\">planned, not in this version</em>"
        };
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}<td>{}{planned}<td>{}</tr>",
            parameter.name,
            escape(&parameter.value),
            rule_link(parameter.rule)
        );
    }
    page.push_str("</tbody></table>\n");
}

fn figures(page: &mut String, answer: &Answer) {
    page.push_str("<details><summary>All figures with their formulas</summary>\n<div class=\"wide\"><table class=\"figures\">\n<thead><tr><th>Figure");
    for price in &answer.prices {
        let _ = write!(page, "<th>{}", price.scheme.title());
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for (at, (id, name, _)) in FIGURES.iter().enumerate() {
        let _ = write!(page, "<tr><th scope=\"row\">{id} {name}");
        for price in &answer.prices {
            if let Some(figure) = price.figures.get(at) {
                let _ = write!(
                    page,
                    "<td>{}<br><small>{}</small>",
                    escape(&figure.text()),
                    escape(figure.formula)
                );
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div></details>\n");
}

fn turns(page: &mut String, answer: &Answer) {
    page.push_str("<h3>What would change the answer</h3>\n<ul>\n");
    if answer.turns.is_empty() {
        page.push_str("<li>No single number of the topology does.</li>\n");
    }
    for turn in &answer.turns {
        let _ = writeln!(page, "<li>{}</li>", escape(&turn.sentence()));
    }
    page.push_str("</ul>\n");
}

fn simulated(page: &mut String, day: &Outcome) {
    page.push_str("<section id=\"day\"><h2>A simulated day</h2>\n<p>Five ways to judge the same requests, with the store down for a while and a region cut off. What is shown for pushed revocation is ours, for the client that sends most.</p>\n");
    page.push_str(&simulation::figures(day));
    page.push_str("</section>\n");
}

fn rules(page: &mut String) {
    page.push_str("<section><h2>Rules</h2>\n");
    rules_table(page);
    page.push_str("</section>\n");
}

fn rules_table(page: &mut String) {
    page.push_str(
        "<div class=\"wide\"><table>\n<thead><tr><th>Id<th>Statement<th>Source</tr></thead>\n<tbody>\n",
    );
    let rows = EXCLUSIONS
        .iter()
        .map(|rule| (rule.id, rule.statement, rule.source));
    let rows = rows.chain(
        PREFERENCES
            .iter()
            .map(|rule| (rule.id, rule.statement, rule.source)),
    );
    let rows = rows.chain(parameters().map(|rule| (rule.id, rule.statement, rule.source)));
    for (id, statement, source) in rows.chain(
        CONFLICTS
            .iter()
            .map(|rule| (rule.id, rule.statement, rule.source)),
    ) {
        let _ = writeln!(
            page,
            "<tr id=\"{id}\"><td>{id}<td>{}<td>{}</tr>",
            escape(statement),
            escape(source)
        );
    }
    page.push_str("</tbody></table></div>\n");
}

fn constants_table(page: &mut String, constants: &Constants) {
    page.push_str("<section><h2>Constants</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Id<th>Constant<th>Value<th>Where it comes from</tr></thead>\n<tbody>\n");
    for constant in constants.list() {
        let _ = writeln!(
            page,
            "<tr><td>{}<td><code>{}</code><td>{} {}<td>{}</tr>",
            constant.id,
            constant.name,
            constant.value,
            constant.unit,
            escape(constant.source)
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn rule_link(id: &str) -> String {
    if id == "C-01" {
        return format!("<span class=\"rule\">{id}</span>");
    }
    format!("<a class=\"rule\" href=\"#{id}\">{id}</a>")
}

/// Names come from a file: nothing of them is markup.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;

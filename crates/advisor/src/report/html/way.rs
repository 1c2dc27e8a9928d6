//! How the answer came about: what was excluded in which step, and the scores of what was weighed.

use std::fmt::Write as _;

use super::{charts, escape, rule_link, short};
use crate::decide::{Answer, OptionJudged};
use crate::mechanism::Axis;
use crate::rules::{EXCLUSIONS, PREFERENCES};

/// The way from four mechanisms to one: what the client is, what must be held, what must go on, what is better.
pub(super) fn tree(page: &mut String, answer: &Answer) {
    page.push_str("<h3>The way there</h3>\n<ol class=\"tree\">\n");
    let mut left: Vec<&OptionJudged> = answer.options.iter().collect();
    let steps = [
        (None, "What the client and the site are"),
        (
            Some(Axis::Hold),
            "What must be held: revocation, limits, rule books",
        ),
        (
            Some(Axis::Autonomy),
            "What must go on: latency, a store that is down, no contact",
        ),
    ];
    for (axis, title) in steps {
        let _ = write!(page, "<li><strong>{title}</strong><ul>");
        let mut silent = true;
        for option in &left {
            for found in option
                .excluded_by
                .iter()
                .filter(|found| axis_of(found.rule) == axis)
            {
                silent = false;
                let _ = write!(
                    page,
                    "<li><del>{}</del> {} {} <span class=\"soft\">{}</span></li>",
                    option.mechanism.noun(answer.has_cookies),
                    rule_link(found.rule),
                    escape(found.statement),
                    escape(&found.because)
                );
            }
        }
        if silent {
            page.push_str("<li class=\"soft\">takes nothing away</li>");
        }
        left.retain(|option| option.excluded_by.iter().all(|found| axis_of(found.rule) != axis));
        let names: Vec<&str> = left
            .iter()
            .map(|option| option.mechanism.noun(answer.has_cookies))
            .collect();
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        let _ = writeln!(page, "</ul><p class=\"left\">Left: {names}</p></li>");
    }
    let best = answer
        .mechanism
        .map_or("nothing", |mechanism| mechanism.noun(answer.has_cookies));
    let _ = write!(
        page,
        "<li><strong>What is better, by the weights</strong><p class=\"left\">Chosen: {best}</p></li>\n</ol>\n"
    );
}

fn axis_of(rule: &str) -> Option<Axis> {
    EXCLUSIONS.iter().find(|known| known.id == rule)?.axis
}

pub(super) fn matrix(page: &mut String, answer: &Answer) {
    page.push_str("<h3>The scores</h3>\n<div class=\"wide\"><table class=\"matrix\">\n<thead><tr><th>Preference<th>Weight");
    for option in &answer.options {
        let _ = write!(page, "<th>{}", option.mechanism.noun(answer.has_cookies));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for (at, rule) in PREFERENCES.iter().enumerate() {
        let weight = answer
            .options
            .first()
            .and_then(|option| option.scores.get(at))
            .map_or(0, |score| score.weight);
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{} {}<td>{weight}",
            rule_link(rule.id),
            short::preference(rule.id)
        );
        for option in &answer.options {
            let score = option.scores.get(at).map_or(0.0, |score| score.score);
            let _ = write!(page, "<td>{}", charts::cell(score));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("<tr class=\"total\"><th scope=\"row\">Weighed<td>");
    for option in &answer.options {
        let mark = if Some(option.mechanism) == answer.mechanism {
            " <b>chosen</b>"
        } else if option.excluded_by.is_empty() {
            ""
        } else {
            " <span class=\"soft\">excluded</span>"
        };
        let _ = write!(page, "<td>{:.2}{mark}", option.total);
    }
    page.push_str("</tr>\n</tbody></table></div>\n");
}

//! The decision for a terminal of 80 columns: what to do first, then how, why, and what it costs.

use std::fmt::Write as _;

use super::short;
use crate::decide::{Answer, Decision, OptionJudged};
use crate::figures::FIGURES;

const WIDTH: usize = 78;

/// The whole report.
#[must_use]
pub fn text(decision: &Decision) -> String {
    let mut page = String::new();
    paragraph(&mut page, "", &super::printable(&decision.deployment));
    page.push('\n');
    let names = decision
        .clients
        .iter()
        .map(|answer| answer.client.chars().count());
    let wide = names.max().unwrap_or_default().clamp(16, 32);
    for answer in &decision.clients {
        let _ = writeln!(page, "  {:<wide$} {}", answer.client, answer.title());
    }
    for answer in &decision.clients {
        page.push_str(&client(answer));
    }
    page.push_str("\nWrite the configuration that carries this out: --emit DIR.\n");
    page.push_str("Rules, formulas and constants with their sources: --format json.\n");
    page
}

fn client(answer: &Answer) -> String {
    let title = format!("{} ({})", answer.client, answer.kind.title());
    let mut page = format!("\n{title}\n{}\n", "-".repeat(title.chars().count()));
    if let Some(mechanism) = answer.mechanism {
        paragraph(
            &mut page,
            "",
            &format!(
                "Use a {}. {}",
                mechanism.noun(answer.has_cookies),
                short::meaning(answer, mechanism)
            ),
        );
        paragraph(&mut page, "", &short::exposure(answer));
    }
    for (at, conflict) in answer.conflicts.iter().enumerate() {
        if at > 0 || answer.mechanism.is_some() {
            page.push('\n');
        }
        paragraph(&mut page, "! ", &format!("{} ({})", conflict.what, conflict.rule));
        paragraph(&mut page, "    meanwhile: ", &conflict.meanwhile);
        for way in &conflict.ways_out {
            paragraph(&mut page, "    or: ", way);
        }
    }
    settings(&mut page, answer);
    options(&mut page, answer);
    figures(&mut page, answer);
    turns(&mut page, answer);
    page
}

fn settings(page: &mut String, answer: &Answer) {
    if answer.parameters.is_empty() {
        return;
    }
    page.push_str("\n  Settings\n");
    for parameter in &answer.parameters {
        let mark = if parameter.available { "" } else { " [planned]" };
        let lead = format!("    {:<20} ", parameter.name);
        paragraph(
            page,
            &lead,
            &format!("{}{mark} ({})", parameter.value, parameter.rule),
        );
    }
    if !answer.planned.is_empty() {
        let features: Vec<&str> = answer
            .planned
            .iter()
            .map(|planned| planned.feature.title())
            .collect();
        paragraph(
            page,
            "    Planned, not in this version: ",
            &format!("{}.", features.join("; ")),
        );
    }
}

fn options(page: &mut String, answer: &Answer) {
    page.push_str("\n  Why not the others\n");
    let chosen = answer
        .options
        .iter()
        .find(|option| Some(option.mechanism) == answer.mechanism);
    for option in answer
        .options
        .iter()
        .filter(|option| Some(option.mechanism) != answer.mechanism)
    {
        let lead = format!("    {}: ", option.mechanism.noun(answer.has_cookies));
        paragraph(page, &lead, &why_not(option, chosen));
    }
}

fn why_not(option: &OptionJudged, chosen: Option<&OptionJudged>) -> String {
    if option.excluded_by.is_empty() {
        return chosen
            .map(|chosen| short::lost(option, chosen))
            .unwrap_or_default();
    }
    let reasons = option
        .excluded_by
        .iter()
        .map(|found| format!("{} ({})", found.because, found.rule));
    format!("excluded: {}", reasons.collect::<Vec<_>>().join("; "))
}

fn figures(page: &mut String, answer: &Answer) {
    page.push_str("\n  Figures (* chosen, x excluded, the last two what others do)\n");
    let mark = |scheme: &str| match answer
        .options
        .iter()
        .find(|option| option.mechanism.as_str() == scheme)
    {
        Some(option) if Some(option.mechanism) == answer.mechanism => "*",
        Some(option) if !option.excluded_by.is_empty() => "x",
        _ => " ",
    };
    for line in 0..2 {
        let _ = write!(page, "  {:<24}", "");
        for price in &answer.prices {
            let name = short::scheme(price.scheme).get(line).copied().unwrap_or_default();
            let mark = if line == 1 {
                mark(price.scheme.as_str())
            } else {
                " "
            };
            let _ = write!(page, "{name:>8}{mark}");
        }
        end_line(page);
    }
    for (at, (id, ..)) in FIGURES.iter().enumerate() {
        let _ = write!(page, "  {:<24}", short::figure(id));
        for price in &answer.prices {
            let value = price
                .figures
                .get(at)
                .map(|figure| figure.text())
                .unwrap_or_default();
            let _ = write!(page, "{value:>8} ");
        }
        end_line(page);
    }
}

fn turns(page: &mut String, answer: &Answer) {
    if answer.turns.is_empty() {
        return;
    }
    page.push_str("\n  What would change the answer\n");
    for turn in &answer.turns {
        paragraph(page, "    ", &turn.sentence());
    }
}

fn end_line(page: &mut String) {
    page.truncate(page.trim_end_matches(' ').len());
    page.push('\n');
}

/// Words after a lead, wrapped; the following lines as far in as the lead, or where its value begins.
fn paragraph(page: &mut String, lead: &str, words: &str) {
    let inner = lead.len() - lead.trim_start().len();
    let is_name = !lead.trim().is_empty() && !lead.trim_end().ends_with([':', '!']);
    let indent = if is_name {
        lead.chars().count()
    } else {
        inner + 2 * usize::from(!lead.trim().is_empty())
    };
    let mut line = lead.to_owned();
    let mut empty = true;
    for word in words.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            page.push_str(line.trim_end());
            page.push('\n');
            line = " ".repeat(indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    page.push_str(line.trim_end());
    page.push('\n');
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_steers_no_terminal_and_names_stand_in_columns() {
        let text = "[deployment]\nname = \"x\\u001b[2J\\ny\"\n[[client]]\nname = \"a\"\nkind = \"spa\"\n\
            [[client]]\nname = \"a-name-of-thirty-two-characters-\"\nkind = \"mobile\"\n";
        let raw: crate::RawTopology = toml::from_str(text).unwrap();
        let decision = crate::decide(&raw.check().unwrap(), &crate::Constants::default());
        let page = super::text(&decision);
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!(lines[0], "x\u{fffd}[2J\u{fffd}y");
        let column = |line: &str| {
            line.char_indices()
                .nth(35)
                .map(|(at, _)| line.split_at(at).1.to_owned())
        };
        assert_eq!(column(lines[3]).unwrap(), decision.clients[1].title());
        assert_eq!(column(lines[2]).unwrap(), decision.clients[0].title());
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }
}

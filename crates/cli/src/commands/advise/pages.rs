//! docs/advice/README.md: the worked topologies with their answers, the rules, the formulas and the constants.

use std::fmt::Write as _;

use advisor::figures::{FIGURES, Scheme};
use advisor::gallery::GALLERY;
use advisor::rules::{CONFLICTS, EXCLUSIONS, PREFERENCES, parameters};
use advisor::{Constants, Decision, decide, report};

const INTRODUCTION: &str = "\
# Sessions, JWTs, or both

Made by `symbolon config reference advice`; a topology's keys are in [TOPOLOGY](../TOPOLOGY.md).

`symbolon advise TOPOLOGY.toml` reads the description of a deployment and says, for each client, which mechanism fits, why the
others do not, how to set it, what it costs, and at which values the answer would become another. Hard rules exclude first;
what is left is scored, with weights that you may change. Nothing is measured here: the figures come from the formulas and
constants below, and each constant says whether it was measured, is a property of this version, or is assumed. `cargo xtask bench constants`
measures some of them on your machine, for `--constants FILE`; `symbolon simulate` plays a day of the deployment ([SIMULATION](../SIMULATION.md)).

Without a file it asks ten questions. A running server asks the same in a browser, with live results: `/console/advice` on the admin port
(http://localhost:8701/console/advice). That page shows nothing of the server and changes nothing, and so needs no token.

`--emit DIR` writes the configuration, and beside it drills: for each promise the commands that put it to the test on the running deployment,
how their output is read, and what a failure means (DRILL.md; drill.toml for programs). Those of the worked topologies are linked below.

What an answer wants and this version does not have is marked `planned`.

";

/// The page.
pub(crate) fn gallery() -> String {
    let constants = Constants::default();
    let mut page = INTRODUCTION.to_owned();
    page.push_str("| topology | client | mechanism | |\n|---|---|---|---|\n");
    let decisions: Vec<(&str, &str, Decision)> = GALLERY
        .iter()
        .filter_map(|(name, text)| {
            let topology = super::parse(name, text).ok()?;
            Some((*name, *text, decide(&topology, &constants)))
        })
        .collect();
    for (name, _, decision) in &decisions {
        for answer in &decision.clients {
            let mechanism = answer.title();
            let _ = writeln!(
                page,
                "| [{}]({name}.toml) | {} | {mechanism} | [drills](drills/{name}.md) |",
                decision.deployment, answer.client
            );
        }
    }
    rules(&mut page);
    figures(&mut page, &constants);
    for (name, text, decision) in &decisions {
        let about: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
        let _ = write!(
            page,
            "\n## {}\n\n[{name}.toml]({name}.toml): {}\n\n```text\n{}```\n",
            decision.deployment,
            about.join(" "),
            report::text(decision)
        );
    }
    page
}

/// docs/advice/drills: each worked topology's, after a line with the file's name.
pub(crate) fn drills() -> String {
    let constants = Constants::default();
    let mut pages = String::new();
    for (name, text) in GALLERY {
        if let Ok(topology) = super::parse(name, text) {
            let page = advisor::emit::drills(&topology, &constants).page();
            let _ = write!(pages, "%%% {name}.md\n{page}");
        }
    }
    pages
}

fn rules(page: &mut String) {
    page.push_str(
        "\n## Rules\n\nThey stand in [crates/advisor/src/rules](../../crates/advisor/src/rules.rs).\n\n",
    );
    page.push_str("| id | statement | source |\n|---|---|---|\n");
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
        let _ = writeln!(page, "| {id} | {statement} | {source} |");
    }
}

fn figures(page: &mut String, constants: &Constants) {
    page.push_str(
        "\n## Figures\n\nThe formula of each option is in `--format json`.\n\n| id | figure |\n|---|---|\n",
    );
    for (id, name, _) in FIGURES {
        let _ = writeln!(page, "| {id} | {name} |");
    }
    let compared: Vec<&str> = Scheme::all().into_iter().map(Scheme::title).collect();
    let _ = write!(page, "\nCompared: {}.\n", compared.join("; "));
    page.push_str("\n## Constants\n\n| id | constant | value | where it comes from |\n|---|---|---|---|\n");
    for constant in constants.list() {
        let _ = writeln!(
            page,
            "| {} | `{}` | {} {} | {} |",
            constant.id, constant.name, constant.value, constant.unit, constant.source
        );
    }
}

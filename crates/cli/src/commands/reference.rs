//! Reference pages made from the code.

use clap::{Command, CommandFactory, ValueEnum};

use super::metrics_page;
use crate::args::Cli;
use crate::config;
use crate::failure::Failure;

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Page {
    /// Every setting.
    Config,
    /// Every command.
    Cli,
    /// Every reason and error code.
    Errors,
    /// Every kind of event.
    Events,
    /// Every metric.
    Metrics,
    /// The admin API as OpenAPI.
    Openapi,
    /// Every key of a topology file.
    Topology,
    /// Every check of the audit.
    Audit,
    /// The worked topologies, with rules, formulas and constants.
    Advice,
    /// Drills of the worked topologies: each page after a line `%%% NAME`.
    Drills,
}

/// The page's text.
pub(crate) async fn text(page: Page) -> Result<String, Failure> {
    Ok(match page {
        Page::Config => config::reference(&config::settings()),
        Page::Cli => commands(),
        Page::Errors => authority::reference::errors(),
        Page::Events => authority::reference::events(),
        Page::Metrics => metrics_page::page(&crate::serve::scrape().await?),
        Page::Openapi => authority::reference::openapi(),
        Page::Topology => config::topology_reference(advisor::SETTINGS),
        Page::Audit => audit::docs::index(),
        Page::Advice => super::advise::gallery(),
        Page::Drills => super::advise::drills(),
    })
}

/// The help of every command, one after the other.
fn commands() -> String {
    let mut page = String::from(
        "<!-- Made from the code: do not edit. -->\n\n# Command line\n\nEvery command takes `--json` and `--help`. Exit status: 0 done, 1 a finding or a mistake \
         of yours, 2 a fault. Data goes to standard output, everything else to standard error.\n",
    );
    let mut root = Cli::command().disable_help_subcommand(true).term_width(100);
    root.build();
    for command in root.get_subcommands() {
        describe(command, "symbolon", 2, &mut page);
    }
    page
}

fn describe(command: &Command, parent: &str, level: usize, page: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    let help = command.clone().term_width(100).render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!(
        "\n{} {name}\n\n```text\n{}\n```\n",
        "#".repeat(level),
        lines.join("\n").trim()
    ));
    for inner in command.get_subcommands() {
        describe(inner, &name, level + 1, page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_page_has_its_subject() {
        for (page, word) in [
            (Page::Config, "`idle_aal1`"),
            (Page::Cli, "symbolon revoke"),
            (Page::Errors, "missing_credential"),
            (Page::Events, "session.created"),
            (Page::Metrics, "`symbolon_edge_decisions_total`"),
            (Page::Openapi, "/admin/v1/revocations"),
            (Page::Topology, "| `kind` | one of browser_same_site"),
            (Page::Audit, "jwt.alg-none"),
            (Page::Advice, "Monolith with Redis"),
        ] {
            assert!(text(page).await.unwrap().contains(word), "{page:?}");
        }
    }
}

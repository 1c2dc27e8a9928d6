//! `symbolon audit cookies`.

use std::path::PathBuf;

use audit::site::{Inventory, Secret, visit};
use audit::{Check, Target};
use url::Url;
use zeroize::Zeroizing;

use super::Ways;
use super::ways::{Matrix, Subject, now_s};
use crate::config;
use crate::env;
use crate::failure::{Failure, Verdict};
use crate::out::{Out, printable};

const EXAMPLE: &str = "\
Examples:
  symbolon audit cookies https://staging.app.example/ https://app.example/
  symbolon audit cookies --inventory sites.toml --html audit.html --fail-on medium
  symbolon audit cookies https://staging.app.example/ --dry-run";

/// Cookies, headers and pages of one site in each environment: flags, names, lifetime, randomness, drift.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// Addresses to look at; each host is an environment of its own.
    #[arg(
        value_name = "URL",
        required_unless_present = "inventory",
        conflicts_with = "inventory"
    )]
    urls: Vec<Url>,
    /// A TOML file that names environments, pages, and how to sign in (docs/audit/README.md).
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    #[command(flatten)]
    ways: Ways,
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let inventory = match &args.inventory {
        Some(file) => {
            let refused = |error: audit::site::InventoryError| {
                Failure::mistake(format!("{} is refused", file.display())).because(&error)
            };
            let inventory = Inventory::parse(&config::read_text(file)?).map_err(refused)?;
            inventory.with_secrets(&secret).map_err(refused)?
        }
        None => Inventory::of_urls(&args.urls),
    };
    let urls: Vec<Url> = inventory.sites.iter().map(|site| site.url.clone()).collect();
    let client = args.ways.client(&urls)?;
    let now_s = now_s();
    let sites = out
        .while_waiting("looking around", visit(&client, &inventory, now_s))
        .await;
    let sites = sites.map_err(|stop| {
        Failure::fault("the sites were not looked at in full")
            .because(&stop)
            .hint("raise --requests or --time")
    })?;
    for site in &sites {
        for trouble in &site.troubles {
            out.note(&printable(&format!("{}: {trouble}", site.environment)));
        }
    }
    if sites.iter().all(|site| site.pages.is_empty()) {
        return Err(Failure::fault("no page could be fetched")
            .hint("see the lines above; a private address that a name leads to needs --permit"));
    }
    let names: Vec<&str> = inventory.sites.iter().map(|site| site.url.as_str()).collect();
    let matrix = Matrix(audit::cookies::matrix::rows(&sites, now_s));
    let target = Target {
        name: names.join(", "),
        sites,
        ..Target::default()
    };
    let checks: Vec<&'static Check> = audit::all()
        .filter(|check| {
            ["cookies.", "pages.", "tls."]
                .iter()
                .any(|suite| check.id.starts_with(suite))
        })
        .collect();
    let subject = Subject {
        checks,
        target: &target,
        client: &client,
        matrix,
    };
    args.ways.audit(subject, out).await
}

/// Where the inventory says that a secret is.
fn secret(place: &Secret) -> Result<Zeroizing<String>, String> {
    match place {
        Secret::Env { env: name } => {
            env::secret(name).ok_or_else(|| format!("the variable {name} is not set"))
        }
        Secret::File { file } => {
            let text = std::fs::read_to_string(file)
                .map(Zeroizing::new)
                .map_err(|error| format!("{file}: {error}"))?;
            Ok(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned()))
        }
        Secret::Text(text) => Ok(Zeroizing::new(text.clone())),
        Secret::Known(text) => Ok(text.clone()),
    }
}

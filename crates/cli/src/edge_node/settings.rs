//! From a configuration to what an edge is given. All problems at once; what only `serve` reads may stand there too.

use std::path::{Path, PathBuf};

use domain::Host;
use domain::feed::EdgeCredential;
use edge::EdgeConfig;
use toml::Table;
use verifier::Issuer;

use crate::config::{self, RawEdges, RawServing, ServingConfig, Source};
use crate::env;
use crate::failure::Failure;

/// Everything that an edge needs to know.
pub(crate) struct Settings {
    pub(crate) credential: EdgeCredential,
    pub(crate) edge: EdgeConfig,
    pub(crate) serving: ServingConfig,
    /// How to read all this again.
    pub(super) file: PathBuf,
    /// What was read, without secrets.
    pub(super) table: Table,
}

/// Reads everything.
pub(crate) fn read(file: &Path) -> Result<Settings, Failure> {
    let source = Source {
        name: file.display().to_string(),
        text: config::read_file(file)?,
        environment: env::settings(),
    };
    let checked = config::load(&source, &config::settings()).map_err(|problems| config::refuse(&problems))?;
    let text = checked.secrets.get("edge.credential").ok_or_else(|| {
        Failure::mistake("edge.credential is missing")
            .hint("run `symbolon edge add NAME` on the authority, keep what it prints in a file, and write credential = { file = \"..\" } below [edge]")
    })?;
    let credential = EdgeCredential::parse(text)
        .map_err(|error| Failure::mistake("edge.credential cannot be used").because(&error))?;
    let serving = config::room::<RawServing>(&checked.table)?
        .check()
        .map_err(|problems| config::refuse(&config::locate(problems, &source)))?;
    let edge = routes(&checked.table, &credential)
        .map_err(|problems| config::refuse(&config::locate(problems, &source)))?;
    Ok(Settings {
        credential,
        edge,
        serving,
        file: file.to_owned(),
        table: checked.table,
    })
}

/// The edge's part of a table, for the issuer and under the name of a credential.
pub(super) fn routes(
    table: &Table,
    credential: &EdgeCredential,
) -> Result<EdgeConfig, Vec<domain::setting::Problem>> {
    let unreadable = |message: &str| {
        vec![domain::setting::Problem::new(
            "edge.credential",
            message,
            "make a new one with `symbolon edge add NAME`",
        )]
    };
    let host = issuer_host(&credential.issuer).ok_or_else(|| unreadable("names an issuer that is none"))?;
    let issuer = Issuer {
        url: credential.issuer.clone(),
        host,
    };
    let raw: RawEdges = table
        .clone()
        .try_into()
        .map_err(|_| unreadable("cannot be joined with this configuration"))?;
    raw.check_as(&credential.edge, issuer)
}

fn issuer_host(issuer: &str) -> Option<Host> {
    url::Url::parse(issuer).ok()?.host_str()?.parse().ok()
}

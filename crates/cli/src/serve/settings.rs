//! From the command line and a configuration to what each room is given. All problems at once.

use std::path::PathBuf;

use authority::KeyEncryptionKey;
use domain::Host;
use edge::EdgeConfig;
use serde::Deserialize;

use super::{Args, data_dir};
use crate::config::{self, Checked, RawEdges, RawServing, ServingConfig, Source};
use crate::demo;
use crate::env;
use crate::failure::Failure;
use crate::listen::AllowedHosts;

/// Everything that `serve` needs to know.
pub(crate) struct Settings {
    pub(crate) authority: authority::Config,
    pub(crate) edge: EdgeConfig,
    pub(crate) serving: ServingConfig,
    pub(crate) data: PathBuf,
    /// From the configuration; otherwise a file in the data directory.
    pub(crate) kek: Option<KeyEncryptionKey>,
    pub(crate) events_to_stdout: bool,
    pub(crate) demo: Option<DemoPorts>,
    /// How to read all this again.
    pub(super) args: Args,
    /// What was read, without secrets.
    pub(super) table: toml::Table,
}

/// Ports of the demo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DemoPorts {
    pub(crate) public: u16,
    pub(crate) admin: u16,
    pub(crate) front: u16,
    /// The sample application's own, behind the edges.
    pub(crate) application: u16,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawEvents {
    events: Events,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Events {
    stdout: bool,
}

/// Reads everything.
pub(crate) fn read(args: &Args) -> Result<Settings, Failure> {
    let demo = args.demo.then(|| demo_ports(&args.demo_ports)).transpose()?;
    let source = source(args, demo)?;
    let checked = config::load(&source, &config::settings()).map_err(|problems| config::refuse(&problems))?;
    let problems = config::judge(&checked, &source);
    if !problems.is_empty() {
        return Err(config::refuse(&problems));
    }
    let usual = if args.demo {
        "symbolon-demo"
    } else {
        "symbolon-data"
    };
    let mut serving = config::room::<RawServing>(&checked.table)?
        .check()
        .map_err(|p| unexpected(&p))?;
    if let Some(ports) = demo {
        serving.admin_listen = crate::listen::ListenAddress::localhost(ports.admin);
        serving.listen = crate::listen::ListenAddress::localhost(ports.public);
    }
    let authority = config::room::<authority::RawConfig>(&checked.table)?
        .check()
        .map_err(|p| unexpected(&p))?;
    let edge = edges(&checked.table, &authority)?;
    Ok(Settings {
        args: args.clone(),
        kek: key(&checked)?,
        events_to_stdout: config::room::<RawEvents>(&checked.table)?.events.stdout,
        data: args.data.clone().unwrap_or_else(|| usual.into()),
        authority,
        edge,
        serving,
        demo,
        table: checked.table,
    })
}

/// The edge's part of a table, for an authority.
pub(super) fn edges(table: &toml::Table, authority: &authority::Config) -> Result<EdgeConfig, Failure> {
    config::room::<RawEdges>(table)?
        .check(authority)
        .map_err(|problems| unexpected(&problems))
}

impl Settings {
    /// The hosts that requests to the authority may be for.
    pub(crate) fn hosts(&self) -> AllowedHosts {
        let named = self
            .serving
            .hosts
            .iter()
            .filter_map(|name| name.parse::<Host>().ok());
        AllowedHosts::new(named.chain([self.authority.host.clone()]), true)
    }
}

fn source(args: &Args, demo: Option<DemoPorts>) -> Result<Source, Failure> {
    if let Some(ports) = demo {
        // Nothing of the user's own configuration may reach the demo.
        let text = demo::configuration(ports.public, ports.front, ports.application);
        return Ok(Source {
            name: "the demo".into(),
            text,
            ..Source::default()
        });
    }
    let environment = env::settings();
    match &args.config {
        Some(file) => Ok(Source {
            name: file.display().to_string(),
            text: config::read_file(file)?,
            environment,
        }),
        None => Ok(Source {
            environment,
            ..Source::default()
        }),
    }
}

fn demo_ports(given: &[u16]) -> Result<DemoPorts, Failure> {
    match given {
        [] => Ok(DemoPorts {
            public: 8700,
            admin: 8701,
            front: 8710,
            application: 8720,
        }),
        [public, admin, front] => Ok(DemoPorts {
            public: *public,
            admin: *admin,
            front: *front,
            application: front.checked_add(1).unwrap_or(1024),
        }),
        _ => Err(Failure::mistake("--demo-ports takes three ports")
            .hint("authority, admin, application: 8700,8701,8710")),
    }
}

fn key(checked: &Checked) -> Result<Option<KeyEncryptionKey>, Failure> {
    let Some(text) = checked.secrets.get("keys.kek") else {
        return Ok(None);
    };
    data_dir::parse_key(text).map(Some).ok_or_else(|| {
        Failure::mistake("keys.kek is not a key-encryption key")
            .hint("32 random bytes as base64url: 43 characters")
    })
}

/// `judge` has seen the same values: this is a fault of ours.
fn unexpected(problems: &[domain::setting::Problem]) -> Failure {
    let mut failure = Failure::fault("the configuration was checked and still refused");
    failure.causes = problems
        .iter()
        .map(|p| format!("{}: {}", p.path, p.message))
        .collect();
    failure
}

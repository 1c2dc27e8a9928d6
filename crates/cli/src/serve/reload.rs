//! SIGHUP at a server: its configuration, and the routes of all its edges.

use std::sync::Arc;

use authority::Gateway;
use edge::EdgeConfig;
use toml::Table;

use super::run::Running;
use super::settings::{self, Settings};
use crate::failure::Failure;
use crate::reload::{Change, Reloads};

/// A server that runs by these settings.
pub(super) struct Serving<'s> {
    pub(super) settings: &'s Settings,
    pub(super) running: &'s Running,
}

impl Reloads for Serving<'_> {
    const WHAT: &'static str = "the server";

    fn read(&self) -> Result<Table, Failure> {
        if self.settings.demo.is_some() {
            return Err(Failure::mistake("the demo has no configuration to read again"));
        }
        Ok(settings::read(&self.settings.args)?.table)
    }

    fn edge(&self, table: &Table) -> Result<EdgeConfig, Failure> {
        settings::edges(table, &self.settings.authority)
    }

    async fn install(&self, new: &EdgeConfig, exceptions: &Change) -> Result<(), Failure> {
        let gateway = Gateway::new(Arc::clone(&self.running.authority));
        for edge in self.running.edges.iter() {
            let name = &edge.config().name;
            gateway.declare_exceptions(name, exceptions.both());
            let installed = edge.install_routes(&new.routes);
            let told = if installed.is_ok() {
                &exceptions.after
            } else {
                &exceptions.before
            };
            gateway.declare_exceptions(name, told.clone());
            installed.map_err(|error| Failure::mistake("the routes cannot be used").because(&error))?;
        }
        Ok(())
    }
}

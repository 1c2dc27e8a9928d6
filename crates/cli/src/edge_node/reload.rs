//! SIGHUP at an edge alone. A route with a written exception is in force only after the authority has heard of it, so that
//! no receipt leaves it out.

use edge::EdgeConfig;
use toml::Table;

use super::run::Running;
use super::settings::{self, Settings};
use crate::config;
use crate::failure::Failure;
use crate::reload::{Change, Reloads};

/// An edge that runs by these settings.
pub(super) struct Node<'s> {
    pub(super) settings: &'s Settings,
    pub(super) running: &'s Running,
}

impl Reloads for Node<'_> {
    const WHAT: &'static str = "the edge";

    fn read(&self) -> Result<Table, Failure> {
        Ok(settings::read(&self.settings.file)?.table)
    }

    fn edge(&self, table: &Table) -> Result<EdgeConfig, Failure> {
        settings::routes(table, &self.settings.credential)
            .map_err(|problems| config::refuse(&config::locate(problems, &config::Source::default())))
    }

    async fn install(&self, new: &EdgeConfig, exceptions: &Change) -> Result<(), Failure> {
        let link = &self.running.link;
        let differ = exceptions.after != exceptions.before;
        if differ {
            link.declare_exceptions(exceptions.both())
                .await
                .map_err(|error| {
                    Failure::fault("the authority could not be told of the new routes' exceptions")
                        .because(&error)
                        .hint("send SIGHUP again once the edge is connected")
                })?;
        }
        let installed = self.running.edge.install_routes(&new.routes);
        installed.map_err(|error| Failure::mistake("the routes cannot be used").because(&error))?;
        // Unheard, receipts name routes that are gone: more than there are, never fewer.
        if differ && let Err(error) = link.declare_exceptions(exceptions.after.clone()).await {
            tracing::warn!(%error, "receipts go on naming the old routes' exceptions until the next connection");
        }
        Ok(())
    }
}

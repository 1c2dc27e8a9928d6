//! SIGHUP: routes take effect at once, everything else waits for a restart. A route with a written exception is in force
//! only after the authority has heard of it, so that no receipt leaves it out.

use std::collections::BTreeSet;

use domain::Span;
use toml::Table;

use super::run::Running;
use super::settings::{self, Settings};
use crate::config;
use crate::failure::Failure;
use crate::out::Out;
use crate::serve::{ROUTES, changed, exceptions};

/// What is in force, to compare with.
pub(super) struct Reload<'s> {
    settings: &'s Settings,
    table: Table,
    exceptions: Vec<(String, Span)>,
}

impl<'s> Reload<'s> {
    pub(super) fn new(settings: &'s Settings) -> Self {
        Self {
            settings,
            table: settings.table.clone(),
            exceptions: exceptions(&settings.edge),
        }
    }

    /// Reads everything again, and says what came of it.
    pub(super) async fn again(&mut self, running: &Running, out: &Out) {
        match self.read_again(running).await {
            Ok((routes, waiting)) => {
                out.note(&format!(
                    "the configuration was read again; {routes} routes are in force"
                ));
                if !waiting.is_empty() {
                    let keys: Vec<String> = waiting.into_iter().collect();
                    out.note(&format!(
                        "changed, but waiting for a restart: {}",
                        keys.join(", ")
                    ));
                }
            }
            Err(failure) => {
                out.failure(&failure);
                out.note("the configuration in force was kept");
            }
        }
    }

    async fn read_again(&mut self, running: &Running) -> Result<(usize, BTreeSet<String>), Failure> {
        let new = settings::read(&self.settings.file)?;
        let mut table = self.table.clone();
        match new.table.get(ROUTES) {
            Some(routes) => table.insert(ROUTES.to_owned(), routes.clone()),
            // Without any route everything is the quick start's: a file that is half written must not open it.
            None if table.contains_key(ROUTES) => {
                return Err(
                    Failure::mistake("the new configuration has no [[route]] any more")
                        .hint("keep one, or restart the edge to run it without routes"),
                );
            }
            None => None,
        };
        let edge = settings::routes(&table, &self.settings.credential)
            .map_err(|problems| config::refuse(&config::locate(problems, &config::Source::default())))?;
        self.install(running, &edge).await?;
        let mut waiting = BTreeSet::new();
        changed(&table, &new.table, "", &mut waiting);
        self.table = table;
        Ok((edge.routes.as_slice().len(), waiting))
    }

    /// Receipts name the exceptions of both sets of routes until the old one is gone.
    async fn install(&mut self, running: &Running, new: &edge::EdgeConfig) -> Result<(), Failure> {
        let after = exceptions(new);
        if after != self.exceptions {
            let both = self.exceptions.iter().chain(&after).cloned().collect();
            running.link.declare_exceptions(both).await.map_err(|error| {
                Failure::fault("the authority could not be told of the new routes' exceptions")
                    .because(&error)
                    .hint("send SIGHUP again once the edge is connected")
            })?;
        }
        let installed = running.edge.install_routes(&new.routes);
        installed.map_err(|error| Failure::mistake("the routes cannot be used").because(&error))?;
        if after != self.exceptions {
            // Unheard, receipts name routes that are gone: more than there are, never fewer.
            if let Err(error) = running.link.declare_exceptions(after.clone()).await {
                tracing::warn!(%error, "receipts go on naming the old routes' exceptions until the next connection");
            }
            self.exceptions = after;
        }
        Ok(())
    }
}

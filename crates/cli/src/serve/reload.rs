//! SIGHUP: the configuration is read again, as a whole. Routes take effect at once; of everything else that changed it is
//! said that it waits for a restart. What has problems changes nothing.

use std::collections::BTreeSet;

use authority::Gateway;
use domain::Span;
use edge::EdgeConfig;
use toml::{Table, Value};

use super::run::Running;
use super::settings::{self, Settings};
use crate::failure::Failure;
use crate::out::Out;

/// The one section that takes effect at once.
pub(crate) const ROUTES: &str = "route";

/// What is in force, to compare with.
pub(super) struct Reload<'s> {
    settings: &'s Settings,
    table: Table,
    /// Of the routes in force: what receipts were told of them.
    exceptions: Vec<(String, Span)>,
}

/// What a reload did.
struct Reloaded {
    routes: usize,
    /// Keys that changed and wait for a restart.
    waiting: BTreeSet<String>,
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
    pub(super) fn again(&mut self, running: &Running, out: &Out) {
        match self.read_again(running) {
            Ok(Reloaded { routes, waiting }) => {
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

    fn read_again(&mut self, running: &Running) -> Result<Reloaded, Failure> {
        if self.settings.demo.is_some() {
            return Err(Failure::mistake("the demo has no configuration to read again"));
        }
        let new = settings::read(&self.settings.args)?;
        let mut table = self.table.clone();
        match new.table.get(ROUTES) {
            Some(routes) => table.insert(ROUTES.to_owned(), routes.clone()),
            // Without any route everything is the quick start's: a file that is half written must not open it.
            None if table.contains_key(ROUTES) => {
                return Err(
                    Failure::mistake("the new configuration has no [[route]] any more")
                        .hint("keep one, or restart the server to run it without routes"),
                );
            }
            None => None,
        };
        // The new routes in the world that stays until the restart: an issuer that changes with them is not theirs yet.
        let edge = settings::edges(&table, &self.settings.authority)?;
        self.install(running, &edge)?;
        let mut waiting = BTreeSet::new();
        changed(&table, &new.table, "", &mut waiting);
        self.table = table;
        Ok(Reloaded {
            routes: edge.routes.as_slice().len(),
            waiting,
        })
    }

    /// Receipts name the exceptions of both sets of routes until the old one is gone.
    fn install(&mut self, running: &Running, new: &EdgeConfig) -> Result<(), Failure> {
        let gateway = Gateway::new(std::sync::Arc::clone(&running.authority));
        let after = exceptions(new);
        let both: Vec<_> = self.exceptions.iter().chain(&after).cloned().collect();
        for edge in running.edges.iter() {
            let name = &edge.config().name;
            gateway.declare_exceptions(name, both.clone());
            let installed = edge.install_routes(&new.routes);
            let told = if installed.is_ok() {
                &after
            } else {
                &self.exceptions
            };
            gateway.declare_exceptions(name, told.clone());
            installed.map_err(|error| Failure::mistake("the routes cannot be used").because(&error))?;
        }
        self.exceptions = after;
        Ok(())
    }
}

/// The routes that a revocation may not reach in time, with for how long.
pub(crate) fn exceptions(edge: &EdgeConfig) -> Vec<(String, Span)> {
    let routes = edge.routes.as_slice().iter();
    routes
        .filter_map(|route| Some((route.name.clone(), route.staleness.beyond_lease?)))
        .collect()
}

/// The paths of all keys in which two tables differ.
pub(crate) fn changed(old: &Table, new: &Table, prefix: &str, found: &mut BTreeSet<String>) {
    for name in old.keys().chain(new.keys()) {
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        let empty = Table::new();
        match (old.get(name), new.get(name)) {
            (Some(Value::Table(old)), Some(Value::Table(new))) => changed(old, new, &path, found),
            (Some(Value::Table(old)), None) => changed(old, &empty, &path, found),
            (None, Some(Value::Table(new))) => changed(&empty, new, &path, found),
            (old, new) if old != new => {
                found.insert(path);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(old: &str, new: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        changed(&old.parse().unwrap(), &new.parse().unwrap(), "", &mut found);
        found.into_iter().collect()
    }

    #[test]
    fn each_key_that_differs_is_named_once() {
        let old = "[login]\nwindow = '5m'\nhashing_places = 2\n[token]\nalgorithms = ['ES256']";
        assert!(differences(old, old).is_empty());
        let new = "[login]\nwindow = '6m'\nhashing_places = 2\n[session]\ncap = 3\n[server.tls]\nkey = 'x'";
        assert_eq!(
            differences(old, new),
            [
                "login.window",
                "server.tls.key",
                "session.cap",
                "token.algorithms"
            ]
        );
    }
}

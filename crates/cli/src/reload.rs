//! SIGHUP: the configuration is read again, as a whole. Routes take effect at once; of everything else that changed it is
//! said that it waits for a restart. What has problems changes nothing. The same for a server and for an edge alone.

use std::collections::BTreeSet;

use domain::Span;
use edge::EdgeConfig;
use toml::{Table, Value};

use crate::failure::Failure;
use crate::out::Out;

/// The one section that takes effect at once.
const ROUTES: &str = "route";

/// What reads its configuration again while it runs.
pub(crate) trait Reloads {
    /// What a person restarts.
    const WHAT: &'static str;

    /// Everything, read anew and checked.
    fn read(&self) -> Result<Table, Failure>;

    /// The edge's part of a table, in the world that stays until the restart.
    fn edge(&self, table: &Table) -> Result<EdgeConfig, Failure>;

    /// Puts routes in force. Receipts name the exceptions of the old routes and of the new ones until the old are gone.
    async fn install(&self, new: &EdgeConfig, exceptions: &Change) -> Result<(), Failure>;
}

/// The written exceptions of the routes in force, and of those that come.
pub(crate) struct Change {
    pub(crate) before: Vec<(String, Span)>,
    pub(crate) after: Vec<(String, Span)>,
}

impl Change {
    pub(crate) fn both(&self) -> Vec<(String, Span)> {
        self.before.iter().chain(&self.after).cloned().collect()
    }
}

/// What is in force, to compare with.
pub(crate) struct Reload {
    table: Table,
    /// Of the routes in force: what receipts were told of them.
    exceptions: Vec<(String, Span)>,
}

impl Reload {
    /// After a start with a table and the edge's part of it.
    pub(crate) fn new(table: &Table, edge: &EdgeConfig) -> Self {
        Self {
            table: table.clone(),
            exceptions: exceptions(edge),
        }
    }

    /// Reads everything again, and says what came of it.
    pub(crate) async fn again<R: Reloads>(&mut self, running: &R, out: &Out) {
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

    /// How many routes are in force now, and which keys changed and wait for a restart.
    async fn read_again<R: Reloads>(&mut self, running: &R) -> Result<(usize, BTreeSet<String>), Failure> {
        let new = running.read()?;
        let mut table = self.table.clone();
        match new.get(ROUTES) {
            Some(routes) => table.insert(ROUTES.to_owned(), routes.clone()),
            // Without any route everything is the quick start's: a file that is half written must not open it.
            None if table.contains_key(ROUTES) => {
                let hint = format!("keep one, or restart {} to run it without routes", R::WHAT);
                return Err(Failure::mistake("the new configuration has no [[route]] any more").hint(hint));
            }
            None => None,
        };
        // The new routes in the world that stays: an issuer that changes with them is not theirs yet.
        let edge = running.edge(&table)?;
        let exceptions = Change {
            before: self.exceptions.clone(),
            after: exceptions(&edge),
        };
        running.install(&edge, &exceptions).await?;
        self.exceptions = exceptions.after;
        let mut waiting = BTreeSet::new();
        changed(&table, &new, "", &mut waiting);
        self.table = table;
        Ok((edge.routes.as_slice().len(), waiting))
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
fn changed(old: &Table, new: &Table, prefix: &str, found: &mut BTreeSet<String>) {
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

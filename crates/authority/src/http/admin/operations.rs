//! Every operation of the admin API, once: the router is made from this list, and so is what each needs. A test holds the
//! document to it.

use axum::routing::{MethodRouter, delete, get, post, put};
use domain::admin_token::AdminScope;
use http::Method;

use super::{
    Admin, admin_tokens, client_secrets, clients, edges, events, keys, revocations, sessions, system, users,
};

/// One operation: what the router answers, what the document describes, and what a caller needs for it.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// Its word in events and metrics.
    pub(super) action: &'static str,
    /// The one scope that a token needs.
    pub(super) scope: AdminScope,
    pub(super) handler: MethodRouter<Admin>,
}

/// What is known of an operation once the router has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    pub(super) action: &'static str,
    pub(super) scope: AdminScope,
    /// Whether it changes something, and so leaves an event.
    pub(super) changes: bool,
}

impl Operation {
    pub(super) fn needs(&self) -> Needs {
        Needs {
            action: self.action,
            scope: self.scope,
            changes: self.method != Method::GET,
        }
    }
}

type Row = (
    Method,
    &'static str,
    (&'static str, AdminScope),
    MethodRouter<Admin>,
);

/// All of them.
pub(super) fn all() -> Vec<Operation> {
    let groups = [people(), applications(), credentials(), system_rows()];
    let operation = |(method, path, (action, scope), handler): Row| Operation {
        method,
        path,
        action,
        scope,
        handler,
    };
    groups.into_iter().flatten().map(operation).collect()
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

#[rustfmt::skip]
fn people() -> Vec<Row> {
    use AdminScope::{Read, Sessions, Users};
    vec![
        (GET, "/admin/v1/users", ("users.list", Read), get(users::list)),
        (POST, "/admin/v1/users", ("users.add", Users), post(users::add)),
        (GET, "/admin/v1/users/{user}", ("users.show", Read), get(users::show)),
        (POST, "/admin/v1/users/{user}/disable", ("users.disable", Users), post(users::disable)),
        (POST, "/admin/v1/users/{user}/enable", ("users.enable", Users), post(users::enable)),
        (POST, "/admin/v1/users/{user}/unlock", ("users.unlock", Users), post(users::unlock)),
        (PUT, "/admin/v1/users/{user}/password", ("users.set_password", Users), put(users::set_password)),
        (GET, "/admin/v1/sessions", ("sessions.list", Read), get(sessions::list)),
        (DELETE, "/admin/v1/sessions", ("sessions.end_all", Sessions), delete(sessions::end_all)),
        (GET, "/admin/v1/sessions/{id}", ("sessions.show", Read), get(sessions::show)),
        (DELETE, "/admin/v1/sessions/{id}", ("sessions.end", Sessions), delete(sessions::end)),
    ]
}

#[rustfmt::skip]
fn applications() -> Vec<Row> {
    use AdminScope::{Clients, Read};
    vec![
        (GET, "/admin/v1/clients", ("clients.list", Read), get(clients::list)),
        (POST, "/admin/v1/clients", ("clients.add", Clients), post(clients::add)),
        (GET, "/admin/v1/clients/{id}", ("clients.show", Read), get(clients::show)),
        (DELETE, "/admin/v1/clients/{id}", ("clients.remove", Clients), delete(clients::remove)),
        (GET, "/admin/v1/clients/{id}/secrets", ("clients.list_secrets", Read), get(client_secrets::list)),
        (POST, "/admin/v1/clients/{id}/secrets", ("clients.rotate_secret", Clients), post(client_secrets::rotate)),
        (DELETE, "/admin/v1/clients/{id}/secrets/{secret}", ("clients.remove_secret", Clients), delete(client_secrets::remove)),
    ]
}

#[rustfmt::skip]
fn credentials() -> Vec<Row> {
    use AdminScope::{Keys, Read, Revoke, Tokens};
    vec![
        (GET, "/admin/v1/keys", ("keys.list", Read), get(keys::list)),
        (POST, "/admin/v1/keys/rotate", ("keys.rotate", Keys), post(keys::rotate)),
        (POST, "/admin/v1/keys/{kid}/retire", ("keys.retire", Keys), post(keys::retire)),
        (POST, "/admin/v1/edges", ("edges.add", Keys), post(edges::add)),
        (POST, "/admin/v1/edges/{edge}/remove", ("edges.remove", Keys), post(edges::remove)),
        (GET, "/admin/v1/revocations", ("revocations.list", Read), get(revocations::list)),
        (POST, "/admin/v1/revocations", ("revocations.revoke", Revoke), post(revocations::revoke)),
        (GET, "/admin/v1/admin-tokens", ("admin_tokens.list", Tokens), get(admin_tokens::list)),
        (POST, "/admin/v1/admin-tokens", ("admin_tokens.add", Tokens), post(admin_tokens::add)),
        (DELETE, "/admin/v1/admin-tokens/{token}", ("admin_tokens.remove", Tokens), delete(admin_tokens::remove)),
    ]
}

#[rustfmt::skip]
fn system_rows() -> Vec<Row> {
    use AdminScope::{Events, Metrics, Read, System};
    vec![
        (GET, "/admin/v1/edges", ("system.edges", Read), get(system::edges)),
        (GET, "/admin/v1/events", ("events.list", Events), get(events::list)),
        (GET, "/admin/v1/events/verify", ("events.verify", Events), get(events::verify)),
        (GET, "/admin/v1/refusals", ("events.refusals", Events), get(events::refusals)),
        (POST, "/admin/v1/setup-code", ("system.setup_code", System), post(system::setup_code)),
        (POST, "/admin/v1/backup", ("system.backup", System), post(system::backup)),
        (GET, "/admin/v1/status", ("system.status", Read), get(system::status)),
        (GET, "/admin/v1/openapi.json", ("system.openapi", Read), get(system::openapi)),
        (GET, "/metrics", ("system.metrics", Metrics), get(system::metrics)),
    ]
}

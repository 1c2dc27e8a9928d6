//! Every operation of the admin API, once: the router is made from this list, and a test holds the document to it.

use axum::routing::{MethodRouter, delete, get, post, put};
use http::Method;

use super::{Admin, Operation, clients, events, keys, revocations, sessions, system, users};

fn operation(method: Method, path: &'static str, handler: MethodRouter<Admin>) -> Operation {
    Operation { method, path, handler }
}

/// All of them.
pub(super) fn all() -> Vec<Operation> {
    let (g, p, d) = (|| Method::GET, || Method::POST, || Method::DELETE);
    vec![
        operation(g(), "/admin/v1/users", get(users::list)),
        operation(p(), "/admin/v1/users", post(users::add)),
        operation(g(), "/admin/v1/users/{user}", get(users::show)),
        operation(p(), "/admin/v1/users/{user}/disable", post(users::disable)),
        operation(p(), "/admin/v1/users/{user}/enable", post(users::enable)),
        operation(Method::PUT, "/admin/v1/users/{user}/password", put(users::set_password)),
        operation(g(), "/admin/v1/clients", get(clients::list)),
        operation(p(), "/admin/v1/clients", post(clients::add)),
        operation(g(), "/admin/v1/clients/{id}", get(clients::show)),
        operation(d(), "/admin/v1/clients/{id}", delete(clients::remove)),
        operation(g(), "/admin/v1/sessions", get(sessions::list)),
        operation(g(), "/admin/v1/sessions/{id}", get(sessions::show)),
        operation(d(), "/admin/v1/sessions/{id}", delete(sessions::end)),
        operation(g(), "/admin/v1/keys", get(keys::list)),
        operation(p(), "/admin/v1/keys/rotate", post(keys::rotate)),
        operation(p(), "/admin/v1/keys/{kid}/retire", post(keys::retire)),
        operation(p(), "/admin/v1/revocations", post(revocations::revoke)),
        operation(g(), "/admin/v1/edges", get(system::edges)),
        operation(g(), "/admin/v1/events", get(events::list)),
        operation(g(), "/admin/v1/events/verify", get(events::verify)),
        operation(g(), "/admin/v1/refusals", get(events::refusals)),
        operation(p(), "/admin/v1/setup-code", post(system::setup_code)),
        operation(p(), "/admin/v1/backup", post(system::backup)),
        operation(g(), "/admin/v1/status", get(system::status)),
        operation(g(), "/admin/v1/openapi.json", get(system::openapi)),
        operation(g(), "/metrics", get(system::metrics)),
    ]
}

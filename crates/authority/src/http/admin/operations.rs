//! Every operation of the admin API, once: the router is made from this list, and a test holds the document to it.

use axum::routing::{delete, get, post, put};
use http::Method;

use super::{Operation, clients, events, keys, revocations, sessions, system, users};

/// All of them.
pub(super) fn all() -> Vec<Operation> {
    let (g, p, d) = (|| Method::GET, || Method::POST, || Method::DELETE);
    vec![
        (g(), "/admin/v1/users", get(users::list)),
        (p(), "/admin/v1/users", post(users::add)),
        (g(), "/admin/v1/users/{user}", get(users::show)),
        (p(), "/admin/v1/users/{user}/disable", post(users::disable)),
        (p(), "/admin/v1/users/{user}/enable", post(users::enable)),
        (p(), "/admin/v1/users/{user}/unlock", post(users::unlock)),
        (
            Method::PUT,
            "/admin/v1/users/{user}/password",
            put(users::set_password),
        ),
        (g(), "/admin/v1/clients", get(clients::list)),
        (p(), "/admin/v1/clients", post(clients::add)),
        (g(), "/admin/v1/clients/{id}", get(clients::show)),
        (d(), "/admin/v1/clients/{id}", delete(clients::remove)),
        (g(), "/admin/v1/sessions", get(sessions::list)),
        (d(), "/admin/v1/sessions", delete(sessions::end_all)),
        (g(), "/admin/v1/sessions/{id}", get(sessions::show)),
        (d(), "/admin/v1/sessions/{id}", delete(sessions::end)),
        (g(), "/admin/v1/keys", get(keys::list)),
        (p(), "/admin/v1/keys/rotate", post(keys::rotate)),
        (p(), "/admin/v1/keys/{kid}/retire", post(keys::retire)),
        (p(), "/admin/v1/revocations", post(revocations::revoke)),
        (g(), "/admin/v1/edges", get(system::edges)),
        (g(), "/admin/v1/events", get(events::list)),
        (g(), "/admin/v1/events/verify", get(events::verify)),
        (g(), "/admin/v1/refusals", get(events::refusals)),
        (p(), "/admin/v1/setup-code", post(system::setup_code)),
        (p(), "/admin/v1/backup", post(system::backup)),
        (g(), "/admin/v1/status", get(system::status)),
        (g(), "/admin/v1/openapi.json", get(system::openapi)),
        (g(), "/metrics", get(system::metrics)),
    ]
}

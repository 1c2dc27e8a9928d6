//! The document of the admin API (OpenAPI 3.1), made from the handlers and the types that they answer with.

use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use super::{
    admin_tokens, client_secrets, clients, edges, events, keys, operations, revocations, sessions, system,
    users,
};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The rows.
    items: Vec<T>,
    /// What to give as `after` for the next page; nothing on the last one.
    next: Option<String>,
}

impl<T> From<(Vec<T>, Option<String>)> for Page<T> {
    fn from((items, next): (Vec<T>, Option<String>)) -> Self {
        Self { items, next }
    }
}

/// Shapes of request bodies. Bodies are read member by member, so that every problem is told at once; a test holds these
/// shapes to what is read.
macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(ToSchema)]
        #[allow(dead_code, reason = "a shape for the document alone")]
        pub(super) struct $name { $($(#[$field_doc])* $field: $type),* }
    )*};
}

bodies! {
    /// A user to be.
    NewUser {
        /// Sign-in name, unique without regard to case; at most 128 characters.
        name: String,
        /// E-mail.
        email: Option<String>,
        /// A strong password; without one nobody can sign in as this user.
        #[schema(format = Password)]
        password: Option<String>,
        /// May administer the installation.
        admin: Option<bool>,
        /// The password opens nothing but its own replacement at the first sign-in.
        must_change: Option<bool>,
    }
    /// A new password.
    NewPassword {
        /// The password.
        #[schema(format = Password)]
        password: String,
        /// It opens nothing but its own replacement at the next sign-in.
        must_change: Option<bool>,
    }
    /// A client to be.
    NewClient {
        /// `client_id`.
        id: String,
        /// A name for the consent page.
        name: Option<String>,
        /// Whether it keeps no secret.
        public: Option<bool>,
        /// A secret that another installation made (`sy_cs_..`), in place of a new one.
        #[schema(format = Password)]
        secret: Option<String>,
        /// `authorization_code`, `refresh_token`, `client_credentials`.
        grants: Vec<String>,
        /// At most 50 redirect URIs, compared byte for byte.
        redirect_uris: Option<Vec<String>>,
        /// At most 50 audiences; the first is the default.
        audiences: Option<Vec<String>>,
        /// At most 100 scopes.
        scopes: Option<Vec<String>>,
        /// Whether users are asked for consent; true when absent.
        consent: Option<bool>,
        /// Life of access tokens, such as `5m`: 30s to 15m.
        access_token_life: Option<String>,
        /// Life of refresh tokens.
        refresh: Option<NewRefresh>,
        /// Where it is told that sessions end.
        backchannel_logout_uri: Option<String>,
        /// Whether it needs `sid` there; it is always sent.
        backchannel_logout_session_required: Option<bool>,
    }
    /// Life of refresh tokens.
    NewRefresh {
        /// Absolute life of a family: 1m to 365d.
        absolute: Option<String>,
        /// How long a family may stay unused.
        idle: Option<String>,
        /// How long a retry gets the same successor: 0s to 1m.
        retry_window: Option<String>,
        /// Whether each use rotates; public clients always do.
        rotate: Option<bool>,
    }
    /// How a client's new secret takes over.
    RotateSecret {
        /// How long the secrets before stay good, such as `24h`: 0s to 30d; 24h when absent.
        overlap: Option<String>,
        /// Also revoke everything that the client got.
        revoke: Option<bool>,
        /// For the events; at most 200 characters.
        reason: Option<String>,
    }
    /// A token of this API to be.
    NewAdminToken {
        /// Its acts are recorded as `admin:NAME`; unique among the tokens that live.
        name: String,
        /// What it may do: each operation says what it needs.
        scopes: Vec<String>,
        /// Its life, such as `30d`: 1m to 365d; 90d when absent, and never longer than that of the token that makes it.
        expires_in: Option<String>,
    }
    /// Which key shall rotate.
    Rotate {
        /// An algorithm of this server, or `seal`.
        #[schema(rename = "use")]
        r#use: String,
    }
    /// Why a key is retired, and when to answer.
    Retire {
        /// `durable`, `enforced` or `wait_out`.
        wait: Option<String>,
        /// For the events; at most 200 characters.
        reason: Option<String>,
    }
    /// An edge to be, or one whose credential is rotated.
    NewEdge {
        /// Its name.
        name: String,
        /// Where it reaches the feed, `https://host:port`; without it, where the feed listens.
        url: Option<String>,
    }
    /// Which credentials of an edge go, and when to answer.
    RemoveEdge {
        /// Only those before the newest: the end of a rotation.
        previous: Option<bool>,
        /// `durable`, `enforced` or `wait_out`.
        wait: Option<String>,
        /// For the events; at most 200 characters.
        reason: Option<String>,
    }
    /// What to revoke.
    NewRevocation {
        /// all, tenant, client, subject, device, grant, session, jti, session_secret or key.
        class: String,
        /// Which one; `all` has none.
        key: Option<String>,
        /// `durable`, `enforced` or `wait_out`.
        wait: Option<String>,
        /// For the events; at most 200 characters.
        reason: Option<String>,
        /// The same key with the same request gets the first receipt, as long as that is kept; also as the header
        /// `Idempotency-Key`. A caller's keys are its own.
        idempotency_key: Option<String>,
    }
    /// Where to write a backup.
    NewBackup {
        /// Absolute path of a file that does not exist.
        path: String,
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Symbolon admin API",
        description = "Users, clients, sessions, keys, revocations and events. Errors are application/problem+json with a \
            stable `code`; every operation answers 401 without an administrator's token, and 403 with one that lacks the \
            scope that it names in `security`. `Symbolon-Request-Id` of an answer is `request` in the events.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        users::list, users::add, users::show, users::disable, users::enable, users::unlock, users::set_password,
        clients::list, clients::add, clients::show, clients::remove,
        client_secrets::list, client_secrets::rotate, client_secrets::remove,
        admin_tokens::list, admin_tokens::add, admin_tokens::remove,
        sessions::list, sessions::show, sessions::end, sessions::end_all,
        keys::list, keys::rotate, keys::retire,
        edges::add, edges::remove,
        revocations::list, revocations::revoke,
        events::list, events::verify, events::refusals,
        system::status, system::edges, system::setup_code, system::backup, system::openapi, system::metrics,
    ),
    security(("admin_token" = [])),
    modifiers(&Bearer, &Scopes)
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("admin_token", SecurityScheme::Http(scheme));
    }
}

/// The scope of each operation, from the list that the router is made of.
struct Scopes;

impl Modify for Scopes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for needed in operations::all() {
            let Some(item) = document.paths.paths.get_mut(needed.path) else {
                continue;
            };
            let operation = match needed.method.as_str() {
                "GET" => &mut item.get,
                "POST" => &mut item.post,
                "PUT" => &mut item.put,
                "DELETE" => &mut item.delete,
                _ => continue,
            };
            if let Some(operation) = operation {
                let scope = SecurityRequirement::new("admin_token", [needed.scope.as_str()]);
                operation.security = Some(vec![scope]);
            }
        }
    }
}

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

//! Names of our cookies, and what a sealed value is good for.

use crate::name::Host;

/// The session cookie. `__Host-` pins Secure, Path=/ and one host (RFC 6265bis section 4.1.3.2).
pub const SESSION_COOKIE: &str = "__Host-symbolon";
/// Carries one sign-in round trip from an application host to the authority and back. SameSite=Lax.
pub const FLOW_COOKIE: &str = "__Host-symbolon-flow";
/// Binds the login form to the browser before there is a session.
pub const PRE_SESSION_COOKIE: &str = "__Host-symbolon-pre";

/// Tells a browser that signed in before from an unknown one. SameSite=Strict.
pub const DEVICE_COOKIE: &str = "__Host-symbolon-device";

/// Part of the associated data: a value sealed for one purpose opens for no other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The session at the authority's own host.
    Authority,
    /// The same session's own face at an application host.
    Application(Host),
}

impl Purpose {
    /// The text that is authenticated.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Authority => "authority".to_owned(),
            Self::Application(host) => format!("host:{host}"),
        }
    }
}

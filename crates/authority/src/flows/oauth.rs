//! OAuth 2.1 and the part of OpenID Connect that is offered. One file for each check of the protocol; the order of the
//! checks is read in one list per endpoint: `authorize`, `token`, `revoke`, `introspect`.

pub mod access_token;
pub(crate) mod audience;
pub(crate) mod authorize;
pub(crate) mod client_auth;
pub(crate) mod discovery;
pub(crate) mod id_token;
pub(crate) mod introspect;
pub(crate) mod params;
pub(crate) mod refusal;
pub(crate) mod revoke;
pub(crate) mod scope;
pub(crate) mod secret_attempts;
pub(crate) mod signing;
pub(crate) mod token;

#[cfg(test)]
pub(crate) mod fixture;

//! Tokens: what one says of itself, and what a verifier lets through.

mod callback;
mod claims;
mod confusion;
mod contents;
mod encodings;
mod endpoint;
mod forge;
mod form;
mod header;
mod key_brought;
mod key_name;
mod key_text;
mod keys;
mod minted;
mod nested;
#[cfg(any(test, feature = "testing"))]
mod proofs;
mod signature;
mod token;
mod weak_secret;

pub use callback::{Callback, CallbackError};
pub use endpoint::{Carrier, Endpoint};
pub use key_text::is_key_file;
pub use minted::Minter;
pub use token::{Token, TokenError};

use crate::check::Check;
#[cfg(any(test, feature = "testing"))]
pub(crate) use proofs::proofs;
pub(crate) use weak_secret::known_secrets;

/// Whether the token's secret is a known one.
pub(crate) fn is_guessed(token: &Token) -> bool {
    weak_secret::guess(token).is_some()
}

/// The checks of this suite.
pub(crate) const GROUPS: &[&[Check]] = &[
    header::CHECKS,
    claims::CHECKS,
    contents::CHECKS,
    weak_secret::CHECKS,
    keys::CHECKS,
    signature::CHECKS,
    confusion::CHECKS,
    key_name::CHECKS,
    key_brought::CHECKS,
    form::CHECKS,
    nested::CHECKS,
    minted::CHECKS,
];

//! Tokens: what one says of itself, and what a verifier lets through.

mod claims;
mod endpoint;
mod forge;
#[cfg(any(test, feature = "testing"))]
mod proofs;
mod signature;
mod token;

pub use endpoint::{Carrier, Endpoint};
pub use token::{Token, TokenError};

use crate::check::Check;
#[cfg(any(test, feature = "testing"))]
pub(crate) use proofs::proofs;

/// The checks of this suite.
pub(crate) const GROUPS: &[&[Check]] = &[claims::CHECKS, signature::CHECKS];

//! Telling clients that sessions ended (OpenID Connect Back-Channel Logout 1.0). What is to be told is in the store since the
//! moment of the end; here it is tried until it was heard, or for a day.

#[cfg(test)]
mod tests;
mod token;
mod view;
mod worker;

pub(crate) use view::view;
pub use view::{FailingView, LogoutView};
pub(crate) use worker::Waiting;

use async_trait::async_trait;
use domain::network::Network;

/// Where logout tokens may be carried to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogoutTerms {
    /// Networks beside the public ones: only into these goes plain http.
    pub private: Vec<Network>,
}

/// Why a client did not hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unheard {
    /// Its answer was not 2xx.
    Refused,
    /// No connection, or it broke off.
    Unreachable,
    /// Its host has an address where nothing may be carried to.
    Forbidden,
    /// It did not answer in time.
    Late,
}

/// Carries tokens: HTTP is the composition root's business.
#[async_trait]
pub trait LogoutCarrier: Send + Sync + std::fmt::Debug {
    /// Posts a form to a URI, follows nothing, and says whether it was answered well.
    ///
    /// # Errors
    /// Why not.
    async fn carry(&self, uri: &str, form: String) -> Result<(), Unheard>;
}

impl Unheard {
    /// Every word, for metrics that begin at zero.
    pub(crate) const WORDS: [&'static str; 4] = ["refused", "unreachable", "forbidden", "late"];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Forbidden => "forbidden",
            Self::Late => "late",
        }
    }
}

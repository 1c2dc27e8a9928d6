//! Sessions, tokens, login and administration behind OAuth 2.1 and a JSON API.
//!
//! [`flows`] hold the rules of one exchange each and know no HTTP; [`http`] translates and does nothing else. The edges of
//! this process and of others are served by [`Gateway`].

mod activity;
mod authority;
mod canary;
pub mod config;
mod error;
mod feed;
pub mod flows;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod gateway;
pub mod http;
mod keys;
mod logout;
pub mod metrics;
pub mod reference;
mod revoke;
mod space;
mod status_list;
#[cfg(test)]
mod testing;

pub use activity::ActivitySource;
pub use authority::{Authority, World};
pub use canary::{CanaryView, EdgeHeard};
pub use config::{Config, RawConfig, SETTINGS};
pub use error::Fault;
pub use feed::{FeedConfig, FeedFault, FeedServer};
pub use flows::admin::backup::Backup;
pub use gateway::Gateway;
pub use keys::{KeyEncryptionKey, KeyView, Keyring};
pub use logout::{FailingView, LogoutCarrier, LogoutTerms, LogoutView, Unheard};
pub use revoke::{Exemption, Level, Receipt, RevokeRefusal};
pub use space::{Space, SpaceTerms};
pub use status_list::StatusTerms;

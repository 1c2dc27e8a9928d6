//! Sessions, token families, grants, keys and revocation as types and pure decisions. No I/O, no async.
//!
//! Everything that decides whether a credential lives is here, and takes the time, the randomness and the
//! rows it needs as arguments. The store applies these decisions atomically; the verifier asks them on every
//! request; the authority composes them into flows.

pub mod access_token;
pub mod admin_token;
pub mod assurance;
pub mod client;
pub mod code;
pub mod cookie;
pub mod csrf;
pub mod digest;
pub mod event;
pub mod family;
pub mod feed;
pub mod grant;
pub mod id;
pub mod key;
pub mod lockout;
pub mod name;
pub mod network;
pub mod password;
pub mod ports;
pub mod reason;
pub mod revocation;
pub mod secret;
pub mod seq;
pub mod session;
pub mod setting;
pub mod subject;
pub mod testing;
pub mod time;
pub mod user;

pub use assurance::Assurance;
pub use digest::Digest;
pub use id::Id;
pub use name::{ClientId, Host, TenantId, TokenName};
pub use ports::{Clock, Entropy};
pub use reason::Reason;
pub use seq::{Epoch, Seq};
pub use subject::Subject;
pub use time::{BootTime, Span, Timestamp};

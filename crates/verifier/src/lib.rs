//! The embeddable check: credential + map + lease + route policy -> decision. No I/O, no async, no web framework.
//!
//! A request is described once ([`JudgedRequest`]), from a gateway's headers or from the request itself, and
//! [`Checker::check`] judges it. A warm credential costs no lock, no allocation and no I/O. What memory cannot know
//! comes back as a question ([`Outcome`]); whoever embeds the checker asks its authority and checks again.

mod authority;
mod checker;
mod cookie_header;
mod credential;
mod csrf;
mod facts;
mod forwarding;
mod memory;
mod names;
mod outcome;
mod path;
mod permit;
mod policy;
mod prepared;
mod refusal;
mod requirements;
mod route;
mod routes;
mod settings;
mod strip;

pub use authority::RequestAuthority;
pub use checker::{Checker, CheckerParts};
pub use cookie_header::{CookiePair, pairs};
pub use credential::{Credentials, PresentedSession, PresentedToken};
pub use facts::{Facts, Holder, Kind, SessionFacts, TokenFacts};
pub use forwarding::{DirectRequest, Family, JudgedRequest};
pub use outcome::{ColdSession, Confirmed, Outcome, Question};
pub use path::{AmbiguousPath, normalise};
pub use permit::Permit;
pub use prepared::{PreparedHead, Shapes};
pub use refusal::Refusal;
pub use route::{CredentialKind, HostPattern, PathPattern, Route};
pub use routes::{Issuer, RawMatch, RawRoute, Routes};
pub use settings::SETTINGS;
pub use strip::{other_cookies, strip_credentials, strip_identity};

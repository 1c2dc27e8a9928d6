//! The sealed session cookie: version, sealing key id, nonce, AES-256-GCM-SIV (RFC 8452) of session id, secret and
//! generation. Neither the store (digests only) nor the sealing key alone yields a session.

mod device;
mod names;
mod seal;

pub use device::{DEVICE_LIFE, KnownDevice};
pub use names::{DEVICE_COOKIE, FLOW_COOKIE, PRE_SESSION_COOKIE, Purpose, SESSION_COOKIE};
pub use seal::{SealError, SealedPayload, SealingKey, SealingKeyId, SealingKeys};

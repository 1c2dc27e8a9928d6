//! What callers ask and what they are told: one request and one outcome type per intent.

mod actor;
mod admin_token;
mod attempt;
mod client_secret;
mod code;
mod login;
mod manage;
mod notice;
mod receipt;
mod refresh;
mod revoke;
mod session;

pub use actor::{Act, Actor};
pub use admin_token::{AddAdminToken, AdminTokenAddition, AdminTokenRemoval, RemoveAdminToken, Use};
pub use attempt::{AttemptCount, CountAttempt};
pub use client_secret::{RemoveClientSecret, RotateClientSecret, SecretRotation};
pub use code::{CodeRedemption, HostCodeRedemption, NewGrant, NewRefresh, RedeemCode, RedeemHostCode};
pub use login::{CreateSession, SessionCreation};
pub use manage::{
    AddUser, ChangePassword, Disabling, KeyChange, KeyRetirement, KeyStep, PasswordChange, RetireKey, Setup,
    SetupCode, UserAddition,
};
pub use notice::{LogoutScan, MAX_NOTICES, NOTICE_LIFE, Notice, NoticeStep};
pub use receipt::{ExemptRoute, KeepReceipt, KeptReceipt, Reached, ReceiptBody, ReceiptTerms, RequestMark};
pub use refresh::{Lineage, Rotate, Rotation};
pub use revoke::{Committed, Revoke, RevokeOutcome};
pub use session::{
    Activity, EndEverywhere, EndSession, EndedEverywhere, Ending, RenewSecret, Renewal, SessionFilter,
};

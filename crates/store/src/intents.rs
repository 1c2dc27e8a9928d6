//! The rules of each intent, over rows: what a back end runs inside one transaction. An `Err` must undo everything; a
//! refusal in `Ok` has written nothing, except where its doc says that the refusal itself costs something (a wrong
//! set-up code, a host code tried at the wrong host).
//!
//! The rule about one credential is in `domain`; here it meets the watermarks, the log and the event chain.

mod activity;
mod admin_token;
mod attempt;
mod client;
mod client_secret;
mod code;
mod ending;
mod everywhere;
mod host_code;
mod inquiry;
mod key;
mod ledger;
mod login;
mod notice;
mod password;
mod refresh;
mod renewal;
mod revocation;
mod setup;
mod user;

pub use activity::record_activity;
pub use admin_token::{add_admin_token, forget_admin_tokens, record_use, remove_admin_token};
pub use attempt::{PLACE_KEPT, count_attempt, unlock_user};
pub use client::{add_client, remove_client};
pub use client_secret::{remove_client_secret, rotate_client_secret};
pub use code::{CODE_KEPT, issue_code, redeem_code};
pub use ending::end_session;
pub use everywhere::end_everywhere;
pub use host_code::{issue_host_code, redeem_host_code};
pub use inquiry::{SWEEP_DELAY, family_state, grant_state, is_live, is_over, is_revoked};
pub use key::{change_key, retire_key};
pub use ledger::{append_events, start_epoch};
pub use login::create_session;
pub use notice::{is_to_be_told, spread_logout, step_notice};
pub use password::change_password;
pub use refresh::rotate;
pub use renewal::renew_secret;
pub use revocation::{MAX_TARGETS, reach_receipt, revoke};
pub use setup::{complete_setup, put_setup_code};
pub use user::{add_user, disable_user, enable_user};

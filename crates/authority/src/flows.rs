//! The flows: one exchange each. Decide purely, then one store intent, then an event. No HTTP types.

pub mod admin;
pub(crate) mod agent;
pub mod attempts;
pub(crate) mod breached;
pub mod change_password;
pub(crate) mod device;
pub mod events;
pub mod everywhere;
pub mod host;
pub mod login;
pub mod new_password;
pub mod oauth;
pub mod own_activity;
pub mod own_sessions;
pub mod password;
pub(crate) mod password_policy;
pub mod refusals;
pub mod return_to;
pub mod session;
pub mod setup;
pub mod step_up;
pub(crate) mod trial;

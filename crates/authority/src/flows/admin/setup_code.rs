//! A new one-time set-up code, for an installation that has lost its administrators.

use serde::Serialize;
use store::intent::Actor;
use utoipa::ToSchema;

use super::Refusal;
use super::written::rfc3339;
use crate::authority::Authority;
use crate::flows::setup::LIFE;

/// The code, shown this once.
#[derive(Serialize, ToSchema)]
pub struct SetupCodeView {
    /// To be typed into the set-up page; one use.
    pub setup_code: String,
    /// Where that page is.
    pub url: String,
    /// End of its life, RFC 3339.
    pub expires_at: String,
}

/// Makes one; any earlier code dies.
///
/// # Errors
/// A fault.
pub async fn make(authority: &Authority, actor: Actor) -> Result<SetupCodeView, Refusal> {
    // Read before the code is made: what is told here is never later than the true end.
    let expires_at = authority.clock.now() + LIFE;
    let secret = authority.make_setup_code(actor).await?;
    Ok(SetupCodeView {
        setup_code: secret.reveal().to_string(),
        url: format!("{}/setup", authority.issuer()),
        expires_at: rfc3339(expires_at),
    })
}

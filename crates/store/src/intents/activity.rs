//! Activity reported by edges and by the authority.

use domain::Timestamp;
use domain::session::Liveness;

use super::inquiry::is_revoked;
use crate::error::StoreError;
use crate::intent::Activity;
use crate::rows::Rows;

/// Records a batch: only forwards, never beyond the store's clock, and only where the session lived at that time. A
/// report that arrives after the idle limit counts if the use was before it; one of a later use wakes nothing.
///
/// # Errors
/// Of the rows.
pub fn record_activity(rows: &mut dyn Rows, now: Timestamp, batch: &[Activity]) -> Result<(), StoreError> {
    for seen in batch {
        let at = seen.at.min(now);
        let Some(mut session) = rows.session(seen.session)? else {
            continue;
        };
        let lived = session.liveness(at) == Liveness::Live && now < session.expires_at;
        if lived && at > session.active_at && !is_revoked(rows, &session.position())? {
            session.active_at = at;
            rows.update_session(&session)?;
        }
    }
    Ok(())
}

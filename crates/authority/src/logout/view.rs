//! What waits to be told, as a listing shows it.

use serde::Serialize;
use store::intent::Notice;
use utoipa::ToSchema;

use crate::authority::Authority;
use crate::error::Fault;
use crate::flows::admin::written::rfc3339;

/// Most that are shown.
const SHOWN: usize = 20;

/// Clients that are still to be told that sessions ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogoutView {
    /// How many notices wait.
    pub waiting: u64,
    /// Those that were tried in vain most often, at most 20.
    pub failing: Vec<FailingView>,
}

/// A notice that was tried in vain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FailingView {
    /// Who is to be told.
    pub client: String,
    /// When the session ended: RFC 3339.
    pub ended_at: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next: RFC 3339.
    pub due_at: String,
}

impl From<Notice> for FailingView {
    fn from(notice: Notice) -> Self {
        Self {
            client: notice.client.to_string(),
            ended_at: rfc3339(notice.at),
            tries: notice.tries,
            due_at: rfc3339(notice.due_at),
        }
    }
}

/// How it stands; `waiting` as the store counted it.
pub(crate) async fn view(authority: &Authority, waiting: u64) -> Result<LogoutView, Fault> {
    let failing = authority.store.failing_notices(SHOWN).await?;
    Ok(LogoutView {
        waiting,
        failing: failing.into_iter().map(FailingView::from).collect(),
    })
}

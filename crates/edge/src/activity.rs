//! Activity of sessions, told to the authority in batches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use domain::id::{Id, Session};
use verifier::Checker;

use crate::link::{AuthorityLink, LinkError};

/// How often it is told.
pub(crate) const EVERY: Duration = Duration::from_secs(5);
/// Most sessions that are kept while the authority is away; later news replaces earlier news of a session.
const MAX_KEPT: usize = 262_144;

/// Activity on its way to the authority.
#[derive(Debug)]
pub(crate) struct Activity {
    link: Arc<dyn AuthorityLink>,
    checker: Arc<Checker>,
    kept: Mutex<BTreeMap<Id<Session>, Timestamp>>,
}

impl Activity {
    pub(crate) fn new(link: Arc<dyn AuthorityLink>, checker: Arc<Checker>) -> Self {
        Self {
            link,
            checker,
            kept: Mutex::new(BTreeMap::new()),
        }
    }

    /// Tells all there is. What could not be told is kept.
    pub(crate) async fn report(&self) -> Result<(), LinkError> {
        let mut batch = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *kept)
        };
        merge(&mut batch, self.checker.take_activity());
        if batch.is_empty() {
            return Ok(());
        }
        let told = self
            .link
            .record_activity(batch.iter().map(|(id, at)| (*id, *at)).collect())
            .await;
        if told.is_err() {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            merge(&mut kept, batch);
        }
        told
    }
}

fn merge(
    into: &mut BTreeMap<Id<Session>, Timestamp>,
    news: impl IntoIterator<Item = (Id<Session>, Timestamp)>,
) {
    for (id, at) in news {
        if into.len() < MAX_KEPT || into.contains_key(&id) {
            into.entry(id).and_modify(|old| *old = at.max(*old)).or_insert(at);
        }
    }
}

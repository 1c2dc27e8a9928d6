//! Activity of sessions, told to the authority in batches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use domain::id::{Id, Session};
use verifier::Checker;

use crate::link::{AuthorityLink, LinkError};

/// How often it is told.
const EVERY: Duration = Duration::from_secs(5);
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

    /// Tells all there is. It is kept until the authority has it, also if whoever waits for that goes away.
    pub(crate) async fn report(&self) -> Result<(), LinkError> {
        self.answer(None).await
    }

    /// Tells when it is time, or at once when the authority wants to know.
    pub(crate) async fn report_in_turn(&self) -> Result<(), LinkError> {
        let question = tokio::select! {
            question = self.link.activity_wanted() => Some(question),
            () = tokio::time::sleep(EVERY) => None,
        };
        self.answer(question).await
    }

    async fn answer(&self, question: Option<u64>) -> Result<(), LinkError> {
        let news = self.checker.take_activity();
        let batch: Vec<_> = {
            let mut kept = self.kept();
            merge(&mut kept, news);
            kept.iter().map(|(id, at)| (*id, *at)).collect()
        };
        if batch.is_empty() && question.is_none() {
            return Ok(());
        }
        self.link.record_activity(batch.clone(), question).await?;
        let mut kept = self.kept();
        for (id, told) in batch {
            if kept.get(&id).is_some_and(|at| *at <= told) {
                kept.remove(&id);
            }
        }
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<Id<Session>, Timestamp>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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

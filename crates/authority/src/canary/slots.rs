//! One place for each edge: what it is asked, and what it said last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Span;
use domain::feed::{CanaryAnswer, CanaryCheck, CanarySeen, EdgeName};
use tokio::sync::watch;

/// Questions under way, and their answers. There are as many places as edges: their names come from certificates.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    places: Mutex<BTreeMap<EdgeName, Arc<Place>>>,
    asked: AtomicU64,
}

#[derive(Debug, Default)]
struct Place {
    question: watch::Sender<Option<CanaryCheck>>,
    answer: watch::Sender<Option<CanaryAnswer>>,
}

impl Slots {
    /// What an edge calls: takes its answer, and gives the next question once there is one.
    pub(crate) async fn next(
        &self,
        edge: &EdgeName,
        answer: Option<CanaryAnswer>,
        wait: Span,
    ) -> Option<CanaryCheck> {
        let place = self.place(edge);
        let after = answer.map_or(0, |answer| answer.number);
        if answer.is_some() {
            place.answer.send_replace(answer);
        }
        let mut questions = place.question.subscribe();
        let newer = questions.wait_for(|asked| asked.as_ref().is_some_and(|asked| asked.number > after));
        let asked = tokio::time::timeout(wait.into(), newer).await.ok()?.ok()?;
        asked.clone()
    }

    /// Asks one edge. Nothing where it does not answer in time. What is answered was checked after this was called.
    pub(super) async fn ask(&self, edge: &EdgeName, token: &str, patience: Duration) -> Option<CanarySeen> {
        let place = self.place(edge);
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let mut answers = place.answer.subscribe();
        place.question.send_replace(Some(CanaryCheck {
            number,
            token: token.to_owned(),
        }));
        // An answer to a question of before says nothing of now.
        let own = answers.wait_for(|answer| answer.is_some_and(|answer| answer.number == number));
        let answer = tokio::time::timeout(patience, own).await.ok()?.ok()?;
        answer.map(|answer| answer.seen)
    }

    /// Nobody is asked anything any more.
    pub(super) fn fall_silent(&self, edge: &EdgeName) {
        self.place(edge).question.send_replace(None);
    }

    fn place(&self, edge: &EdgeName) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.entry(edge.clone()).or_default())
    }
}

//! Before a session is taken for idle, edges in other processes are asked as well: a number on their streams, which their
//! reports carry back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Questions are at least this far apart: whoever asks waits for the next one.
const EVERY: Duration = Duration::from_millis(250);

/// Questions so far, and which connections have answered which.
#[derive(Debug)]
pub(crate) struct Rounds {
    asked: watch::Sender<u64>,
    /// When the last one was asked.
    last: tokio::sync::Mutex<Option<Instant>>,
    /// Connections with a stream.
    open: Mutex<BTreeMap<u64, Open>>,
    answered: Notify,
}

#[derive(Debug, Default, Clone, Copy)]
struct Open {
    streams: u32,
    answered: u64,
}

impl Default for Rounds {
    fn default() -> Self {
        Self {
            asked: watch::Sender::new(0),
            last: tokio::sync::Mutex::default(),
            open: Mutex::default(),
            answered: Notify::new(),
        }
    }
}

impl Rounds {
    /// A stream of a connection begins, and hears every question from now on.
    pub(super) fn begin(&self, connection: u64) -> watch::Receiver<u64> {
        let mut open = self.open();
        let questions = self.asked.subscribe();
        let own = open.entry(connection).or_default();
        own.streams += 1;
        own.answered = own.answered.max(*questions.borrow());
        questions
    }

    /// It has ended: nobody waits for it.
    pub(super) fn end(&self, connection: u64) {
        let mut open = self.open();
        if let Some(own) = open.get_mut(&connection) {
            own.streams = own.streams.saturating_sub(1);
            if own.streams == 0 {
                open.remove(&connection);
            }
        }
        drop(open);
        self.answered.notify_waiters();
    }

    /// An edge has reported all that it saw before this question.
    pub(super) fn answer(&self, connection: u64, round: u64) {
        if let Some(own) = self.open().get_mut(&connection) {
            own.answered = own.answered.max(round);
        }
        self.answered.notify_waiters();
    }

    /// Asks everybody, and returns when all that listen have answered a question that was asked after this began. Many who
    /// wait share one: each makes every edge walk its memory.
    pub(crate) async fn collect(&self) {
        if self.open().is_empty() {
            return;
        }
        let round = *self.asked.borrow() + 1;
        {
            let mut last = self.last.lock().await;
            if *self.asked.borrow() < round {
                if let Some(last) = *last {
                    tokio::time::sleep_until(last + EVERY).await;
                }
                *last = Some(Instant::now());
                let _open = self.open();
                self.asked.send_modify(|round| *round += 1);
            }
        }
        loop {
            let answered = self.answered.notified();
            tokio::pin!(answered);
            // From here on no answer goes unheard.
            answered.as_mut().enable();
            if self.open().values().all(|own| own.answered >= round) {
                return;
            }
            answered.await;
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn everybody_who_listens_is_waited_for_and_nobody_else() {
        let rounds = Arc::new(Rounds::default());
        rounds.collect().await;
        let mut first = rounds.begin(1);
        let second = rounds.begin(2);
        let asking = tokio::spawn({
            let rounds = Arc::clone(&rounds);
            async move { rounds.collect().await }
        });
        first.changed().await.unwrap();
        let round = *first.borrow();
        rounds.answer(1, round);
        tokio::task::yield_now().await;
        assert!(!asking.is_finished(), "the other one has not answered");
        let late = rounds.begin(3);
        drop(second);
        rounds.end(2);
        asking.await.unwrap();
        assert!(
            !late.has_changed().unwrap(),
            "who comes later is not asked that question"
        );
    }

    /// A flood of cookies of idle sessions: however many ask, the edges hear few questions.
    #[tokio::test]
    async fn many_who_ask_share_one_question() {
        let rounds = Arc::new(Rounds::default());
        let mut questions = rounds.begin(1);
        let asking: Vec<_> = (0..100)
            .map(|_| {
                let rounds = Arc::clone(&rounds);
                tokio::spawn(async move { rounds.collect().await })
            })
            .collect();
        let all = async {
            for one in asking {
                one.await.unwrap();
            }
        };
        tokio::pin!(all);
        let mut heard = 0;
        loop {
            tokio::select! {
                () = &mut all => break,
                asked = questions.changed() => {
                    asked.unwrap();
                    heard += 1;
                    let round = *questions.borrow_and_update();
                    rounds.answer(1, round);
                }
            }
        }
        // Those who came while the first was under way share the second.
        assert!(heard <= 3, "{heard}");
    }

    #[tokio::test]
    async fn an_old_answer_is_none() {
        let rounds = Arc::new(Rounds::default());
        let mut questions = rounds.begin(1);
        let asking = tokio::spawn({
            let rounds = Arc::clone(&rounds);
            async move { rounds.collect().await }
        });
        questions.changed().await.unwrap();
        let round = *questions.borrow();
        rounds.answer(1, round - 1);
        tokio::task::yield_now().await;
        assert!(!asking.is_finished());
        rounds.answer(1, round);
        asking.await.unwrap();
    }
}

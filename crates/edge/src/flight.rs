//! One question for all who ask the same at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

type Open<K, V> = Mutex<HashMap<K, Arc<OnceCell<V>>>>;

/// Questions under way. An answer is handed to those who waited for it, and then forgotten.
#[derive(Debug)]
pub(crate) struct Flights<K: Eq + Hash, V>(Open<K, V>);

impl<K: Eq + Hash + Clone, V: Clone> Flights<K, V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// Joins the question under way, or asks it. If the one who asks gives up, the next in line asks.
    pub(crate) async fn join<F: Future<Output = V>>(&self, key: K, ask: impl FnOnce() -> F) -> V {
        let cell = {
            let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(key.clone()).or_default())
        };
        let seat = Seat {
            open: &self.0,
            key,
            cell,
        };
        seat.cell.get_or_init(ask).await.clone()
    }
}

/// Takes the question off the list when it is answered, or when the last one who waits leaves.
struct Seat<'a, K: Eq + Hash, V> {
    open: &'a Open<K, V>,
    key: K,
    cell: Arc<OnceCell<V>>,
}

impl<K: Eq + Hash, V> Drop for Seat<'_, K, V> {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = open
            .get(&self.key)
            .is_some_and(|cell| Arc::ptr_eq(cell, &self.cell));
        // Two references: the list's and this one.
        if mine && (self.cell.initialized() || Arc::strong_count(&self.cell) <= 2) {
            open.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn many_ask_once_and_later_ones_ask_again() {
        let (flights, asked, go) = (Flights::new(), AtomicUsize::new(0), Notify::new());
        let question = || async {
            asked.fetch_add(1, Ordering::SeqCst);
            go.notified().await;
            asked.load(Ordering::SeqCst)
        };
        let answers = async {
            tokio::join!(
                flights.join(1, question),
                flights.join(1, question),
                flights.join(1, question)
            )
        };
        let release = async { go.notify_one() };
        let ((a, b, c), ()) = tokio::join!(answers, release);
        assert_eq!((a, b, c, asked.load(Ordering::SeqCst)), (1, 1, 1, 1));
        assert!(flights.0.lock().unwrap().is_empty());
        go.notify_one();
        assert_eq!(flights.join(1, question).await, 2);
    }

    #[tokio::test]
    async fn who_gives_up_leaves_nothing_behind() {
        let flights: Flights<u8, u8> = Flights::new();
        tokio::select! {
            biased;
            _ = flights.join(1, std::future::pending) => panic!("answered"),
            () = std::future::ready(()) => {}
        }
        assert!(flights.0.lock().unwrap().is_empty());
    }
}

//! What a commit appended to the log, handed to whoever follows it in this process: nobody has to read what was just
//! written. Only the last commit is kept, so nothing is queued for a follower that is slow: it finds a gap, and reads.

use std::sync::Arc;

use domain::Seq;
use domain::revocation::LogEntry;
use tokio::sync::watch;

/// Most entries that are handed over. Those of a larger commit are read.
pub(crate) const MOST_HANDED: usize = 4096;

/// Where a back end says what it has committed.
#[derive(Debug)]
pub(crate) struct Hand(watch::Sender<Arc<[LogEntry]>>);

/// The follower's side.
#[derive(Debug)]
pub struct Appended(watch::Receiver<Arc<[LogEntry]>>);

impl Default for Hand {
    fn default() -> Self {
        Self(watch::Sender::new(Arc::from([])))
    }
}

impl Hand {
    /// A commit appended these, in this order. None: there may be some, to be read.
    pub(crate) fn over(&self, entries: Vec<LogEntry>) {
        self.0.send_replace(entries.into());
    }

    pub(crate) fn follow(&self) -> Appended {
        Appended(self.0.subscribe())
    }
}

impl Appended {
    /// What the last commit appended after a position, if nothing lies between. Otherwise the log has to be read to know. A
    /// commit from here on is a change, whatever is found now.
    pub fn after(&mut self, at: Seq) -> Option<Vec<LogEntry>> {
        let entries = self.0.borrow_and_update();
        let fresh = entries.get(entries.partition_point(|entry| entry.seq <= at)..)?;
        let first = fresh.first()?;
        (at.next() == Some(first.seq)).then(|| fresh.to_vec())
    }

    /// Waits for the next commit that appended something. Does not return once the store is gone.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::revocation::Target;
    use domain::{Digest, Epoch, Timestamp};

    fn at(n: u64) -> Seq {
        Seq::from_u64(Seq::start_of(Epoch::FIRST).as_u64() + n).unwrap()
    }

    fn entries(numbers: impl IntoIterator<Item = u64>) -> Vec<LogEntry> {
        let entry = |n| LogEntry {
            seq: at(n),
            target: Target::All,
            at: Timestamp::from_ms(n),
            digest: Digest::of(b"entry"),
        };
        numbers.into_iter().map(entry).collect()
    }

    #[test]
    fn what_follows_without_a_gap_is_handed_over_and_nothing_else() {
        let hand = Hand::default();
        let mut appended = hand.follow();
        assert_eq!(appended.after(at(3)), None, "nothing was committed yet");
        hand.over(entries([4, 5]));
        assert_eq!(appended.after(at(2)), None, "3 lies between");
        assert_eq!(appended.after(at(3)), Some(entries([4, 5])));
        assert_eq!(appended.after(at(4)), Some(entries([5])), "4 is known");
        assert_eq!(appended.after(at(5)), None);
        let other = Seq::start_of(Epoch::FIRST.next().unwrap());
        assert_eq!(appended.after(other), None, "of another epoch");
        hand.over(entries([6]));
        hand.over(entries([7]));
        assert_eq!(appended.after(at(5)), None, "only the last commit is kept");
        hand.over(Vec::new());
        assert_eq!(appended.after(at(7)), None, "to be read");
    }

    #[tokio::test]
    async fn a_commit_after_the_look_is_a_change_and_the_end_of_the_store_is_none() {
        let is_changed = async |appended: &mut Appended| {
            let changed = std::pin::pin!(appended.changed());
            let mut changed = changed;
            std::future::poll_fn(|context| std::task::Poll::Ready(changed.as_mut().poll(context).is_ready()))
                .await
        };
        let hand = Hand::default();
        let mut appended = hand.follow();
        assert!(!is_changed(&mut appended).await);
        hand.over(entries([1]));
        assert!(is_changed(&mut appended).await);
        hand.over(entries([2]));
        appended.after(at(1));
        assert!(!is_changed(&mut appended).await, "it was looked at");
        drop(hand);
        assert!(!is_changed(&mut appended).await);
    }
}

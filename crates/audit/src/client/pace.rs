//! One request after the other, so many a second, so many in all, and all of them before the end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Stop;
use crate::limits::Limits;

#[derive(Debug)]
pub(super) struct Pace {
    most: u32,
    gap: Duration,
    total: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: u32,
    /// When the next one may go.
    next: Option<Instant>,
    /// When the run has to be over. It begins with the first request.
    end: Option<Instant>,
}

impl Pace {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            most: limits.requests,
            gap: Duration::from_secs(1) / limits.rate_per_s.max(1),
            total: limits.total_time,
            state: Mutex::default(),
        }
    }

    pub(super) fn sent(&self) -> u32 {
        self.state().sent
    }

    /// When the run has to be over.
    pub(super) fn end(&self) -> Instant {
        let total = self.total;
        *self.state().end.get_or_insert_with(|| Instant::now() + total)
    }

    /// Counts a request without waiting.
    pub(super) fn count(&self) -> Result<(), Stop> {
        let mut state = self.state();
        if state.sent >= self.most {
            return Err(Stop::Requests(self.most));
        }
        state.sent += 1;
        Ok(())
    }

    /// Waits for this request's turn.
    pub(super) async fn turn(&self) -> Result<(), Stop> {
        let end = self.end();
        self.count()?;
        let at = {
            let mut state = self.state();
            let now = Instant::now();
            let at = state.next.map_or(now, |next| next.max(now));
            state.next = Some(at + self.gap);
            at
        };
        if at >= end {
            return Err(Stop::Time);
        }
        tokio::time::sleep_until(at).await;
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_keep_their_distance_and_their_number() {
        let limits = Limits {
            requests: 5,
            rate_per_s: 2,
            ..Limits::default()
        };
        let pace = Pace::new(&limits);
        let begun = Instant::now();
        for _ in 0..5 {
            pace.turn().await.unwrap();
        }
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
        assert_eq!(pace.turn().await, Err(Stop::Requests(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_comes_to_its_end() {
        let limits = Limits {
            rate_per_s: 1,
            total_time: Duration::from_secs(3),
            ..Limits::default()
        };
        let pace = Pace::new(&limits);
        for _ in 0..3 {
            pace.turn().await.unwrap();
        }
        assert_eq!(pace.turn().await, Err(Stop::Time));
    }
}

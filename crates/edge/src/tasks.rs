//! The tasks of an edge: each repeats one step until it is told to stop, and backs off while the authority is away.

use std::sync::Arc;
use std::time::Duration;

use domain::{Entropy, Span};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::activity::Activity;
use crate::canary::Canary;
use crate::follow::Follow;
use crate::identity::Identity;
use crate::link::LinkError;

/// How long one long poll may wait.
const POLL: Span = Span::from_secs(20);
/// How often exchanges are looked at that end by time: what passes through one is judged as it passes.
const STREAMS: Duration = Duration::from_millis(250);
/// How often memory is given back that only what has ended has use for.
const LET_GO: Duration = Duration::from_secs(30);
/// Longest pause after a failure.
const LONGEST_PAUSE_MS: u64 = 5_000;
const FIRST_PAUSE_MS: u64 = 50;

/// Starts all tasks of an edge.
pub(crate) fn spawn(
    follow: &Arc<Follow>,
    activity: &Arc<Activity>,
    identity: &Arc<Identity>,
    (entropy, stop): (&Arc<dyn Entropy>, &watch::Receiver<bool>),
) -> JoinSet<()> {
    let mut set = JoinSet::new();
    let worker = || Worker {
        entropy: Arc::clone(entropy),
        stop: stop.clone(),
    };
    let follower = Arc::clone(follow);
    set.spawn(worker().repeat("entries", move || {
        let follow = Arc::clone(&follower);
        async move { follow.advance(POLL).await.map(|_| Duration::ZERO) }
    }));
    let follower = Arc::clone(follow);
    set.spawn(worker().repeat("lease", move || {
        let follow = Arc::clone(&follower);
        async move {
            let counted = follow.renew().await?;
            // A lease that does not count yet is asked for again as soon as is polite.
            Ok(if counted {
                follow.renew_every().into()
            } else {
                Duration::from_millis(FIRST_PAUSE_MS)
            })
        }
    }));
    let follower = Arc::clone(follow);
    set.spawn(worker().repeat("keys", move || {
        let follow = Arc::clone(&follower);
        async move {
            follow
                .refresh_keys(POLL)
                .await
                .map(|()| Duration::from_millis(FIRST_PAUSE_MS))
        }
    }));
    let follower = Arc::clone(follow);
    set.spawn(worker().repeat("streams", move || {
        let follow = Arc::clone(&follower);
        async move {
            follow.streams.sweep();
            Ok(STREAMS)
        }
    }));
    let canary = Arc::new(Canary::new(follow));
    set.spawn(worker().repeat("canary", move || {
        let canary = Arc::clone(&canary);
        async move { canary.answer_in_turn(POLL).await.map(|()| Duration::ZERO) }
    }));
    let (follower, identity) = (Arc::clone(follow), Arc::clone(identity));
    set.spawn(worker().repeat("memory", move || {
        let (follow, identity) = (Arc::clone(&follower), Arc::clone(&identity));
        async move {
            let now = follow.clock.now();
            follow.checker.let_go(now);
            identity.let_go(now.as_secs());
            Ok(LET_GO)
        }
    }));
    let activity = Arc::clone(activity);
    set.spawn(worker().repeat("activity", move || {
        let activity = Arc::clone(&activity);
        async move { activity.report_in_turn().await.map(|()| Duration::ZERO) }
    }));
    set
}

struct Worker {
    entropy: Arc<dyn Entropy>,
    stop: watch::Receiver<bool>,
}

impl Worker {
    async fn repeat<S, F>(mut self, name: &'static str, step: S)
    where
        S: Fn() -> F + Send,
        F: Future<Output = Result<Duration, LinkError>> + Send,
    {
        let mut failures = 0;
        loop {
            let result = tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return,
                result = step() => result,
            };
            let pause = match result {
                Ok(pause) => {
                    failures = 0;
                    pause
                }
                Err(error) => {
                    failures += 1;
                    tracing::debug!(step = name, %error, failures, "the authority did not answer");
                    pause_after(failures, self.entropy.as_ref())
                }
            };
            if pause.is_zero() {
                // A timer rounds up to a whole millisecond, and that long the next entry would wait.
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// Doubles with each failure up to a bound; half of it is random, so that edges do not come back all at once.
pub(crate) fn pause_after(failures: u32, entropy: &dyn Entropy) -> Duration {
    let doubled = FIRST_PAUSE_MS.saturating_mul(1 << failures.min(16));
    let whole = doubled.min(LONGEST_PAUSE_MS);
    let mut random = [0u8; 8];
    entropy.fill(&mut random);
    Duration::from_millis(whole / 2 + u64::from_le_bytes(random) % (whole / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::SeededEntropy;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let entropy = SeededEntropy::new(1);
        for failures in 1..100 {
            let pause = pause_after(failures, &entropy);
            assert!(
                pause >= Duration::from_millis(50) && pause <= Duration::from_secs(5),
                "{failures}: {pause:?}"
            );
        }
        assert!(pause_after(20, &entropy) >= Duration::from_millis(2500));
    }
}

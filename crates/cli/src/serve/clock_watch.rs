//! What is done when the wall clock is set back further than can be waited out: everybody is signed out, and then time
//! goes back. See `docs/DECISIONS/0014-clock-set-back.md`.

use std::sync::Arc;

use authority::{Authority, Fault, Level};
use domain::revocation::Target;
use store::intent::{Actor, Revoke};

use crate::clock::{ForwardClock, SetBack};

/// Looks at the clock again and again.
#[derive(Debug)]
pub(super) struct ClockWatch {
    clock: Arc<ForwardClock>,
    authority: Arc<Authority>,
    /// A set-back that is waited out was told of.
    told: bool,
    /// Time went back, and what was issued just before is not revoked yet.
    is_unsettled: bool,
}

impl ClockWatch {
    pub(super) const fn new(clock: Arc<ForwardClock>, authority: Arc<Authority>) -> Self {
        Self {
            clock,
            authority,
            told: false,
            is_unsettled: false,
        }
    }

    /// One look. After a fault the next one goes on where this one stopped.
    pub(super) async fn look(&mut self) -> Result<(), Fault> {
        match self.clock.set_back() {
            None => self.told = false,
            Some(SetBack::Small(by)) => self.tell(by),
            Some(SetBack::Large(by)) => {
                // While time stands still, so that nothing that has ended is ever accepted.
                self.sign_everybody_out().await?;
                self.is_unsettled = true;
                self.clock.follow();
                tracing::warn!(%by, "the wall clock was set back: time follows it");
            }
        }
        if self.is_unsettled {
            // Once more: what was issued between the two has an end that is too late.
            self.sign_everybody_out().await?;
            self.is_unsettled = false;
            tracing::warn!("the wall clock was set back: everybody is signed out");
        }
        Ok(())
    }

    fn tell(&mut self, by: domain::Span) {
        if !std::mem::replace(&mut self.told, true) {
            tracing::warn!(%by, "the wall clock was set back: time stands still until it has caught up");
        }
    }

    async fn sign_everybody_out(&self) -> Result<(), Fault> {
        let all = Revoke {
            targets: vec![Target::All],
            reason: "clock_set_back".to_owned(),
            actor: Actor::system(),
            receipt: None,
        };
        // Without a receipt there is no idempotency key, and nothing that it could be in conflict with.
        self.authority.revoke(all, Level::Enforced).await.map(|_| ())
    }
}

//! Trying: many clients at once, one try a client, longer and longer apart where nobody hears.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{BootTime, ClientId, Entropy, Span};
use store::intent::{NOTICE_LIFE, Notice, NoticeStep};
use tokio::task::{self, JoinSet};

use super::{LogoutCarrier, token};
use crate::authority::Authority;
use crate::error::Fault;

/// Clients that are told at once.
const AT_ONCE: usize = 32;
/// How long what is due may stay unseen.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Many ends at once are one look.
const BREATH: Duration = Duration::from_millis(50);
/// Notices of a client that one look at the store yields.
const LOOK: usize = 256;
/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Span = Span::from_secs(5);
const LONGEST_PAUSE: Span = Span::from_mins(15);

/// Clients that did not hear the last time: all of their notices wait, so that those of others do not.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<BTreeMap<ClientId, (u32, BootTime)>>);

impl Waiting {
    fn passing_over(&self, now: BootTime) -> Vec<ClientId> {
        let clients = self.lock();
        let waiting = clients.iter().filter(|(_, (_, until))| now < *until);
        waiting.map(|(client, _)| client.clone()).collect()
    }

    fn heard(&self, client: &ClientId) {
        self.lock().remove(client);
    }

    /// Says how long all of its notices wait.
    fn unheard(&self, client: &ClientId, now: BootTime, entropy: &dyn Entropy) -> Span {
        let mut clients = self.lock();
        let (failures, until) = clients.entry(client.clone()).or_insert((0, now));
        let pause = pause_after(*failures, entropy);
        *failures = failures.saturating_add(1);
        *until = now + pause;
        pause
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ClientId, (u32, BootTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Clients that are being told now, each in a task of its own: a slow one holds up itself alone.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    tasks: JoinSet<Result<usize, Fault>>,
    clients: HashMap<task::Id, ClientId>,
}

impl Lanes {
    /// Begins to tell whoever has something due, is not being told and may be tried again.
    pub(super) async fn start(
        &mut self,
        authority: &Arc<Authority>,
        carrier: &Arc<dyn LogoutCarrier>,
    ) -> Result<(), Fault> {
        let free = AT_ONCE.saturating_sub(self.tasks.len());
        if free == 0 {
            return Ok(());
        }
        let mut passed_over = authority.logouts.passing_over(authority.clock.boot());
        passed_over.extend(self.clients.values().cloned());
        for client in authority.store.clients_to_tell(free, &passed_over).await? {
            let (authority, carrier) = (Arc::clone(authority), Arc::clone(carrier));
            let told = client.clone();
            let task = async move { authority.tell_client(&told, carrier.as_ref()).await };
            self.clients.insert(self.tasks.spawn(task).id(), client);
        }
        Ok(())
    }

    /// Waits for one of them: how many tries it made. Nothing where nobody is being told.
    pub(super) async fn next(&mut self) -> Option<Result<usize, Fault>> {
        let (id, told) = match self.tasks.join_next_with_id().await? {
            Ok((id, told)) => (id, told),
            Err(error) => (error.id(), Err(Fault::Keys(error.to_string()))),
        };
        self.clients.remove(&id);
        Some(told)
    }
}

impl Authority {
    /// Tells each client that has something due, and waits for all of them: says how many tries were made.
    ///
    /// # Errors
    /// The store's fault, or that of a key: what was not settled is tried again, under the same `jti`.
    pub async fn tell_of_logouts(self: &Arc<Self>, carrier: &Arc<dyn LogoutCarrier>) -> Result<usize, Fault> {
        let mut lanes = Lanes::default();
        lanes.start(self, carrier).await?;
        let mut tried = 0;
        while let Some(told) = lanes.next().await {
            tried += told?;
        }
        Ok(tried)
    }

    /// Goes on telling until it is dropped.
    pub async fn keep_telling(self: Arc<Self>, carrier: Arc<dyn LogoutCarrier>) {
        let mut appended = self.revoker.subscribe();
        let mut lanes = Lanes::default();
        loop {
            if let Err(fault) = lanes.start(&self, &carrier).await {
                tracing::warn!(%fault, "clients could not be told of logouts");
            }
            tokio::select! {
                Some(told) = lanes.next() => match told {
                    Ok(1..) => {}
                    // Nothing was settled: the same would be found again at once.
                    Ok(0) => tokio::time::sleep(BREATH).await,
                    Err(fault) => {
                        tracing::warn!(%fault, "a client could not be told of logouts");
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                },
                // What ends comes with an entry of the log; what waits is looked for now and then.
                _ = tokio::time::timeout(LOOK_EVERY, appended.changed()) => tokio::time::sleep(BREATH).await,
            }
        }
    }

    /// Tries a client's notices one after the other, until it does not hear. Each is settled in the store: one that was
    /// heard is gone, one that was not is due again later. Those that it did not hear for a day go without a try of their own.
    async fn tell_client(&self, client: &ClientId, carrier: &dyn LogoutCarrier) -> Result<usize, Fault> {
        while self.store.spread_logout(client).await? {}
        let (mut tried, mut hears) = (0, true);
        for notice in self.store.due_notices(client, LOOK).await? {
            if hears {
                hears = self.tell(&notice, carrier).await?;
                tried += 1;
            } else if self.clock.now() >= notice.at + NOTICE_LIFE {
                self.give_up(&notice).await?;
            }
        }
        Ok(tried)
    }

    /// Says whether the client may be told more.
    async fn tell(&self, notice: &Notice, carrier: &dyn LogoutCarrier) -> Result<bool, Fault> {
        let client = self.store.client(&notice.client).await?;
        let Some(logout) = client.and_then(|client| client.logout) else {
            // It is gone.
            self.metrics.logout("dropped");
            self.store.step_notice(notice.number, NoticeStep::Done).await?;
            return Ok(true);
        };
        let form = format!("logout_token={}", token::mint(self, notice)?);
        let Err(unheard) = carrier.carry(&logout.uri, form).await else {
            self.logouts.heard(&notice.client);
            self.metrics.logout("heard");
            self.store.step_notice(notice.number, NoticeStep::Done).await?;
            return Ok(true);
        };
        self.metrics.logout(unheard.word());
        tracing::warn!(client = %notice.client, why = unheard.word(), tries = notice.tries + 1,
            "a client was not told that a session ended: it will be tried again");
        let now = self.clock.now();
        let pause = self
            .logouts
            .unheard(&notice.client, self.clock.boot(), self.entropy.as_ref());
        if now + pause >= notice.at + NOTICE_LIFE {
            self.give_up(notice).await?;
        } else {
            let again = NoticeStep::Again { due_at: now + pause };
            self.store.step_notice(notice.number, again).await?;
        }
        Ok(false)
    }

    async fn give_up(&self, notice: &Notice) -> Result<(), Fault> {
        self.metrics.logout("given_up");
        Ok(self.store.step_notice(notice.number, NoticeStep::GivenUp).await?)
    }
}

/// Doubles with each failure up to a bound; half of it is random, so that what failed together does not come back together.
fn pause_after(failures: u32, entropy: &dyn Entropy) -> Span {
    let doubled = FIRST_PAUSE.as_ms().saturating_mul(1 << failures.min(16));
    let whole = doubled.min(LONGEST_PAUSE.as_ms());
    let mut random = [0u8; 8];
    entropy.fill(&mut random);
    Span::from_ms(whole / 2 + u64::from_le_bytes(random) % (whole / 2 + 1))
}

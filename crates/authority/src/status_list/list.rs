//! Making the list: the log is read first, so that whatever was committed before the list was asked for is in it.

use std::sync::Arc;

use domain::revocation::{Judgement, Position, RevocationMap};
use domain::{Seq, Span, Timestamp};
use serde::Serialize;

use super::bits::Bits;
use super::{Place, STATUS_LIST_TYPE, StatusList};
use crate::authority::Authority;
use crate::error::Fault;
use crate::flows::oauth::signing;

/// A list is made at most this often: between, the last one is given again.
const EVERY: Span = Span::from_secs(1);
/// Entries in one reading.
const BATCH: usize = 4096;

/// The last list, and what is known of the log.
#[derive(Debug, Default)]
pub(super) struct Made {
    map: Arc<RevocationMap>,
    /// How far the map holds the log; nothing before the first list.
    frontier: Option<Seq>,
    last: Option<(Timestamp, Arc<str>)>,
}

/// Claims of a list (section 5.1).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: String,
    iat: u64,
    exp: u64,
    ttl: u64,
    status_list: Compressed,
}

#[derive(Serialize)]
struct Compressed {
    bits: u8,
    lst: String,
}

impl StatusList {
    /// The signed list, not older than a second.
    pub(crate) async fn signed(&self, authority: &Authority) -> Result<Arc<str>, Fault> {
        let mut made = self.made.lock().await;
        let now = authority.clock.now();
        if let Some((at, list)) = &made.last
            && now.since(*at) < EVERY
        {
            return Ok(Arc::clone(list));
        }
        made.follow(authority).await?;
        let (map, taken, size) = (Arc::clone(&made.map), self.taken(now), self.terms.size);
        let packed = tokio::task::spawn_blocking(move || pack(&map, &taken, size)).await;
        let lst = packed
            .map_err(|error| Fault::Keys(error.to_string()))?
            .map_err(|error| Fault::Keys(error.to_string()))?;
        let claims = Claims {
            iss: authority.issuer(),
            sub: self.uri(authority.issuer()),
            iat: now.as_secs(),
            exp: (now + self.terms.ttl + self.terms.ttl).as_secs(),
            ttl: self.terms.ttl.as_secs(),
            status_list: Compressed { bits: 1, lst },
        };
        let json = serde_json::to_vec(&claims).map_err(|e| Fault::Keys(e.to_string()))?;
        let algorithm = signing::access_token_algorithm(authority)?;
        let list: Arc<str> = authority.keys.sign(algorithm, STATUS_LIST_TYPE, &json)?.into();
        made.last = Some((now, Arc::clone(&list)));
        Ok(list)
    }

    /// What is in the list: by its number, with nothing where it is not known yet what became of the token.
    fn taken(&self, now: Timestamp) -> Vec<(usize, Option<Arc<Position>>)> {
        let places = self.places();
        let numbered = places.iter().enumerate();
        let taken = numbered.filter(|(_, place)| !place.is_free(now));
        taken
            .filter_map(|(index, place)| match place {
                Place::Free => None,
                Place::Given { .. } => Some((index, None)),
                Place::Taken { position, .. } => Some((index, Some(Arc::clone(position)))),
            })
            .collect()
    }
}

impl Made {
    /// Applies what was committed since. A mark is never taken out: another log only adds to them.
    async fn follow(&mut self, authority: &Authority) -> Result<(), Fault> {
        let store = &authority.store;
        let head = store.head().await?.seq;
        let Some(mut at) = self.frontier.filter(|at| at.epoch() == head.epoch()) else {
            let snapshot = store.snapshot().await?;
            for (target, seq) in &snapshot.marks {
                self.map.apply(target, *seq);
            }
            self.frontier = Some(snapshot.head.seq);
            return Ok(());
        };
        while at < head {
            let entries = store.entries_after(at, BATCH).await?;
            let Some(last) = entries.last() else { break };
            at = last.seq;
            for entry in &entries {
                self.map.apply(&entry.target, entry.seq);
            }
        }
        self.frontier = Some(at);
        Ok(())
    }
}

/// Set where a revocation covers the token, and where it is not known what became of it.
fn pack(
    map: &RevocationMap,
    taken: &[(usize, Option<Arc<Position>>)],
    size: usize,
) -> std::io::Result<String> {
    let mut bits = Bits::new(size);
    for (index, position) in taken {
        let is_good = position
            .as_ref()
            .is_some_and(|position| map.judge(position) == Judgement::Clear);
        if !is_good {
            bits.set(*index);
        }
    }
    bits.compressed()
}

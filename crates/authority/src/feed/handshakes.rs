//! Places for handshakes: a stranger gets this far. So few of them are one address's that it cannot keep edges out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Handshakes under way at once.
const MOST: usize = 256;
/// Handshakes of one address under way at once; of IPv6, of one network of 64 bits.
pub(super) const MOST_OF_ONE: usize = 16;

type Counts = Mutex<BTreeMap<Origin, usize>>;

/// An address as it is counted: whoever has one of a network's IPv6 addresses has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Four(u32),
    Six(u64),
}

impl Origin {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(four) => Self::Four(four.to_bits()),
            IpAddr::V6(six) => {
                let [a, b, c, d, e, f, g, h, ..] = six.octets();
                Self::Six(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
            }
        }
    }
}

/// All places.
#[derive(Debug)]
pub(super) struct Handshakes {
    all: Arc<Semaphore>,
    counts: Arc<Counts>,
}

/// A place of one handshake, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _one_of_all: OwnedSemaphorePermit,
    origin: Origin,
    counts: Arc<Counts>,
}

impl Default for Handshakes {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(MOST)),
            counts: Arc::default(),
        }
    }
}

impl Handshakes {
    /// Waits until one more connection can be accepted.
    pub(super) async fn one(&self) -> std::io::Result<OwnedSemaphorePermit> {
        let one = Arc::clone(&self.all).acquire_owned().await;
        one.map_err(std::io::Error::other)
    }

    /// The place of a connection that was accepted; nothing where its address has as many as one may have.
    pub(super) fn place(&self, one: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let origin = Origin::of(address);
        let mut counts = lock(&self.counts);
        let count = counts.entry(origin).or_insert(0);
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Place {
            _one_of_all: one,
            origin,
            counts: Arc::clone(&self.counts),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        if let Some(count) = counts.get_mut(&self.origin) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.origin);
            }
        }
    }
}

fn lock(counts: &Counts) -> MutexGuard<'_, BTreeMap<Origin, usize>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_leaves_places_to_others() {
        let handshakes = Handshakes::default();
        let from = async |address: &str| {
            let one = handshakes.one().await.unwrap();
            handshakes.place(one, address.parse().unwrap())
        };
        let mut flood = Vec::new();
        for n in 0..MOST_OF_ONE {
            // The same network, in whichever of its spellings and addresses.
            let spelt = if n % 2 == 0 {
                "192.0.2.1"
            } else {
                "::ffff:192.0.2.1"
            };
            flood.push(from(spelt).await.unwrap());
            flood.push(from(&format!("2001:db8::{n}")).await.unwrap());
        }
        assert!(from("192.0.2.1").await.is_none() && from("2001:db8::ff").await.is_none());
        assert!(from("192.0.2.2").await.is_some() && from("2001:db8:0:1::1").await.is_some());
        assert_eq!(handshakes.all.available_permits(), MOST - flood.len());
        flood.clear();
        assert!(from("192.0.2.1").await.is_some());
        assert!(
            lock(&handshakes.counts).is_empty(),
            "nothing is kept of who has left"
        );
    }
}

//! Places: how many connections there may be at once, and which of them goes when a newcomer finds none free.
//!
//! A connection that waits for its peer holds its place only while nobody else needs it. Who goes is the one from the
//! network with the most places, first of those who never sent a request, first who keeps us waiting longest: ten
//! thousand idle connections of one peer cost that peer its own, not the places of others. Before all of them go those who
//! were connected for a while and never sent a request: many networks of one peer cannot push out a gateway. A connection
//! on which we are at work stays. Asked at accept and at the end of a connection, never by a request.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::bodies::Bodies;
use super::flights::Flights;

/// How many connections are looked at to find the one that goes; the next search begins where this one ended.
const LOOK: usize = 4096;
/// How long a newcomer may take to its first request before that counts against it.
const GRACE: Duration = Duration::from_secs(3);
/// How long to wait before looking again while every connection is being answered.
const BREATH: Duration = Duration::from_millis(20);

/// The places of one listener.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    bodies: Arc<Bodies>,
    table: Mutex<Table>,
    freed: Notify,
}

/// A connection's place; free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    seat: Arc<Seat>,
    places: Arc<Places>,
}

#[derive(Debug, Default)]
struct Table {
    seats: Vec<Arc<Seat>>,
    crowds: HashMap<IpAddr, Arc<AtomicUsize>>,
    next: usize,
}

#[derive(Debug)]
struct Seat {
    network: IpAddr,
    /// Places of the same network.
    crowd: Arc<AtomicUsize>,
    at: AtomicUsize,
    flights: Arc<Flights>,
}

impl Places {
    /// So many, with so much room for the bodies of their requests.
    pub(crate) fn new(most: usize, bodies: Arc<Bodies>) -> Arc<Self> {
        Arc::new(Self {
            most,
            bodies,
            table: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// A place for a peer, once there is one.
    pub(crate) async fn take(self: &Arc<Self>, peer: IpAddr) -> Place {
        loop {
            let freed = self.freed.notified();
            if let Some(place) = self.take_free(peer) {
                return place;
            }
            self.make_room();
            // What frees a place says so; what becomes free to be asked does not.
            let _ = tokio::time::timeout(BREATH, freed).await;
        }
    }

    fn take_free(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let mut table = self.table();
        if table.seats.len() >= self.most {
            return None;
        }
        let network = network(peer);
        let crowd = Arc::clone(table.crowds.entry(network).or_default());
        crowd.fetch_add(1, Ordering::Relaxed);
        let seat = Arc::new(Seat {
            network,
            crowd,
            at: AtomicUsize::new(table.seats.len()),
            flights: Flights::new(self.bodies.share()),
        });
        table.seats.push(Arc::clone(&seat));
        drop(table);
        let places = Arc::clone(self);
        Some(Place { seat, places })
    }

    /// Asks one connection to go, unless one that was asked has yet to.
    pub(crate) fn make_room(&self) {
        let mut table = self.table();
        let count = table.seats.len();
        let look = count.min(LOOK);
        let start = if count > LOOK {
            table.next % count.max(1)
        } else {
            0
        };
        table.next = start.wrapping_add(look);
        let seats = table.seats.iter().cycle().skip(start).take(look);
        let mut leaving: Option<(Rank, &Arc<Seat>)> = None;
        for seat in seats {
            let Some(rank) = Rank::of(seat) else { continue };
            if seat.flights.is_dismissed() {
                return;
            }
            if leaving.as_ref().is_none_or(|(most, _)| rank > *most) {
                leaving = Some((rank, seat));
            }
        }
        if let Some((rank, seat)) = leaving {
            seat.flights.dismiss();
            tracing::debug!(network = %seat.network, ?rank, "a waiting connection made room for another");
        }
    }

    /// Ends whoever's bodies take the most, each time that all of them take too much.
    pub(crate) async fn keep_room_for_bodies(&self) {
        loop {
            self.bodies.crowded().await;
            self.end_largest();
            // What it had is given back as its requests end; until then it still is the largest.
            tokio::time::sleep(BREATH).await;
        }
    }

    fn end_largest(&self) {
        let table = self.table();
        let Some(seat) = table.seats.iter().max_by_key(|seat| seat.flights.held()) else {
            return;
        };
        let (network, bytes) = (seat.network, seat.flights.held());
        seat.flights.break_off();
        drop(table);
        tracing::debug!(%network, bytes, "a connection was ended for the memory of its bodies");
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The requests of the connection that has it.
    pub(crate) fn flights(&self) -> &Arc<Flights> {
        &self.seat.flights
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.places.table();
        let at = self.seat.at.load(Ordering::Relaxed);
        if at < table.seats.len() {
            table.seats.swap_remove(at);
        }
        if let Some(moved) = table.seats.get(at) {
            moved.at.store(at, Ordering::Relaxed);
        }
        if self.seat.crowd.fetch_sub(1, Ordering::Relaxed) == 1 {
            table.crowds.remove(&self.seat.network);
        }
        drop(table);
        self.places.freed.notify_one();
    }
}

/// The higher, the sooner it goes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_late: bool,
    crowd: usize,
    never_asked: bool,
    owed: Duration,
}

impl Rank {
    /// Nothing for a connection that we are at work on.
    fn of(seat: &Seat) -> Option<Self> {
        let owed = seat.flights.owed()?;
        let never_asked = !seat.flights.was_answered();
        Some(Self {
            is_late: never_asked && owed >= GRACE,
            owed,
            never_asked,
            crowd: seat.crowd.load(Ordering::Relaxed),
        })
    }
}

/// What one peer can have at its will: an IPv4 address, or a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests;

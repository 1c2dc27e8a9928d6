//! Refusals as counts: by reason, route, address prefix and minute, in a bounded table. Garbage fills no disk.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use domain::session::Origin;
use domain::{Reason, Timestamp};

/// Rows of the table between two takings.
const MAX_ROWS: usize = 4096;

/// So many refusals of one kind in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalCount {
    /// Why.
    pub reason: Reason,
    /// The route's name; `-` where none covered the request, `*` in the row of what the table could not hold.
    pub route: String,
    /// The network they came from; `*` as above.
    pub network: String,
    /// The minute's beginning.
    pub minute: Timestamp,
    /// How many.
    pub count: u64,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Row(Reason, String, String, u64);

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<HashMap<Row, u64>>);

impl Refusals {
    /// Counts one.
    pub(crate) fn count(&self, reason: Reason, route: Option<&str>, from: IpAddr, at: Timestamp) {
        let network = Origin::new(Some(from), "").network;
        let minute = at.as_secs() / 60;
        let row = Row(reason, route.unwrap_or("-").to_owned(), network, minute);
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let row = if table.len() < MAX_ROWS || table.contains_key(&row) {
            row
        } else {
            Row(reason, "*".to_owned(), "*".to_owned(), 0)
        };
        *table.entry(row).or_default() += 1;
    }

    /// Empties the table.
    pub(crate) fn take(&self) -> Vec<RefusalCount> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let count = |(Row(reason, route, network, minute), count)| RefusalCount {
            reason,
            route,
            network,
            minute: Timestamp::from_secs(minute * 60),
            count,
        };
        taken.into_iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_the_table_is_bounded() {
        let table = Refusals::default();
        for n in 0..20_000u32 {
            let from = IpAddr::from((n << 8).to_be_bytes());
            table.count(Reason::Malformed, Some("api"), from, Timestamp::from_secs(90));
            table.count(Reason::Malformed, Some("api"), from, Timestamp::from_secs(119));
        }
        let rows = table.take();
        assert!(rows.len() <= MAX_ROWS + Reason::ALL.len());
        assert_eq!(rows.iter().map(|r| r.count).sum::<u64>(), 40_000);
        let one = rows.iter().find(|r| r.network == "0.0.5.0/24").unwrap();
        assert_eq!(
            (one.count, one.minute, one.route.as_str()),
            (2, Timestamp::from_secs(60), "api")
        );
        assert!(table.take().is_empty());
    }
}

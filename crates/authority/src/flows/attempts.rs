//! Limits on attempts: per account and per address network, counted before the evidence is looked at.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use domain::session::Origin;
use domain::{BootTime, Digest, Span};

use crate::config::LoginConfig;
use crate::flows::oauth::secret_attempts::SecretAttempts;

/// Most accounts, and most networks, that are remembered.
const MOST: usize = 200_000;

/// Both limits.
#[derive(Debug)]
pub(crate) struct Attempts {
    accounts: Rates,
    networks: Rates,
    /// Wrong secrets of OAuth clients.
    pub(crate) clients: SecretAttempts,
}

/// Too many attempts; come back after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) retry_after_s: u64,
}

impl Attempts {
    pub(crate) fn new(config: &LoginConfig) -> Self {
        Self {
            accounts: Rates::new(config.attempts_per_account, config.window),
            networks: Rates::new(config.attempts_per_network, config.window),
            clients: SecretAttempts::new(config.attempts_per_account, config.window),
        }
    }

    /// Counts one attempt for an account from an address.
    pub(crate) fn count(&self, account: &str, address: Option<IpAddr>, now: BootTime) -> Result<(), TooMany> {
        self.count_network(address, now)?;
        self.count_account(account, now)
    }

    /// Counts one from an address alone.
    pub(crate) fn count_network(&self, address: Option<IpAddr>, now: BootTime) -> Result<(), TooMany> {
        self.networks.count(&Origin::new(address, "").network, now)
    }

    /// Counts one for an account (a name as typed, folded, whether it exists or not), or for a known place of one.
    pub(crate) fn count_account(&self, account: &str, now: BootTime) -> Result<(), TooMany> {
        self.accounts.count(account, now)
    }
}

/// The generic cell rate algorithm, a cell for each key: as many attempts at once as the limit says, and each comes back
/// after its share of the window.
#[derive(Debug)]
struct Rates {
    every_us: u64,
    window_us: u64,
    /// When each key will have recovered. Keys are digests: whoever floods the table with long names gains nothing.
    recovered_us: Mutex<HashMap<[u8; 16], u64>>,
}

impl Rates {
    fn new(limit: u32, window: Span) -> Self {
        let window_us = window.as_ms().saturating_mul(1000);
        Self {
            every_us: (window_us / u64::from(limit.max(1))).max(1),
            window_us,
            recovered_us: Mutex::default(),
        }
    }

    fn count(&self, key: &str, now: BootTime) -> Result<(), TooMany> {
        let now_us = now.as_ms().saturating_mul(1000);
        let mut table = self.recovered_us.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= MOST {
            forget(&mut table, now_us);
        }
        let cell = table.entry(digest(key)).or_insert(now_us);
        let next = (*cell).max(now_us).saturating_add(self.every_us);
        let wait_us = next.saturating_sub(now_us).saturating_sub(self.window_us);
        if wait_us > 0 {
            return Err(TooMany {
                retry_after_s: wait_us.div_ceil(1_000_000),
            });
        }
        *cell = next;
        Ok(())
    }
}

/// Forgets who has recovered; where that is not enough, the half that will have recovered first: an account that is
/// under attack is the last to go. Work for half a table of attempts, so little for each.
fn forget(table: &mut HashMap<[u8; 16], u64>, now_us: u64) {
    table.retain(|_, recovered| *recovered > now_us);
    if table.len() <= MOST / 2 {
        return;
    }
    let mut ends: Vec<u64> = table.values().copied().collect();
    ends.sort_unstable();
    let middle = ends.get(ends.len() / 2).copied().unwrap_or(now_us);
    table.retain(|_, recovered| *recovered > middle);
}

fn digest(key: &str) -> [u8; 16] {
    let digest = Digest::of(key.as_bytes());
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> BootTime {
        BootTime::from_ms(s * 1000)
    }

    #[test]
    fn an_account_and_a_network_are_counted_apart() {
        let config = LoginConfig {
            attempts_per_account: 3,
            attempts_per_network: 5,
            ..LoginConfig::default()
        };
        let attempts = Attempts::new(&config);
        let count = |name, address: &str| attempts.count(name, Some(address.parse().unwrap()), at(9));
        for _ in 0..3 {
            assert!(count("ada", "203.0.113.7").is_ok());
        }
        assert!(count("ada", "203.0.113.7").is_err(), "the account is used up");
        assert!(count("bob", "203.0.113.7").is_ok());
        assert!(count("eve", "203.0.113.99").is_err(), "the network is used up");
        assert!(count("eve", "198.51.100.1").is_ok());
    }

    #[test]
    fn attempts_come_back_one_by_one_by_the_clock_that_is_given() {
        let rates = Rates::new(3, Span::from_mins(5));
        for _ in 0..3 {
            assert!(rates.count("ada", at(0)).is_ok());
        }
        assert_eq!(rates.count("ada", at(0)), Err(TooMany { retry_after_s: 100 }));
        assert_eq!(rates.count("ada", at(99)), Err(TooMany { retry_after_s: 1 }));
        assert!(rates.count("ada", at(100)).is_ok());
        assert!(rates.count("ada", at(100)).is_err());
        for _ in 0..3 {
            assert!(rates.count("ada", at(500)).is_ok(), "all are back");
        }
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_does_not_free_the_account_under_attack() {
        let rates = Rates::new(3, Span::from_mins(5));
        for _ in 0..3 {
            assert!(rates.count("ada", at(0)).is_ok());
        }
        for n in 0..=MOST {
            assert!(rates.count(&format!("made up {n}"), at(1)).is_ok());
        }
        assert!(rates.recovered_us.lock().unwrap().len() <= MOST);
        assert!(rates.count("ada", at(1)).is_err());
    }
}

//! Wrong client secrets, counted per client and network. Only failures count: a service may ask for tokens as often as
//! it likes. Who has failed too often is not looked at for the rest of the window, right secret or not.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{BootTime, Span};

/// Most pairs remembered; beyond, those whose window is over are forgotten, then the oldest half.
const MOST: usize = 100_000;

/// Failures within the current window of each pair.
#[derive(Debug)]
pub(crate) struct SecretAttempts {
    limit: u32,
    window: Span,
    failures: Mutex<HashMap<(String, String), (u32, BootTime)>>,
}

impl SecretAttempts {
    pub(crate) fn new(limit: u32, window: Span) -> Self {
        Self {
            limit,
            window,
            failures: Mutex::default(),
        }
    }

    /// Whether another secret may be looked at; otherwise how long to wait.
    pub(crate) fn admit(&self, client: &str, network: &str, now: BootTime) -> Result<(), Span> {
        let failures = self.lock();
        match failures.get(&key(client, network)) {
            Some((count, began)) if *count >= self.limit && now.since(*began) < self.window => {
                Err(self.window.saturating_sub(now.since(*began)))
            }
            _ => Ok(()),
        }
    }

    /// Counts a wrong secret.
    pub(crate) fn failed(&self, client: &str, network: &str, now: BootTime) {
        let mut failures = self.lock();
        if failures.len() >= MOST {
            self.forget(&mut failures, now);
        }
        let entry = failures.entry(key(client, network)).or_insert((0, now));
        if now.since(entry.1) >= self.window {
            *entry = (0, now);
        }
        entry.0 = entry.0.saturating_add(1);
    }

    fn forget(&self, failures: &mut HashMap<(String, String), (u32, BootTime)>, now: BootTime) {
        failures.retain(|_, (_, began)| now.since(*began) < self.window);
        if failures.len() >= MOST {
            let mut starts: Vec<BootTime> = failures.values().map(|(_, began)| *began).collect();
            starts.sort_unstable();
            let middle = starts.get(starts.len() / 2).copied().unwrap_or(now);
            failures.retain(|_, (_, began)| *began > middle);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), (u32, BootTime)>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Client ids are at most 64 characters; what is longer is nobody's and shares one place.
fn key(client: &str, network: &str) -> (String, String) {
    let client = if client.len() > 64 { "" } else { client };
    (client.to_owned(), network.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_close_the_door_until_the_window_is_over() {
        let attempts = SecretAttempts::new(3, Span::from_mins(5));
        let at = |s: u64| BootTime::from_ms(s * 1000);
        for n in 0..3 {
            assert!(attempts.admit("ci", "net", at(n)).is_ok());
            attempts.failed("ci", "net", at(n));
        }
        assert_eq!(attempts.admit("ci", "net", at(3)), Err(Span::from_secs(297)));
        assert!(
            attempts.admit("ci", "elsewhere", at(3)).is_ok(),
            "others are not shut out"
        );
        assert!(attempts.admit("web", "net", at(3)).is_ok());
        assert!(attempts.admit("ci", "net", at(300)).is_ok());
        attempts.failed("ci", "net", at(300));
        assert!(
            attempts.admit("ci", "net", at(301)).is_ok(),
            "a new window counts anew"
        );
    }

    #[test]
    fn the_table_is_bounded() {
        let attempts = SecretAttempts::new(3, Span::from_mins(5));
        for n in 0..(MOST as u64 + 10) {
            attempts.failed(&n.to_string(), "net", BootTime::from_ms(n));
        }
        assert!(attempts.lock().len() <= MOST);
    }
}

//! Limits on attempts: per account and per address network, counted before the evidence is looked at.

use std::net::IpAddr;
use std::num::NonZeroU32;

use domain::session::Origin;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::LoginConfig;
use crate::flows::oauth::secret_attempts::SecretAttempts;

/// Both limits. Keys are bounded: what has recovered is forgotten.
#[derive(Debug)]
pub(crate) struct Attempts {
    accounts: DefaultKeyedRateLimiter<String>,
    networks: DefaultKeyedRateLimiter<String>,
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
        let quota = |n: u32| {
            let burst = NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
            let every = std::time::Duration::from(config.window) / burst.get();
            Quota::with_period(every)
                .unwrap_or(Quota::per_minute(burst))
                .allow_burst(burst)
        };
        Self {
            accounts: RateLimiter::keyed(quota(config.attempts_per_account)),
            networks: RateLimiter::keyed(quota(config.attempts_per_network)),
            clients: SecretAttempts::new(config.attempts_per_account, config.window),
        }
    }

    /// Counts one attempt for an account (a name as typed, folded, whether it exists or not) from an address.
    pub(crate) fn count(&self, account: &str, address: Option<IpAddr>) -> Result<(), TooMany> {
        const MANY: usize = 100_000;
        if self.accounts.len() > MANY || self.networks.len() > MANY {
            self.accounts.retain_recent();
            self.networks.retain_recent();
        }
        let network = Origin::new(address, "").network;
        let too_many = |wait: std::time::Duration| TooMany {
            retry_after_s: wait.as_secs().max(1),
        };
        let now = DefaultClock::default().now();
        self.networks
            .check_key(&network)
            .map_err(|e| too_many(e.wait_time_from(now)))?;
        self.accounts
            .check_key(&account.to_owned())
            .map_err(|e| too_many(e.wait_time_from(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_and_a_network_are_counted_apart() {
        let config = LoginConfig {
            attempts_per_account: 3,
            attempts_per_network: 5,
            ..LoginConfig::default()
        };
        let attempts = Attempts::new(&config);
        let here = Some("203.0.113.7".parse().unwrap());
        for _ in 0..3 {
            assert!(attempts.count("ada", here).is_ok());
        }
        assert!(attempts.count("ada", here).is_err(), "the account is used up");
        assert!(attempts.count("bob", here).is_ok());
        assert!(
            attempts
                .count("eve", Some("203.0.113.99".parse().unwrap()))
                .is_err(),
            "the network is used up"
        );
        assert!(
            attempts
                .count("eve", Some("198.51.100.1".parse().unwrap()))
                .is_ok()
        );
    }
}

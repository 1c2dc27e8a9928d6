//! The real world: the system's clocks and its random generator. Everything else takes them as arguments.
#![allow(clippy::disallowed_methods, reason = "the one home of clock and entropy")]

mod forward;

pub(crate) use forward::{ForwardClock, SetBack};

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use domain::{BootTime, Clock, Entropy, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// Wall time, and the time since the machine started with its sleep counted in (`CLOCK_BOOTTIME`).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A wall clock before 1970 is broken; zero makes every credential "not yet valid", which refuses.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn boot(&self) -> BootTime {
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
        BootTime::from_ms(seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000))
    }
}

/// The cryptographic library's generator.
#[derive(Debug)]
pub(crate) struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// The generator; seeded by the operating system.
    pub(crate) fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if self.0.fill(buffer).is_err() {
            // Returning would hand out predictable secrets. There is nothing to close in order: nothing was promised.
            let _ = writeln!(std::io::stderr(), "error: the system's random generator failed");
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_time_never_goes_back_and_wall_time_is_of_this_century() {
        let (first, second) = (SystemClock.boot(), SystemClock.boot());
        assert!(second >= first && first.as_ms() > 0);
        assert!(SystemClock.now().as_secs() > 1_700_000_000);
    }

    #[test]
    fn entropy_fills_all_of_the_buffer() {
        let entropy = SystemEntropy::new();
        let (mut one, mut two) = ([0u8; 64], [0u8; 64]);
        entropy.fill(&mut one);
        entropy.fill(&mut two);
        assert_ne!(one, two);
        assert!(one[48..].iter().any(|byte| *byte != 0));
    }
}

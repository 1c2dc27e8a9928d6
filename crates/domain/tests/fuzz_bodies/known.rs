//! What this server made, from a seed: the only credentials that may ever be accepted.

use std::sync::Arc;

use domain::cookie::{Purpose, SealedPayload, SealingKey, SealingKeys};
use domain::family::{LineageKey, RefreshToken};
use domain::testing::SeededEntropy;
use domain::{Entropy, Id, secret};

pub(crate) const ISSUER: &str = "https://issuer.example";

/// Credentials and the keys that judge them.
pub(crate) struct Known {
    pub(crate) lineage: LineageKey,
    pub(crate) refresh_tokens: Vec<String>,
    pub(crate) sealing: Arc<SealingKey>,
    pub(crate) unsealing: SealingKeys,
    pub(crate) cookies: Vec<String>,
    pub(crate) entropy: SeededEntropy,
}

impl Known {
    pub(crate) fn new() -> Self {
        let entropy = SeededEntropy::new(2026);
        let lineage = LineageKey::generate(&entropy);
        let family = Id::from_bytes([7; 16]);
        let refresh_tokens = [0, 1, u32::MAX]
            .map(|generation| RefreshToken::generate(family, generation, &lineage, &entropy))
            .map(|token| token.reveal().to_string());
        let sealing = Arc::new(SealingKey::generate(&entropy));
        let cookies = [0, 1, 9].map(|generation| {
            sealing
                .seal(
                    &payload(&entropy, generation),
                    ISSUER,
                    &Purpose::Authority,
                    &entropy,
                )
                .unwrap()
        });
        Self {
            lineage,
            refresh_tokens: refresh_tokens.into(),
            unsealing: SealingKeys::new([Arc::clone(&sealing)]),
            sealing,
            cookies: cookies.into(),
            entropy,
        }
    }
}

pub(crate) fn payload(entropy: &dyn Entropy, generation: u32) -> SealedPayload {
    SealedPayload {
        session: Id::from_bytes([3; 16]),
        secret: secret::Secret::generate(entropy),
        generation,
    }
}

//! The constants of this machine, measured on one small deployment: some tokens and some sessions at one edge.

use super::commit::commits_ms;
use super::site::{Revoking, Site, bearer, cookie, credential_bytes};
use crate::harness::{Fault, Ground};

/// What was measured.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    pub(super) warm_us: f64,
    pub(super) verify_us: f64,
    pub(super) verify_eddsa_us: f64,
    pub(super) verify_rs256_us: f64,
    pub(super) unseal_us: f64,
    pub(super) token_bytes: f64,
    pub(super) cookie_bytes: f64,
    /// In order.
    pub(super) propagation_ms: Vec<f64>,
    /// In order.
    pub(super) commit_ms: Vec<f64>,
    /// Of the store, for one introspection.
    pub(super) reads_of_a_lookup: f64,
}

/// All but what revocations take: those are measured in turns with the others.
///
/// # Errors
/// Something could not be measured.
pub(super) fn fit(ground: &Ground) -> Result<(Fitted, Revoking), Fault> {
    let site = Site::start(ground, "", None, &["read", "write"])?;
    let (many, few) = (ground.scaled(400, 20), ground.scaled(80, 3));
    let fresh: Vec<_> = site.tokens(many)?.iter().map(|token| bearer(token)).collect();
    let cookies: Vec<_> = site
        .product
        .sessions(few * 5)?
        .iter()
        .map(|one| cookie(one))
        .collect();
    // Each of these once: the edge has not seen them, and has after that.
    let cold_us = site.check_us(&fresh, 1, false)?;
    let cold_cookie_us = site.check_us(&cookies, 1, false)?;
    let warm_us = site.check_us(&fresh, ground.scaled(20, 2), true)?;
    let warm_cookie_us = site.check_us(&cookies, ground.scaled(40, 2), true)?;
    let tokens = site.tokens(few)?;
    let before = site.done()?;
    for token in &tokens {
        site.introspect(token)?;
    }
    let after = site.done()?;
    let fitted = Fitted {
        warm_us: f64::midpoint(warm_us, warm_cookie_us),
        verify_us: (cold_us - warm_us).max(0.1),
        verify_eddsa_us: verify_us(ground, "EdDSA")?,
        verify_rs256_us: verify_us(ground, "RS256")?,
        unseal_us: (cold_cookie_us - warm_cookie_us).max(0.1),
        token_bytes: fresh.first().map_or(0.0, credential_bytes),
        cookie_bytes: cookies.first().map_or(0.0, credential_bytes),
        propagation_ms: Vec::new(),
        commit_ms: commits_ms(ground)?,
        reads_of_a_lookup: ((after.reads - before.reads) / few as f64).round().max(1.0),
    };
    Ok((fitted, Revoking { site, tokens }))
}

/// What a first check of a token costs on top of a later one, with keys of another algorithm.
fn verify_us(ground: &Ground, algorithm: &str) -> Result<f64, Fault> {
    let algorithms = format!("algorithms = [\"{algorithm}\"]\n");
    let site = Site::start(ground, &algorithms, None, &["read", "write"])?;
    let tokens = site.tokens(ground.scaled(400, 20))?;
    let fresh: Vec<_> = tokens.iter().map(|token| bearer(token)).collect();
    let cold_us = site.check_us(&fresh, 1, false)?;
    let warm_us = site.check_us(&fresh, ground.scaled(20, 2), true)?;
    Ok((cold_us - warm_us).max(0.1))
}

/// The value that a part of what is in order does not exceed.
fn at(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * part).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

impl Fitted {
    pub(super) fn propagation(&self, part: f64) -> f64 {
        at(&self.propagation_ms, part)
    }

    /// By the names of the advice's constants, each with how it was measured.
    pub(super) fn constants(&self) -> Vec<(&'static str, f64, &'static str)> {
        let mut all = vec![
            (
                "warm_check_us",
                self.warm_us,
                "CPU of the product for one check over HTTP/1.1 of a credential that it remembers",
            ),
            (
                "verify_us",
                self.verify_us,
                "the same for a token that it has not seen (ES256), less the line above",
            ),
            (
                "verify_eddsa_us",
                self.verify_eddsa_us,
                "the same where keys are EdDSA (Ed25519)",
            ),
            (
                "verify_rs256_us",
                self.verify_rs256_us,
                "the same where keys are RS256 (3072 bits)",
            ),
            ("unseal_us", self.unseal_us, "the same for a session's cookie"),
            (
                "commit_p50_ms",
                at(&self.commit_ms, 0.5),
                "one durable write of the embedded store, of one caller",
            ),
            ("commit_p99_ms", at(&self.commit_ms, 0.99), "the same, at p99"),
            (
                "token_bytes",
                self.token_bytes,
                "the header field of a client's token",
            ),
            (
                "cookie_bytes",
                self.cookie_bytes,
                "the header field of a session's cookie",
            ),
        ];
        if !self.propagation_ms.is_empty() {
            all.extend([
                (
                    "propagation_p50_ms",
                    self.propagation(0.5),
                    "from asking for a revocation to the first refusal by an edge in the same process",
                ),
                ("propagation_p99_ms", self.propagation(0.99), "the same, at p99"),
            ]);
        }
        all
    }

    /// A file for `symbolon advise --constants`.
    pub(super) fn text(&self) -> String {
        let lines = self.constants().into_iter().map(|(name, value, how)| {
            let rounded = (value * 1000.0).round() / 1000.0;
            // A number of TOML with a fraction, whatever its size.
            format!("{name} = {rounded:?} # {how}\n")
        });
        format!(
            "# Measured by `cargo xtask bench constants` on this machine; for `symbolon advise --constants FILE`.\n{}",
            lines.collect::<String>().trim_end()
        )
    }
}

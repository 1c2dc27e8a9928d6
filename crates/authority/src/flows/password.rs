//! Passwords: Argon2id on a bounded pool, and the same work for users that do not exist.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use domain::Entropy;
use domain::password::MAX_BYTES;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::breached::Breached;
use crate::config::LoginConfig;
use crate::error::Fault;

/// What a hash of before may ask for: more than any recommendation so far.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 8;

/// Hashes and verifies, a bounded number at once: memory is places times the configured cost.
#[derive(Debug)]
pub(crate) struct PasswordPool {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    /// Places and those who wait for one.
    admitted: Arc<Semaphore>,
    /// A hash of nobody's password, for users that do not exist.
    decoy: String,
    /// What no new password may be.
    pub(super) breached: Arc<Breached>,
}

impl PasswordPool {
    pub(crate) fn new(config: &LoginConfig, entropy: &dyn Entropy) -> Result<Self, Fault> {
        let params = Params::new(config.argon2_memory_kib, config.argon2_passes, 1, Some(32))
            .map_err(|e| Fault::Keys(format!("argon2 parameters: {e}")))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut secret = Zeroizing::new([0u8; 32]);
        entropy.fill(secret.as_mut());
        let decoy = hash(&argon2, secret.as_ref(), entropy)?;
        Ok(Self {
            argon2,
            places: Arc::new(Semaphore::new(config.hashing_places)),
            admitted: Arc::new(Semaphore::new(config.hashing_places + config.hashing_queue)),
            decoy,
            breached: Arc::new(Breached::open(config.breached_passwords.as_deref())?),
        })
    }

    /// Verifies a password against a kept hash. Without one, the decoy's: the same time, and always `false`.
    pub(crate) async fn verify(
        &self,
        password: Zeroizing<String>,
        kept: Option<&str>,
    ) -> Result<bool, Fault> {
        let known = kept.is_some();
        let usable = kept.filter(|kept| self.is_bearable(kept));
        let known = known & usable.is_some();
        let phc = usable.unwrap_or(&self.decoy).to_owned();
        let argon2 = self.argon2.clone();
        let fits = self
            .run(move || {
                let phc =
                    PasswordHash::new(&phc).map_err(|e| Fault::Keys(format!("a kept password hash: {e}")))?;
                let typed = normal(&password);
                // Too long for anybody's password: the same work, and never a match.
                let text = typed.as_ref().map_or("", |t| t.as_str());
                Ok(argon2.verify_password(text.as_bytes(), &phc).is_ok() & typed.is_some())
            })
            .await?;
        Ok(fits & known)
    }

    /// Whether a kept hash was made by the present parameters.
    pub(crate) fn is_present(&self, kept: &str) -> bool {
        let ours = self.argon2.params();
        PasswordHash::new(kept).is_ok_and(|phc| {
            phc.algorithm == Algorithm::Argon2id.ident()
                && phc.version == Some(Version::V0x13.into())
                && Params::try_from(&phc).is_ok_and(|theirs| {
                    (theirs.m_cost(), theirs.t_cost(), theirs.p_cost())
                        == (ours.m_cost(), ours.t_cost(), ours.p_cost())
                })
        })
    }

    /// Whether a kept hash may be verified: whoever can write one must not choose how much memory a login takes. What may
    /// not is nobody's, at the usual cost.
    fn is_bearable(&self, kept: &str) -> bool {
        let params = PasswordHash::new(kept)
            .ok()
            .and_then(|phc| Params::try_from(&phc).ok());
        let bearable = params.is_some_and(|p| {
            p.m_cost() <= MOST_MEMORY_KIB.max(self.argon2.params().m_cost())
                && p.t_cost() <= MOST_PASSES
                && p.p_cost() <= MOST_LANES
        });
        if !bearable {
            tracing::error!("a kept password hash is damaged or asks for too much: set the password anew");
        }
        bearable
    }

    /// Hashes a new password; the result is a PHC string.
    pub(crate) async fn hash(
        &self,
        password: Zeroizing<String>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<String, Fault> {
        let argon2 = self.argon2.clone();
        self.run(move || {
            let text = normal(&password)
                .ok_or_else(|| Fault::Keys("a password that is longer than any may be".to_owned()))?;
            hash(&argon2, text.as_bytes(), entropy.as_ref())
        })
        .await
    }

    /// Does work that takes long in one of the places.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let _admitted = Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| Fault::Busy)?;
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| Fault::Busy)?;
        tokio::task::spawn_blocking(move || {
            // The place is held until the work is done, even when the request that wanted it has gone away.
            let _place = place;
            work()
        })
        .await
        .map_err(|e| Fault::Keys(format!("password hashing: {e}")))?
    }
}

#[cfg(test)]
impl PasswordPool {
    /// Holds every place, so that a test can act while an attempt waits for one: its evidence is already fetched.
    pub(crate) async fn hold(&self) -> tokio::sync::OwnedSemaphorePermit {
        let all = u32::try_from(self.places.available_permits()).unwrap();
        Arc::clone(&self.places).acquire_many_owned(all).await.unwrap()
    }

    /// How many more attempts may wait.
    pub(crate) fn room(&self) -> usize {
        self.admitted.available_permits()
    }
}

/// The form in which a password is judged, hashed and compared: NFKC (NIST SP 800-63B-4 section 3.1.1.2), so that one
/// password typed on two keyboards is one. Nothing for what is longer than any password, before or after.
pub(crate) fn normal(password: &str) -> Option<Zeroizing<String>> {
    if password.len() > MAX_BYTES {
        return None;
    }
    // Room for the longest that is let through, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES + 4));
    for letter in password.nfkc() {
        text.push(letter);
        if text.len() > MAX_BYTES {
            return None;
        }
    }
    Some(text)
}

fn hash(argon2: &Argon2<'_>, password: &[u8], entropy: &dyn Entropy) -> Result<String, Fault> {
    let mut salt = [0u8; 16];
    entropy.fill(&mut salt);
    let phc = argon2
        .hash_password_with_salt(password, &salt)
        .map_err(|e| Fault::Keys(format!("argon2: {e}")))?;
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests;

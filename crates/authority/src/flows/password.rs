//! Passwords: Argon2id on a bounded pool, and the same work for users that do not exist.

use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::Entropy;
use domain::password::MAX_BYTES;
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::breached::Breached;
use crate::config::LoginConfig;
use crate::error::Fault;
use memory::{Blocks, Memory};

mod memory;

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
    /// How many may wait.
    queue: usize,
    /// What the places hash in.
    memory: Arc<Memory>,
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
        let memory = Memory::new(argon2.params().block_count());
        let decoy = hash(&argon2, secret.as_ref(), entropy, &mut memory.lend())?;
        Ok(Self {
            argon2,
            memory: Arc::new(memory),
            places: Arc::new(Semaphore::new(config.hashing_places)),
            admitted: Arc::new(Semaphore::new(config.hashing_places + config.hashing_queue)),
            queue: config.hashing_queue,
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
        let fits = self
            .run(move |memory| {
                let phc =
                    PasswordHash::new(&phc).map_err(|e| Fault::Keys(format!("a kept password hash: {e}")))?;
                let typed = normal(&password);
                // Too long for anybody's password: the same work, and never a match.
                let text = typed.as_ref().map_or("", |t| t.as_str());
                Ok(fits(&phc, text.as_bytes(), memory) & typed.is_some())
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
        self.run(move |memory| {
            let text = normal(&password)
                .ok_or_else(|| Fault::Keys("a password that is longer than any may be".to_owned()))?;
            hash(&argon2, text.as_bytes(), entropy.as_ref(), memory)
        })
        .await
    }

    fn turn(&self) -> Turn {
        Turn {
            places: Arc::clone(&self.places),
            admitted: Arc::clone(&self.admitted),
            queue: self.queue,
        }
    }

    /// Does work that takes long in one of the places, with the memory to hash in.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Blocks) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let _admitted = Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| Fault::Busy)?;
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| Fault::Busy)?;
        let (reply, answer) = oneshot::channel();
        let (memory, turn) = (Arc::clone(&self.memory), self.turn());
        tokio::task::spawn_blocking(move || {
            // The place is held until the work is done, even when the request that wanted it has gone away.
            let _place = place;
            let mut blocks = memory.lend();
            let outcome = work(&mut blocks);
            let is_awaited = turn.is_awaited();
            // The answer waits for nothing that comes after, and one that nobody waits for is none.
            let _ = reply.send(outcome);
            memory.take_back(blocks, is_awaited);
        });
        answer
            .await
            .map_err(|_| Fault::Keys("password hashing has failed".to_owned()))?
    }
}

/// Who has a place, and who waits for one.
struct Turn {
    places: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    queue: usize,
}

impl Turn {
    /// Whether somebody waits for a place. Asked by whoever has one, and still counts as admitted.
    fn is_awaited(&self) -> bool {
        // All places taken, and fewer left to admit than may wait.
        self.places.available_permits() == 0 && self.admitted.available_permits() < self.queue
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

/// A new hash, as a PHC string.
fn hash(
    argon2: &Argon2<'_>,
    password: &[u8],
    entropy: &dyn Entropy,
    memory: &mut Blocks,
) -> Result<String, Fault> {
    let mut salt = [0u8; 16];
    entropy.fill(&mut salt);
    let mut made = || {
        Ok(PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params())?,
            salt: Some(Salt::new(&salt)?),
            hash: Some(output(argon2, (password, &salt), memory)?),
        })
    };
    let phc = made().map_err(|e: argon2::password_hash::Error| Fault::Keys(format!("argon2: {e}")))?;
    Ok(phc.to_string())
}

/// Whether a password fits a hash, by the hash's own parameters.
fn fits(phc: &PasswordHash, password: &[u8], memory: &mut Blocks) -> bool {
    let (Some(salt), Some(kept)) = (&phc.salt, &phc.hash) else {
        return false;
    };
    let mut computed = || {
        let algorithm = Algorithm::try_from(phc.algorithm.as_str())?;
        let version = phc.version.map(Version::try_from).transpose()?;
        let argon2 = Argon2::new(algorithm, version.unwrap_or_default(), Params::try_from(phc)?);
        output(&argon2, (password, salt), memory)
    };
    // `Output` compares in constant time.
    computed().is_ok_and(|computed: Output| computed == *kept)
}

fn output(
    argon2: &Argon2<'_>,
    (password, salt): (&[u8], &[u8]),
    memory: &mut Blocks,
) -> Result<Output, argon2::password_hash::Error> {
    let params = argon2.params();
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let mut bytes = Zeroizing::new([0u8; Output::MAX_LENGTH]);
    let out = bytes
        .get_mut(..length)
        .ok_or(argon2::password_hash::Error::OutputSize)?;
    argon2.hash_password_into_with_memory(password, salt, out, memory.of(params.block_count()))?;
    Ok(Output::new(out)?)
}

#[cfg(test)]
mod tests;

//! An application host gets its own cookie: the authority's half. The edge on that host redeems the code.

use domain::code::{CODE_LIFE, IssuedHostCode};
use domain::secret::{HostCode, Secret};
use domain::{Digest, Host};

use super::session::Live;
use crate::authority::Authority;
use crate::error::Fault;

/// Where the code goes on the application's host.
const CALLBACK: &str = "/.symbolon/callback";

/// A request that was checked: a listed application, and the challenge of a browser that waits there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    origin: String,
    host: Host,
    challenge: Digest,
}

/// Why a host gets nothing. There is nowhere trusted to send this to: it is shown here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefusal {
    /// Not one of `[session] applications`, exactly as written there.
    #[error("this application is not one of those that may sign in here")]
    UnknownApplication,
    /// Not the base64url of a SHA-256 digest.
    #[error("the application's request is not well formed")]
    Challenge,
}

/// Checks a request before anybody is asked to sign in for it.
///
/// # Errors
/// Why it is refused.
pub fn application(authority: &Authority, origin: &str, challenge: &str) -> Result<Application, JoinRefusal> {
    if !authority
        .config
        .applications
        .iter()
        .any(|listed| listed == origin)
    {
        return Err(JoinRefusal::UnknownApplication);
    }
    let host = url::Url::parse(origin)
        .ok()
        .and_then(|url| url.host_str().and_then(|h| h.parse::<Host>().ok()))
        .ok_or(JoinRefusal::UnknownApplication)?;
    let bytes = jose::base64url::decode(challenge.as_bytes()).map_err(|_| JoinRefusal::Challenge)?;
    let challenge = <[u8; 32]>::try_from(bytes).map_err(|_| JoinRefusal::Challenge)?;
    Ok(Application {
        origin: origin.to_owned(),
        host,
        challenge: Digest::from_bytes(challenge),
    })
}

/// Issues a one-time code for the application's host, and says where the browser takes it.
///
/// # Errors
/// The store's fault.
pub async fn join(authority: &Authority, live: &Live, application: Application) -> Result<String, Fault> {
    let code: Secret<HostCode> = Secret::generate(authority.entropy.as_ref());
    let session = live.session();
    let issued = IssuedHostCode {
        digest: code.digest(),
        session: session.id,
        generation: session.generation,
        host: application.host,
        challenge: application.challenge,
        expires_at: authority.clock.now() + CODE_LIFE,
    };
    authority.store.issue_host_code(issued).await?;
    Ok(format!(
        "{}{CALLBACK}?code={}",
        application.origin,
        code.reveal().as_str()
    ))
}

#[cfg(test)]
mod tests;

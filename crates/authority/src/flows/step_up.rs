//! Step-up: the subject authenticates again within a session. The session lives on with a new secret, and every
//! older cookie of it, at every host, is dead.

use std::net::IpAddr;

use domain::lockout::Place;
use domain::secret::Secret;
use domain::session::Session;
use domain::user::User;
use domain::{Span, Subject};
use store::intent::{RenewSecret, Renewal};
use zeroize::Zeroizing;

use super::login::verified;
use super::session::{Live, Signed, sign};
use super::trial::{Trial, trial};
use crate::authority::Authority;
use crate::error::Fault;

/// How long an authentication counts as recent.
const RECENT: Span = Span::from_mins(15);

/// Whether the subject authenticated recently: what ends other sessions needs that (ASVS 7.5.2). A browser that was left
/// open, or a stolen cookie, cannot throw its owner out.
#[must_use]
pub fn is_recent(authority: &Authority, live: &Live) -> bool {
    authority.clock.now().since(live.session().authenticated_at) < RECENT
}

/// What became of it.
#[derive(Debug)]
pub enum StepUp {
    /// The session with its new secret.
    Done(Box<Signed>),
    /// The password is not the user's.
    Refused,
    /// Too many attempts.
    Limited {
        /// When to come back.
        retry_after_s: u64,
    },
    /// The session ended, or got another secret, in the meantime.
    Overtaken,
}

/// Verifies the password again. Assurance stays what one factor gives; the time of authentication is now.
///
/// # Errors
/// The store's fault, or no place to hash.
pub async fn step_up(
    authority: &Authority,
    live: &Live,
    password: Zeroizing<String>,
    address: Option<IpAddr>,
) -> Result<StepUp, Fault> {
    let user = match examine(authority, live, password, address).await? {
        Examined::Fits(user) => user,
        Examined::Refused => return Ok(StepUp::Refused),
        Examined::Limited { retry_after_s } => return Ok(StepUp::Limited { retry_after_s }),
    };
    let old = live.session();
    let secret = Secret::generate(authority.entropy.as_ref());
    let now = authority.clock.now();
    let intent = RenewSecret {
        session: old.id,
        generation: old.generation,
        secret: secret.digest(),
        authenticated: Some((old.assurance, old.amr.clone(), now)),
        credential_version: Some(user.credential_version),
        idle: None,
        cause: "step_up",
    };
    let Renewal::Renewed { generation, seq } = authority.store.renew_secret(intent).await? else {
        return Ok(StepUp::Overtaken);
    };
    authority.revoker.published(seq);
    authority.metrics.session("renewed");
    let renewed = Session {
        generation,
        authenticated_at: now,
        active_at: now,
        ..old.clone()
    };
    Ok(StepUp::Done(Box::new(sign(authority, &renewed, secret)?)))
}

/// What a password typed within a session comes to.
#[derive(Debug)]
pub(super) enum Examined {
    Fits(Box<User>),
    Refused,
    Limited { retry_after_s: u64 },
}

/// A session has a small count of its own: whoever stole it gets few guesses, and whoever guesses at the login form cannot
/// keep the owner from stepping up.
pub(super) async fn examine(
    authority: &Authority,
    live: &Live,
    password: Zeroizing<String>,
    address: Option<IpAddr>,
) -> Result<Examined, Fault> {
    let Subject::User(id) = &live.session().subject else {
        return Ok(Examined::Refused);
    };
    let user = authority.store.user(*id).await?;
    if let Err(many) = authority.attempts.count_network(address, authority.clock.boot()) {
        return Ok(Examined::Limited {
            retry_after_s: many.retry_after_s,
        });
    }
    let place = Place::Within(live.session().id);
    let trial = trial(authority, "", user.as_ref(), place).await?;
    if let Trial::Limited { retry_after_s } = trial {
        return Ok(Examined::Limited { retry_after_s });
    }
    let user = verified(authority, user, password).await?;
    let user = user.filter(|_| trial != Trial::Deaf);
    Ok(user.map_or(Examined::Refused, |user| Examined::Fits(Box::new(user))))
}

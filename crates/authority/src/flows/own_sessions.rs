//! The sessions of whoever is here: to see them, and to end them.

use domain::id::{Id, Session as SessionKind};
use domain::session::{Liveness, Origin};
use domain::{Assurance, Host, Timestamp};
use store::intent::{Actor, SessionFilter};

use super::everywhere::{Everywhere, sign_out_everywhere};
use super::session::{Live, end};
use crate::authority::Authority;
use crate::error::Fault;
use crate::revoke::Level;

/// As many as the store lists at once; the cap on sessions is not larger.
const PAGE: usize = 1000;

/// One of the subject's sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// Its id.
    pub id: Id<SessionKind>,
    /// Where it was made.
    pub origin: Origin,
    /// When.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub active_at: Timestamp,
    /// How strongly the subject was authenticated.
    pub assurance: Assurance,
    /// Application hosts that have a cookie of their own of it.
    pub hosts: Vec<Host>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// All of the subject's sessions that live, this one first, then those last used first.
///
/// # Errors
/// The store's fault.
pub async fn own_sessions(authority: &Authority, live: &Live) -> Result<Vec<OwnSession>, Fault> {
    let filter = SessionFilter {
        subject: Some(live.session().subject.clone()),
        after: None,
        limit: PAGE,
    };
    let now = authority.clock.now();
    let mut own: Vec<OwnSession> = authority
        .store
        .sessions(filter)
        .await?
        .into_iter()
        .filter(|s| s.liveness(now) == Liveness::Live)
        .map(|s| OwnSession {
            id: s.id,
            origin: s.origin,
            created_at: s.created_at,
            active_at: s.active_at,
            assurance: s.assurance,
            hosts: vec![],
            is_this: s.id == live.session().id,
        })
        .collect();
    for (id, host) in authority
        .store
        .joined_hosts(own.iter().map(|s| s.id).collect())
        .await?
    {
        if let Some(session) = own.iter_mut().find(|s| s.id == id) {
            session.hosts.push(host);
        }
    }
    own.sort_by_key(|s| (!s.is_this, std::cmp::Reverse(s.active_at)));
    Ok(own)
}

/// Ends one of the subject's sessions. `false`: it is not theirs, or was over before; nobody learns which.
///
/// # Errors
/// The store's fault.
pub async fn end_own(authority: &Authority, live: &Live, id: Id<SessionKind>) -> Result<bool, Fault> {
    let found = authority
        .store
        .session(id, &domain::cookie::Purpose::Authority)
        .await?;
    match found {
        Some((session, _)) if session.subject == live.session().subject => {
            end(authority, live, id, false).await
        }
        _ => Ok(false),
    }
}

/// Signs out everywhere else, or here too: ends the subject's sessions and the grants with `offline_access` (credentials.md,
/// "Refresh token") in one step. Nothing: this session ended in the meantime.
///
/// # Errors
/// The store's fault: then nothing has ended.
pub async fn end_everywhere(
    authority: &Authority,
    live: &Live,
    here_too: bool,
    level: Level,
) -> Result<Option<Everywhere>, Fault> {
    let session = live.session();
    let keep = (!here_too).then_some(session.id);
    let actor = Actor::new(&session.subject.to_string());
    sign_out_everywhere(authority, (session.subject.clone(), keep), actor, level).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::oauth::fixture::Stage;
    use crate::flows::oauth::refusal::ErrorCode;
    use crate::flows::session::{Presence, current};
    use crate::testing::browser::Browser;

    #[tokio::test]
    async fn signing_out_everywhere_else_ends_what_was_to_outlive_a_sign_out() {
        let stage = Stage::new().await;
        let browser = Browser::signed_in(&stage.authority, "ada").await;
        let cookie = browser.cookies.get(domain::cookie::SESSION_COOKIE);
        let presence = current(&stage.authority, cookie.map(String::as_str))
            .await
            .unwrap();
        let Presence::Live(here) = presence else {
            panic!("nobody is here")
        };
        let refresh = |tokens: crate::flows::oauth::token::TokenAnswer| tokens.refresh_token.unwrap();
        let kept = refresh(stage.tokens("web", "&scope=read+offline_access").await);
        assert!(end_own(&stage.authority, &here, stage.session.id).await.unwrap());
        let kept = refresh(stage.refresh("web", &kept).await.unwrap());
        assert!(
            stage.refresh("web", &kept).await.is_ok(),
            "the end of one session leaves it"
        );

        let stage = Stage {
            session: crate::flows::oauth::fixture::sign_in(&stage.authority, stage.session.subject.clone())
                .await,
            ..stage
        };
        let gone = refresh(stage.tokens("web", "&scope=read+offline_access").await);
        let ended = end_everywhere(&stage.authority, &here, false, Level::Durable)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (ended.sessions, ended.grants),
            (1, 2),
            "and the grant that the first end left"
        );
        assert_eq!(
            stage.refresh("web", &gone).await.unwrap_err(),
            ErrorCode::InvalidGrant
        );
    }
}

//! The sessions of whoever is here: to see them, and to end them.

use domain::Timestamp;
use domain::id::{Id, Session as SessionKind};
use domain::session::{Liveness, Origin};
use store::intent::SessionFilter;

use super::session::{Live, end};
use crate::authority::Authority;
use crate::error::Fault;

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
            is_this: s.id == live.session().id,
        })
        .collect();
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

/// Signs out everywhere else: ends all of the subject's sessions but this one, and the grants with `offline_access`
/// that they gave (credentials.md, "Refresh token"); says how many sessions.
///
/// # Errors
/// The store's fault; those before it have ended.
pub async fn end_others(authority: &Authority, live: &Live) -> Result<usize, Fault> {
    let mut ended = 0;
    for other in own_sessions(authority, live).await? {
        if !other.is_this && end(authority, live, other.id, true).await? {
            ended += 1;
        }
    }
    Ok(ended)
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
        assert_eq!(end_others(&stage.authority, &here).await.unwrap(), 1);
        assert_eq!(
            stage.refresh("web", &gone).await.unwrap_err(),
            ErrorCode::InvalidGrant
        );
    }
}

//! `refresh_token`, through the endpoint's flow.

use domain::client::Client;
use domain::session::Origin;
use domain::{Assurance, Span};
use store::intent::{Actor, EndSession, Ending};

use crate::flows::oauth::fixture::{AUDIENCE, Stage};
use crate::flows::oauth::refusal::ErrorCode::{
    InvalidClient, InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget,
};

/// A first refresh token.
async fn first(stage: &Stage, client: &str, more: &str) -> String {
    stage
        .tokens(client, more)
        .await
        .refresh_token
        .unwrap()
        .to_string()
}

/// The successor that one refresh brings.
async fn next(stage: &Stage, client: &str, token: &str) -> String {
    stage
        .refresh(client, token)
        .await
        .unwrap()
        .refresh_token
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn rotation_retry_and_the_end_of_the_window() {
    let stage = Stage::new().await;
    let one = first(&stage, "web", "&scope=read").await;
    let two = next(&stage, "web", &one).await;
    assert_ne!(one, two);
    stage.clock.advance(Span::from_secs(9));
    assert_eq!(
        next(&stage, "web", &one).await,
        two,
        "a retry gets the same successor"
    );
    let three = next(&stage, "web", &two).await;
    assert_eq!(
        stage.refresh("web", &one).await.unwrap_err(),
        InvalidGrant,
        "using it proved receipt"
    );
    assert_eq!(
        stage.refresh("web", &three).await.unwrap_err(),
        InvalidGrant,
        "and the replay ended all"
    );
}

#[tokio::test]
async fn a_replay_ends_grant_and_session() {
    let stage = Stage::new().await;
    let issued = stage.tokens("web", "").await;
    let one = issued.refresh_token.unwrap().to_string();
    let refreshed = stage.refresh("web", &one).await.unwrap();
    let sibling = stage.tokens("other", "").await;
    stage.clock.advance(Span::from_secs(11));
    assert!(stage.lives(&refreshed.access.text).await && stage.lives(&sibling.access.text).await);
    assert_eq!(stage.refresh("web", &one).await.unwrap_err(), InvalidGrant);
    for dead in [&issued.access.text, &refreshed.access.text, &sibling.access.text] {
        assert!(!stage.lives(dead).await);
    }
    let claims = stage.claims(&issued.access.text);
    let grant_alone = domain::revocation::Position {
        grant: claims.gid,
        ..domain::revocation::Position::of(claims.sub.clone(), claims.rs)
    };
    assert!(stage.authority.store.is_revoked(grant_alone).await.unwrap());
    assert!(
        stage
            .authority
            .store
            .is_revoked(stage.session.position())
            .await
            .unwrap()
    );
    let events = stage.authority.store.events_after(0, 1000).await.unwrap();
    assert_eq!(
        events
            .iter()
            .filter(|e| e.kind == "token.refresh_replayed")
            .count(),
        1
    );
}

#[tokio::test]
async fn who_may_use_a_refresh_token() {
    let stage = Stage::new().await;
    let one = first(&stage, "web", "").await;
    for (client, form, expected) in [
        (
            "other",
            format!("grant_type=refresh_token&refresh_token={one}"),
            InvalidGrant,
        ),
        (
            "spa",
            format!("grant_type=refresh_token&refresh_token={one}"),
            InvalidGrant,
        ),
        ("web", "grant_type=refresh_token".to_owned(), InvalidRequest),
        (
            "web",
            "grant_type=refresh_token&refresh_token=sy_rt_garbage".to_owned(),
            InvalidGrant,
        ),
        (
            "web",
            format!("grant_type=refresh_token&refresh_token={}", one.to_uppercase()),
            InvalidGrant,
        ),
    ] {
        assert_eq!(
            stage.token(client, &form).await.unwrap_err(),
            expected,
            "{client} {form}"
        );
    }
    let bare = format!("client_id=web&grant_type=refresh_token&refresh_token={one}");
    assert_eq!(
        stage.token("spa", &bare).await.unwrap_err(),
        InvalidRequest,
        "two clients in one request"
    );
    let params = crate::flows::oauth::params::Params::parse(&bare);
    let refused = crate::flows::oauth::token::token(&stage.authority, &params, None, Origin::default()).await;
    let code = match refused {
        Err(crate::flows::oauth::refusal::Failure::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        code, InvalidClient,
        "a stolen token is worth nothing without the client's secret"
    );
    assert!(
        stage.refresh("web", &one).await.is_ok(),
        "none of this harmed its owner"
    );
}

#[tokio::test]
async fn both_ends_of_a_family() {
    let change = |c: &mut Client| {
        c.refresh.idle = Span::from_days(1);
        c.refresh.absolute = Span::from_days(3);
    };
    let stage = Stage::with(crate::testing::config(), change).await;
    let idle = first(&stage, "web", "&scope=read+offline_access").await;
    let mut token = first(&stage, "web", "&scope=read+offline_access").await;
    for _ in 0..3 {
        stage.clock.advance(Span::from_hours(23));
        token = next(&stage, "web", &token).await;
    }
    assert_eq!(
        stage.refresh("web", &idle).await.unwrap_err(),
        InvalidGrant,
        "unused for a day"
    );
    stage.clock.advance(Span::from_hours(2));
    let last = stage.refresh("web", &token).await.unwrap();
    stage.clock.advance(Span::from_hours(1));
    let late = last.refresh_token.unwrap();
    assert_eq!(
        stage.refresh("web", &late).await.unwrap_err(),
        InvalidGrant,
        "three days are over"
    );
}

#[tokio::test]
async fn scope_and_audience_narrow_one_token_and_never_grow() {
    let stage = Stage::new().await;
    let one = first(
        &stage,
        "web",
        "&scope=read+write&resource=billing&resource=https://api.example",
    )
    .await;
    let with = |token: &str, more: &str| format!("grant_type=refresh_token&refresh_token={token}{more}");
    for (more, expected) in [
        ("&scope=read+openid", InvalidScope),
        ("&scope=read+offline_access", InvalidScope),
        ("&resource=https://other.example", InvalidTarget),
    ] {
        let form = with(&one, more);
        assert_eq!(stage.token("web", &form).await.unwrap_err(), expected, "{more}");
    }
    // Refused requests did not use the token up: past any window, it would be a replay by now.
    stage.clock.advance(Span::from_secs(11));
    let narrow = stage
        .token("web", &with(&one, &format!("&scope=read&resource={AUDIENCE}")))
        .await
        .unwrap();
    let claims = stage.claims(&narrow.access.text);
    assert_eq!(
        (claims.scope.as_str(), claims.aud.as_slice().len(), narrow.scope),
        ("read", 1, None)
    );
    let two = narrow.refresh_token.unwrap();
    let whole = stage.refresh("web", &two).await.unwrap();
    let claims = stage.claims(&whole.access.text);
    assert_eq!(
        (claims.scope.as_str(), claims.aud.as_slice().len()),
        ("read write", 2),
        "the refresh token kept it all"
    );
}

#[tokio::test]
async fn a_public_client_gets_two_retries() {
    let stage = Stage::new().await;
    let one = first(&stage, "spa", "").await;
    let two = next(&stage, "spa", &one).await;
    assert_eq!(next(&stage, "spa", &one).await, two);
    assert_eq!(next(&stage, "spa", &one).await, two);
    assert_eq!(stage.refresh("spa", &one).await.unwrap_err(), InvalidGrant);
    assert_eq!(stage.refresh("spa", &two).await.unwrap_err(), InvalidGrant);
}

#[tokio::test]
async fn a_client_that_does_not_rotate_keeps_its_token_but_a_public_one_always_rotates() {
    let stage = Stage::with(crate::testing::config(), |c| c.refresh.rotate = false).await;
    let kept = first(&stage, "web", "").await;
    for _ in 0..3 {
        assert!(stage.refresh("web", &kept).await.unwrap().refresh_token.is_none());
    }
    let public = first(&stage, "spa", "").await;
    assert_ne!(next(&stage, "spa", &public).await, public);
}

#[tokio::test]
async fn logout_ends_the_grants_of_the_session_but_not_offline_ones() {
    let stage = Stage::new().await;
    let bound = first(&stage, "web", "&scope=read").await;
    let offline = first(&stage, "web", "&scope=read+offline_access").await;
    let intent = EndSession {
        session: stage.session.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::system(),
    };
    assert!(matches!(
        stage.authority.store.end_session(intent).await.unwrap(),
        Ending::Ended(_)
    ));
    assert_eq!(stage.refresh("web", &bound).await.unwrap_err(), InvalidGrant);
    let answer = stage.refresh("web", &offline).await.unwrap();
    let claims = stage.claims(&answer.access.text);
    assert_eq!((claims.sid, claims.acr), (None, Some(domain::Assurance::Aal1)));
    assert_eq!(claims.auth_time, Some(stage.session.authenticated_at.as_secs()));
}

#[tokio::test]
async fn what_a_refresh_inherits() {
    let stage = Stage::new().await;
    let before = stage.tokens("web", "&scope=read").await;
    let old = stage.claims(&before.access.text);
    stage.clock.advance(Span::from_mins(3));
    // The log grows meanwhile; the position stays that of the authentication.
    let unrelated = domain::revocation::Target::Client("nobody".parse().unwrap());
    let intent = store::intent::Revoke {
        targets: vec![unrelated],
        reason: String::new(),
        actor: Actor::system(),
        receipt: None,
    };
    stage.authority.store.revoke(intent).await.unwrap();
    let after = stage
        .refresh("web", &before.refresh_token.unwrap())
        .await
        .unwrap();
    let new = stage.claims(&after.access.text);
    assert_eq!(
        (new.rs, new.gid, new.sid, new.auth_time),
        (old.rs, old.gid, old.sid, old.auth_time)
    );
    assert_eq!((new.acr, &new.amr), (Some(Assurance::Aal1), &old.amr));
    assert!(new.jti != old.jti && new.iat == old.iat + 180);
    assert!(after.id_token.is_none());
}

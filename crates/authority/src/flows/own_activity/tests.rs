use store::intent::{Actor, EndSession, Revoke};

use super::*;
use crate::flows::oauth::fixture::Stage;
use crate::flows::session::{Presence, current};
use crate::testing::browser::Browser;

async fn told(stage: &Stage) -> Vec<Told> {
    let mut browser = Browser::signed_in(&stage.authority, "ada").await;
    let cookie = browser.cookies.remove(domain::cookie::SESSION_COOKIE);
    let Presence::Live(live) = current(&stage.authority, cookie.as_deref()).await.unwrap() else {
        panic!("nobody is here")
    };
    own_activity(&stage.authority, &live, None).await.unwrap().0
}

#[tokio::test]
async fn a_subject_sees_a_replay_and_what_administrators_did() {
    let stage = Stage::new().await;
    let first = stage.tokens("web", "").await.refresh_token.unwrap();
    let second = stage.refresh("web", &first).await.unwrap().refresh_token.unwrap();
    stage.refresh("web", &second).await.unwrap();
    stage.refresh("web", &first).await.unwrap_err();
    let other = crate::flows::oauth::fixture::sign_in(&stage.authority, stage.session.subject.clone()).await;
    let end = EndSession {
        session: other.id,
        offline_too: false,
        cause: "admin",
        actor: Actor::new("admin:start"),
    };
    stage.authority.store.end_session(end).await.unwrap();
    let lines = told(&stage).await;
    let texts: Vec<(&str, bool)> = lines.iter().map(|l| (l.text.as_str(), l.is_warning)).collect();
    assert_eq!(
        texts,
        [
            ("Signed in", false),
            ("An administrator ended a session", true),
            ("Signed in", false),
            (
                "A token of web was used a second time, as a thief would: its access and its session were ended",
                true
            ),
            ("Signed in", false),
        ]
    );
    assert!(lines[0].origin.as_ref().unwrap().agent.contains("Firefox"));
}

#[tokio::test]
async fn pages_are_bounded_and_follow_each_other() {
    let stage = Stage::new().await;
    let Subject::User(id) = stage.session.subject else {
        panic!("a user")
    };
    for _ in 0..20 {
        let actor = Actor::new("admin:start");
        stage
            .authority
            .store
            .disable_user(id, actor.clone())
            .await
            .unwrap();
        stage.authority.store.enable_user(id, actor).await.unwrap();
    }
    let mut browser = Browser::signed_in(&stage.authority, "ada").await;
    let cookie = browser.cookies.remove(domain::cookie::SESSION_COOKIE);
    let Presence::Live(live) = current(&stage.authority, cookie.as_deref()).await.unwrap() else {
        panic!("nobody is here")
    };
    let (first, next) = own_activity(&stage.authority, &live, None).await.unwrap();
    let (second, end) = own_activity(&stage.authority, &live, next).await.unwrap();
    assert_eq!((first.len(), second.len(), end), (30, 12, None));
    assert!(second[0].number < first[29].number);
}

#[tokio::test]
async fn one_thing_is_said_once() {
    let stage = Stage::new().await;
    let revoke = Revoke {
        targets: vec![domain::revocation::Target::Subject(stage.session.subject.clone())],
        reason: "stolen".to_owned(),
        actor: Actor::new("admin:start"),
        receipt: None,
    };
    stage.authority.store.revoke(revoke).await.unwrap();
    crate::flows::everywhere::sign_out_everywhere(
        &stage.authority,
        (stage.session.subject.clone(), None),
        Actor::new("admin:start"),
        crate::revoke::Level::Durable,
    )
    .await
    .unwrap();
    let texts: Vec<String> = told(&stage).await.into_iter().map(|l| l.text).collect();
    assert_eq!(
        texts,
        [
            "Signed in",
            "An administrator signed you out everywhere: 0 sessions and the access of 0 applications ended",
            "An administrator ended all access",
            "Signed in",
        ]
    );
}

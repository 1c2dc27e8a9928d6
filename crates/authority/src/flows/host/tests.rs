use std::sync::Arc;

use domain::Span;
use domain::code::challenge_of;
use domain::cookie::Purpose;
use domain::feed::HostJoin;
use domain::secret::FlowSecret;

use super::*;
use crate::Gateway;
use crate::flows::session::{Presence, current};
use crate::testing::browser::Browser;
use crate::testing::{PASSWORD, add_user, authority_with, config};

const APP: &str = "https://app.example:8443";

struct Scene {
    authority: Arc<Authority>,
    clock: Arc<domain::testing::ManualClock>,
    browser: Browser,
    flow: Secret<FlowSecret>,
}

async fn scene() -> Scene {
    let mut config = config();
    config.applications = vec![APP.to_owned(), "https://other.example".to_owned()];
    let (authority, clock) = authority_with(config).await;
    add_user(&authority, "Ada").await;
    Scene {
        browser: Browser::signed_in(&authority, "ada").await,
        authority,
        clock,
        flow: Secret::from_bytes([5; 32]),
    }
}

impl Scene {
    async fn code(&mut self) -> Secret<HostCode> {
        let challenge = jose::base64url::encode(challenge_of(&self.flow.reveal()).as_bytes());
        let seen = self
            .browser
            .navigate(&format!("/session/join?origin={APP}&challenge={challenge}"))
            .await;
        let code = seen
            .location()
            .strip_prefix("https://app.example:8443/.symbolon/callback?code=");
        Secret::parse(code.unwrap_or_else(|| panic!("{} {}", seen.status, seen.location()))).unwrap()
    }

    async fn redeem(&self, code: &Secret<HostCode>, flow: u8, host: &str) -> HostJoin {
        let gateway = Gateway::new(Arc::clone(&self.authority));
        let flow = Secret::from_bytes([flow; 32]);
        gateway
            .redeem_host_code(code, &flow, host.parse().unwrap())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn only_listed_origins_and_whole_challenges_are_joined() {
    let scene = scene().await;
    let challenge = jose::base64url::encode(&[1; 32]);
    let judge = |origin: &str, challenge: &str| application(&scene.authority, origin, challenge);
    assert_eq!(judge(APP, &challenge).unwrap().host.as_str(), "app.example");
    for origin in [
        "",
        "https://app.example",
        "http://app.example:8443",
        "https://app.example:8443/",
        "https://APP.example:8443",
        "https://app.example:8443@evil.example",
        "https://evil.example",
        "null",
    ] {
        assert_eq!(
            judge(origin, &challenge),
            Err(JoinRefusal::UnknownApplication),
            "{origin}"
        );
    }
    for bad in ["", "abc", &challenge[1..], &format!("{challenge}="), "+/"] {
        assert_eq!(judge(APP, bad), Err(JoinRefusal::Challenge), "{bad}");
    }
}

#[tokio::test]
async fn a_code_gives_its_host_and_browser_a_cookie_once() {
    let mut scene = scene().await;
    let code = scene.code().await;
    let HostJoin::Joined { cookie, .. } = scene.redeem(&code, 5, "app.example").await else {
        panic!("the code is good");
    };
    let host = Purpose::Application("app.example".parse().unwrap());
    assert!(scene.authority.keys.unseal(&cookie, &host).is_ok());
    // A cookie of the application's host is worth nothing at the authority.
    let presence = current(&scene.authority, Some(&cookie)).await.unwrap();
    assert!(matches!(presence, Presence::Invalid(domain::Reason::Malformed)));
    assert!(matches!(
        scene.redeem(&code, 5, "app.example").await,
        HostJoin::Refused
    ));
}

#[tokio::test]
async fn another_host_another_browser_and_another_time_get_nothing() {
    let mut scene = scene().await;
    for (flow, host, late) in [
        (5, "other.example", false),
        (6, "app.example", false),
        (5, "app.example", true),
    ] {
        let code = scene.code().await;
        if late {
            scene.clock.advance(Span::from_secs(60));
        }
        assert!(matches!(scene.redeem(&code, flow, host).await, HostJoin::Refused));
    }
}

#[tokio::test]
async fn a_code_dies_with_the_secret_that_asked_for_it() {
    let mut scene = scene().await;
    let code = scene.code().await;
    let token = scene.browser.navigate("/account/confirm").await.token();
    let fields = [("password", PASSWORD)];
    let seen = scene.browser.post("/account/confirm", &token, &fields).await;
    assert_eq!(seen.location(), "/account");
    assert!(matches!(
        scene.redeem(&code, 5, "app.example").await,
        HostJoin::Refused
    ));
}

#[tokio::test]
async fn a_step_up_kills_the_faces_at_applications() {
    let mut scene = scene().await;
    let code = scene.code().await;
    let HostJoin::Joined { cookie, .. } = scene.redeem(&code, 5, "app.example").await else {
        panic!("the code is good");
    };
    let host = Purpose::Application("app.example".parse().unwrap());
    let (payload, _) = scene.authority.keys.unseal(&cookie, &host).unwrap();
    let position = |generation, session: &domain::session::Session| domain::revocation::Position {
        generation: Some(generation),
        ..session.position()
    };
    let found = scene
        .authority
        .store
        .session(payload.session, &host)
        .await
        .unwrap()
        .unwrap();
    assert!(found.1.is_some());
    let before = position(payload.generation, &found.0);
    assert!(!scene.authority.store.is_revoked(before.clone()).await.unwrap());
    scene
        .browser
        .submit("/account/confirm", &[("password", PASSWORD)])
        .await;
    assert!(scene.authority.store.is_revoked(before).await.unwrap());
    let found = scene
        .authority
        .store
        .session(payload.session, &host)
        .await
        .unwrap()
        .unwrap();
    assert!(found.1.is_none(), "the face is gone from the store too");
}

#[tokio::test]
async fn who_is_not_signed_in_comes_back_after_it_and_a_picture_starts_nothing() {
    let scene = scene().await;
    let path = format!(
        "/session/join?origin={APP}&challenge={}",
        jose::base64url::encode(&[1; 32])
    );
    let mut anonymous = Browser::new(&scene.authority);
    let seen = anonymous.navigate(&path).await;
    assert_eq!(seen.status.as_u16(), 303);
    assert!(
        seen.location()
            .starts_with("/login?return_to=%2Fsession%2Fjoin%3Forigin")
    );
    let login = anonymous.navigate(seen.location()).await;
    let policy = login.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://app.example:8443;"),
        "{policy}"
    );
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("return_to", path.as_str()),
    ];
    let seen = anonymous.post("/login", &login.token(), &fields).await;
    assert_eq!(seen.location(), path);
    assert!(anonymous.navigate(&path).await.location().starts_with(APP));
    let method = axum::http::Method::GET;
    let picture = [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
    let seen = anonymous
        .send(method, &path, &picture, axum::body::Body::empty())
        .await;
    assert_eq!((seen.status.as_u16(), seen.location()), (403, ""));
}

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::cookie::{Purpose, SESSION_COOKIE, SealedPayload, SealingKey};
use domain::id::Id;
use domain::secret::Secret;
use domain::session::Overflow;
use domain::testing::SeededEntropy;
use domain::{Span, revocation::Target};
use store::intent::{Actor, Revoke};

use crate::Authority;
use crate::testing::browser::{Browser, Seen};
use crate::testing::{PASSWORD, add_user, authority, authority_with, config};

/// Headers, body or token, and the status that they get.
type Row<'t> = (&'t [(&'t str, &'t str)], &'t str, u16);

async fn session(browser: &mut Browser) -> Seen {
    browser.call(Method::GET, "/api/session", &[], "").await
}

async fn with_ada() -> (Arc<Authority>, Arc<domain::testing::ManualClock>) {
    let (authority, clock) = authority().await;
    add_user(&authority, "Ada").await;
    (authority, clock)
}

#[tokio::test]
async fn a_login_gives_a_session_and_its_description() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::new(&authority);
    let seen = browser.login(" ada ", PASSWORD).await;
    assert_eq!(seen.status, StatusCode::OK);
    let body = seen.json();
    let mut names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "assurance",
            "csrf_token",
            "expires_at",
            "idle_expires_at",
            "session",
            "subject"
        ]
    );
    assert_eq!(body["expires_at"], "2026-01-31T00:00:00Z");
    assert_eq!(body["assurance"], "aal1");
    let cookie = seen.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.ends_with("; HttpOnly; Secure; Path=/; SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(session(&mut browser).await.json(), body);
}

#[tokio::test]
async fn wrong_unknown_disabled_and_passwordless_get_one_answer() {
    let (authority, _) = with_ada().await;
    let eve = add_user(&authority, "Eve").await;
    authority
        .store
        .disable_user(eve.id, Actor::system())
        .await
        .unwrap();
    let mut none = eve.clone();
    (none.id, none.name, none.password) = (Id::from_bytes([3; 16]), "nopass".into(), None);
    let intent = store::intent::AddUser {
        user: none,
        actor: Actor::system(),
    };
    authority.store.add_user(intent).await.unwrap();
    let mut answers = vec![];
    for (name, password) in [
        ("ada", "wrong"),
        ("nobody", PASSWORD),
        ("eve", PASSWORD),
        ("nopass", ""),
        ("", ""),
        (&"x".repeat(9000), PASSWORD),
        ("ada", &"x".repeat(5000)),
    ] {
        let mut browser = Browser::new(&authority);
        let seen = browser.login(name, password).await;
        assert!(browser.cookies.is_empty());
        answers.push((seen.status, seen.body, seen.headers));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers[0].1.contains("invalid credentials"));
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:#?}");
}

#[tokio::test]
async fn attempts_are_limited_for_names_that_exist_and_names_that_do_not() {
    let mut config = config();
    config.login.attempts_per_account = 3;
    let (authority, _) = authority_with(config).await;
    add_user(&authority, "Ada").await;
    for name in ["ada", "nobody"] {
        let mut browser = Browser::new(&authority);
        for _ in 0..3 {
            assert_eq!(
                browser.login(name, "wrong").await.status,
                StatusCode::UNAUTHORIZED
            );
        }
        // The folded name counts, and the right password does not help any more.
        let seen = browser.login(&name.to_uppercase(), PASSWORD).await;
        assert_eq!(
            (seen.status, seen.code().as_str()),
            (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts")
        );
        assert!(
            seen.headers["retry-after"]
                .to_str()
                .unwrap()
                .parse::<u64>()
                .unwrap()
                >= 1
        );
    }
}

#[tokio::test]
async fn a_login_makes_a_new_id_and_ends_the_session_that_came_with_it() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let (mut planted, first) = (browser.clone(), session(&mut browser).await.json());
    let second = browser.login("ada", PASSWORD).await.json();
    assert_ne!(first["session"], second["session"]);
    assert_ne!(first["csrf_token"], second["csrf_token"]);
    assert_ne!(planted.cookies, browser.cookies);
    assert_eq!(session(&mut planted).await.code(), "revoked");
    assert_eq!(session(&mut browser).await.status, StatusCode::OK);
    // What the server did not make is not adopted: it counts for nothing, and the login is a fresh one.
    let mut foreign = Browser::new(&authority);
    foreign
        .cookies
        .insert(SESSION_COOKIE.into(), "chosen-by-the-attacker".into());
    assert_eq!(session(&mut foreign).await.code(), "malformed");
    assert_eq!(foreign.login("ada", PASSWORD).await.status, StatusCode::OK);
    assert_ne!(foreign.cookies[SESSION_COOKIE], "chosen-by-the-attacker");
}

#[tokio::test]
async fn two_session_cookies_are_refused_everywhere() {
    let (authority, _) = with_ada().await;
    let browser = Browser::signed_in(&authority, "ada").await;
    let value = &browser.cookies[SESSION_COOKIE];
    for double in [
        format!("{SESSION_COOKIE}={value}; {SESSION_COOKIE}={value}"),
        format!("{SESSION_COOKIE}={value}; __host-symbolon=x"),
    ] {
        for (method, path) in [
            (Method::GET, "/api/session"),
            (Method::POST, "/api/login"),
            (Method::POST, "/api/logout"),
            (Method::POST, "/api/step-up"),
        ] {
            let mut other = Browser::new(&authority);
            let body = serde_json::json!({"username": "ada", "password": PASSWORD}).to_string();
            let seen = other.call(method, path, &[("cookie", &double)], &body).await;
            assert_eq!(
                (seen.status, seen.code().as_str()),
                (StatusCode::BAD_REQUEST, "ambiguous_credential")
            );
        }
    }
}

#[tokio::test]
async fn a_cookie_of_another_issuer_purpose_key_or_secret_is_refused() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let id = session(&mut browser).await.json()["session"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let payload = |secret: u8| SealedPayload {
        session: id,
        secret: Secret::from_bytes([secret; 32]),
        generation: 1,
    };
    let host = Purpose::Application("app.example".parse().unwrap());
    let stranger = SealingKey::generate(&SeededEntropy::new(99));
    let entropy = SeededEntropy::new(1);
    let table = [
        (authority.keys.seal(&payload(1), &host).unwrap(), "malformed"),
        (
            stranger
                .seal(&payload(1), authority.issuer(), &Purpose::Authority, &entropy)
                .unwrap(),
            "malformed",
        ),
        // Whoever has the sealing key but not the secret, has nothing.
        (
            authority.keys.seal(&payload(1), &Purpose::Authority).unwrap(),
            "revoked",
        ),
    ];
    for (value, code) in table {
        let mut thief = Browser::new(&authority);
        thief.cookies.insert(SESSION_COOKIE.into(), value);
        assert_eq!(session(&mut thief).await.code(), code);
    }
    // The same installation under another issuer's name does not open its own former cookies.
    let mut other = config();
    other.issuer = "http://localhost:8701".into();
    let (elsewhere, _) = authority_with(other).await;
    let mut moved = Browser::new(&elsewhere);
    moved.cookies = browser.cookies.clone();
    assert_eq!(session(&mut moved).await.code(), "malformed");
}

#[tokio::test]
async fn a_revoked_sealing_key_kills_its_cookies() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let key = authority
        .keys
        .list()
        .into_iter()
        .find(|k| k.usage == "seal" && k.state == "signing")
        .unwrap();
    let intent = Revoke {
        targets: vec![Target::Key(domain::key::KeyId::new(&key.id).unwrap())],
        reason: "stolen".into(),
        actor: Actor::system(),
        receipt: None,
    };
    assert_eq!(session(&mut browser).await.status, StatusCode::OK);
    authority.store.revoke(intent).await.unwrap();
    assert_eq!(session(&mut browser).await.code(), "revoked");
}

#[tokio::test]
async fn both_ends_are_judged_here_and_activity_moves_only_the_first() {
    let mut config = config();
    config.session.aal1.idle = Span::from_mins(2);
    config.session.aal1.absolute = Span::from_mins(10);
    let (authority, clock) = authority_with(config).await;
    add_user(&authority, "Ada").await;
    let mut idle = Browser::signed_in(&authority, "ada").await;
    let mut busy = Browser::signed_in(&authority, "ada").await;
    for minute in 1..10 {
        clock.advance(Span::from_mins(1));
        assert_eq!(session(&mut busy).await.status, StatusCode::OK, "minute {minute}");
        if minute == 2 {
            assert_eq!(session(&mut idle).await.code(), "idle");
        }
    }
    clock.advance(Span::from_mins(1));
    assert_eq!(session(&mut busy).await.code(), "expired");
}

#[tokio::test]
async fn the_cap_ends_the_oldest_or_refuses_the_newest() {
    for (overflow, expected) in [
        (Overflow::OldestEnds, StatusCode::OK),
        (Overflow::Refuse, StatusCode::CONFLICT),
    ] {
        let mut config = config();
        (config.session.cap, config.session.overflow) = (2, overflow);
        let (authority, clock) = authority_with(config).await;
        add_user(&authority, "Ada").await;
        let mut first = Browser::signed_in(&authority, "ada").await;
        clock.advance(Span::from_secs(1));
        let mut second = Browser::signed_in(&authority, "ada").await;
        clock.advance(Span::from_secs(1));
        let mut third = Browser::new(&authority);
        assert_eq!(third.login("ada", PASSWORD).await.status, expected);
        assert_eq!(session(&mut second).await.status, StatusCode::OK);
        let lives = session(&mut first).await.status == StatusCode::OK;
        assert_eq!(lives, overflow == Overflow::Refuse);
    }
}

#[tokio::test]
async fn calls_need_the_token_and_our_own_origin() {
    let (authority, _) = with_ada().await;
    let mut ada = Browser::signed_in(&authority, "ada").await;
    let mut eve = Browser::signed_in(&authority, "ada").await;
    let token = session(&mut ada).await.json()["csrf_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let foreign = session(&mut eve).await.json()["csrf_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let issuer = authority.issuer().to_owned();
    let refused: [&[(&str, &str)]; 8] = [
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin"), ("x-csrf-token", &foreign)],
        &[
            ("sec-fetch-site", "same-origin"),
            ("x-csrf-token", &token),
            ("x-csrf-token", &token),
        ],
        &[("sec-fetch-site", "same-site"), ("x-csrf-token", &token)],
        &[("sec-fetch-site", "cross-site"), ("x-csrf-token", &token)],
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "null"),
            ("x-csrf-token", &token),
        ],
        &[("origin", "https://evil.example"), ("x-csrf-token", &token)],
        &[("x-csrf-token", &token)],
    ];
    for headers in refused {
        let seen = ada
            .send(Method::POST, "/api/logout", headers, Body::empty())
            .await;
        assert_eq!(
            (seen.status, seen.code().as_str()),
            (StatusCode::FORBIDDEN, "csrf"),
            "{headers:?}"
        );
    }
    assert_eq!(session(&mut ada).await.status, StatusCode::OK);
    let accepted = [("origin", issuer.as_str()), ("x-csrf-token", &token)];
    let seen = ada
        .clone()
        .send(Method::POST, "/api/logout", &accepted, Body::empty())
        .await;
    assert_eq!(seen.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_login_by_api_takes_json_alone_and_no_foreign_page() {
    let (authority, _) = with_ada().await;
    let body = serde_json::json!({"username": "ada", "password": PASSWORD}).to_string();
    let json = ("content-type", "application/json");
    let table: [Row<'_>; 10] = [
        (&[json], &body, 200),
        (&[json, ("sec-fetch-site", "none")], &body, 200),
        (&[json, ("sec-fetch-site", "cross-site")], &body, 403),
        (&[json, ("sec-fetch-site", "same-site")], &body, 403),
        (&[json, ("origin", "https://evil.example")], &body, 403),
        (&[("content-type", "text/plain")], &body, 415),
        (
            &[("content-type", "application/x-www-form-urlencoded")],
            &body,
            415,
        ),
        (&[], &body, 415),
        (&[json], r#"{"username":"ada","password":"x","admin":true}"#, 400),
        (
            &[json],
            r#"{"username":"ada","username":"eve","password":"x"}"#,
            400,
        ),
    ];
    for (headers, body, status) in table {
        let seen = Browser::new(&authority)
            .send(Method::POST, "/api/login", headers, Body::from(body.to_owned()))
            .await;
        assert_eq!(seen.status.as_u16(), status, "{headers:?} {body}");
    }
    let large = format!("{{\"username\":\"{}\"", "x".repeat(70_000));
    let seen = Browser::new(&authority)
        .call(Method::POST, "/api/login", &[], &large)
        .await;
    assert_eq!((seen.status.as_u16(), seen.code().as_str()), (413, "too_large"));
}

#[tokio::test]
async fn logout_ends_the_session_and_clears_the_browser() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let mut stolen = browser.clone();
    let token = session(&mut browser).await.json()["csrf_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let seen = browser
        .call(Method::POST, "/api/logout", &[("x-csrf-token", &token)], "")
        .await;
    assert_eq!(seen.status, StatusCode::NO_CONTENT);
    assert_eq!(seen.headers["clear-site-data"], "\"storage\", \"cache\"");
    let kept: Vec<&String> = browser.cookies.keys().collect();
    assert_eq!(kept, [domain::cookie::DEVICE_COOKIE], "the browser stays known");
    assert_eq!(session(&mut stolen).await.code(), "revoked");
    assert_eq!(session(&mut browser).await.code(), "missing_credential");
}

#[tokio::test]
async fn step_up_gives_a_new_secret_and_kills_every_older_one() {
    let (authority, clock) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let (mut old, before) = (browser.clone(), session(&mut browser).await.json());
    let token = before["csrf_token"].as_str().unwrap().to_owned();
    let csrf = [("x-csrf-token", token.as_str())];
    let wrong = r#"{"password":"wrong"}"#;
    let seen = browser.call(Method::POST, "/api/step-up", &csrf, wrong).await;
    assert_eq!(seen.code(), "invalid_credentials");
    assert_eq!(session(&mut old).await.status, StatusCode::OK);
    clock.advance(Span::from_mins(5));
    let right = serde_json::json!({ "password": PASSWORD }).to_string();
    let after = browser.call(Method::POST, "/api/step-up", &csrf, &right).await;
    assert_eq!(after.status, StatusCode::OK, "{}", after.body);
    let after = after.json();
    assert_eq!(
        (&after["session"], &after["assurance"]),
        (&before["session"], &before["assurance"])
    );
    assert_ne!(after["csrf_token"], before["csrf_token"]);
    assert_eq!(session(&mut old).await.code(), "revoked");
    assert_eq!(session(&mut browser).await.json(), after);
    let id = after["session"].as_str().unwrap().parse().unwrap();
    let (row, _) = authority
        .store
        .session(id, &Purpose::Authority)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.authenticated_at, domain::Clock::now(clock.as_ref()));
    assert_eq!(row.generation, 2);
    // The old token is as dead as the old cookie.
    let seen = browser.call(Method::POST, "/api/logout", &csrf, "").await;
    assert_eq!(seen.code(), "csrf");
}

#[tokio::test]
async fn a_stolen_session_gets_few_guesses_and_keeps_nobody_out() {
    let mut config = config();
    config.login.attempts_per_account = 3;
    let (authority, _) = authority_with(config).await;
    add_user(&authority, "Ada").await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let token = session(&mut browser).await.json()["csrf_token"].clone();
    let csrf = [("x-csrf-token", token.as_str().unwrap())];
    let wrong = "invalid_credentials";
    for code in [wrong, wrong, wrong, "too_many_attempts"] {
        let body = r#"{"password":"wrong"}"#;
        let seen = browser.call(Method::POST, "/api/step-up", &csrf, body).await;
        assert_eq!(seen.code(), code);
    }
    let seen = Browser::new(&authority).login("ada", PASSWORD).await;
    assert_eq!(seen.status, StatusCode::OK, "the owner, from elsewhere");
}

/// Whoever knows a name cannot keep its owner from stepping up, nor a known browser from signing in.
#[tokio::test]
async fn guesses_at_the_login_form_keep_no_owner_out() {
    let mut config = config();
    config.login.attempts_per_account = 3;
    let (authority, _) = authority_with(config).await;
    add_user(&authority, "ada").await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    for _ in 0..4 {
        Browser::new(&authority).login("ada", "wrong").await;
    }
    let seen = Browser::new(&authority).login("ada", PASSWORD).await;
    assert_eq!(seen.code(), "too_many_attempts", "an unknown browser");
    let token = session(&mut browser).await.json()["csrf_token"].clone();
    let csrf = [("x-csrf-token", token.as_str().unwrap())];
    let body = format!(r#"{{"password":"{PASSWORD}"}}"#);
    let seen = browser.call(Method::POST, "/api/step-up", &csrf, &body).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    browser.cookies.remove(SESSION_COOKIE);
    assert_eq!(browser.login("ada", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_refuse_two_cookies_and_clear_them() {
    let (authority, _) = with_ada().await;
    let double = format!("{SESSION_COOKIE}=a; {SESSION_COOKIE}=b");
    for path in ["/account", "/login", "/logout", "/account/sessions"] {
        let mut browser = Browser::new(&authority);
        let headers = [("cookie", double.as_str())];
        let seen = browser.send(Method::GET, path, &headers, Body::empty()).await;
        assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(seen.headers.get_all("set-cookie").iter().count(), 2);
    }
}

#[tokio::test]
async fn an_application_lists_and_ends_sessions_of_its_user() {
    let (authority, clock) = with_ada().await;
    // Past the margin that a new authority waits for before it promises enforcement.
    clock.advance(Span::from_ms(10));
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let mut laptop = Browser::signed_in(&authority, "ada").await;
    let mut phone = Browser::signed_in(&authority, "ada").await;
    let listed = browser.call(Method::GET, "/api/sessions", &[], "").await.json();
    let rows = listed["sessions"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (&rows[0]["this"], &rows[1]["this"]),
        (&true.into(), &false.into())
    );
    assert_eq!(rows[0]["agent_name"], "Firefox on Linux");
    let token = session(&mut browser).await.json()["csrf_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let csrf = [("x-csrf-token", token.as_str())];
    let id = session(&mut laptop).await.json()["session"]
        .as_str()
        .unwrap()
        .to_owned();
    let end = |which: &str| format!(r#"{{"end":"{which}"}}"#);
    let seen = browser
        .call(Method::POST, "/api/sessions/end", &[], &end(&id))
        .await;
    assert_eq!(seen.code(), "csrf");
    let seen = browser
        .call(Method::POST, "/api/sessions/end", &csrf, &end(&id))
        .await
        .json();
    assert_eq!(seen, serde_json::json!({"sessions": 1, "grants": 0}));
    assert_eq!(session(&mut laptop).await.code(), "revoked");
    let seen = browser
        .call(Method::POST, "/api/sessions/end", &csrf, &end("everybody"))
        .await;
    assert_eq!(seen.code(), "malformed_request");
    let body = r#"{"end":"others","wait":"enforced"}"#;
    let seen = browser
        .call(Method::POST, "/api/sessions/end", &csrf, body)
        .await
        .json();
    assert_eq!(
        (&seen["sessions"], &seen["receipt"]["level"]),
        (&1.into(), &"enforced".into())
    );
    assert_eq!(session(&mut phone).await.code(), "revoked");
    clock.advance(Span::from_mins(15));
    let seen = browser
        .call(Method::POST, "/api/sessions/end", &csrf, &end("all"))
        .await;
    assert_eq!(seen.code(), "reauthentication_required");
    let mut fresh = Browser::signed_in(&authority, "ada").await;
    let token = session(&mut fresh).await.json()["csrf_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let csrf = [("x-csrf-token", token.as_str())];
    let seen = fresh
        .call(Method::POST, "/api/sessions/end", &csrf, &end("all"))
        .await;
    assert_eq!(seen.json()["sessions"], 2);
    assert!(!fresh.cookies.contains_key(SESSION_COOKIE));
    assert_eq!(session(&mut browser).await.code(), "revoked");
}

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::Span;
use domain::cookie::{PRE_SESSION_COOKIE, SESSION_COOKIE};
use domain::testing::ManualClock;
use store::intent::Actor;

use crate::Authority;
use crate::testing::browser::Browser;
use crate::testing::{PASSWORD, add_user, authority, authority_with, config};

const NEW: &str = "quiet marble under seven lanterns";

/// Headers, body or token, and the status that they get.
type Row<'t> = (&'t [(&'t str, &'t str)], &'t str, u16);

async fn with_ada() -> (Arc<Authority>, Arc<ManualClock>) {
    let (authority, clock) = authority().await;
    add_user(&authority, "Ada").await;
    (authority, clock)
}

#[tokio::test]
async fn the_login_form_signs_in_and_leads_back() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::new(&authority);
    let seen = browser.navigate("/account").await;
    assert_eq!(
        (seen.status, seen.location()),
        (StatusCode::SEE_OTHER, "/login?return_to=%2Faccount")
    );
    let wrong = browser
        .submit("/login", &[("username", "ada"), ("password", "wrong")])
        .await;
    let unknown = browser
        .submit("/login", &[("username", "nobody"), ("password", "wrong")])
        .await;
    assert_eq!(wrong.location(), "/login?notice=credentials");
    assert_eq!((wrong.headers, wrong.body), (unknown.headers, unknown.body));
    assert!(!browser.cookies.contains_key(SESSION_COOKIE));
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("return_to", "/account/sessions"),
    ];
    let seen = browser.submit("/login", &fields).await;
    assert_eq!(
        (seen.status, seen.location()),
        (StatusCode::SEE_OTHER, "/account/sessions")
    );
    // The secret of the form before has done its work.
    assert!(!browser.cookies.contains_key(PRE_SESSION_COOKIE));
    assert!(browser.navigate("/account").await.body.contains("Ada"));
    let evil = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("return_to", "//evil.example"),
    ];
    assert_eq!(browser.submit("/login", &evil).await.location(), "/account");
}

#[tokio::test]
async fn the_login_form_needs_its_own_token_cookie_and_origin() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::new(&authority);
    let token = browser.navigate("/login").await.token();
    let body = |token: &str| {
        let fields = [("csrf_token", token), ("username", "ada"), ("password", PASSWORD)];
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish()
    };
    let form = ("content-type", "application/x-www-form-urlencoded");
    let issuer = authority.issuer().to_owned();
    let mut other = Browser::new(&authority);
    let foreign = other.navigate("/login").await.token();
    let table: [Row<'_>; 9] = [
        (&[form, ("sec-fetch-site", "cross-site")], &token, 403),
        (&[form, ("sec-fetch-site", "same-site")], &token, 403),
        (&[form, ("sec-fetch-site", "none")], &token, 403),
        (&[form, ("origin", "https://evil.example")], &token, 403),
        (&[form], &token, 403),
        (
            &[("content-type", "text/plain"), ("sec-fetch-site", "same-origin")],
            &token,
            415,
        ),
        (&[form, ("sec-fetch-site", "same-origin")], &foreign, 303),
        (&[form, ("sec-fetch-site", "same-origin")], "", 303),
        (&[form, ("origin", &issuer)], &token, 303),
    ];
    for (at, (headers, token, status)) in table.into_iter().enumerate() {
        let seen = browser
            .send(Method::POST, "/login", headers, Body::from(body(token)))
            .await;
        assert_eq!(seen.status.as_u16(), status, "{headers:?}");
        assert_eq!(
            browser.cookies.contains_key(SESSION_COOKIE),
            at == 8,
            "{headers:?}"
        );
    }
    // Without the cookie that the token belongs to, it is worth nothing.
    let mut bare = Browser::new(&authority);
    let seen = bare
        .post("/login", &token, &[("username", "ada"), ("password", PASSWORD)])
        .await;
    assert_eq!(seen.location(), "/login?notice=form_expired");
}

#[tokio::test]
async fn every_page_is_locked_down() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    for path in [
        "/login",
        "/logout",
        "/account",
        "/account/sessions",
        "/account/security",
        "/account/confirm",
        "/setup",
    ] {
        let seen = browser.navigate(path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        let header = |name: &str| seen.headers[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; ")
        );
        assert!(policy.contains("frame-ancestors 'none'; base-uri 'none'"));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert!(
            !seen.headers.contains_key("strict-transport-security"),
            "plain http on loopback"
        );
        for forbidden in [
            "<script",
            " style=",
            " onclick",
            "javascript:",
            "http://",
            "https://",
        ] {
            assert!(!seen.body.contains(forbidden), "{path}: {forbidden}");
        }
    }
    let mut config = config();
    config.issuer = "https://login.example".into();
    let (authority, _) = authority_with(config).await;
    let seen = Browser::new(&authority).navigate("/login").await;
    assert_eq!(
        seen.headers["strict-transport-security"],
        "max-age=63072000; includeSubDomains"
    );
}

#[tokio::test]
async fn names_are_text_and_not_markup() {
    let (authority, _) = authority().await;
    add_user(&authority, "<b>ada</b>\"'").await;
    let mut browser = Browser::signed_in(&authority, "<b>ada</b>\"'").await;
    for path in ["/account", "/account/security", "/logout", "/login"] {
        let body = browser.navigate(path).await.body;
        assert!(!body.contains("<b>") && body.contains("&#60;b&#62;"), "{path}");
    }
    let seen = browser.navigate("/login?notice=%3Cb%3Ecall%20555").await;
    assert!(!seen.body.contains("555"));
    let seen = browser.navigate("/login?return_to=/x%22%3E%3Cb%3E").await;
    assert!(!seen.body.contains("><b>"));
}

#[tokio::test]
async fn logout_asks_first_then_ends_and_clears() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let mut stolen = browser.clone();
    let token = browser.navigate("/logout").await.token();
    assert_eq!(
        browser.navigate("/account").await.status,
        StatusCode::OK,
        "asking ends nothing"
    );
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "cross-site"),
    ];
    let body = Body::from(format!("csrf_token={token}"));
    let seen = browser.send(Method::POST, "/logout", &form, body).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/logout", "wrong", &[]).await.location(), "/logout");
    assert_eq!(browser.navigate("/account").await.status, StatusCode::OK);
    let seen = browser.post("/logout", &token, &[]).await;
    assert_eq!(seen.location(), "/login?notice=signed_out");
    assert_eq!(seen.headers["clear-site-data"], "\"storage\", \"cache\"");
    let kept: Vec<&String> = browser.cookies.keys().collect();
    assert_eq!(kept, [domain::cookie::DEVICE_COOKIE], "the browser stays known");
    assert_eq!(stolen.navigate("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_gives_this_one_a_new_secret() {
    let (authority, _) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let mut other = Browser::signed_in(&authority, "ada").await;
    let fields = |current: &'static str, new: &'static str, again: &'static str| {
        [("current", current), ("new", new), ("again", again)]
    };
    let table = [
        (fields("wrong", NEW, NEW), "wrong_password"),
        (fields(PASSWORD, NEW, "another one altogether"), "different"),
        (fields(PASSWORD, "short", "short"), "too_short"),
        (
            fields(PASSWORD, "passwordpassword", "passwordpassword"),
            "guessable_repeated",
        ),
    ];
    for (fields, word) in table {
        let seen = browser.submit("/account/security", &fields).await;
        assert_eq!(seen.location(), format!("/account/security?notice={word}"));
        assert_eq!(other.navigate("/account").await.status, StatusCode::OK);
    }
    let mut old = browser.clone();
    let seen = browser
        .submit("/account/security", &fields(PASSWORD, NEW, NEW))
        .await;
    assert_eq!(seen.location(), "/account/security?notice=password_changed");
    assert_ne!(old.cookies[SESSION_COOKIE], browser.cookies[SESSION_COOKIE]);
    assert_eq!(browser.navigate("/account").await.status, StatusCode::OK);
    for dead in [&mut old, &mut other] {
        assert_eq!(dead.navigate("/account").await.status, StatusCode::SEE_OTHER);
    }
    let mut again = Browser::new(&authority);
    assert_eq!(again.login("ada", PASSWORD).await.code(), "invalid_credentials");
    assert_eq!(again.login("ada", NEW).await.status, StatusCode::OK);
}

#[tokio::test]
async fn own_sessions_are_listed_and_ended_and_others_are_not() {
    let (authority, clock) = with_ada().await;
    add_user(&authority, "Eve").await;
    let mut eve = Browser::signed_in(&authority, "eve").await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let mut laptop = Browser::signed_in(&authority, "ada").await;
    let mut phone = Browser::signed_in(&authority, "ada").await;
    let page = browser.navigate("/account/sessions").await;
    assert_eq!(page.body.matches("Firefox on Linux</h2>").count(), 2);
    assert!(page.body.contains("this session"));
    let id = |seen: crate::testing::browser::Seen| seen.json()["session"].as_str().unwrap().to_owned();
    let eve_id = id(eve.call(Method::GET, "/api/session", &[], "").await);
    let laptop_id = id(laptop.call(Method::GET, "/api/session", &[], "").await);
    assert!(page.body.contains(&laptop_id) && !page.body.contains(&eve_id));
    let seen = browser.submit("/account/sessions", &[("end", &eve_id)]).await;
    assert_eq!(seen.location(), "/account/sessions?notice=no_such_session");
    assert_eq!(eve.navigate("/account").await.status, StatusCode::OK);
    browser.submit("/account/sessions", &[("end", &laptop_id)]).await;
    assert_eq!(laptop.navigate("/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(phone.navigate("/account").await.status, StatusCode::OK);
    // A while later it takes the password again.
    clock.advance(Span::from_mins(15));
    let seen = browser.submit("/account/sessions", &[("end", "others")]).await;
    assert_eq!(seen.location(), "/account/confirm?return_to=/account/sessions");
    assert_eq!(phone.navigate("/account").await.status, StatusCode::OK);
    let confirm = "/account/confirm?return_to=/account/sessions";
    let seen = browser
        .submit(
            confirm,
            &[("password", "wrong"), ("return_to", "/account/sessions")],
        )
        .await;
    assert!(seen.location().ends_with("&notice=wrong_password"));
    let fields = [("password", PASSWORD), ("return_to", "/account/sessions")];
    assert_eq!(
        browser.submit(confirm, &fields).await.location(),
        "/account/sessions"
    );
    browser.submit("/account/sessions", &[("end", "others")]).await;
    assert_eq!(phone.navigate("/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.navigate("/account").await.status, StatusCode::OK);
    let mut phone = Browser::signed_in(&authority, "ada").await;
    let seen = browser.submit("/account/sessions", &[("end", "all")]).await;
    assert_eq!(seen.location(), "/login?notice=everywhere_ended");
    assert!(!browser.cookies.contains_key(SESSION_COOKIE));
    assert_eq!(phone.navigate("/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(eve.navigate("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_tells_what_happened_and_what_is_tried() {
    let (authority, clock) = with_ada().await;
    let mut browser = Browser::signed_in(&authority, "ada").await;
    let page = browser.navigate("/account").await;
    assert!(
        page.body.contains("Signed in") && !page.body.contains("wrong password"),
        "{}",
        page.body
    );
    for _ in 0..2 {
        Browser::new(&authority).login("ada", "wrong").await;
    }
    let page = browser.navigate("/account").await;
    assert!(
        page.body.contains("2 wrong passwords since you last signed in"),
        "{}",
        page.body
    );
    clock.advance(Span::from_mins(2));
    let page = browser.navigate("/account/activity").await;
    assert!(
        page.body.contains("Firefox on Linux") && page.body.contains("2 minutes ago"),
        "{}",
        page.body
    );
    let page = browser.navigate("/account/activity?below=1").await;
    assert!(page.body.contains("Nothing yet."), "{}", page.body);
}

#[tokio::test]
async fn a_given_password_is_replaced_by_form_before_anything_opens() {
    let (authority, _) = authority().await;
    let user = add_user(&authority, "ada").await;
    let intent = store::intent::ChangePassword {
        user: user.id,
        password: user.password.unwrap(),
        credential_version: 1,
        must_change: true,
        keep: None,
        actor: Actor::new("cli"),
    };
    authority.store.change_password(intent).await.unwrap();
    let mut browser = Browser::new(&authority);
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("return_to", "/account/security"),
    ];
    let seen = browser.submit("/login", &fields).await;
    assert_eq!(seen.location(), "/login/password?return_to=%2Faccount%2Fsecurity");
    assert!(!browser.cookies.contains_key(SESSION_COOKIE));
    assert_eq!(
        browser.login("ada", PASSWORD).await.code(),
        "password_change_required"
    );
    let page = "/login/password?return_to=%2Faccount%2Fsecurity";
    for (new, again, word) in [
        (NEW, "another one altogether", "different"),
        (PASSWORD, PASSWORD, "same_password"),
        ("abcdefghijklmnopq", "abcdefghijklmnopq", "guessable_sequence"),
        (NEW, NEW, ""),
    ] {
        let fields = [&fields[..], &[("new", new), ("again", again)]].concat();
        let seen = browser.submit(page, &fields).await;
        if word.is_empty() {
            assert_eq!(seen.location(), "/account/security");
        } else {
            let back = format!("/login/password?notice={word}&return_to=%2Faccount%2Fsecurity");
            assert_eq!(seen.location(), back);
        }
    }
    assert_eq!(browser.navigate("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn setup_makes_an_administrator_by_form() {
    let (authority, _) = authority().await;
    let code = authority
        .make_setup_code(Actor::new("test"))
        .await
        .unwrap()
        .reveal();
    let mut browser = Browser::new(&authority);
    let fields = |code| {
        [
            ("code", code),
            ("username", "root"),
            ("password", NEW),
            ("again", NEW),
        ]
    };
    let seen = browser.submit("/setup", &fields("sy_su_wrong")).await;
    assert_eq!(seen.location(), "/setup?notice=code");
    let right = fields(code.as_str());
    assert_eq!(
        Browser::new(&authority)
            .post("/setup", "x", &right)
            .await
            .location(),
        "/setup?notice=form_expired"
    );
    let seen = browser.submit("/setup", &right).await;
    assert_eq!(seen.location(), "/login?notice=set_up");
    assert_eq!(browser.login("root", NEW).await.status, StatusCode::OK);
    assert_eq!(
        browser.submit("/setup", &right).await.location(),
        "/setup?notice=code"
    );
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_offered() {
    let (authority, _) = authority().await;
    let mut browser = Browser::new(&authority);
    for (method, path, status, code) in [
        (Method::GET, "/nothing", 404, "not_found"),
        (Method::DELETE, "/login", 405, "method_not_allowed"),
        (Method::TRACE, "/login", 405, "method_not_allowed"),
        (Method::TRACE, "/nothing", 405, "method_not_allowed"),
        (Method::GET, "/api/login", 405, "method_not_allowed"),
    ] {
        let seen = browser.send(method, path, &[], Body::empty()).await;
        assert_eq!(
            (seen.status.as_u16(), seen.code().as_str()),
            (status, code),
            "{path}"
        );
        assert_eq!(seen.headers["content-type"], "application/problem+json");
    }
    assert_eq!(browser.navigate("/healthz").await.status, StatusCode::OK);
    assert_eq!(browser.navigate("/readyz").await.body, r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn the_stylesheet_is_kept_under_its_own_version_only() {
    let (authority, _) = authority().await;
    let mut browser = Browser::new(&authority);
    let href = super::assets::stylesheet();
    assert!(browser.navigate("/login").await.body.contains(href));
    let seen = browser.navigate(href).await;
    assert!(
        seen.headers["cache-control"]
            .to_str()
            .unwrap()
            .ends_with("immutable")
    );
    assert!(
        seen.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/css")
    );
    let seen = browser.navigate("/assets/symbolon.css?v=old").await;
    assert_eq!(seen.headers["cache-control"], "public, max-age=300");
    // `url(` would be a request that the policy does not foresee.
    assert!(!seen.body.contains("url(") && !seen.body.contains("@import"));
}

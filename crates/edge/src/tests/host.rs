//! How an application's host gets its own cookie.

use domain::code::challenge_of;
use domain::secret::{FlowSecret, HostCode, Secret};
use http::Method;
use http_body_util::BodyExt;

use super::world::*;

const ROUTES: &str = r#"[{"name":"all"}]"#;

async fn begin(edge: &std::sync::Arc<crate::Edge>, target: &str) -> (String, String) {
    let response = send(edge, (Method::GET, APP), target, &[]).await;
    assert_eq!(response.status(), 302);
    let cookie = header(&response, "set-cookie").to_owned();
    (header(&response, "location").to_owned(), cookie)
}

fn secret_of(set: &str) -> String {
    let value = set
        .split(';')
        .next()
        .unwrap()
        .strip_prefix("__Host-symbolon-flow=")
        .unwrap();
    value.split('.').next().unwrap().to_owned()
}

/// What the authority does at `/session/join`: a code bound to the flow's secret.
fn issue(world: &World, secret: &str) -> String {
    let code = Secret::<HostCode>::generate(world.entropy.as_ref());
    let row = (
        challenge_of(secret),
        APP.parse().unwrap(),
        "sealed-value".to_owned(),
    );
    world.authority.state().codes.insert(code.digest(), row);
    format!("/.symbolon/callback?code={}", code.reveal().as_str())
}

#[tokio::test]
async fn a_browser_comes_back_with_its_own_cookie() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let (location, set) = begin(&edge, "/.symbolon/login?return_to=%2Fa%3Fb%3Dc").await;
    assert!(
        set.ends_with("; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=600"),
        "{set}"
    );
    let secret = secret_of(&set);
    let challenge = jose::base64url::encode(challenge_of(&secret).as_bytes());
    let join = format!("{ISSUER}/session/join?origin=https%3A%2F%2Fapp.example&challenge={challenge}");
    assert_eq!(location, join);
    let flow = set.split(';').next().unwrap();
    let response = send(
        &edge,
        (Method::GET, APP),
        &issue(&world, &secret),
        &[("cookie", flow)],
    )
    .await;
    assert_eq!(
        response.status(),
        200,
        "no redirect: the Strict cookie must be sent next"
    );
    let cookies = response.headers().get_all("set-cookie").iter();
    assert_eq!(
        cookies.map(|c| c.to_str().unwrap()).collect::<Vec<_>>(),
        [
            "__Host-symbolon-flow=; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=0",
            "__Host-symbolon=sealed-value; HttpOnly; Secure; Path=/; SameSite=Strict",
        ]
    );
    assert!(header(&response, "content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(header(&response, "referrer-policy"), "no-referrer");
    let page = response.into_body().collect().await.unwrap().to_bytes();
    let page = std::str::from_utf8(&page).unwrap();
    assert!(
        page.contains("content=\"0;url=/a?b=c\"") && !page.contains("<script"),
        "{page}"
    );
}

#[tokio::test]
async fn the_flow_cookie_binds_the_code_to_the_browser() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let (_, set) = begin(&edge, "/.symbolon/login").await;
    let (flow, secret) = (set.split(';').next().unwrap(), secret_of(&set));
    let stranger = Secret::<FlowSecret>::generate(world.entropy.as_ref());
    let stranger = format!("__Host-symbolon-flow={}.Lw", stranger.reveal().as_str());
    let (twice, cased) = (format!("{flow}; {flow}"), flow.replace("-flow", "-Flow"));
    for cookie in ["", &stranger, &twice, "__Host-symbolon-flow=x", &cased] {
        let response = send(
            &edge,
            (Method::GET, APP),
            &issue(&world, &secret),
            &[("cookie", cookie)],
        )
        .await;
        assert_eq!(response.status(), 400, "{cookie}");
        let mut cookies = response.headers().get_all("set-cookie").iter();
        assert!(
            cookies.all(|c| c.to_str().unwrap().starts_with("__Host-symbolon-flow=;")),
            "{cookie}"
        );
    }
    let elsewhere = (Method::GET, "b.example");
    let elsewhere = send(&edge, elsewhere, &issue(&world, &secret), &[("cookie", flow)]).await;
    assert_eq!(elsewhere.status(), 400, "a code for another host");
    let own = send(
        &edge,
        (Method::GET, APP),
        &issue(&world, &secret),
        &[("cookie", flow)],
    )
    .await;
    assert_eq!(own.status(), 200);
}

#[tokio::test]
async fn a_code_counts_once() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let (_, set) = begin(&edge, "/.symbolon/login").await;
    let flow = set.split(';').next().unwrap();
    let target = issue(&world, &secret_of(&set));
    let double = format!("{target}&code=x");
    for (target, status) in [(&double, 400), (&target, 200), (&target, 400)] {
        assert_eq!(
            send(&edge, (Method::GET, APP), target, &[("cookie", flow)])
                .await
                .status(),
            status
        );
    }
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    for bad in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%22%3E%3Cscript%3E",
    ] {
        let (_, set) = begin(&edge, &format!("/.symbolon/login?return_to={bad}")).await;
        let value = set.split(';').next().unwrap();
        assert_eq!(
            value.split_once('.').unwrap().1,
            jose::base64url::encode(b"/"),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn signing_out_needs_proof_and_clears_the_cookie() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let (_, cookie, csrf) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={cookie}");
    let own = ("sec-fetch-site", "same-origin");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let field: &'static str = format!("x=y&csrf_token={csrf}").leak();
    for (headers, body, status) in [
        (&[("cookie", cookie.as_str())][..], "", 403),
        (&[("cookie", &cookie), own], "", 403),
        (
            &[
                ("cookie", &cookie),
                ("sec-fetch-site", "cross-site"),
                ("x-csrf-token", &csrf),
            ],
            "",
            403,
        ),
        (&[("cookie", &cookie), own, form], "csrf_token=x", 403),
        (
            &[("cookie", &cookie), ("sec-fetch-site", "cross-site"), form],
            field,
            403,
        ),
        (&[own, ("x-csrf-token", &csrf)], "", 401),
        (&[("cookie", &cookie), own, ("x-csrf-token", &csrf)], "", 303),
        (&[("cookie", &cookie), own, form], field, 303),
    ] {
        let response = send_body(&edge, (Method::POST, APP), "/.symbolon/logout", headers, body).await;
        assert_eq!(response.status(), status, "{headers:?}");
        let cleared = header(&response, "set-cookie").starts_with("__Host-symbolon=; ");
        assert_eq!(cleared, status == 303);
    }
    let get = send(
        &edge,
        (Method::GET, APP),
        "/.symbolon/logout",
        &[("cookie", &cookie)],
    )
    .await;
    assert_eq!(get.status(), 405);
}

#[tokio::test]
async fn a_page_learns_its_csrf_token_and_no_other_origin_does() {
    let world = World::new();
    let edge = world.edge(ROUTES).await;
    let (_, cookie, csrf) = world.sign_in(&app());
    let cookie = format!("__Host-symbolon={cookie}");
    let ask = async |site| {
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", site)];
        send(&edge, (Method::GET, APP), "/.symbolon/session", &headers).await
    };
    let own = ask("same-origin").await;
    assert!(!own.headers().contains_key("access-control-allow-origin"));
    let body = own.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()["csrf_token"],
        csrf
    );
    for site in ["cross-site", "same-site"] {
        assert_eq!(told(&ask(site).await), (403, "csrf"));
    }
}

#[tokio::test]
async fn on_the_authoritys_own_host_its_own_page_is_used() {
    let world = World::new();
    let edge = world.edge("[]").await;
    let response = send(&edge, (Method::GET, "anything.example"), "/.symbolon/login", &[]).await;
    assert_eq!(header(&response, "location"), format!("{ISSUER}/login"));
    assert!(!response.headers().contains_key("set-cookie"));
}

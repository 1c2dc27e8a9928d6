use std::sync::Arc;

use super::*;
use crate::testing::{Server, client, field, reply};

const LOGIN: &str = "<form method=post action=/enter><input type=hidden name=csrf value=t0k><input name=user><input type=password name=pw></form>";

/// A site with a login form; the account shows the user.
fn site() -> crate::testing::Handler {
    Arc::new(|ask| {
        let body = String::from_utf8_lossy(ask.body()).into_owned();
        let is_in = field(ask, "cookie").is_some_and(|cookies| cookies.contains("sid=in"));
        match ask.uri().path() {
            "/login" => reply(
                200,
                &[("content-type", "text/html"), ("set-cookie", "pre=1")],
                LOGIN,
            ),
            "/enter" if body == "csrf=t0k&pw=secret+one&user=ada" => reply(
                303,
                &[("location", "/account"), ("set-cookie", "sid=in; HttpOnly")],
                "",
            ),
            "/account" if is_in => reply(200, &[], "hello ada"),
            "/account" => reply(302, &[("location", "/login")], ""),
            "/round" => reply(302, &[("location", "/round")], ""),
            "/away" => reply(302, &[("location", "http://127.0.0.1:9/")], ""),
            "/" => reply(200, &[("set-cookie", "vsid=abc")], "welcome"),
            _ => reply(404, &[], ""),
        }
    })
}

fn inventory(url: &Url, password: &str) -> Inventory {
    Inventory::parse(&format!(
        "[[site]]\nenvironment = \"test\"\nurl = \"{url}\"\npages = [\"/account\", \"/round\", \"/away\"]\nsamples = 3\n\
         [site.sign_in]\nurl = \"/login\"\nfields = {{ user = \"ada\", pw = \"{password}\" }}\n"
    ))
    .unwrap()
}

#[tokio::test]
async fn a_stranger_and_a_user_see_different_pages() {
    let server = Server::start(site()).await;
    let client = client(&[server.url()]);
    let sites = visit(&client, &inventory(server.url(), "secret one"), 0)
        .await
        .unwrap();
    let site = &sites[0];
    assert!(site.is_signed_in(), "{:?}", site.troubles);
    let private: Vec<_> = site
        .pages
        .iter()
        .filter(|page| page.is_private)
        .map(|page| page.path())
        .collect();
    assert_eq!(private, ["/account", "/account"]);
    assert!(site.troubles.iter().any(|trouble| trouble.contains("on and on")));
    assert_eq!(site.samples, Some(("vsid".to_owned(), vec!["abc".to_owned(); 3])));
}

#[tokio::test]
async fn a_sign_in_that_fails_is_said() {
    let server = Server::start(site()).await;
    let client = client(&[server.url()]);
    let sites = visit(&client, &inventory(server.url(), "wrong"), 0)
        .await
        .unwrap();
    assert!(!sites[0].is_signed_in());
    assert!(
        sites[0]
            .troubles
            .iter()
            .any(|trouble| trouble.contains("did not set a cookie"))
    );
}

/// What differs at every request makes no page private.
#[tokio::test]
async fn a_page_with_a_nonce_is_not_private_because_of_it() {
    let count = std::sync::atomic::AtomicU32::new(0);
    let inner = site();
    let server = Server::start(Arc::new(move |ask| {
        if ask.uri().path() == "/round" {
            let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let nonce = format!("q7Jx9Lm2Pw8Rt4Zk{number:04}");
            return reply(200, &[], format!("<script nonce=\"{nonce}\"></script>for all"));
        }
        inner(ask)
    }))
    .await;
    let client = client(&[server.url()]);
    let sites = visit(&client, &inventory(server.url(), "secret one"), 0)
        .await
        .unwrap();
    let pages = sites[0].pages.iter().filter(|page| page.path() == "/round");
    assert!(pages.clone().count() > 1);
    assert!(pages.into_iter().all(|page| !page.is_private));
}

/// A cookie that nobody would take for a session by its name.
#[tokio::test]
async fn the_only_cookie_of_the_sign_in_is_the_session() {
    for (given, wanted) in [
        (vec!["user=a1"], Some("user")),
        (vec!["user=a1", "XSRF-TOKEN=b2"], Some("user")),
        (vec!["user=a1", "theme=dark"], None),
        (vec!["sid=a1"], None),
    ] {
        let enter = given.clone();
        let server = Server::start(Arc::new(move |ask| match ask.uri().path() {
            "/login" => reply(200, &[("content-type", "text/html")], LOGIN),
            "/enter" => {
                let fields: Vec<_> = enter.iter().map(|cookie| ("set-cookie", *cookie)).collect();
                reply(200, &fields, "in")
            }
            _ => reply(200, &[], "welcome"),
        }))
        .await;
        let client = client(&[server.url()]);
        let sites = visit(&client, &inventory(server.url(), "x"), 0).await.unwrap();
        assert_eq!(sites[0].session_cookie.as_deref(), wanted, "{given:?}");
    }
}

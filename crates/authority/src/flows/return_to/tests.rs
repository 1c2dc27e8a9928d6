use super::*;
use crate::flows::oauth::fixture::{CALLBACK, Stage};
use crate::testing::{authority_with, config};

const ISSUER: &str = "https://login.example";

#[test]
fn only_paths_of_this_host_are_returned_to() {
    let good = [
        "/",
        "/account",
        "/account/sessions?notice=x",
        "/oauth2/authorize?client_id=web&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=%2F%2Fx",
        "/session/join?origin=https://app.example&challenge=abc",
        "/a/b/../c",
    ];
    for text in good {
        assert_eq!(ReturnTo::parse(text, ISSUER).map(|r| r.0).as_deref(), Some(text));
    }
    let long = format!("/{}", "x".repeat(8000));
    let bad = [
        "",
        "account",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/a\\b",
        "/%2f%2fevil.example",
        "/%2Fevil.example",
        "/%5Cevil.example",
        "/.//evil.example",
        "/a//b",
        "/a/..//evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " /account",
        "/account\r\nSet-Cookie: a=b",
        "/a\u{0}b",
        "/a\u{7f}",
        "/ä",
        "/a b",
        "/a#//evil.example",
        "/@evil.example\u{2028}",
        "/login",
        "/login?return_to=/account",
        "/x/../login",
        "/logout",
        "/setup",
        &long,
    ];
    for text in bad {
        assert_eq!(ReturnTo::parse(text, ISSUER), None, "{text:?}");
    }
}

/// Inputs of the WHATWG URL test suite that leave the host of their base, or look like it.
#[test]
fn what_browsers_read_as_another_host_is_refused() {
    let inputs = [
        "//foo/bar",
        "///a",
        "////x/",
        "//C|/foo/bar",
        "\\x",
        "/\\server\\file",
        "\\\\x\\hello",
        "//server/file",
        "//h:99/",
        "//%E1%BA%9E",
        "\u{b}//x",
        " /x",
        "http:\\\\x:y@/path",
        "http:/example.com/",
        "https:example.com/",
        "//[1:2::3]:80/",
        "//www.example2.com",
        "\thttp://x",
        "/..//localhost//pipe",
        "/..//path",
        "/.//path",
        "/%2e/%2e%2e//path",
    ];
    for text in inputs {
        assert_eq!(ReturnTo::parse(text, ISSUER), None, "{text:?}");
    }
}

/// Whatever is let through, the parser that browsers use keeps on our host.
#[test]
fn what_passes_stays_on_this_host() {
    let base = Url::parse(ISSUER).unwrap();
    let pieces = [
        "/",
        "\\",
        ".",
        "..",
        "%2f",
        "%2e",
        "@",
        ":",
        "evil.example",
        "?",
        "\t",
        "http:",
        "a",
    ];
    let mut passed = 0;
    for a in pieces {
        for b in pieces {
            for c in pieces {
                for d in pieces {
                    let text = format!("{a}{b}{c}{d}");
                    if ReturnTo::parse(&text, ISSUER).is_some() {
                        passed += 1;
                        let url = base.join(&text).unwrap();
                        assert_eq!(url.origin(), base.origin(), "{text}");
                        assert!(!url.path().starts_with("//"), "{text}");
                    }
                }
            }
        }
    }
    assert!(passed > 100, "{passed}");
}

#[tokio::test]
async fn the_form_may_lead_on_to_listed_applications_only() {
    let mut config = config();
    config.applications = vec!["https://app.example:8443".to_owned()];
    let (authority, _) = authority_with(config).await;
    let onward = async |text: &str| {
        let back = ReturnTo::parse(text, authority.issuer()).unwrap();
        back.onward(&authority).await.unwrap()
    };
    let listed = "/session/join?origin=https%3A%2F%2Fapp.example%3A8443&challenge=x";
    assert_eq!(onward(listed).await, ["https://app.example:8443"]);
    for other in [
        "/session/join?origin=https%3A%2F%2Fevil.example",
        "/session/join",
        "/account?origin=https%3A%2F%2Fapp.example%3A8443",
        "/oauth2/authorize?client_id=unknown&redirect_uri=https%3A%2F%2Fevil.example",
    ] {
        assert!(onward(other).await.is_empty(), "{other}");
    }
}

#[tokio::test]
async fn the_form_may_lead_on_to_registered_redirects_only() {
    let stage = Stage::new().await;
    for (uri, expected) in [
        (CALLBACK, &["https://app.example"][..]),
        ("https://evil.example/cb", &[]),
        ("https://app.example/other", &[]),
    ] {
        let text = format!("/oauth2/authorize?client_id=web&redirect_uri={uri}");
        let back = ReturnTo::parse(&text, stage.authority.issuer()).unwrap();
        assert_eq!(back.onward(&stage.authority).await.unwrap(), expected, "{uri}");
    }
}

#[test]
fn a_registered_redirect_covers_itself_and_other_ports_of_loopback() {
    assert!(covers("https://app.example/cb", "https://app.example/cb"));
    assert!(covers("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb"));
    assert!(!covers("http://127.0.0.1/cb", "http://127.0.0.1:5000/other"));
    assert!(!covers("https://app.example/cb", "https://app.example:444/cb"));
    assert!(!covers("http://localhost/cb", "http://localhost:5000/cb"));
    assert_eq!(source("com.example.app:/cb").as_deref(), Some("com.example.app:"));
}

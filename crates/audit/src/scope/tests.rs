use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A scope whose name leads to these addresses, one list after the other.
fn leading(to: &'static [&'static [&'static str]]) -> Scope {
    let mut scope = Scope::of([&url("http://app.example")]).unwrap();
    let turn = AtomicUsize::new(0);
    scope.lookup = Arc::new(move |_| {
        let at = turn.fetch_add(1, Ordering::Relaxed).min(to.len() - 1);
        let found = to[at].iter().map(|text| text.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) })
    });
    scope
}

async fn reach(scope: &Scope, text: &str) -> Result<String, ScopeError> {
    scope.address(&url(text)).await.map(|address| address.to_string())
}

#[tokio::test]
async fn only_named_origins_are_reached() {
    let scope = leading(&[&["93.184.215.14"]]);
    assert_eq!(
        reach(&scope, "http://APP.example/x").await.unwrap(),
        "93.184.215.14:80"
    );
    for other in [
        "http://app.example:81",
        "https://app.example",
        "http://other.example",
        "http://app.example.evil.example",
    ] {
        assert!(
            matches!(reach(&scope, other).await, Err(ScopeError::NotNamed(_))),
            "{other}"
        );
    }
    assert!(matches!(
        reach(&scope, "ftp://app.example").await,
        Err(ScopeError::NotHttp(_))
    ));
}

#[tokio::test]
async fn a_name_that_changes_its_address_stays_where_it_was() {
    let scope = leading(&[&["93.184.215.14"], &["127.0.0.1"]]);
    for _ in 0..3 {
        assert_eq!(
            reach(&scope, "http://app.example").await.unwrap(),
            "93.184.215.14:80"
        );
    }
}

#[tokio::test]
async fn private_addresses_are_reached_only_when_named() {
    for private in [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "192.0.2.7",
        "198.18.0.1",
        "2002:7f00:1::1",
        "2002:5db8:d80e::1",
        "2001::1",
        "3fff::1",
        "64:ff9b::7f00:1",
    ] {
        let mut scope = leading(&[&["93.184.215.14"]]);
        scope.lookup = Arc::new(move |_| {
            Box::pin(async move { Ok(vec!["93.184.215.14".parse().unwrap(), private.parse().unwrap()]) })
        });
        assert!(
            matches!(
                reach(&scope, "http://app.example").await,
                Err(ScopeError::Private { .. })
            ),
            "{private}"
        );
        scope.permit(private.parse().unwrap());
        assert!(reach(&scope, "http://app.example").await.is_ok(), "{private}");
    }
    let named = Scope::of([&url("http://10.0.0.7:8080")]).unwrap();
    assert_eq!(
        reach(&named, "http://10.0.0.7:8080/a").await.unwrap(),
        "10.0.0.7:8080"
    );
    let local = Scope::of([&url("http://localhost:8080")]).unwrap();
    assert!(reach(&local, "http://localhost:8080").await.is_ok());
}

#[test]
fn an_address_with_a_password_is_refused_and_the_password_is_not_repeated() {
    for text in [
        "https://ada:hunter22@app.example/",
        "https://hunter22@app.example/",
    ] {
        let error = Scope::of([&url(text)]).unwrap_err().to_string();
        assert!(
            error.contains("app.example") && !error.contains("hunter22"),
            "{error}"
        );
        let scope = Scope::of([&url("https://app.example/")]).unwrap();
        assert!(!scope.holds(&url(text)));
    }
}

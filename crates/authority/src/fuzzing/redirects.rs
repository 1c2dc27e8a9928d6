//! Where browsers are sent: registered redirect URIs, and the way back after a sign-in.

use url::Url;

use crate::flows::admin::redirect_uri::check;
use crate::flows::oauth::authorize::redirect_uri::fits;
use crate::flows::return_to::ReturnTo;

const ISSUER: &str = "https://issuer.example:8443";

/// The data are two lines, a registered URI and one that is asked for; and the whole is a path to return to.
pub fn fuzz_redirect_uri(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (registered, asked) = text.split_once('\n').unwrap_or((text, text));
    if check(registered).is_ok() {
        registrable(registered);
        if fits(registered, asked) {
            same_place(registered, asked);
        }
    }
    // Nothing but the port of a loopback address is free, whatever was registered.
    if fits(registered, asked) && registered != asked {
        assert!(registered.starts_with("http://127.0.0.1") || registered.starts_with("http://[::1]"));
    }
    [text, asked].into_iter().for_each(returned);
}

/// What may be registered is read by a browser exactly as it is written.
fn registrable(uri: &str) {
    let url = Url::parse(uri).unwrap();
    assert!(
        url.as_str() == uri || url.as_str().strip_suffix('/') == Some(uri),
        "{uri}"
    );
    assert!(
        url.fragment().is_none() && url.username().is_empty() && url.password().is_none(),
        "{uri}"
    );
    assert!(
        uri.bytes().all(|b| b.is_ascii_graphic()) && !uri.contains(['*', '\\']),
        "{uri}"
    );
    assert!(fits(uri, uri), "{uri}");
    match url.scheme() {
        "https" => assert!(url.host().is_some()),
        "http" => assert!(
            matches!(url.host_str(), Some("localhost" | "[::1]"))
                || url.host_str().unwrap().starts_with("127.")
        ),
        other => assert!(
            other.contains('.') && !["javascript", "data", "file"].contains(&other),
            "{uri}"
        ),
    }
}

/// A URI that fits leads a browser to the registered place.
fn same_place(registered: &str, asked: &str) {
    let (own, other) = (Url::parse(registered).unwrap(), Url::parse(asked).unwrap());
    let part = |url: &Url| {
        (
            url.scheme().to_owned(),
            url.host_str().map(str::to_owned),
            url.path().to_owned(),
            url.query().map(str::to_owned),
        )
    };
    assert_eq!(part(&own), part(&other), "{registered} <- {asked}");
    let free = matches!(own.host_str(), Some("127.0.0.1" | "[::1]")) && own.scheme() == "http";
    assert!(free || own.port() == other.port(), "{registered} <- {asked}");
    assert!(
        other.username().is_empty() && other.fragment().is_none(),
        "{asked}"
    );
}

/// A path to return to stays at the issuer, for a browser and for a reader that decodes first.
fn returned(text: &str) {
    let Some(back) = ReturnTo::parse(text, ISSUER) else {
        return;
    };
    assert_eq!(back.as_str(), text);
    let base = Url::parse(ISSUER).unwrap();
    let url = base.join(text).unwrap();
    assert_eq!(url.origin(), base.origin(), "{text}");
    assert!(
        url.fragment().is_none() && !["/login", "/logout", "/setup"].contains(&url.path()),
        "{text}"
    );
    let path = text.split('?').next().unwrap();
    assert!(
        path.starts_with('/') && !path.contains("//") && !text.contains('\\'),
        "{text}"
    );
    let once: Vec<u8> = decoded(path.as_bytes());
    assert!(!once.starts_with(b"//") && !once.starts_with(b"/\\"), "{text}");
    let page = base.join(&back.login_page()).unwrap();
    let (name, value) = page.query_pairs().next().unwrap();
    assert_eq!((&*name, &*value), ("return_to", text));
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (first, value) {
            (b'%', Some(value)) => {
                out.push(value);
                rest = &after[2..];
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

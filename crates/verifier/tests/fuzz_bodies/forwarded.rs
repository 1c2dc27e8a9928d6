//! A gateway's description of a request: complete, once, in one family; and nothing of the client's own beside it.

use http::{HeaderMap, Method};
use verifier::{DirectRequest, Family, JudgedRequest, normalise, strip_identity};

/// The data are headers, one a line.
pub(crate) fn fuzz_forwarded(data: &[u8]) {
    let headers = super::headers(data);
    let verdicts = [Family::Forwarded, Family::Original].map(|family| {
        let judged = JudgedRequest::from_gateway(&headers, family).ok()?;
        sound(&judged, &headers, family);
        Some(())
    });
    assert!(
        verdicts.iter().flatten().count() <= 1,
        "two families: {headers:?}"
    );
    let target = headers
        .get("x-forwarded-uri")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("/");
    let direct = DirectRequest {
        method: &Method::GET,
        secure: true,
        authority: "app.example",
        target,
        headers: &headers,
    };
    if let Ok(judged) = JudgedRequest::from_direct(direct) {
        assert_eq!(judged.target(), target);
        assert!(!disguised(&headers), "{headers:?}");
    }
    stripped(headers);
}

fn sound(judged: &JudgedRequest<'_>, headers: &HeaderMap, family: Family) {
    let members: &[&str] = match family {
        Family::Forwarded => &[
            "x-forwarded-method",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-forwarded-uri",
        ],
        Family::Original => &["x-original-method", "x-original-url"],
    };
    for name in members {
        assert_eq!(headers.get_all(*name).iter().count(), 1, "{name} in {headers:?}");
    }
    assert!(
        !disguised(headers) && !headers.keys().any(|name| says_who(name.as_str())),
        "{headers:?}"
    );
    let told = |name: &str| headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(judged.method().as_str(), told(members[0]));
    let (path, query) = judged.target().split_once('?').unwrap_or((judged.target(), ""));
    assert_eq!(normalise(path).as_deref(), Ok(judged.path()));
    assert!(query.bytes().all(|b| b.is_ascii_graphic() && b != b'#'));
    let host = judged.authority().host();
    match family {
        Family::Forwarded => {
            assert_eq!(judged.target(), told("x-forwarded-uri"));
            assert!(told("x-forwarded-host").to_ascii_lowercase().starts_with(host));
            assert_eq!(
                judged.authority().is_secure(),
                told("x-forwarded-proto") == "https"
            );
        }
        Family::Original => {
            // Only what stands in front of the first slash is the host, and a browser agrees.
            let url = url::Url::parse(told("x-original-url")).unwrap();
            assert_eq!(url.path(), path);
            if let Some(url::Host::Domain(name)) = url.host() {
                assert_eq!(name, host);
            }
        }
    }
}

/// Names that say who somebody is, by a list of our own.
fn says_who(name: &str) -> bool {
    let name = name.replace('_', "-");
    [
        "symbolon-",
        "x-symbolon-",
        "x-auth-request-",
        "x-pomerium-",
        "cf-access-",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
        || [
            "x-user",
            "x-remote-user",
            "remote-user",
            "x-email",
            "x-webauth-user",
            "x-user-id",
            "client-cert",
        ]
        .contains(&name.as_str())
}

fn disguised(headers: &HeaderMap) -> bool {
    let spelt = |name: &str| {
        name.contains('_') && (says_who(name) || name.replace('_', "-").starts_with("x-forwarded-"))
    };
    headers.keys().any(|name| spelt(name.as_str()))
}

fn stripped(headers: HeaderMap) {
    let mut after = headers.clone();
    strip_identity(&mut after);
    for name in after.keys() {
        let name = name.as_str();
        assert!(
            !says_who(name) && !name.replace('_', "-").starts_with("x-forwarded-"),
            "{name}"
        );
        assert!(
            !["connection", "upgrade", "te", "transfer-encoding"].contains(&name),
            "{name}"
        );
    }
    let mut twice = after.clone();
    strip_identity(&mut twice);
    assert_eq!(twice, after, "once was not enough");
}

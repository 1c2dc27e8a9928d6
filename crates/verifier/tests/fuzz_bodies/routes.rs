//! `[[route]]`: what is accepted protects what it names.

use http::{HeaderMap, Method};
use verifier::{DirectRequest, Issuer, JudgedRequest, PathPattern, RawRoute, Route, Routes, normalise};

const TARGETS: [&str; 6] = [
    "/",
    "/admin",
    "/admin/",
    "/admin/users?x=1",
    "/%61dmin/users",
    "/api/v1",
];

/// The data are a list of routes as JSON.
pub(crate) fn fuzz_routes(data: &[u8]) {
    let Ok(raw) = serde_json::from_slice::<Vec<RawRoute>>(data) else {
        return;
    };
    let issuer = Issuer {
        url: "https://issuer.example".to_owned(),
        host: "issuer.example".parse().unwrap(),
    };
    let written = raw.len();
    let Ok(routes) = Routes::from_raw(raw, issuer) else {
        return;
    };
    assert_eq!(routes.as_slice().len(), written.max(1));
    routes.as_slice().iter().for_each(|route| sound(route));
    let headers = HeaderMap::new();
    for target in TARGETS {
        let direct = DirectRequest {
            method: &Method::GET,
            secure: true,
            authority: "app.example",
            target,
            headers: &headers,
        };
        let request = JudgedRequest::from_direct(direct).unwrap();
        let first = routes.as_slice().iter().find(|route| route.covers(&request));
        assert_eq!(routes.find(&request).map(|r| &r.name), first.map(|r| &r.name));
    }
}

fn sound(route: &Route) {
    // A pattern in another reading than that of requests would protect nothing.
    match &route.path {
        PathPattern::Exact(path) => assert_eq!(normalise(path).as_deref(), Ok(path.as_str())),
        PathPattern::Below(start) if start.is_empty() => {}
        PathPattern::Below(start) => {
            assert_eq!(normalise(start).as_deref(), Ok(start.as_str()));
            assert!(route.path.covers(start) && route.path.covers(&format!("{start}/x")));
            assert!(
                !route.path.covers(&format!("{start}x")) || start.ends_with('/'),
                "{start}"
            );
        }
    }
    assert!(
        route.public || !route.accept.is_empty(),
        "a route that nobody may use"
    );
    if let Some(upstream) = &route.upstream {
        match url::Url::parse(&format!("http://{upstream}/")) {
            Ok(url) => assert!(url.path() == "/" && url.username().is_empty(), "{upstream}"),
            // To a browser a name that ends in a number is a wrong address; a resolver does not find it.
            Err(_) => assert!(!upstream.contains(['/', '@', '?', '#', ' ']), "{upstream}"),
        }
    }
    if let Some(most) = route.staleness.max_staleness {
        assert!(most.as_ms() >= 150, "{most}");
    }
}

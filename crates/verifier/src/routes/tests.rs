use super::*;
use crate::DirectRequest;
use http::{HeaderMap, Method};

fn issuer() -> Issuer {
    Issuer {
        url: "https://id.example".into(),
        host: "id.example".parse().unwrap(),
    }
}

fn routes(json: &str) -> Result<Routes, Vec<Problem>> {
    Routes::from_raw(serde_json::from_str(json).unwrap(), issuer())
}

fn named(routes: &Routes, method: &str, host: &str, target: &str) -> Option<String> {
    let headers = HeaderMap::new();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let direct = DirectRequest {
        method: &method,
        secure: true,
        authority: host,
        target,
        headers: &headers,
    };
    routes
        .find(&JudgedRequest::from_direct(direct).unwrap())
        .map(|r| r.name.clone())
}

#[test]
fn the_first_route_that_covers_a_request_wins() {
    let routes = routes(
        r#"[
        {"name":"health","match":{"path":"/healthz","methods":["GET"]},"public":true},
        {"name":"admin","match":{"host":"app.example","path":"/admin/*"},"assurance":"aal2"},
        {"name":"api","match":{"host":"*.api.example"},"accept":["bearer"],"scopes":["read"]},
        {"name":"app","match":{"host":"app.example","path":"/*"}}]"#,
    )
    .unwrap();
    for (method, host, target, expected) in [
        ("GET", "app.example", "/healthz", Some("health")),
        ("POST", "app.example", "/healthz", Some("app")),
        ("GET", "APP.example:8443", "/admin/x", Some("admin")),
        ("GET", "app.example", "/%61dmin/x", Some("admin")),
        ("GET", "app.example", "/administrator", Some("app")),
        ("GET", "v1.api.example", "/", Some("api")),
        ("GET", "api.example", "/", None),
        ("GET", "evil.example", "/", None),
    ] {
        assert_eq!(
            named(&routes, method, host, target).as_deref(),
            expected,
            "{method} {host}{target}"
        );
    }
    assert!(routes.shares_authority_cookie("id.example") && !routes.shares_authority_cookie("app.example"));
}

#[test]
fn without_routes_every_host_shares_the_quick_start() {
    let routes = routes("[]").unwrap();
    assert_eq!(
        named(&routes, "POST", "anything.example", "/x").as_deref(),
        Some("default")
    );
    assert!(routes.shares_authority_cookie("anything.example"));
    let route = routes.as_slice().first().unwrap();
    assert_eq!(
        (route.audience.as_str(), route.csrf),
        ("https://id.example", true)
    );
}

#[test]
fn every_problem_is_named_with_its_place() {
    for (json, place) in [
        (r#"[{"match":{"host":"App.example"}}]"#, "route[0].match.host"),
        (r#"[{"match":{"host":"a.example:80"}}]"#, "route[0].match.host"),
        (r#"[{"match":{"path":"/a/../b"}}]"#, "route[0].match.path"),
        (r#"[{"match":{"path":"/%61"}}]"#, "route[0].match.path"),
        (r#"[{"match":{"path":"/a*"}}]"#, "route[0].match.path"),
        (r#"[{"match":{"path":"a"}}]"#, "route[0].match.path"),
        (r#"[{"match":{"methods":["get"]}}]"#, "route[0].match.methods"),
        (r#"[{"accept":["password"]}]"#, "route[0].accept"),
        (r#"[{"accept":[]}]"#, "route[0].accept"),
        (r#"[{"scopes":["read"]}]"#, "route[0].scopes"),
        (r#"[{"assurance":"high"}]"#, "route[0].assurance"),
        (r#"[{"max_age":"0s"}]"#, "route[0].max_age"),
        (r#"[{"max_staleness":"2m"}]"#, "route[0].max_staleness"),
        (r#"[{"on_stale":"accept"}]"#, "route[0].on_stale"),
        (r#"[{"beyond_lease":"1h"}]"#, "route[0].beyond_lease"),
        (r#"[{"read_only":true}]"#, "route[0].read_only"),
        (r#"[{"upstream":"https://x"}]"#, "route[0].upstream"),
        (r#"[{"upstream":"http://x/path"}]"#, "route[0].upstream"),
        (r#"[{"name":"a"},{"name":"a"}]"#, "route[1].name"),
    ] {
        let found = routes(json).unwrap_err();
        assert_eq!(
            found.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(),
            [place],
            "{json}"
        );
    }
    let ok = routes(
        r#"[{"beyond_lease":"1m","read_only":true,"max_staleness":"1s","on_stale":"ask","upstream":"http://127.0.0.1:3000"}]"#,
    );
    let ok = ok.unwrap();
    assert_eq!(ok.smallest_max_staleness(), Some(Span::from_secs(1)));
    assert_eq!(ok.as_slice()[0].upstream.as_deref(), Some("127.0.0.1:3000"));
}

#[test]
fn no_route_takes_the_canary() {
    let problems = routes(r#"[{"audience":"urn:symbolon:canary"}]"#).unwrap_err();
    assert_eq!(problems[0].path, "route[0].audience");
    assert!(routes(r#"[{"audience":"urn:symbolon:api"}]"#).is_ok());
}

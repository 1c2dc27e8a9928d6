use advisor::ask::{Answers, QUESTIONS};
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

/// With an admin API that lets nobody in.
fn console() -> Router {
    beside(Router::new().fallback(|| async { StatusCode::UNAUTHORIZED }))
}

async fn get_at(router: Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        parts.status,
        parts.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

async fn get(path: &str) -> (StatusCode, HeaderMap, String) {
    get_at(console(), path).await
}

const FILLED: &str = "clients=mobile&clients=spa&edges=4&regions=2&gateway=envoy&existing=redis&sessions=9000&requests=80&revocation=5s&store_down=refuse";

#[tokio::test]
async fn the_first_visit_asks_every_question_and_answers_for_the_defaults() {
    let (status, headers, page) = get("/console/advice").await;
    assert_eq!(status, StatusCode::OK);
    for question in QUESTIONS {
        assert!(page.contains(question.ask), "{}", question.ask);
        assert!(
            page.contains(&format!("name=\"{}\"", question.id)),
            "{}",
            question.id
        );
    }
    assert!(
        page.contains("value=\"browser_same_site\" checked") && page.contains("value=\"nginx\" selected")
    );
    assert!(page.contains("Use a server session.") && page.contains("What each option costs"));
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    assert!(!page.contains(" style=") && !page.contains("onclick") && page.matches("<script").count() == 1);
    assert_eq!(headers["cache-control"], "no-store");
}

#[tokio::test]
async fn the_page_and_the_terminal_make_the_same_file() {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(FILLED.as_bytes())
        .into_owned()
        .collect();
    let own = Answers::read(&fields).unwrap().topology();
    let (status, headers, file) = get(&format!("/console/advice/topology.toml?{FILLED}")).await;
    assert_eq!((status, file.as_str()), (StatusCode::OK, own.as_str()));
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename=\"topology.toml\""
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let (_, _, page) = get(&format!("/console/advice?{FILLED}")).await;
    assert!(page.contains("value=\"spa\" checked") && page.contains("value=\"9000\""));
    assert!(!page.contains("value=\"browser_same_site\" checked"));
    assert!(page.contains("kind = &#34;mobile&#34;"), "the summary");
    let (status, headers, report) = get(&format!("/console/advice/report?{FILLED}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(report.contains("A simulated day") && !report.contains("<script"));
    assert!(
        headers["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
}

#[tokio::test]
async fn every_wrong_answer_is_told_at_its_question() {
    let wrong = FILLED
        .replace("edges=4", "edges=0")
        .replace("regions=2", "regions=500");
    let (status, _, page) = get(&format!("/console/advice?{wrong}")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("2 answers are not usable yet"), "{page}");
    for (id, told) in [("edges", "choose 1 to 100000"), ("regions", "choose 1 to 100")] {
        let place = format!("id=\"{id}-problem\">");
        let shown = page.split(&place).nth(1).unwrap().split('<').next().unwrap();
        assert!(shown.contains(told), "{id}: {shown}");
    }
    assert!(page.contains("value=\"500\""), "what was written stays");
    let form = FILLED.replace("revocation=5s", "revocation=soon%21");
    let (status, _, answer) = get(&format!("/console/advice/answer?{form}")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.contains("data-question=\"revocation\" data-message=\"write a duration such as 10s\""));
    for path in ["report", "topology.toml"] {
        let (status, headers, _) = get(&format!("/console/advice/{path}?{form}")).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(
            headers["location"]
                .to_str()
                .unwrap()
                .starts_with("/console/advice?clients=mobile&")
        );
    }
}

#[tokio::test]
async fn what_is_written_is_text_and_never_markup() {
    let evil = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let form = FILLED
        .replace("edges=4", &format!("edges={evil}"))
        .replace("gateway=envoy", &format!("gateway={evil}"));
    for path in ["", "/answer"] {
        let (status, _, page) = get(&format!("/console/advice{path}?{form}&x={evil}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.contains("<script>"), "{page}");
    }
    let (_, headers, _) = get(&format!("/console/advice/report?{form}&next=//evil.example")).await;
    assert!(!headers["location"].to_str().unwrap().contains("evil.example"));
}

#[tokio::test]
async fn what_is_longer_than_any_answer_is_not_read() {
    let many = "clients=spa&".repeat(90);
    let long = format!("edges={}", "9".repeat(5000));
    for query in [many, long] {
        assert_eq!(
            get(&format!("/console/advice?{query}")).await.0,
            StatusCode::URI_TOO_LONG
        );
    }
}

#[tokio::test]
async fn no_more_are_answered_at_a_time_than_there_are_places() {
    let places = Arc::new(Semaphore::new(PLACES));
    let router = Router::new()
        .route(advice::PATH, axum::routing::get(advice::page))
        .with_state(Arc::clone(&places));
    let all = places
        .clone()
        .try_acquire_many_owned(PLACES.try_into().unwrap())
        .unwrap();
    let (status, headers, _) = get_at(router.clone(), advice::PATH).await;
    assert_eq!(
        (status, headers["retry-after"].to_str().unwrap()),
        (StatusCode::SERVICE_UNAVAILABLE, "1")
    );
    drop(all);
    assert_eq!(get_at(router, advice::PATH).await.0, StatusCode::OK);
    assert_eq!(places.available_permits(), PLACES, "a place is given back");
}

#[tokio::test]
async fn assets_are_kept_under_their_version_and_everything_else_is_the_admin_apis() {
    for asset in ["console.css", "console.js", "symbolon.svg"] {
        let (status, headers, _) = get(&format!("/console/assets/{asset}?v={}", VERSION.as_str())).await;
        assert_eq!(status, StatusCode::OK, "{asset}");
        assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
        let (_, headers, _) = get(&format!("/console/assets/{asset}?v=old")).await;
        assert_eq!(headers["cache-control"], "no-cache");
    }
    for path in ["/", "/admin/v1/sessions", "/console/else", "/metrics"] {
        assert_eq!(get(path).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    let post = Request::post("/console/advice").body(Body::empty()).unwrap();
    assert_eq!(
        console().oneshot(post).await.unwrap().status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

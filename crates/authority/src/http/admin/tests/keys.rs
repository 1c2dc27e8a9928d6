use super::*;
use crate::gateway::Gateway;
use domain::feed::{EdgeStart, Renewal};
use domain::key::KeyId;
use domain::revocation::Position;

async fn key(api: &Api, usage: &str, state: &str) -> String {
    let (_, page) = api.get("/admin/v1/keys").await;
    let keys = page["items"].as_array().unwrap();
    let found = keys.iter().find(|k| k["use"] == usage && k["state"] == state);
    text(&found.unwrap_or_else(|| panic!("no {state} {usage} in {page}"))["kid"])
}

/// Which live edges hold a key, and which do not.
async fn holders(api: &Api, kid: &str) -> (Value, Value) {
    let (_, page) = api.get("/admin/v1/keys").await;
    let keys = page["items"].as_array().unwrap();
    let key = keys.iter().find(|k| k["kid"] == kid).unwrap();
    (key["held_by"].clone(), key["missing_at"].clone())
}

async fn is_dead(api: &Api, kid: &str) -> bool {
    let head = api.authority.store.head().await.unwrap().seq;
    // Whatever `rs` a thief of the key writes: class `key` is absolute.
    let position = Position {
        key: Some(KeyId::new(kid).unwrap()),
        ..Position::of("client:x".parse().unwrap(), head)
    };
    api.authority.store.is_revoked(position).await.unwrap()
}

#[tokio::test]
async fn rotation_waits_for_the_reserve_and_says_why() {
    let api = Api::new().await;
    let (old, next) = (
        key(&api, "ES256", "signing").await,
        key(&api, "ES256", "announced").await,
    );
    let (status, problem) = api.post("/admin/v1/keys/rotate", json!({"use": "ES256"})).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "key_not_ready"));
    assert!(
        text(&problem["detail"]).contains("until 2026-01-01T00:10:00.000Z"),
        "{problem}"
    );
    api.clock.advance(Span::from_mins(10));
    let head = api.authority.store.head().await.unwrap();
    let gateway = Gateway::new(Arc::clone(&api.authority));
    let renewal = Renewal {
        edge: "edge-1".parse().unwrap(),
        incarnation: Id::from_bytes([1; 16]),
        t0: api.authority.clock.boot(),
        frontier: head.seq,
        digest: head.digest,
    };
    gateway.renew(&renewal).await.unwrap();
    let (status, problem) = api.post("/admin/v1/keys/rotate", json!({"use": "ES256"})).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "key_not_ready"));
    assert!(text(&problem["detail"]).contains("edge"), "{problem}");
    assert_eq!(holders(&api, &next).await, (json!([]), json!(["edge-1"])));
    let start = EdgeStart {
        edge: renewal.edge.clone(),
        incarnation: renewal.incarnation,
    };
    gateway
        .keys(&start, Some(api.authority.keys.version()), Span::from_ms(0))
        .await;
    assert_eq!(holders(&api, &next).await, (json!(["edge-1"]), json!([])));
    let (status, keys) = api.post("/admin/v1/keys/rotate", json!({"use": "ES256"})).await;
    assert_eq!(status, StatusCode::OK, "{keys}");
    let newest = key(&api, "ES256", "announced").await;
    assert_eq!(
        holders(&api, &newest).await,
        (json!([]), json!(["edge-1"])),
        "it was made after that"
    );
    assert_eq!(holders(&api, &next).await, (json!(["edge-1"]), json!([])));
    api.clock.advance(Span::from_secs(11));
    assert_eq!(
        holders(&api, &next).await,
        (json!([]), json!([])),
        "an edge without a lease waits for nothing"
    );
    assert_eq!(
        (
            key(&api, "ES256", "signing").await,
            key(&api, "ES256", "retiring").await
        ),
        (next.clone(), old.clone())
    );
    assert!(
        ![&old, &next].contains(&&key(&api, "ES256", "announced").await),
        "a new reserve"
    );
    assert!(!is_dead(&api, &old).await, "what it signed lives on");
}

#[tokio::test]
async fn a_use_without_a_key_is_refused() {
    let api = Api::new().await;
    for body in [
        json!({}),
        json!({"use": "RS256"}),
        json!({"use": "HS256"}),
        json!({"use": 1}),
        json!({"use": "none"}),
    ] {
        let (status, problem) = api.post("/admin/v1/keys/rotate", body).await;
        assert_eq!((status.as_u16(), paths(&problem)), (422, vec!["use".to_owned()]));
        assert!(problem["hint"].is_string());
    }
    let (_, problem) = api
        .post("/admin/v1/keys/rotate", json!({"use": "seal", "force": true}))
        .await;
    assert_eq!(paths(&problem), ["force"]);
}

#[tokio::test]
async fn an_emergency_retires_a_signing_key_at_once() {
    let api = Api::new().await;
    let (bad, reserve) = (
        key(&api, "ES256", "signing").await,
        key(&api, "ES256", "announced").await,
    );
    let body = json!({"reason": "leaked", "wait": "enforced"});
    let (status, receipt) = api.post(&format!("/admin/v1/keys/{bad}/retire"), body).await;
    assert_eq!(
        (status, &receipt["level"]),
        (StatusCode::OK, &json!("enforced")),
        "{receipt}"
    );
    assert!(is_dead(&api, &bad).await && !is_dead(&api, &reserve).await);
    assert_eq!(
        key(&api, "ES256", "signing").await,
        reserve,
        "the reserve took over without waiting"
    );
    key(&api, "ES256", "announced").await;
    assert!(
        !api.authority.keys.jwks().contains(&bad),
        "verifiers that hear of no revocation drop it too"
    );
    assert!(api.authority.keys.jwks().contains(&reserve));
    let again = api.post(&format!("/admin/v1/keys/{bad}/retire"), json!({})).await;
    assert_eq!(
        again.0,
        StatusCode::OK,
        "a retry after a lost answer is carried out: {}",
        again.1
    );
}

#[tokio::test]
async fn a_retirement_names_the_edges_that_do_not_hold_the_successor() {
    let api = Api::new().await;
    let gateway = Gateway::new(Arc::clone(&api.authority));
    let head = api.authority.store.head().await.unwrap();
    let start = EdgeStart {
        edge: "edge-1".parse().unwrap(),
        incarnation: Id::from_bytes([1; 16]),
    };
    let renewal = Renewal {
        edge: start.edge.clone(),
        incarnation: start.incarnation,
        t0: api.authority.clock.boot(),
        frontier: head.seq,
        digest: head.digest,
    };
    gateway.renew(&renewal).await.unwrap();
    for (confirms, expected) in [(false, json!(["edge-1"])), (true, json!([]))] {
        if confirms {
            let version = Some(api.authority.keys.version());
            gateway.keys(&start, version, Span::from_ms(0)).await;
        }
        let bad = key(&api, "ES256", "signing").await;
        let (_, receipt) = api.post(&format!("/admin/v1/keys/{bad}/retire"), json!({})).await;
        assert_eq!(receipt["without_successor"], expected, "{receipt}");
    }
    // A reserve that goes has no successor that would sign.
    let reserve = key(&api, "ES256", "announced").await;
    let path = format!("/admin/v1/keys/{reserve}/retire");
    assert_eq!(api.post(&path, json!({})).await.1["without_successor"], json!([]));
}

#[tokio::test]
async fn a_retirement_is_one_act_with_a_receipt() {
    let api = Api::new().await;
    let bad = key(&api, "ES256", "signing").await;
    let (_, before) = api.get("/admin/v1/events?limit=1000").await;
    let path = format!("/admin/v1/keys/{bad}/retire");
    let (_, receipt) = api.post(&path, json!({"reason": "leaked"})).await;
    let (_, after) = api.get("/admin/v1/events?limit=1000").await;
    let skip = before["items"].as_array().unwrap().len();
    let kinds: Vec<String> = after["items"].as_array().unwrap()[skip..]
        .iter()
        .map(|e| text(&e["kind"]))
        .collect();
    assert_eq!(
        kinds,
        [
            "key.promoted",
            "key.removed",
            "revocation.committed",
            "admin.acted",
            "key.announced"
        ]
    );
    let (_, page) = api.get("/admin/v1/revocations").await;
    let kept = &page["items"][0];
    assert_eq!(
        (&kept["number"], &kept["targets"], &kept["reason"]),
        (&receipt["number"], &json!(format!("key {bad}")), &json!("leaked"))
    );
}

#[tokio::test]
async fn a_bad_reserve_never_signs_for_long_and_sealing_keys_can_die_too() {
    let api = Api::new().await;
    for (usage, state) in [("ES256", "announced"), ("seal", "signing"), ("seal", "announced")] {
        let bad = key(&api, usage, state).await;
        let (status, receipt) = api
            .call("POST", &format!("/admin/v1/keys/{bad}/retire"), None)
            .await;
        assert_eq!(status, StatusCode::OK, "{receipt}");
        assert!(is_dead(&api, &bad).await);
        let (signing, announced) = (
            key(&api, usage, "signing").await,
            key(&api, usage, "announced").await,
        );
        assert!(
            signing != bad
                && announced != bad
                && !is_dead(&api, &signing).await
                && !is_dead(&api, &announced).await
        );
    }
    let (status, problem) = api.post("/admin/v1/keys/nothing/retire", json!({})).await;
    assert_eq!((status, code(&problem)), (StatusCode::NOT_FOUND, "not_found"));
    let (status, problem) = api
        .post("/admin/v1/keys/nothing/retire", json!({"wait": "soon", "x": 1}))
        .await;
    assert_eq!(
        (status.as_u16(), paths(&problem)),
        (422, vec!["wait".to_owned(), "x".to_owned()])
    );
}

#[tokio::test]
async fn a_key_in_use_is_not_revoked_without_a_successor() {
    let api = Api::new().await;
    for state in ["signing", "announced"] {
        let kid = key(&api, "ES256", state).await;
        let (status, problem) = api
            .post("/admin/v1/revocations", json!({"class": "key", "key": kid}))
            .await;
        assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "key_in_use"));
        assert!(!is_dead(&api, &kid).await);
    }
    let (status, _) = api
        .post("/admin/v1/revocations", json!({"class": "key", "key": "nothing"}))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

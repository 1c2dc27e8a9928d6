use super::*;
use crate::gateway::Gateway;
use domain::feed::{EdgeName, Renewal, RenewalReply};
use domain::id::Incarnation;

const PATH: &str = "/admin/v1/revocations";

/// An edge that follows the log of this authority, driven by hand.
struct Edge {
    gateway: Gateway,
    name: EdgeName,
    incarnation: Id<Incarnation>,
}

impl Edge {
    async fn join(api: &Api, name: &str) -> Self {
        let edge = Self {
            gateway: Gateway::new(Arc::clone(&api.authority)),
            name: name.parse().unwrap(),
            incarnation: Id::generate(api.authority.clock.now(), api.authority.entropy.as_ref()),
        };
        let head = edge.gateway.snapshot().await.unwrap().head;
        let renewal = Renewal {
            edge: edge.name.clone(),
            incarnation: edge.incarnation,
            t0: api.authority.clock.boot(),
            frontier: head.seq,
            digest: head.digest,
        };
        assert!(matches!(
            edge.gateway.renew(&renewal).await,
            Ok(RenewalReply::Granted(_))
        ));
        edge
    }
}

async fn revoke_all(api: &Arc<Api>, wait: &'static str) -> tokio::task::JoinHandle<(StatusCode, Value)> {
    let before = api.authority.store.head().await.unwrap().seq;
    let asking = Arc::clone(api);
    let task = tokio::spawn(async move { asking.post(PATH, json!({"class": "all", "wait": wait})).await });
    let gateway = Gateway::new(Arc::clone(&api.authority));
    let entries = gateway.entries_after(before, Span::from_secs(10)).await.unwrap();
    assert_eq!(entries.len(), 1, "the entry reaches those who follow");
    task
}

#[tokio::test]
async fn a_durable_revocation_returns_once_it_is_committed() {
    let api = Api::new().await;
    let ada = api.user("ada").await;
    let session = api.session(&ada).await;
    let body = json!({"class": "session", "key": session.id, "reason": "laptop stolen"});
    let (status, receipt) = api.post(PATH, body).await;
    let head = api.authority.store.head().await.unwrap().seq.as_u64();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        receipt,
        json!({"seq": head, "level": "durable", "repeated": false, "enforced_in_ms": null, "acknowledged": [],
            "expired": [], "exempt": []})
    );
    assert!(api.is_revoked(&session).await);
    let (_, events) = api.get("/admin/v1/events?limit=1000").await;
    let [.., last, act] = events["items"].as_array().unwrap().as_slice() else {
        panic!("{events}");
    };
    assert_eq!(
        (&act["kind"], &act["body"]["reason"]),
        (&json!("admin.acted"), &json!("laptop stolen"))
    );
    assert_eq!(
        (&last["kind"], &last["body"]["cause"], &last["body"]["actor"]),
        (
            &json!("revocation.committed"),
            &json!("laptop stolen"),
            &json!("admin:test")
        )
    );
    assert!(
        !last.to_string().contains(&session.id.to_string()),
        "ids are hashed"
    );
}

#[tokio::test]
async fn the_same_request_is_carried_out_once() {
    let api = Api::new().await;
    let ask = async |class: &str, key: Value, idempotency_key: &str| {
        api.post(
            PATH,
            json!({"class": class, "key": key, "idempotency_key": idempotency_key}),
        )
        .await
    };
    let (_, first) = ask("client", json!("web"), "k1").await;
    let (status, second) = ask("client", json!("web"), "k1").await;
    assert_eq!(
        (status, &second["seq"], &second["repeated"]),
        (StatusCode::OK, &first["seq"], &json!(true))
    );
    let (status, problem) = ask("client", json!("api"), "k1").await;
    assert_eq!(
        (status, code(&problem)),
        (StatusCode::CONFLICT, "idempotency_conflict")
    );
    let (_, third) = ask("client", json!("web"), "k2").await;
    assert!(third["seq"].as_u64() > first["seq"].as_u64());
}

#[tokio::test]
async fn enforced_waits_for_the_word_of_every_live_edge() {
    let api = Arc::new(Api::new().await);
    let (one, two) = (Edge::join(&api, "edge-1").await, Edge::join(&api, "edge-2").await);
    let task = revoke_all(&api, "enforced").await;
    let head = api.authority.store.head().await.unwrap().seq;
    one.gateway.acknowledge(&one.name, one.incarnation, head);
    // A word under a name, but of another start of that edge, is no word of its.
    two.gateway.acknowledge(&two.name, Id::from_bytes([9; 16]), head);
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!task.is_finished(), "one edge has not applied it");
    api.clock.advance(Span::from_ms(40));
    two.gateway.acknowledge(&two.name, two.incarnation, head);
    let (status, receipt) = task.await.unwrap();
    assert_eq!((status, &receipt["level"]), (StatusCode::OK, &json!("enforced")));
    assert_eq!(
        (&receipt["acknowledged"], &receipt["expired"]),
        (&json!(["edge-1", "edge-2"]), &json!([]))
    );
    assert_eq!(receipt["enforced_in_ms"], 40);
}

#[tokio::test]
async fn enforced_names_the_edge_whose_lease_ran_out() {
    let api = Arc::new(Api::new().await);
    let _silent = Edge::join(&api, "edge-1").await;
    let task = revoke_all(&api, "enforced").await;
    api.clock.advance(Span::from_secs(9));
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!task.is_finished(), "its lease runs on");
    api.clock.advance(Span::from_secs(2));
    let (_, receipt) = task.await.unwrap();
    assert_eq!(
        (&receipt["acknowledged"], &receipt["expired"]),
        (&json!([]), &json!(["edge-1"]))
    );
    assert_eq!(receipt["enforced_in_ms"], 11_000);
}

#[tokio::test]
async fn wait_out_waits_for_a_whole_lease_whoever_is_known() {
    let api = Arc::new(Api::new().await);
    let task = revoke_all(&api, "wait_out").await;
    // The wait is measured from a reading that the request takes after its append: let it get there.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    api.clock.advance(Span::from_secs(10));
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!task.is_finished(), "the margin belongs to it");
    api.clock.advance(Span::from_secs(1));
    let (_, receipt) = task.await.unwrap();
    assert_eq!(
        (&receipt["level"], &receipt["enforced_in_ms"]),
        (&json!("wait_out"), &json!(11_000))
    );
}

#[tokio::test]
async fn every_problem_of_a_revocation_is_told_at_once() {
    let api = Api::new().await;
    let before = api.authority.store.head().await.unwrap().seq;
    for (body, expected) in [
        (json!({}), vec!["class"]),
        (json!({"class": "everything"}), vec!["class"]),
        (json!({"class": "all", "key": "x"}), vec!["key"]),
        (json!({"class": "session"}), vec!["key"]),
        (
            json!({"class": "session", "key": "grt_00000000000000000000000000"}),
            vec!["key"],
        ),
        (json!({"class": "subject", "key": "ada"}), vec!["key"]),
        (json!({"class": "all", "wait": "soon"}), vec!["wait"]),
        (json!({"class": "all", "reason": "x".repeat(201)}), vec!["reason"]),
        (
            json!({"class": "all", "idempotency_key": "x".repeat(201)}),
            vec!["idempotency_key"],
        ),
        (
            json!({"class": "x", "wait": "x", "reason": 1, "because": 1}),
            vec!["class", "wait", "reason", "because"],
        ),
    ] {
        let (status, problem) = api.post(PATH, body.clone()).await;
        assert_eq!(
            (status.as_u16(), paths(&problem)),
            (422, expected.iter().map(|p| (*p).to_owned()).collect()),
            "{body}"
        );
    }
    assert_eq!(
        api.authority.store.head().await.unwrap().seq,
        before,
        "nothing was revoked"
    );
}

#[tokio::test]
async fn edges_are_listed_as_they_stand() {
    let api = Api::new().await;
    let edge = Edge::join(&api, "edge-1").await;
    let joined = api.authority.store.head().await.unwrap().seq.as_u64();
    api.post(PATH, json!({"class": "client", "key": "web"})).await;
    api.clock.advance(Span::from_secs(4));
    let (_, page) = api.get("/admin/v1/edges").await;
    assert_eq!(
        page["items"],
        json!([{"name": "edge-1", "frontier": joined, "lag": 1, "lease_left_ms": 6013, "since_grant_ms": 4000,
            "keys_version": null, "keys_confirmed": false}])
    );
    edge.gateway
        .keys(&edge.name, Some(api.authority.keys.version()), Span::from_ms(0))
        .await;
    let (_, page) = api.get("/admin/v1/edges").await;
    assert_eq!(page["items"][0]["keys_confirmed"], true);
}

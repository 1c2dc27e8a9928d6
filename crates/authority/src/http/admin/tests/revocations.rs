use super::*;
use crate::gateway::Gateway;
use domain::feed::{EdgeName, EdgeStart, Renewal, RenewalReply};
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
        edge.renew(api).await;
        edge
    }

    /// A lease at the head.
    async fn renew(&self, api: &Api) {
        let head = self.gateway.snapshot().await.unwrap().head;
        let renewal = Renewal {
            edge: self.name.clone(),
            incarnation: self.incarnation,
            t0: api.authority.clock.boot(),
            frontier: head.seq,
            digest: head.digest,
        };
        assert!(matches!(
            self.gateway.renew(&renewal).await,
            Ok(RenewalReply::Granted(_))
        ));
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
        json!({"number": 1, "seq": head, "level": "durable", "repeated": false, "enforced_in_ms": null, "acknowledged": [],
            "expired": [], "exempt": [], "unknown_exempt_until": null})
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
        (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_conflict")
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
    one.gateway
        .acknowledge(&one.name, one.incarnation, head)
        .await
        .unwrap();
    // A word under a name, but of another start of that edge, is no word of its.
    two.gateway
        .acknowledge(&two.name, Id::from_bytes([9; 16]), head)
        .await
        .unwrap();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!task.is_finished(), "one edge has not applied it");
    api.clock.advance(Span::from_ms(40));
    two.gateway
        .acknowledge(&two.name, two.incarnation, head)
        .await
        .unwrap();
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
    let start = EdgeStart {
        edge: edge.name.clone(),
        incarnation: edge.incarnation,
    };
    edge.gateway
        .keys(&start, Some(api.authority.keys.version()), Span::from_ms(0))
        .await;
    let (_, page) = api.get("/admin/v1/edges").await;
    assert_eq!(page["items"][0]["keys_confirmed"], true);
}

/// One call with this `Idempotency-Key`, as often as it is given.
async fn with_header(api: &Api, keys: &[&str], body: Value) -> (StatusCode, Value) {
    let mut request = Request::builder().method("POST").uri(PATH);
    request = request.header(AUTHORIZATION, format!("Bearer {}", api.token));
    request = request.header(CONTENT_TYPE, "application/json");
    for key in keys {
        request = request.header("idempotency-key", *key);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = testing::send(&api.router, request).await;
    let status = response.status();
    (
        status,
        serde_json::from_str(&testing::text(response).await).unwrap(),
    )
}

#[tokio::test]
async fn the_key_may_be_a_header_in_quotes_or_bare() {
    let api = Api::new().await;
    let body = || json!({"class": "client", "key": "web", "reason": "leaked"});
    let (_, first) = with_header(&api, &["\"k 1\""], body()).await;
    let mut member = body();
    member["idempotency_key"] = json!("k 1");
    for (status, again) in [
        with_header(&api, &["k 1"], body()).await,
        with_header(&api, &[" \"k 1\" "], body()).await,
        with_header(&api, &[], member.clone()).await,
    ] {
        assert_eq!(status, StatusCode::OK, "{again}");
        let mut expected = first.clone();
        expected["repeated"] = json!(true);
        assert_eq!(again, expected, "the first receipt");
    }
    let mut because = body();
    because["reason"] = json!("lost");
    let (status, problem) = with_header(&api, &["k 1"], because).await;
    assert_eq!((status.as_u16(), code(&problem)), (422, "idempotency_conflict"));
    let long = "x".repeat(201);
    for keys in [
        &["a", "a"][..],
        &[""],
        &["\"\""],
        &["\"a"],
        &["a\"b"],
        &["a\\b"],
        &["\u{e9}"],
        &[long.as_str()],
    ] {
        let (status, problem) = with_header(&api, keys, body()).await;
        assert_eq!(
            (status.as_u16(), paths(&problem)),
            (422, vec!["Idempotency-Key".to_owned()]),
            "{keys:?}"
        );
    }
    let (status, problem) = with_header(&api, &["k 2"], member).await;
    assert_eq!(
        (status.as_u16(), paths(&problem)),
        (422, vec!["idempotency_key".to_owned()])
    );
}

#[tokio::test]
async fn racing_twins_get_one_entry_and_one_receipt() {
    let api = Arc::new(Api::new().await);
    let edge = Edge::join(&api, "edge-1").await;
    for round in 0..50 {
        let before = api.authority.store.head().await.unwrap().seq.as_u64();
        let body = json!({"class": "client", "key": "web", "wait": "enforced"});
        let twins: Vec<_> = (0..8)
            .map(|_| {
                let (api, body, key) = (Arc::clone(&api), body.clone(), format!("k{round}"));
                tokio::spawn(async move { with_header(&api, &[&key], body).await })
            })
            .collect();
        let acknowledging = async {
            loop {
                let head = api.authority.store.head().await.unwrap().seq;
                edge.gateway
                    .acknowledge(&edge.name, edge.incarnation, head)
                    .await
                    .unwrap();
                tokio::task::yield_now().await;
            }
        };
        let (mut firsts, mut told) = (0, Vec::new());
        tokio::select! {
            () = acknowledging => {}
            () = async {
                for twin in twins {
                    let (status, receipt) = twin.await.unwrap();
                    assert_eq!(status, StatusCode::OK);
                    firsts += usize::from(receipt["repeated"] == json!(false));
                    told.push((receipt["seq"].clone(), receipt["number"].clone(), receipt["acknowledged"].clone()));
                }
            } => {}
        }
        let after = api.authority.store.head().await.unwrap().seq.as_u64();
        let one = (json!(before + 1), json!(round + 1), json!(["edge-1"]));
        assert_eq!((firsts, after), (1, before + 1));
        assert_eq!(told, vec![one; 8]);
    }
}

/// A revocation of each class, with what is listed of it.
async fn one_of_each_class(api: &Api) -> Vec<Value> {
    let user = api.user("ada").await;
    let session = api.session(&user).await.id;
    let (_, keys) = api.get("/admin/v1/keys").await;
    let signing = keys["items"].as_array().unwrap().iter();
    let signing = signing
        .filter(|k| k["state"] == "signing")
        .map(|k| text(&k["kid"]))
        .next()
        .unwrap();
    let path = format!("/admin/v1/keys/{signing}/retire");
    assert_eq!(api.post(&path, json!({})).await.0, StatusCode::OK);
    vec![
        json!({"class": "all"}),
        json!({"class": "tenant", "key": "acme"}),
        json!({"class": "client", "key": "web"}),
        json!({"class": "subject", "key": user}),
        json!({"class": "device", "key": "dev_00000000000000000000000000"}),
        json!({"class": "grant", "key": "grt_00000000000000000000000000"}),
        json!({"class": "session", "key": session}),
        json!({"class": "jti", "key": "tok_00000000000000000000000000"}),
        json!({"class": "session_secret", "key": format!("{session}@2")}),
        json!({"class": "key", "key": signing}),
    ]
}

/// The newest receipt of the list is the one that was answered.
async fn listed_as_told(api: &Api, class: &Value, receipt: &Value) {
    let (_, page) = api.get(&format!("{PATH}?limit=1")).await;
    let kept = &page["items"][0];
    let told = receipt.as_object().unwrap();
    for (name, value) in told.iter().filter(|(name, _)| *name != "repeated") {
        assert_eq!(&kept[name], value, "{class} {name}");
    }
    assert_eq!(
        (&kept["reached"], &kept["actor"]),
        (&json!(true), &json!("admin:test"))
    );
    assert!(
        text(&kept["targets"]).starts_with(&text(&class["class"])),
        "{kept}"
    );
}

#[tokio::test]
async fn every_class_is_revoked_at_every_level() {
    let api = Arc::new(Api::new().await);
    let classes = one_of_each_class(&api).await;
    let all: Vec<String> = domain::revocation::Class::ALL
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(classes.iter().map(|c| text(&c["class"])).collect::<Vec<_>>(), all);
    let edge = Edge::join(&api, "edge-1").await;
    for class in classes {
        for wait in ["durable", "enforced", "wait_out"] {
            edge.renew(&api).await;
            let before = api.authority.store.head().await.unwrap().seq;
            let mut body = class.clone();
            body["wait"] = json!(wait);
            let asking = Arc::clone(&api);
            let task = tokio::spawn(async move { asking.post(PATH, body).await });
            let gateway = Gateway::new(Arc::clone(&api.authority));
            let entries = gateway.entries_after(before, Span::from_secs(10)).await.unwrap();
            let shown = (
                entries.len(),
                entries[0].target.class().to_string(),
                entries[0].target.key(),
            );
            assert_eq!(
                shown,
                (1, text(&class["class"]), class["key"].as_str().map(str::to_owned))
            );
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            assert_eq!(task.is_finished(), wait == "durable", "{class} {wait}");
            edge.gateway
                .acknowledge(&edge.name, edge.incarnation, entries[0].seq)
                .await
                .unwrap();
            if wait == "wait_out" {
                api.clock.advance(Span::from_secs(11));
            }
            let (status, receipt) = task.await.unwrap();
            let told = if wait == "durable" {
                json!([])
            } else {
                json!(["edge-1"])
            };
            assert_eq!(
                (
                    status,
                    &receipt["level"],
                    &receipt["acknowledged"],
                    &receipt["seq"]
                ),
                (StatusCode::OK, &json!(wait), &told, &json!(entries[0].seq)),
                "{class}"
            );
            listed_as_told(&api, &class, &receipt).await;
        }
    }
}

#[tokio::test]
async fn receipts_are_listed_newest_first_in_pages() {
    let api = Arc::new(Api::new().await);
    let _silent = Edge::join(&api, "edge-1").await;
    for n in 0..5 {
        api.post(
            PATH,
            json!({"class": "client", "key": format!("web-{n}"), "reason": format!("r{n}")}),
        )
        .await;
    }
    let task = revoke_all(&api, "enforced").await;
    let (_, page) = api.get(&format!("{PATH}?limit=4")).await;
    let shown = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| text(&r["targets"]))
            .collect()
    };
    assert_eq!(
        shown(&page),
        ["all", "client web-4", "client web-3", "client web-2"]
    );
    assert_eq!(page["items"][0]["reached"], json!(false), "it is waited for");
    let (_, rest) = api
        .get(&format!("{PATH}?limit=4&after={}", text(&page["next"])))
        .await;
    assert_eq!(shown(&rest), ["client web-1", "client web-0"]);
    assert_eq!(
        (&rest["next"], &rest["items"][1]["reason"]),
        (&Value::Null, &json!("r0"))
    );
    api.clock.advance(Span::from_secs(11));
    task.await.unwrap();
    let (_, page) = api.get(&format!("{PATH}?limit=1")).await;
    assert_eq!(
        (&page["items"][0]["reached"], &page["items"][0]["expired"]),
        (&json!(true), &json!(["edge-1"]))
    );
    let (status, problem) = api.get(&format!("{PATH}?limit=0&after=x&of=y")).await;
    assert_eq!(
        (status.as_u16(), paths(&problem)),
        (422, ["after", "limit", "of"].map(str::to_owned).to_vec())
    );
}

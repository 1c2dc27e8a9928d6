//! Calls of the admin API: recorded once, together with what they changed, and not without it.

use domain::Span;
use domain::key::{Algorithm, KeyId, KeyRow, KeyState, KeyUse};
use domain::revocation::Target;
use domain::user::User;

use super::Bench;
use super::bench::keyed;
use crate::intent::{Actor, AddUser, ChangePassword, EndSession, KeyStep, Revoke, SetupCode};

fn actor(action: &'static str) -> Actor {
    Actor::new("admin:ops")
        .acting(action, "req_1")
        .because("ticket 7")
}

/// Bodies of the `admin.acted` events after the first `skip` events.
async fn acts(b: &Bench, skip: usize) -> Vec<serde_json::Value> {
    let events = b.events().await.into_iter().skip(skip);
    let acts = events.filter(|e| e.kind == "admin.acted");
    acts.map(|e| serde_json::from_str(&e.body).unwrap()).collect()
}

async fn one_act(b: &Bench, skip: usize, action: &str, outcome: &str) -> serde_json::Value {
    let mut found = acts(b, skip).await;
    assert_eq!(found.len(), 1, "{action}: {found:?}");
    let act = found.remove(0);
    assert_eq!(act["action"], action);
    assert_eq!(
        (&act["actor"], &act["outcome"]),
        (&"admin:ops".into(), &outcome.into()),
        "{action}"
    );
    assert_eq!(
        (&act["reason"], &act["request"]),
        (&"ticket 7".into(), &"req_1".into())
    );
    act
}

pub async fn every_change_by_an_administrator_is_recorded_with_it(b: &Bench) {
    let user = b.user_row("ada");
    let intent = AddUser {
        user: user.clone(),
        actor: actor("users.add"),
    };
    b.store.add_user(intent).await.unwrap();
    let act = one_act(b, 0, "users.add", "done").await;
    assert_eq!(
        act["target"],
        format!("user:{}", user.id.to_string().trim_start_matches("user:"))
    );
    for (action, outcome) in [("done", "done"), ("again", "unchanged")] {
        let skip = b.events().await.len();
        b.store
            .disable_user(user.id, actor("users.disable"))
            .await
            .unwrap();
        one_act(b, skip, "users.disable", outcome).await;
        assert!(action == "done" || b.kinds(skip).await == ["admin.acted"]);
    }
    for outcome in ["done", "unchanged"] {
        let skip = b.events().await.len();
        b.store.enable_user(user.id, actor("users.enable")).await.unwrap();
        one_act(b, skip, "users.enable", outcome).await;
    }
    sessions_and_passwords_are_recorded(b, &user).await;
}

async fn sessions_and_passwords_are_recorded(b: &Bench, user: &User) {
    let session = b.signed_in(user).await;
    let skip = b.events().await.len();
    let intent = EndSession {
        session: session.id,
        offline_too: true,
        cause: "admin",
        actor: actor("sessions.end"),
    };
    b.store.end_session(intent.clone()).await.unwrap();
    let act = one_act(b, skip, "sessions.end", "done").await;
    assert!(
        !act.to_string().contains(&session.id.to_string()),
        "ids are hashed"
    );
    let skip = b.events().await.len();
    b.store.end_session(intent).await.unwrap();
    assert!(acts(b, skip).await.is_empty(), "nothing was there to end");
    let skip = b.events().await.len();
    let intent = ChangePassword {
        user: user.id,
        password: "$argon2id$new".to_owned(),
        credential_version: 1,
        must_change: false,
        keep: None,
        actor: actor("users.set_password"),
    };
    b.store.change_password(intent).await.unwrap();
    one_act(b, skip, "users.set_password", "done").await;
}

pub async fn changes_of_clients_keys_and_codes_are_recorded_too(b: &Bench) {
    let row = b.client_row("web");
    b.store
        .add_client(row.clone(), actor("clients.add"))
        .await
        .unwrap();
    one_act(b, 0, "clients.add", "done").await;
    let skip = b.events().await.len();
    b.store
        .add_client(row.clone(), actor("clients.add"))
        .await
        .unwrap();
    assert_eq!(b.events().await.len(), skip, "the id is taken");
    b.store
        .remove_client(&row.id, actor("clients.remove"))
        .await
        .unwrap();
    one_act(b, skip, "clients.remove", "done").await;
    let skip = b.events().await.len();
    let code = SetupCode {
        digest: b.digest(),
        expires_at: b.now() + Span::from_mins(15),
    };
    b.store
        .put_setup_code(code, actor("system.setup_code"))
        .await
        .unwrap();
    one_act(b, skip, "system.setup_code", "done").await;
    let key = KeyRow {
        id: KeyId::new("k1").unwrap(),
        usage: KeyUse::Signing(Algorithm::Es256),
        state: KeyState::Announced,
        sealed: vec![1],
        public: None,
        announced_at: b.now(),
        since: b.now(),
    };
    let skip = b.events().await.len();
    for _ in 0..2 {
        let step = KeyStep::Announce(key.clone());
        b.store.change_key(step, actor("keys.rotate")).await.unwrap();
    }
    one_act(b, skip, "keys.rotate", "done").await;
}

pub async fn a_repeated_revocation_is_recorded_as_such(b: &Bench) {
    let intent = Revoke {
        actor: actor("revocations.revoke"),
        ..keyed(
            vec![Target::Client("web".parse().unwrap()), Target::All],
            "ticket 7",
        )
    };
    b.store.revoke(intent.clone()).await.unwrap();
    let act = one_act(b, 0, "revocations.revoke", "done").await;
    assert_eq!(act["target"], "client web and 1 more");
    let skip = b.events().await.len();
    b.store.revoke(intent.clone()).await.unwrap();
    one_act(b, skip, "revocations.revoke", "repeated").await;
    let skip = b.events().await.len();
    let conflict = Revoke {
        targets: vec![Target::All],
        ..intent
    };
    b.store.revoke(conflict).await.unwrap();
    assert_eq!(b.events().await.len(), skip);
}

pub async fn an_act_is_recorded_once_however_many_intents_follow(b: &Bench) {
    let mut actor = actor("keys.retire");
    b.store
        .add_client(b.client_row("a"), actor.clone())
        .await
        .unwrap();
    actor.has_acted();
    b.store.add_client(b.client_row("b"), actor).await.unwrap();
    assert_eq!(acts(b, 0).await.len(), 1);
}

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use domain::client::{BackchannelLogout, RegisteredSecret};
use domain::revocation::Target;
use domain::{Clock, Span};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use store::intent::{Actor, Revoke};

use super::*;
use crate::Level;
use crate::flows::oauth::fixture::{Stage, secret, sign_in};
use crate::testing::config;

/// A relying party: hears or does not, and remembers what it was told.
#[derive(Debug, Default)]
struct Party {
    deaf: AtomicBool,
    /// Takes what it is sent, and does not answer, if this is in the address.
    silent: Mutex<Option<&'static str>>,
    begun: Mutex<Vec<String>>,
    told: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl LogoutCarrier for Party {
    async fn carry(&self, uri: &str, form: String) -> Result<(), Unheard> {
        self.begun.lock().unwrap().push(uri.to_owned());
        let silent = *self.silent.lock().unwrap();
        if silent.is_some_and(|part| uri.contains(part)) {
            std::future::pending::<()>().await;
        }
        self.told.lock().unwrap().push((uri.to_owned(), form));
        match self.deaf.load(Ordering::SeqCst) {
            true => Err(Unheard::Refused),
            false => Ok(()),
        }
    }
}

impl Party {
    fn tokens(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        told.iter()
            .map(|(_, form)| form.strip_prefix("logout_token=").unwrap().to_owned())
            .collect()
    }
}

async fn stage() -> (Stage, Arc<Party>, Arc<dyn LogoutCarrier>) {
    let stage = Stage::with(config(), |client| {
        let uri = format!("https://{}.example/logout", client.id);
        client.logout = (client.id.as_str() != "ci").then_some(BackchannelLogout {
            uri,
            session_required: true,
        });
    })
    .await;
    let party = Arc::new(Party::default());
    let carrier: Arc<dyn LogoutCarrier> = party.clone();
    (stage, party, carrier)
}

async fn end(stage: &Stage, target: Target) {
    let intent = Revoke {
        targets: vec![target],
        reason: String::new(),
        actor: Actor::new("test"),
        receipt: None,
    };
    stage
        .authority
        .revoke(intent, Level::Durable)
        .await
        .unwrap()
        .unwrap();
}

/// The claims as an implementation that is not ours verifies them.
fn verified(stage: &Stage, token: &str, audience: &str) -> Value {
    let header = decode_header(token.as_bytes()).unwrap();
    assert_eq!(
        (header.typ.as_deref(), header.alg),
        (Some("logout+jwt"), Algorithm::ES256)
    );
    let set: JwkSet = serde_json::from_str(&stage.authority.keys.jwks()).unwrap();
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[stage.authority.issuer()]);
    validation.validate_exp = false;
    decode::<Value>(token.as_bytes(), &key, &validation)
        .unwrap()
        .claims
}

#[tokio::test]
async fn a_client_is_told_once_with_a_token_of_the_standards_form() {
    let (stage, party, carrier) = stage().await;
    stage.tokens("web", "&scope=openid").await;
    stage.tokens("spa", "").await;
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 0);
    end(&stage, Target::Session(stage.session.id)).await;
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 2);
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 0);
    let told = party.told.lock().unwrap().clone();
    let mut uris: Vec<&str> = told.iter().map(|(uri, _)| uri.as_str()).collect();
    uris.sort_unstable();
    assert_eq!(uris, ["https://spa.example/logout", "https://web.example/logout"]);
    let form = &told.iter().find(|(uri, _)| uri.contains("web")).unwrap().1;
    let claims = verified(&stage, form.strip_prefix("logout_token=").unwrap(), "web");
    let now = stage.clock.now().as_secs();
    assert_eq!(
        claims["events"],
        json!({"http://schemas.openid.net/event/backchannel-logout": {}})
    );
    assert_eq!(claims["sid"], json!(stage.session.id));
    assert_eq!(claims["sub"], json!(stage.session.subject));
    assert_eq!(
        (claims["iat"].as_u64(), claims["exp"].as_u64()),
        (Some(now), Some(now + 120))
    );
    assert!(claims.get("nonce").is_none());
}

#[tokio::test]
async fn what_was_not_heard_is_told_again_later_under_the_same_jti() {
    let (stage, party, carrier) = stage().await;
    stage.tokens("web", "").await;
    party.deaf.store(true, Ordering::SeqCst);
    end(&stage, Target::Session(stage.session.id)).await;
    let tell = async || stage.authority.tell_of_logouts(&carrier).await.unwrap();
    assert_eq!((tell().await, tell().await), (1, 0), "not again at once");
    stage.clock.advance(Span::from_ms(2_499));
    assert_eq!(tell().await, 0, "half of the first pause at least");
    stage.clock.advance(Span::from_ms(2_501));
    assert_eq!(tell().await, 1);
    let view = view(&stage.authority, 1).await.unwrap();
    assert_eq!(
        (
            view.failing.len(),
            view.failing[0].tries,
            view.failing[0].client.as_str()
        ),
        (1, 2, "web")
    );
    party.deaf.store(false, Ordering::SeqCst);
    stage.clock.advance(Span::from_secs(10));
    assert_eq!((tell().await, tell().await), (1, 0), "heard, and gone");
    let jti: Vec<Value> = party
        .tokens()
        .iter()
        .map(|t| verified(&stage, t, "web")["jti"].clone())
        .collect();
    assert_eq!(jti.len(), 3);
    assert!(jti[0] == jti[1] && jti[1] == jti[2], "{jti:?}");
}

#[tokio::test]
async fn a_client_that_does_not_hear_holds_up_nobody_else() {
    let (stage, party, carrier) = stage().await;
    let mut fresh = stage
        .authority
        .store
        .client(&"other".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    fresh.id = "fresh".parse().unwrap();
    fresh.secrets = vec![RegisteredSecret::new(
        domain::Id::from_bytes([2; 16]),
        secret("fresh").digest(),
        fresh.created_at,
    )];
    fresh.logout.as_mut().unwrap().uri = "https://fresh.example/logout".to_owned();
    assert!(
        stage
            .authority
            .store
            .add_client(fresh, Actor::new("test"))
            .await
            .unwrap()
    );
    for client in ["web", "spa", "other"] {
        stage.tokens(client, "").await;
    }
    end(&stage, Target::Session(stage.session.id)).await;
    party.deaf.store(true, Ordering::SeqCst);
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 3);
    // A new end of a client that did not hear waits with the old one; others are told at once.
    party.deaf.store(false, Ordering::SeqCst);
    let session = sign_in(&stage.authority, stage.session.subject.clone()).await;
    let stage = Stage { session, ..stage };
    for client in ["web", "fresh"] {
        stage.tokens(client, "").await;
    }
    end(&stage, Target::Session(stage.session.id)).await;
    party.told.lock().unwrap().clear();
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 1);
    assert!(party.told.lock().unwrap()[0].0.contains("fresh"));
}

#[tokio::test]
async fn a_client_that_never_answers_holds_up_itself_alone() {
    let (stage, party, carrier) = stage().await;
    *party.silent.lock().unwrap() = Some("web.example");
    for client in ["web", "spa"] {
        stage.tokens(client, "").await;
    }
    end(&stage, Target::Session(stage.session.id)).await;
    let mut lanes = worker::Lanes::default();
    lanes.start(&stage.authority, &carrier).await.unwrap();
    assert!(matches!(lanes.next().await, Some(Ok(1))));
    // It is still busy with the first when the second session ends; the other is told of that one too.
    let session = sign_in(&stage.authority, stage.session.subject.clone()).await;
    let stage = Stage { session, ..stage };
    for client in ["web", "spa"] {
        stage.tokens(client, "").await;
    }
    end(&stage, Target::Session(stage.session.id)).await;
    lanes.start(&stage.authority, &carrier).await.unwrap();
    assert!(matches!(lanes.next().await, Some(Ok(1))));
    let told = party.told.lock().unwrap().clone();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|(uri, _)| uri.contains("spa.example")));
    let begun = party.begun.lock().unwrap();
    assert_eq!(begun.iter().filter(|uri| uri.contains("web.example")).count(), 1);
}

#[tokio::test]
async fn the_end_of_everybodys_sessions_is_told() {
    let (stage, party, carrier) = stage().await;
    stage.tokens("web", "").await;
    end(&stage, Target::All).await;
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 1);
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 0);
    assert_eq!(
        verified(&stage, &party.tokens()[0], "web")["sid"],
        json!(stage.session.id)
    );
}

#[tokio::test]
async fn what_nobody_heard_for_a_day_goes_with_the_first_that_is_tried() {
    let (stage, party, carrier) = stage().await;
    stage.tokens("web", "").await;
    end(&stage, Target::Session(stage.session.id)).await;
    let session = sign_in(&stage.authority, stage.session.subject.clone()).await;
    let stage = Stage { session, ..stage };
    stage.tokens("web", "").await;
    end(&stage, Target::Session(stage.session.id)).await;
    party.deaf.store(true, Ordering::SeqCst);
    stage.clock.advance(Span::from_days(1));
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 1);
    let web = "web".parse().unwrap();
    assert_eq!(stage.authority.store.due_notices(&web, 9).await.unwrap(), []);
    assert_eq!(stage.authority.store.failing_notices(9).await.unwrap(), []);
}

#[tokio::test]
async fn after_a_day_it_is_given_up_with_an_event() {
    let (stage, party, carrier) = stage().await;
    stage.tokens("web", "").await;
    party.deaf.store(true, Ordering::SeqCst);
    end(&stage, Target::Session(stage.session.id)).await;
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 1);
    stage.clock.advance(Span::from_days(1));
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 1);
    stage.clock.advance(Span::from_days(1));
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 0);
    let events = stage.authority.store.events_after(0, 1000).await.unwrap();
    let untold: Vec<_> = events
        .iter()
        .filter(|event| event.kind == "logout.untold")
        .collect();
    assert_eq!(untold.len(), 1);
    assert!(untold[0].body.contains("given_up"), "{}", untold[0].body);
}

#[tokio::test]
async fn a_client_that_is_gone_is_not_told() {
    let (stage, party, carrier) = stage().await;
    stage.tokens("web", "").await;
    end(&stage, Target::Session(stage.session.id)).await;
    let web = "web".parse().unwrap();
    stage
        .authority
        .store
        .remove_client(&web, Actor::new("test"))
        .await
        .unwrap();
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 1);
    assert_eq!(stage.authority.tell_of_logouts(&carrier).await.unwrap(), 0);
    assert!(party.tokens().is_empty());
}

/// A logout token is for one client, and is neither an id token nor an access token.
#[tokio::test]
async fn a_logout_token_passes_for_no_other() {
    let (stage, party, carrier) = stage().await;
    stage.tokens("web", "").await;
    end(&stage, Target::Session(stage.session.id)).await;
    stage.authority.tell_of_logouts(&carrier).await.unwrap();
    let token = party.tokens().remove(0);
    assert!(stage.verify::<Value>(&token, "logout+jwt", "web").is_ok());
    for (kind, audience) in [("JWT", "web"), ("at+jwt", "web"), ("logout+jwt", "spa")] {
        assert!(
            stage.verify::<Value>(&token, kind, audience).is_err(),
            "{kind} {audience}"
        );
    }
}

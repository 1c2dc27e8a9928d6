use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::revocation::Target;
use domain::session::Origin;
use domain::{Clock, Span};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use store::intent::{Actor, Revoke};

use super::bits::Bits;
use super::*;
use crate::Level;
use crate::flows::oauth::fixture::{AUDIENCE, Stage, credentials, redeem};
use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::Failure;
use crate::flows::oauth::token::token;
use crate::http::public;
use crate::testing::{config, send, text};

async fn stage(size: usize) -> Stage {
    let mut config = config();
    config.status_list = Some(StatusTerms {
        audiences: vec![AUDIENCE.to_owned()],
        size,
        ttl: Span::from_secs(15),
    });
    Stage::with(config, |_| {}).await
}

fn path(stage: &Stage, claim: &StatusClaim) -> String {
    let uri = &claim.status_list.uri;
    uri.strip_prefix(stage.authority.issuer()).unwrap().to_owned()
}

/// The list as an implementation that is not ours verifies it, and its bits.
async fn fetched(stage: &Stage, claim: &StatusClaim) -> (Value, Bits) {
    let router = public(stage.authority.clone());
    let request = Request::get(path(stage, claim)).body(Body::empty()).unwrap();
    let response = send(&router, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let signed = text(response).await;
    let header = decode_header(signed.as_bytes()).unwrap();
    assert_eq!(header.typ.as_deref(), Some("statuslist+jwt"));
    let set: JwkSet = serde_json::from_str(&stage.authority.keys.jwks()).unwrap();
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[stage.authority.issuer()]);
    validation.sub = Some(claim.status_list.uri.clone());
    // The library reads the machine's clock; ours is moved by hand.
    validation.validate_exp = false;
    let claims = decode::<Value>(signed.as_bytes(), &key, &validation)
        .unwrap()
        .claims;
    let lst = claims["status_list"]["lst"].as_str().unwrap();
    let bits = Bits::read(lst, 1 << 20).unwrap();
    (claims, bits)
}

fn index(claim: &StatusClaim) -> usize {
    claim.status_list.idx.try_into().unwrap()
}

async fn revoke(stage: &Stage, target: Target) {
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

/// The examples of draft-ietf-oauth-status-list-21: section 4.2, and the list of 2^20 places of appendix C.1.
#[test]
fn the_drafts_examples_are_read_as_it_says() {
    let small = Bits::read("eNrbuRgAAhcBXQ", 16).unwrap();
    assert_eq!(small, Bits::of_bytes(vec![0xb9, 0xa3]));
    let set: Vec<usize> = (0..16).filter(|index| small.is_set(*index)).collect();
    assert_eq!(set, [0, 3, 4, 5, 7, 8, 9, 13, 15]);
    let large = concat!(
        "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogE",
        "AAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAA",
        "A7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAA",
        "ACAZC8L2AEb"
    );
    let large = Bits::read(large, 1 << 17).unwrap();
    let set: Vec<usize> = (0..large.count()).filter(|index| large.is_set(*index)).collect();
    assert_eq!(large.count(), 1 << 20);
    assert_eq!(
        set,
        [
            0, 1993, 25460, 159_495, 495_669, 554_353, 645_645, 723_232, 854_545, 934_534, 1_000_345
        ]
    );
}

#[test]
fn what_is_packed_is_read_again_and_a_bomb_is_not() {
    let mut bits = Bits::new(1 << 17);
    [0, 7, 8, 131_071].into_iter().for_each(|index| bits.set(index));
    let text = bits.compressed().unwrap();
    assert!(text.starts_with("eN"), "ZLIB, best compression: {text}");
    assert_eq!(Bits::read(&text, 1 << 14), Some(bits));
    assert_eq!(Bits::read(&text, (1 << 14) - 1), None);
    assert_eq!(Bits::read("eNrbuRgAAhcBX", 16), None);
}

#[tokio::test]
async fn a_bit_is_set_once_its_token_is_revoked_and_no_other() {
    let stage = stage(1024).await;
    let mine = stage.claims(&stage.tokens("web", "").await.access.text);
    let other = stage.claims(&stage.tokens("spa", "").await.access.text);
    let (status, others) = (mine.status.clone().unwrap(), other.status.unwrap());
    assert_ne!(index(&status), index(&others));
    let (claims, bits) = fetched(&stage, &status).await;
    assert_eq!(
        (&claims["sub"], &claims["ttl"], &claims["status_list"]["bits"]),
        (&json!(status.status_list.uri), &json!(15), &json!(1))
    );
    assert_eq!(claims["exp"].as_u64(), claims["iat"].as_u64().map(|iat| iat + 30));
    assert!(!bits.is_set(index(&status)) && !bits.is_set(index(&others)));
    revoke(&stage, Target::Grant(mine.gid.unwrap())).await;
    stage.clock.advance(Span::from_secs(1));
    let (_, bits) = fetched(&stage, &status).await;
    assert!(bits.is_set(index(&status)) && !bits.is_set(index(&others)));
    // Read from the log, not from a snapshot: the second time as well.
    revoke(&stage, Target::Client("spa".parse().unwrap())).await;
    stage.clock.advance(Span::from_secs(1));
    let (_, bits) = fetched(&stage, &status).await;
    assert!(bits.is_set(index(&status)) && bits.is_set(index(&others)));
    assert_eq!((0..bits.count()).filter(|index| bits.is_set(*index)).count(), 2);
    assert_eq!(bits.count(), 1024, "its size says nothing");
}

#[tokio::test]
async fn a_key_that_is_revoked_takes_its_tokens_with_it() {
    let stage = stage(1024).await;
    let signed = stage.tokens("web", "").await.access.text;
    let status = stage.claims(&signed).status.unwrap();
    let kid = decode_header(signed.as_bytes()).unwrap().kid.unwrap();
    revoke(&stage, Target::Key(jose::KeyId::new(&kid).unwrap())).await;
    assert!(fetched(&stage, &status).await.1.is_set(index(&status)));
}

#[tokio::test]
async fn a_list_is_made_at_most_once_a_second() {
    let stage = stage(1024).await;
    let claims = stage.claims(&stage.tokens("web", "").await.access.text);
    let status = claims.status.unwrap();
    let list = stage.authority.status_list.as_ref().unwrap();
    let first = list.signed(&stage.authority).await.unwrap();
    revoke(&stage, Target::Grant(claims.gid.unwrap())).await;
    stage.clock.advance(Span::from_ms(999));
    assert_eq!(list.signed(&stage.authority).await.unwrap(), first);
    stage.clock.advance(Span::from_ms(1));
    assert_ne!(list.signed(&stage.authority).await.unwrap(), first);
    assert!(fetched(&stage, &status).await.1.is_set(index(&status)));
}

#[tokio::test]
async fn a_place_whose_token_is_not_known_yet_is_set() {
    let stage = stage(1024).await;
    let list = stage.authority.status_list.as_ref().unwrap();
    let now = stage.clock.now();
    let life = (now, now + Span::from_mins(5));
    let given = list
        .give(stage.authority.issuer(), life, stage.authority.entropy.as_ref())
        .unwrap();
    let claim = given.claim.clone();
    assert!(fetched(&stage, &claim).await.1.is_set(index(&claim)));
}

#[tokio::test]
async fn a_full_list_refuses_and_a_place_is_free_again_when_no_copy_speaks_of_it() {
    let stage = stage(8).await;
    let list = stage.authority.status_list.as_ref().unwrap();
    let now = stage.clock.now();
    let life = (now, now + Span::from_mins(5));
    let give = |life| list.give(stage.authority.issuer(), life, stage.authority.entropy.as_ref());
    let mut taken: Vec<usize> = (0..8).map(|_| index(&give(life).unwrap().claim)).collect();
    taken.sort_unstable();
    assert_eq!(taken, [0, 1, 2, 3, 4, 5, 6, 7], "none is given twice");
    assert!(matches!(give(life), Err(Fault::Busy)));
    let code = stage.code("web", "").await;
    let form = redeem(&code);
    let params = Params::parse(&format!("{}&{form}", credentials("web")));
    let failure = token(&stage.authority, &params, None, Origin::default())
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::Fault(Fault::Busy)));
    // The end, the leeway of whoever verifies, and twice the life of a copy.
    stage.clock.advance(Span::from_ms(389_999));
    assert!(give((stage.clock.now(), stage.clock.now())).is_err());
    stage.clock.advance(Span::from_ms(1));
    assert!(give((stage.clock.now(), stage.clock.now())).is_ok());
}

#[tokio::test]
async fn the_list_is_public_cacheable_and_of_one_type() {
    let stage = stage(1024).await;
    let router = public(stage.authority.clone());
    let status = stage
        .claims(&stage.tokens("web", "").await.access.text)
        .status
        .unwrap();
    let ask = async |target: &str, accept: Option<&str>| {
        let mut request = Request::get(target);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        send(&router, request.body(Body::empty()).unwrap()).await
    };
    let own = path(&stage, &status);
    for accept in [
        None,
        Some("application/statuslist+jwt"),
        Some("text/html, */*;q=0.1"),
    ] {
        let response = ask(&own, accept).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header("content-type"), "application/statuslist+jwt");
        assert_eq!(header("cache-control"), "public, max-age=15");
        assert_eq!(header("access-control-allow-origin"), "*");
    }
    assert_eq!(
        ask(&own, Some("application/statuslist+cwt")).await.status(),
        StatusCode::NOT_ACCEPTABLE
    );
    // One of another start: whoever relies on it learns nothing, and must refuse.
    assert_eq!(
        ask("/oauth2/status/AAAAAAAAAAAAAAAAAAAAAA", None).await.status(),
        StatusCode::NOT_FOUND
    );
    let all: Value = crate::testing::json(ask(PATH, None).await).await;
    assert_eq!(all, json!({ "status_lists": [status.status_list.uri] }));
    let discovery: Value =
        crate::testing::json(ask("/.well-known/oauth-authorization-server", None).await).await;
    let expected = format!("{}{PATH}", stage.authority.issuer());
    assert_eq!(discovery["status_list_aggregation_endpoint"], json!(expected));
}

#[tokio::test]
async fn whoever_does_not_rely_on_it_has_no_place_and_by_default_nobody_does() {
    let stage = stage(1024).await;
    let signed = stage.tokens("web", "&resource=billing").await.access.text;
    let claims = signed.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&jose::base64url::decode(claims.as_bytes()).unwrap()).unwrap();
    assert_eq!((&claims["aud"], claims.get("status")), (&json!("billing"), None));
    let without = Stage::new().await;
    assert!(
        without
            .claims(&without.tokens("web", "").await.access.text)
            .status
            .is_none()
    );
    let router = public(without.authority.clone());
    let request = Request::get(PATH).body(Body::empty()).unwrap();
    assert_eq!(send(&router, request).await.status(), StatusCode::NOT_FOUND);
    let request = Request::get("/.well-known/oauth-authorization-server")
        .body(Body::empty())
        .unwrap();
    let discovery: Value = crate::testing::json(send(&router, request).await).await;
    assert!(discovery.get("status_list_aggregation_endpoint").is_none());
}

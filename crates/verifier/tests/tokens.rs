//! Access tokens through the whole checker: every forgery, every kind of revocation, every end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use domain::access_token::{AccessClaims, Audience, Confirmation};
use domain::id::Id;
use domain::revocation::Target;
use domain::{Assurance, Clock, Epoch, Seq, Span, Subject, Timestamp};
use jose::{Algorithm, SigningKey, base64url};
use support::{APP, ISSUER, Sent, World, word};
use verifier::Outcome;

fn verdict(world: &World, token: &str) -> String {
    word(&world.check(&Sent::get(APP, "/").bearer(token), None))
}

fn with(world: &World, change: impl FnOnce(&mut AccessClaims)) -> String {
    let mut claims = world.claims();
    change(&mut claims);
    verdict(world, &world.token(&claims))
}

#[test]
fn a_good_token_passes_and_says_who_it_is() {
    let world = World::new("[]");
    let sent = Sent::get(APP, "/").bearer(&world.token(&world.claims()));
    for _ in 0..2 {
        let Outcome::Permit(permit) = world.check(&sent, None) else {
            panic!("refused")
        };
        let mut headers = Sent::get(APP, "/")
            .header("symbolon-session", "forged")
            .header("symbolon-client", "forged")
            .headers;
        permit.write_identity(&mut headers);
        assert_eq!(
            headers["symbolon-subject"],
            Subject::User(Id::from_bytes([2; 16])).to_string()
        );
        assert_eq!(headers["symbolon-client"], "web");
        assert_eq!(headers["symbolon-scope"], "read write");
        assert_eq!(headers["symbolon-assurance"], "aal1");
        assert_eq!(headers["symbolon-staleness"], "0");
        assert_eq!(headers.get_all("symbolon-session").iter().count(), 1);
        assert_ne!(headers["symbolon-session"], "forged");
    }
}

#[test]
fn a_token_of_another_make_is_refused() {
    let world = World::new("[]");
    let claims = world.claims();
    let json = serde_json::to_vec(&claims).unwrap();
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let good = world.token(&claims);
    let parts: Vec<&str> = good.split('.').collect();
    let swap = |header: &str| {
        format!(
            "{}.{}.{}",
            base64url::encode(header.as_bytes()),
            parts[1],
            parts[2]
        )
    };
    let kid = world.signing.verifying_key().unwrap().kid().to_string();
    let mut other = claims.clone();
    other.sub = Subject::User(Id::from_bytes([9; 16]));
    let forged_body = base64url::encode(&serde_json::to_vec(&other).unwrap());
    for (token, expected) in [
        (good.clone(), "permit"),
        (stranger.sign("at+jwt", &json).unwrap(), "unknown_key"),
        (world.signing.sign("JWT", &json).unwrap(), "wrong_type"),
        (world.signing.sign("id_token+jwt", &json).unwrap(), "wrong_type"),
        (
            swap(&format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{kid}"}}"#)),
            "algorithm",
        ),
        (
            swap(&format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#)),
            "algorithm",
        ),
        (
            swap(&format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}}"#)),
            "algorithm",
        ),
        (
            swap(r#"{"alg":"ES256","typ":"at+jwt","kid":"other"}"#),
            "unknown_key",
        ),
        (swap(r#"{"alg":"ES256","typ":"at+jwt"}"#), "unknown_key"),
        (
            swap(&format!(
                r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","crit":["x"],"x":1}}"#
            )),
            "malformed",
        ),
        (
            format!("{}.{forged_body}.{}", parts[0], parts[2]),
            "bad_signature",
        ),
        (format!("{}.{}.", parts[0], parts[1]), "malformed"),
        (format!("{good}."), "malformed"),
        ("x".repeat(9000), "malformed"),
    ] {
        assert_eq!(verdict(&world, &token), expected, "{token:.60}");
        assert_eq!(verdict(&world, &token), expected, "a second time: {token:.60}");
    }
}

#[test]
fn claims_that_do_not_fit_are_refused() {
    let world = World::new("[]");
    assert_eq!(
        with(&world, |c| c.iss = "https://evil.example".into()),
        "wrong_issuer"
    );
    assert_eq!(with(&world, |c| c.iss = format!("{ISSUER}/")), "wrong_issuer");
    assert_eq!(
        with(&world, |c| c.aud = Audience::One("https://other.example".into())),
        "wrong_audience"
    );
    assert_eq!(with(&world, |c| c.aud = Audience::Many(vec![])), "wrong_audience");
    assert_eq!(
        with(&world, |c| c.aud =
            Audience::Many(vec!["x".into(), ISSUER.into()])),
        "permit"
    );
    assert_eq!(with(&world, |c| c.exp = c.iat - 5), "expired");
    assert_eq!(
        with(&world, |c| {
            c.iat += 60;
            c.exp = c.iat + 60
        }),
        "not_yet_valid"
    );
    assert_eq!(with(&world, |c| c.exp = c.iat + 900), "permit");
    assert_eq!(with(&world, |c| c.exp = c.iat + 901), "malformed");
    assert_eq!(
        with(&world, |c| c.cnf = Some(Confirmation { jkt: "x".into() })),
        "wrong_type"
    );
    let mut early = serde_json::to_value(world.claims()).unwrap();
    early["nbf"] = (world.claims().iat + 60).into();
    let token = world
        .signing
        .sign("at+jwt", early.to_string().as_bytes())
        .unwrap();
    assert_eq!(verdict(&world, &token), "not_yet_valid");
}

#[test]
fn a_remembered_token_still_expires() {
    let mut world = World::new("[]");
    let token = world.token(&world.claims());
    assert_eq!(verdict(&world, &token), "permit");
    world.clock.advance(Span::from_secs(604));
    world.renew();
    assert_eq!(verdict(&world, &token), "permit");
    world.clock.advance(Span::from_secs(1));
    world.renew();
    assert_eq!(verdict(&world, &token), "expired");
}

type Make = fn(&World) -> Target;

#[test]
fn every_class_of_revocation_refuses_a_warm_token() {
    let kid = |w: &World| Target::Key(w.signing.verifying_key().unwrap().kid().clone());
    let targets: [(&str, Make); 8] = [
        ("all", |_| Target::All),
        ("tenant", |_| Target::Tenant("acme".parse().unwrap())),
        ("client", |_| Target::Client("web".parse().unwrap())),
        ("subject", |_| {
            Target::Subject(Subject::User(Id::from_bytes([2; 16])))
        }),
        ("device", |_| Target::Device(Id::from_bytes([3; 16]))),
        ("grant", |_| Target::Grant(Id::from_bytes([4; 16]))),
        ("session", |_| Target::Session(Id::from_bytes([1; 16]))),
        ("jti", |_| Target::Jti(Id::from_bytes([5; 16]))),
    ];
    for (name, target) in targets {
        let mut world = World::new("[]");
        let token = world.token(&world.claims());
        assert_eq!(verdict(&world, &token), "permit", "{name}");
        let target = target(&world);
        world.revoke(target);
        assert_eq!(verdict(&world, &token), "revoked", "{name}");
        let later = world.token(&world.claims());
        assert_eq!(verdict(&world, &later), "permit", "a token begun after {name}");
    }
    let mut world = World::new("[]");
    let token = world.token(&world.claims());
    let target = kid(&world);
    world.revoke(target);
    assert_eq!(verdict(&world, &token), "revoked");
    assert_eq!(
        with(&world, |c| c.jti = Id::from_bytes([6; 16])),
        "revoked",
        "a thief of the key chooses rs"
    );
}

#[test]
fn another_subjects_revocation_harms_nobody() {
    let mut world = World::new("[]");
    let token = world.token(&world.claims());
    world.revoke(Target::Subject(Subject::User(Id::from_bytes([9; 16]))));
    world.revoke(Target::Session(Id::from_bytes([9; 16])));
    assert_eq!(verdict(&world, &token), "permit");
}

#[test]
fn a_position_above_the_map_makes_the_edge_pull() {
    let world = World::new("[]");
    let ahead = Seq::from_u64(world.head.seq.as_u64() + 5).unwrap();
    assert_eq!(with(&world, |c| c.rs = ahead), "behind");
    assert_eq!(
        with(&world, |c| c.rs = Seq::start_of(Epoch::FIRST.next().unwrap())),
        "behind"
    );
}

#[test]
fn a_removed_key_is_no_longer_trusted_from_memory() {
    let mut world = World::new("[]");
    let token = world.token(&world.claims());
    assert_eq!(verdict(&world, &token), "permit");
    world.install_keys(2);
    assert_eq!(verdict(&world, &token), "permit", "the same keys again");
    world.signing = SigningKey::generate(Algorithm::Es256).unwrap();
    world.install_keys(3);
    assert_eq!(verdict(&world, &token), "unknown_key");
}

const ROUTES: &str = r#"[
    {"name":"read","match":{"path":"/read"},"accept":["bearer"],"audience":"api","scopes":["read"]},
    {"name":"both","match":{"path":"/both"},"accept":["bearer"],"audience":"api","scopes":["read","write"]},
    {"name":"strong","match":{"path":"/strong"},"accept":["bearer"],"audience":"api","assurance":"aal2"},
    {"name":"fresh","match":{"path":"/fresh"},"accept":["bearer"],"audience":"api","max_age":"5m"},
    {"name":"other","match":{"path":"/other"},"accept":["bearer"],"audience":"billing"},
    {"name":"page","match":{"path":"/page"},"accept":["session"]},
    {"name":"open","match":{"path":"/open"},"public":true}]"#;

#[test]
fn memory_knows_nothing_of_the_route() {
    let world = World::new(ROUTES);
    let mut claims = world.claims();
    claims.aud = Audience::One("api".into());
    claims.scope = "read".into();
    let token = world.token(&claims);
    for (path, expected) in [
        ("/read", "permit"),
        ("/both", "scope"),
        ("/strong", "assurance"),
        ("/fresh", "permit"),
        ("/other", "wrong_audience"),
        ("/page", "missing_credential"),
        ("/open", "permit"),
        ("/nowhere", "no_route"),
        ("/read/", "no_route"),
    ] {
        let sent = Sent::get(APP, path).bearer(&token);
        assert_eq!(word(&world.check(&sent, None)), expected, "{path}");
    }
    let open = world.check(&Sent::get(APP, "/open").bearer(&token), None);
    let Outcome::Permit(permit) = open else {
        panic!("refused")
    };
    assert!(permit.holder().is_none(), "a public route hands on no identity");
}

#[test]
fn freshness_and_strength_of_the_login_are_judged() {
    let mut world = World::new(ROUTES);
    let mut claims = world.claims();
    claims.aud = Audience::One("api".into());
    claims.acr = Some(Assurance::Aal3);
    let token = world.token(&claims);
    let at = |w: &World, path: &str, token: &str| word(&w.check(&Sent::get(APP, path).bearer(token), None));
    assert_eq!(at(&world, "/strong", &token), "permit");
    world.clock.advance(Span::from_mins(5));
    world.renew();
    assert_eq!(at(&world, "/fresh", &token), "permit");
    world.clock.advance(Span::from_ms(1));
    assert_eq!(at(&world, "/fresh", &token), "assurance");
    (claims.acr, claims.auth_time) = (None, None);
    claims.iat = world.clock.now().as_secs();
    let token = world.token(&claims);
    assert_eq!(at(&world, "/strong", &token), "assurance", "no acr");
    assert_eq!(at(&world, "/fresh", &token), "assurance", "no auth_time");
    assert_eq!(Timestamp::from_secs(claims.iat).as_secs(), claims.iat);
}

#[test]
fn a_token_counts_in_the_authorization_header_only() {
    let world = World::new("[]");
    let token = world.token(&world.claims());
    let query = Sent::get(APP, &format!("/?access_token={token}"));
    let cookie = Sent::get(APP, "/").header("cookie", &format!("access_token={token}"));
    let as_session = Sent::get(APP, "/").cookie(&token);
    assert_eq!(word(&world.check(&query, None)), "missing_credential");
    assert_eq!(word(&world.check(&cookie, None)), "missing_credential");
    assert_eq!(word(&world.check(&as_session, None)), "malformed");
}

#[test]
fn a_remembered_signature_is_worth_nothing_under_other_claims() {
    let world = World::new("[]");
    let token = world.token(&world.claims());
    assert_eq!(verdict(&world, &token), "permit");
    let mut claims = world.claims();
    claims.sub = Subject::User(Id::from_bytes([9; 16]));
    let other = world.token(&claims);
    let (claimed, _) = other.rsplit_once('.').unwrap();
    let (_, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(
        verdict(&world, &format!("{claimed}.{signature}")),
        "bad_signature"
    );
}

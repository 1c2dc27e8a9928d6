use super::*;
use crate::flows::oauth::fixture::{AUDIENCE, Stage};
use domain::{Clock as _, Subject};

#[tokio::test]
async fn a_users_token_has_exactly_these_claims_and_no_personal_data() {
    let stage = Stage::new().await;
    let token = stage.tokens("web", "&scope=read").await.access;
    let claims: serde_json::Map<String, serde_json::Value> =
        stage.verify(&token.text, "at+jwt", AUDIENCE).unwrap();
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    let expected = [
        "acr",
        "amr",
        "aud",
        "auth_time",
        "client_id",
        "exp",
        "gid",
        "iat",
        "iss",
        "jti",
        "rs",
        "scope",
        "sid",
        "sub",
    ];
    assert_eq!(names, expected);
    let text = serde_json::to_string(&claims).unwrap();
    for personal in ["ada", "The web client", "email", "name", "@"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    assert_eq!(claims["aud"], AUDIENCE);
    assert_eq!(claims["sub"], stage.session.subject.to_string());
    assert_eq!(claims["rs"], stage.session.rs.as_u64());
}

#[tokio::test]
async fn a_clients_token_has_no_session_no_grant_and_its_own_subject() {
    let stage = Stage::new().await;
    let answer = stage.token("ci", "grant_type=client_credentials").await.unwrap();
    let claims = stage.claims(&answer.access.text);
    assert_eq!(claims.sub, Subject::Client("ci".parse().unwrap()));
    assert_eq!(
        (claims.sid, claims.gid, claims.auth_time, claims.acr),
        (None, None, None, None)
    );
    assert!(answer.refresh_token.is_none() && answer.id_token.is_none());
}

/// The signature, header and claims as an implementation that is not ours reads them.
#[tokio::test]
async fn an_independent_verifier_accepts_it() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
    let stage = Stage::new().await;
    let token = stage.tokens("web", "").await.access.text;
    let header = decode_header(token.as_bytes()).unwrap();
    assert_eq!(
        (header.alg, header.typ.as_deref()),
        (Algorithm::ES256, Some("at+jwt"))
    );
    let set: JwkSet = serde_json::from_str(&stage.authority.keys.jwks()).unwrap();
    let jwk = set.find(&header.kid.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[stage.authority.issuer()]);
    validation.validate_exp = false; // The library reads the machine's clock; ours is moved by hand.
    let key = DecodingKey::from_jwk(jwk).unwrap();
    let claims = decode::<serde_json::Value>(token.as_bytes(), &key, &validation)
        .unwrap()
        .claims;
    let now = stage.clock.now().as_secs();
    assert_eq!(
        (claims["iat"].as_u64(), claims["exp"].as_u64()),
        (Some(now), Some(now + 300))
    );
    let mut forged = token.as_str().to_owned();
    forged.replace_range(..1, "f");
    assert!(decode::<serde_json::Value>(forged.as_bytes(), &key, &validation).is_err());
}

#[tokio::test]
async fn life_is_the_least_of_client_configuration_and_fifteen_minutes() {
    for (client, configured, expected) in [(5, 10, 5), (10, 5, 5), (60, 60, 15)] {
        let mut config = crate::testing::config();
        config.token.access_life = Span::from_mins(configured);
        let change = |c: &mut Client| c.access_token_life = Span::from_mins(client);
        let stage = Stage::with(config, change).await;
        let answer = stage.token("ci", "grant_type=client_credentials").await.unwrap();
        let claims = stage.claims(&answer.access.text);
        assert_eq!(claims.exp - claims.iat, expected * 60, "{client} {configured}");
        assert_eq!(answer.access.expires_in_s, expected * 60);
    }
}

#[tokio::test]
async fn nothing_outlives_the_grant_or_the_session() {
    let short = |c: &mut Client| c.refresh.absolute = Span::from_secs(100);
    let stage = Stage::with(crate::testing::config(), short).await;
    assert_eq!(stage.tokens("web", "").await.access.expires_in_s, 100);

    let stage = Stage::new().await;
    stage.clock.advance(Span::from_days(1));
    let session = stage.session.clone();
    let grant = |end: Timestamp| Grant {
        expires_at: end,
        ..grant_of(&session)
    };
    let client = stage
        .authority
        .store
        .client(&"web".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let now = stage.clock.now();
    let ending = Session {
        expires_at: now + Span::from_secs(40),
        ..session.clone()
    };
    for (end, session, left) in [
        (now + Span::from_days(1), &session, Some(300)),
        (now + Span::from_days(1), &ending, Some(40)),
        (now + Span::from_secs(7), &ending, Some(7)),
        (now + Span::from_ms(900), &session, None),
        (now, &session, None),
    ] {
        let minted = Ticket::of_grant(&grant(end), Some(session), &client)
            .mint(&stage.authority)
            .unwrap();
        assert_eq!(minted.map(|m| m.expires_in_s), left, "{end:?}");
    }
}

#[tokio::test]
async fn a_later_step_up_does_not_make_an_earlier_grant_stronger() {
    let stage = Stage::new().await;
    let grant = grant_of(&stage.session);
    let then = Authentication::of(&grant, Some(&stage.session));
    assert_eq!((then.assurance, then.amr.len()), (Some(Assurance::Aal1), 1));
    let stepped_up = Session {
        assurance: Assurance::Aal2,
        authenticated_at: stage.session.authenticated_at + Span::from_mins(1),
        ..stage.session.clone()
    };
    let later = Authentication::of(&grant, Some(&stepped_up));
    assert_eq!(
        (later.at, later.assurance),
        (stage.session.authenticated_at, None)
    );
    let keeping = Grant {
        assurance: Some(Assurance::Aal1),
        amr: vec!["pwd".to_owned()],
        ..grant
    };
    for session in [Some(&stepped_up), Some(&stage.session), None] {
        assert_eq!(
            Authentication::of(&keeping, session),
            then,
            "what the grant keeps"
        );
    }
}

fn grant_of(session: &Session) -> Grant {
    Grant {
        id: Id::from_bytes([1; 16]),
        subject: session.subject.clone(),
        client: "web".parse().unwrap(),
        tenant: None,
        device: None,
        session: Some(session.id),
        rs: session.rs,
        scope: Scope::new(),
        audience: vec![AUDIENCE.into()],
        authenticated_at: session.authenticated_at,
        assurance: None,
        amr: vec![],
        created_at: session.created_at,
        expires_at: session.expires_at,
    }
}

#[test]
fn personal_claims_and_roles_are_refused_by_name() {
    for (json, good) in [
        (r#"{"plan":"gold"}"#, true),
        (r#"{"email":"a@b.example"}"#, false),
        (r#"{"roles":["admin"]}"#, false),
        (r#"{"groups":[]}"#, false),
        (r#"{"sub":"user:x"}"#, false),
        (r#"{"rs":9007199254740991}"#, false),
    ] {
        let claims = serde_json::from_str(json).unwrap();
        assert_eq!(check_extra_claims(&claims).is_ok(), good, "{json}");
    }
}

#[tokio::test]
async fn kinds_of_token_cannot_be_crossed() {
    let stage = Stage::new().await;
    let answer = stage.tokens("web", "&scope=openid+read&nonce=n-1").await;
    let id_token = answer.id_token.unwrap();
    let read = |token: &str, kind, audience| stage.verify::<serde_json::Value>(token, kind, audience);
    let claims = read(&id_token, "JWT", "web").unwrap();
    assert_eq!((&claims["nonce"], &claims["aud"]), (&"n-1".into(), &"web".into()));
    assert!(claims.get("rs").is_none() && claims.get("scope").is_none() && claims.get("name").is_none());
    let wrong_type = Err(jose::JoseError::WrongType);
    assert_eq!(read(&id_token, "at+jwt", "web"), wrong_type);
    assert_eq!(read(&answer.access.text, "JWT", AUDIENCE), wrong_type);
    assert!(read(&answer.access.text, "at+jwt", AUDIENCE).is_ok());
    assert_eq!(
        read(&answer.access.text, "at+jwt", "web"),
        Err(jose::JoseError::WrongAudience)
    );
}

#[tokio::test]
async fn the_id_token_tells_who_when_and_of_which_access_token() {
    let stage = Stage::new().await;
    let answer = stage.tokens("web", "&scope=openid").await;
    let claims: serde_json::Map<String, serde_json::Value> = stage
        .verify(answer.id_token.as_deref().unwrap(), "JWT", "web")
        .unwrap();
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "acr",
            "amr",
            "at_hash",
            "aud",
            "auth_time",
            "exp",
            "iat",
            "iss",
            "sid",
            "sub"
        ]
    );
    let digest = domain::Digest::of(answer.access.text.as_bytes());
    assert_eq!(
        claims["at_hash"],
        jose::base64url::encode(&digest.as_bytes()[..16])
    );
    assert_eq!(claims["auth_time"], stage.session.authenticated_at.as_secs());
}

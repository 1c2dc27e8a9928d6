//! What the tests of the OAuth flows share: clients, a signed-in user, and a walk to a code or a token.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access_token::AccessClaims;
use domain::client::{Client, GrantType, RefreshPolicy, RegisteredSecret};
use domain::code::challenge_of;
use domain::secret::{ClientSecret, Secret};
use domain::session::{Origin, Session};
use domain::testing::ManualClock;
use domain::{Assurance, Id, Span, Subject};
use jose::{AudienceSet, Limits, TokenKind, Verifier};
use store::intent::{Actor, CreateSession, SessionCreation};

use super::authorize::{Authorization, authorize};
use super::params::Params;
use super::refusal::{ErrorCode, Failure};
use super::token::{TokenAnswer, token};
use crate::authority::Authority;
use crate::config::Config;
use crate::testing;

pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CALLBACK: &str = "https://app.example/cb";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// An authority with the clients `web` (confidential), `spa` (public), `other` (confidential) and `ci`, and a session.
pub(crate) struct Stage {
    pub(crate) authority: Arc<Authority>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) session: Session,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(testing::config(), |_| {}).await
    }

    /// The same, with the configuration given and every client changed.
    pub(crate) async fn with(config: Config, change: impl Fn(&mut Client)) -> Self {
        let (authority, clock) = testing::authority_with(config).await;
        for id in ["web", "spa", "other", "ci"] {
            let mut client = client(id);
            change(&mut client);
            let actor = Actor::new("test");
            assert!(authority.store.add_client(client, actor).await.unwrap());
        }
        let user = testing::add_user(&authority, "ada").await;
        let session = sign_in(&authority, Subject::User(user.id)).await;
        Self {
            authority,
            clock,
            session,
        }
    }

    /// The flow's answer to an authorization request of this browser.
    pub(crate) async fn ask(&self, query: &str) -> Authorization {
        authorize(&self.authority, &Params::parse(query), Some(&self.session), None)
            .await
            .unwrap()
    }

    /// A code for a client, with more parameters.
    pub(crate) async fn code(&self, client: &str, more: &str) -> String {
        let query = format!("{}{more}", request(client));
        let Authorization::Redirect(redirect) = self.ask(&query).await else {
            panic!("no redirect for {query}");
        };
        query_of(redirect.as_str(), "code").unwrap_or_else(|| panic!("no code: {}", redirect.as_str()))
    }

    /// A request to the token endpoint, authenticated as the client (by form).
    pub(crate) async fn token(&self, client: &str, form: &str) -> Result<TokenAnswer, ErrorCode> {
        self.token_from(client, form, Origin::default()).await
    }

    /// The same from elsewhere.
    pub(crate) async fn token_from(
        &self,
        client: &str,
        form: &str,
        origin: Origin,
    ) -> Result<TokenAnswer, ErrorCode> {
        let params = Params::parse(&format!("{}&{form}", credentials(client)));
        match token(&self.authority, &params, None, origin).await {
            Ok(answer) => Ok(answer),
            Err(Failure::Refused(refusal)) => {
                assert!(is_description(refusal.text), "{}", refusal.text);
                Err(refusal.code)
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Tokens of a fresh grant.
    pub(crate) async fn tokens(&self, client: &str, more: &str) -> TokenAnswer {
        let code = self.code(client, more).await;
        self.token(client, &redeem(&code)).await.unwrap()
    }

    /// One refresh.
    pub(crate) async fn refresh(&self, client: &str, token: &str) -> Result<TokenAnswer, ErrorCode> {
        self.token(client, &format!("grant_type=refresh_token&refresh_token={token}"))
            .await
    }

    /// What a resource server reads in an access token.
    pub(crate) fn claims(&self, token: &str) -> AccessClaims {
        self.verify(token, "at+jwt", AUDIENCE).unwrap()
    }

    pub(crate) fn verify<C: serde::de::DeserializeOwned>(
        &self,
        token: &str,
        kind: &str,
        audience: &str,
    ) -> Result<C, jose::JoseError> {
        use domain::Clock as _;
        let verifier = Verifier::builder()
            .issuer(self.authority.issuer())
            .audiences(AudienceSet::new([audience]).unwrap())
            .kind(TokenKind::new(kind).unwrap())
            .keys(self.authority.keys.bundle().signing)
            .limits(Limits::default())
            .build();
        let verified = verifier.verify::<C>(token.as_bytes(), self.clock.now().as_secs())?;
        Ok(verified.into_claims())
    }

    /// Whether an access token is past no revocation of the store.
    pub(crate) async fn lives(&self, token: &str) -> bool {
        let claims = self.claims(token);
        let kid = self
            .authority
            .keys
            .list()
            .into_iter()
            .find(|k| k.usage == "ES256" && k.state == "signing");
        let position = claims.position(domain::key::KeyId::new(&kid.unwrap().id).unwrap());
        !self.authority.store.is_revoked(position).await.unwrap()
    }
}

/// A session as a login makes it.
pub(crate) async fn sign_in(authority: &Authority, subject: Subject) -> Session {
    let now = authority.clock.now();
    let session = Session {
        id: Id::generate(now, authority.entropy.as_ref()),
        subject,
        tenant: None,
        device: None,
        rs: authority.store.head().await.unwrap().seq,
        generation: 1,
        assurance: Assurance::Aal1,
        amr: vec!["pwd".into()],
        authenticated_at: now,
        created_at: now,
        active_at: now,
        idle: Span::from_days(14),
        expires_at: now + Span::from_days(30),
        origin: Origin::default(),
    };
    let intent = CreateSession {
        session: session.clone(),
        secret: domain::Digest::of(session.id.as_bytes()),
        credential_version: Some(1),
        rehashed: None,
        counted: None,
        replaces: None,
        cap: 20,
        overflow: domain::session::Overflow::OldestEnds,
    };
    let made = authority.store.create_session(intent).await.unwrap();
    assert!(matches!(made, SessionCreation::Created { .. }), "{made:?}");
    session
}

fn client(id: &str) -> Client {
    let start = domain::Timestamp::from_ms(0);
    let kept = RegisteredSecret::new(domain::Id::from_bytes([1; 16]), secret(id).digest(), start);
    let grants = match id {
        "ci" => BTreeSet::from([GrantType::ClientCredentials]),
        _ => BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
    };
    Client {
        id: id.parse().unwrap(),
        name: format!("The {id} client"),
        tenant: None,
        public: id == "spa",
        secrets: if id == "spa" { vec![] } else { vec![kept] },
        grants,
        redirect_uris: vec![CALLBACK.into(), "http://127.0.0.1/cb".into()],
        audiences: vec![AUDIENCE.into(), "billing".into()],
        scopes: ["read", "write", "openid", "offline_access"]
            .map(String::from)
            .into(),
        consent: false,
        access_token_life: Span::from_mins(5),
        refresh: RefreshPolicy::default(),
        logout: None,
        created_at: start,
    }
}

pub(crate) fn secret(id: &str) -> Secret<ClientSecret> {
    let mut bits = [0; 32];
    bits[..id.len()].copy_from_slice(id.as_bytes());
    Secret::from_bytes(bits)
}

/// Client authentication by form.
pub(crate) fn credentials(client: &str) -> String {
    match client {
        "spa" => "client_id=spa".to_owned(),
        id => format!("client_id={id}&client_secret={}", secret(id).reveal().as_str()),
    }
}

/// A complete authorization request.
pub(crate) fn request(client: &str) -> String {
    let challenge = jose::base64url::encode(challenge_of(VERIFIER).as_bytes());
    format!(
        "response_type=code&client_id={client}&redirect_uri={CALLBACK}&state=xyz&code_challenge={challenge}&code_challenge_method=S256"
    )
}

/// A complete redemption.
pub(crate) fn redeem(code: &str) -> String {
    format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}")
}

/// One parameter of a URL's query.
pub(crate) fn query_of(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The character set of `error_description` (RFC 6749 sections 4.1.2.1 and 5.2).
pub(crate) fn is_description(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

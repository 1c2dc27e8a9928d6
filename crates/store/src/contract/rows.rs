//! Rows and intents with ordinary values, for a case to change where it matters.

use std::collections::BTreeSet;

use domain::client::{Client, GrantType, RefreshPolicy, RegisteredSecret};
use domain::code::{CodeProof, IssuedCode};
use domain::family::{LineageKey, RefreshToken};
use domain::session::{Overflow, Session};
use domain::user::User;
use domain::{Assurance, ClientId, Seq, Span, Subject};

use super::bench::origin;
use super::{Bench, Terms};
use crate::intent::{CreateSession, NewGrant, NewRefresh, RedeemCode};

impl Bench {
    #[must_use]
    pub fn user_row(&self, name: &str) -> User {
        User {
            id: self.id(),
            name: name.to_owned(),
            email: Some(format!("{name}@example.org")),
            tenant: Some("acme".parse().unwrap()),
            password: Some("$argon2id$old".to_owned()),
            credential_version: 1,
            disabled_at: None,
            created_at: self.now(),
            admin: false,
            must_change_password: false,
        }
    }

    /// A login of a user that began at `rs`.
    #[must_use]
    pub fn login(&self, user: &User, rs: Seq) -> CreateSession {
        let now = self.now();
        CreateSession {
            session: Session {
                id: self.id(),
                subject: Subject::User(user.id),
                tenant: user.tenant.clone(),
                device: Some(self.id()),
                rs,
                generation: 1,
                assurance: Assurance::Aal1,
                amr: vec!["pwd".to_owned()],
                authenticated_at: now,
                created_at: now,
                active_at: now,
                idle: Span::from_hours(1),
                expires_at: now + Span::from_hours(24),
                origin: origin(1),
            },
            secret: self.digest(),
            credential_version: Some(user.credential_version),
            rehashed: None,
            counted: None,
            replaces: None,
            cap: 20,
            overflow: Overflow::OldestEnds,
        }
    }

    #[must_use]
    pub fn client_row(&self, id: &str) -> Client {
        Client {
            id: id.parse().unwrap(),
            name: "Web".to_owned(),
            tenant: None,
            public: false,
            secrets: vec![RegisteredSecret::new(self.id(), self.digest(), self.now())],
            grants: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
            redirect_uris: vec!["https://app.example/cb".to_owned()],
            audiences: vec!["https://api.example".to_owned()],
            scopes: BTreeSet::from(["read".to_owned()]),
            consent: false,
            access_token_life: Span::from_mins(5),
            refresh: RefreshPolicy::default(),
            logout: None,
            created_at: self.now(),
        }
    }

    /// A code of a session, not kept yet, and what redeems it.
    #[must_use]
    pub fn code(&self, session: &Session, scope: &[&str]) -> (IssuedCode, CodeProof) {
        let client: ClientId = "web".parse().unwrap();
        let proof = CodeProof {
            client: client.clone(),
            redirect_uri: "https://app.example/cb".to_owned(),
            challenge: self.digest(),
        };
        let mut position = session.position();
        position.client = Some(client.clone());
        let code = IssuedCode {
            digest: self.digest(),
            client,
            session: session.id,
            position,
            redirect_uri: proof.redirect_uri.clone(),
            challenge: proof.challenge,
            scope: scope.iter().map(|s| (*s).to_owned()).collect(),
            audience: vec!["https://api.example".to_owned()],
            nonce: Some("n-1".to_owned()),
            authenticated_at: session.authenticated_at,
            expires_at: self.now() + domain::code::CODE_LIFE,
            redeemed: None,
        };
        (code, proof)
    }

    /// A redemption with a new grant and family, and the family's first token.
    #[must_use]
    pub fn redemption(
        &self,
        code: &IssuedCode,
        proof: CodeProof,
        terms: Terms,
    ) -> (RedeemCode, RefreshToken) {
        let (family, lineage) = (self.id(), LineageKey::generate(self.entropy.as_ref()));
        let token = RefreshToken::generate(family, 1, &lineage, self.entropy.as_ref());
        let refresh = NewRefresh {
            family,
            lineage,
            digest: token.digest(),
            public: terms.public,
            idle: Span::from_hours(12),
            retry_window: Span::from_secs(10),
            rotate: terms.rotate,
        };
        let intent = RedeemCode {
            digest: code.digest,
            proof,
            grant: NewGrant {
                id: self.id(),
                life: Span::from_days(30),
                refresh: Some(refresh),
            },
        };
        (intent, token)
    }
}

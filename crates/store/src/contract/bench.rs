//! A store on a workbench: shorthands that make rows through the port alone.

use std::sync::Arc;

use domain::cookie::Purpose;
use domain::event::EventRecord;
use domain::family::{RefreshToken, RotateRequest};
use domain::feed::FeedHead;
use domain::grant::Grant;
use domain::id::{Family, Id, Kind};
use domain::revocation::{Level, Target};
use domain::session::{Origin, Session};
use domain::testing::ManualClock;
use domain::user::User;
use domain::{ClientId, Clock, Digest, Entropy, Seq, Timestamp};

use crate::Store;
use crate::intent::{
    Actor, AddUser, CodeRedemption, Committed, KeepReceipt, ReceiptTerms, Revoke, RevokeOutcome, Rotate,
    Rotation, SessionCreation, UserAddition,
};

/// A store, its clock, and randomness.
#[derive(Debug, Clone)]
pub struct Bench {
    pub store: Arc<dyn Store>,
    pub clock: Arc<ManualClock>,
    pub entropy: Arc<dyn Entropy>,
}

/// A grant with its current refresh token.
#[derive(Debug)]
pub struct Held {
    pub client: ClientId,
    pub grant: Grant,
    pub family: Id<Family>,
    pub token: RefreshToken,
}

/// What kind of grant to make.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub scope: &'static [&'static str],
    pub public: bool,
    pub rotate: bool,
}

/// A confidential client that rotates, in the session.
pub(super) const BOUND: Terms = Terms {
    scope: &["read"],
    public: false,
    rotate: true,
};
/// The same beyond the session.
pub(super) const OFFLINE: Terms = Terms {
    scope: &["read", "offline_access"],
    ..BOUND
};

impl Bench {
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    #[must_use]
    pub fn id<K: Kind>(&self) -> Id<K> {
        Id::generate(self.now(), self.entropy.as_ref())
    }

    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        Digest::from_bytes(bytes)
    }

    pub async fn head(&self) -> Seq {
        self.store.head().await.unwrap().seq
    }

    /// What a refusal must leave as it was.
    pub async fn mark(&self) -> (FeedHead, usize) {
        (self.store.head().await.unwrap(), self.events().await.len())
    }

    pub async fn events(&self) -> Vec<EventRecord> {
        let mut all: Vec<EventRecord> = Vec::new();
        loop {
            let after = all.last().map_or(0, |e| e.number);
            let page = self.store.events_after(after, 10_000).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// The kinds of the events after the first `skip`.
    pub async fn kinds(&self, skip: usize) -> Vec<String> {
        self.events()
            .await
            .into_iter()
            .skip(skip)
            .map(|e| e.kind)
            .collect()
    }

    pub async fn user(&self, name: &str) -> User {
        let user = self.user_row(name);
        let intent = AddUser {
            user: user.clone(),
            actor: Actor::new("cli"),
        };
        assert_eq!(self.store.add_user(intent).await, Ok(UserAddition::Added));
        user
    }

    pub async fn signed_in(&self, user: &User) -> Session {
        let intent = self.login(user, self.head().await);
        let session = intent.session.clone();
        let outcome = self.store.create_session(intent).await.unwrap();
        assert!(matches!(outcome, SessionCreation::Created { .. }), "{outcome:?}");
        session
    }

    /// Whether the session is there and no revocation covers it.
    pub async fn lives(&self, session: &Session) -> bool {
        let row = self.store.session(session.id, &Purpose::Authority).await.unwrap();
        match row {
            Some((row, _)) => !self.store.is_revoked(row.position()).await.unwrap(),
            None => false,
        }
    }

    pub async fn granted(&self, session: &Session, terms: Terms) -> Held {
        let (code, proof) = self.code(session, terms.scope);
        self.store.issue_code(code.clone()).await.unwrap();
        let (intent, token) = self.redemption(&code, proof, terms);
        let outcome = self.store.redeem_code(intent).await.unwrap();
        let CodeRedemption::Redeemed { grant, .. } = outcome else {
            panic!("{outcome:?}")
        };
        Held {
            client: code.client,
            grant: *grant,
            family: token.family(),
            token,
        }
    }

    /// A rotation of a token by the client, and the successor prepared for it.
    pub async fn rotation(&self, token: &RefreshToken) -> (Rotate, RefreshToken) {
        self.rotation_from(token, origin(1)).await
    }

    pub async fn rotation_from(&self, token: &RefreshToken, from: Origin) -> (Rotate, RefreshToken) {
        let lineage = self.store.lineage(token.family()).await.unwrap().unwrap();
        let client = "web".parse().unwrap();
        let (request, successor) =
            RotateRequest::prepare(token, &lineage, client, from, self.entropy.as_ref()).unwrap();
        let issued = lineage.issued(token);
        (Rotate { request, issued }, successor)
    }

    pub async fn refresh(&self, token: &RefreshToken) -> (Rotation, RefreshToken) {
        let (intent, successor) = self.rotation(token).await;
        (self.store.rotate(intent).await.unwrap(), successor)
    }

    /// Whether a token is good: it was rotated just now.
    pub async fn rotates(&self, token: &RefreshToken) -> bool {
        matches!(self.refresh(token).await.0, Rotation::Rotated(_))
    }

    pub async fn revoke(&self, target: Target) -> Committed {
        let outcome = self.store.revoke(revocation(vec![target])).await.unwrap();
        let RevokeOutcome::Committed(committed) = outcome else {
            panic!("{outcome:?}")
        };
        committed
    }

    /// The log is contiguous and chained, and so are the events.
    pub async fn audit(&self) {
        let head = self.store.head().await.unwrap();
        let mut at = Seq::start_of(head.seq.epoch());
        let mut digest = self.store.digest_at(at).await.unwrap().unwrap();
        loop {
            let page = self.store.entries_after(at, 10_000).await.unwrap();
            for entry in &page {
                assert!(entry.follows(at, &digest), "{entry:?} after {at}");
                (at, digest) = (entry.seq, entry.digest);
            }
            if page.is_empty() {
                break;
            }
        }
        assert_eq!((at, digest), (head.seq, head.digest));
        let events = self.events().await;
        for (index, event) in events.iter().enumerate() {
            assert_eq!(event.number, index as u64 + 1);
        }
        for pair in events.windows(2) {
            assert!(pair[1].follows(&pair[0].digest), "event {}", pair[1].number);
        }
    }
}

#[must_use]
pub(super) fn revocation(targets: Vec<Target>) -> Revoke {
    Revoke {
        targets,
        reason: "test".to_owned(),
        actor: Actor::new("cli"),
        receipt: None,
    }
}

/// The same, with a receipt under an idempotency key.
#[must_use]
pub(super) fn keyed(targets: Vec<Target>, key: &str) -> Revoke {
    Revoke {
        receipt: Some(KeepReceipt {
            idempotency_key: Some(key.to_owned()),
            level: Level::Durable,
            terms: ReceiptTerms::default(),
        }),
        ..revocation(targets)
    }
}

#[must_use]
pub(super) fn origin(n: u8) -> Origin {
    Origin::new(Some([203, 0, n, 1].into()), &format!("agent {n}"))
}

//! A client's secrets: rotation with an overlap, removal, last use.

use std::sync::Arc;

use domain::admin_token::USE_GRAIN;
use domain::client::{MOST_SECRETS, RegisteredSecret, SecretRemoval};
use domain::{ClientId, Digest, Span};

use super::Bench;
use super::bench::BOUND;
use crate::intent::{Actor, RemoveClientSecret, RotateClientSecret, Rotation, SecretRotation, Use};

async fn client(b: &Bench) -> RegisteredSecret {
    let row = b.client_row("web");
    let first = row.secrets[0];
    assert_eq!(b.store.add_client(row, Actor::new("cli")).await, Ok(true));
    first
}

fn id() -> ClientId {
    "web".parse().unwrap()
}

fn rotation(b: &Bench, overlap: Span) -> RotateClientSecret {
    RotateClientSecret {
        client: id(),
        secret: RegisteredSecret::new(b.id(), b.digest(), b.now()),
        overlap,
        revoke: false,
        actor: Actor::new("cli"),
    }
}

async fn accepts(b: &Bench, digest: &Digest) -> bool {
    let client = b.store.client(&id()).await.unwrap().unwrap();
    client.accepts_secret(digest, b.now()).is_some()
}

pub async fn the_old_secret_ends_by_itself_after_the_overlap(b: &Bench) {
    let old = client(b).await;
    let skip = b.events().await.len();
    let intent = rotation(b, Span::from_hours(24));
    let new = intent.secret.digest;
    let ends_at = Some(b.now() + Span::from_hours(24));
    let outcome = b.store.rotate_client_secret(intent).await;
    assert_eq!(outcome, Ok(SecretRotation::Rotated { ends_at, seq: None }));
    assert_eq!(b.kinds(skip).await, ["client.secret_rotated"]);
    b.clock
        .advance(Span::from_hours(24).saturating_sub(Span::from_ms(1)));
    assert!(accepts(b, &old.digest).await && accepts(b, &new).await);
    b.clock.advance(Span::from_ms(1));
    assert!(!accepts(b, &old.digest).await && accepts(b, &new).await);
}

pub async fn a_leaked_secret_ends_at_once_with_all_that_it_got(b: &Bench) {
    let old = client(b).await;
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let held = b.granted(&session, BOUND).await;
    let intent = RotateClientSecret {
        revoke: true,
        ..rotation(b, Span::default())
    };
    let new = intent.secret.digest;
    let outcome = b.store.rotate_client_secret(intent).await.unwrap();
    let seq = Some(b.head().await);
    assert_eq!(outcome, SecretRotation::Rotated { ends_at: None, seq });
    assert!(!accepts(b, &old.digest).await && accepts(b, &new).await);
    assert_eq!(b.refresh(&held.token).await.0, Rotation::Revoked);
    assert!(b.lives(&session).await, "the user stays signed in");
}

pub async fn a_rotation_that_cannot_be_changes_nothing(b: &Bench) {
    let mut public = b.client_row("spa");
    (public.public, public.secrets) = (true, vec![]);
    b.store.add_client(public, Actor::new("cli")).await.unwrap();
    client(b).await;
    for _ in 1..MOST_SECRETS {
        let intent = rotation(b, Span::from_hours(1));
        b.store.rotate_client_secret(intent).await.unwrap();
    }
    let before = (b.mark().await, b.store.client(&id()).await);
    let for_client = |name: &str| RotateClientSecret {
        client: name.parse().unwrap(),
        ..rotation(b, Span::from_hours(1))
    };
    for (name, outcome) in [
        ("web", SecretRotation::TooMany),
        ("spa", SecretRotation::Public),
        ("other", SecretRotation::Unknown),
    ] {
        let found = b.store.rotate_client_secret(for_client(name)).await;
        assert_eq!(found, Ok(outcome), "{name}");
    }
    assert_eq!((b.mark().await, b.store.client(&id()).await), before);
}

pub async fn a_secret_is_removed_but_never_the_last_one(b: &Bench) {
    let old = client(b).await;
    let remove = async |client: &str, secret| {
        let intent = RemoveClientSecret {
            client: client.parse().unwrap(),
            secret,
            actor: Actor::new("cli"),
        };
        b.store.remove_client_secret(intent).await.unwrap()
    };
    let before = b.mark().await;
    assert_eq!(remove("web", old.id).await, Some(SecretRemoval::Last));
    assert_eq!(remove("web", b.id()).await, Some(SecretRemoval::Unknown));
    assert_eq!(remove("other", old.id).await, None);
    assert_eq!(b.mark().await, before);
    let intent = rotation(b, Span::from_hours(24));
    b.store.rotate_client_secret(intent).await.unwrap();
    let skip = b.events().await.len();
    assert_eq!(remove("web", old.id).await, Some(SecretRemoval::Removed));
    assert_eq!(b.kinds(skip).await, ["client.secret_removed"]);
    assert!(!accepts(b, &old.digest).await);
}

pub async fn many_rotations_at_once_leave_no_more_than_three(b: &Bench) {
    client(b).await;
    let b = Arc::new(b.clone());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (b, intent) = (Arc::clone(&b), rotation(&b, Span::from_hours(1)));
            tokio::spawn(async move { b.store.rotate_client_secret(intent).await.unwrap() })
        })
        .collect();
    let mut rotated = 0;
    for task in tasks {
        match task.await.unwrap() {
            SecretRotation::Rotated { .. } => rotated += 1,
            other => assert_eq!(other, SecretRotation::TooMany),
        }
    }
    assert_eq!(rotated, MOST_SECRETS - 1);
    let kept = b.store.client(&id()).await.unwrap().unwrap();
    assert_eq!(kept.secrets.len(), MOST_SECRETS);
}

pub async fn a_secrets_use_is_recorded_once_in_a_while(b: &Bench) {
    let secret = client(b).await;
    let seen = async || b.store.client(&id()).await.unwrap().unwrap().secrets[0].used_at;
    let used = Use::ClientSecret(id(), secret.id);
    b.store.record_use(used.clone()).await.unwrap();
    let first = b.now();
    b.clock.advance(USE_GRAIN.saturating_sub(Span::from_ms(1)));
    b.store.record_use(used.clone()).await.unwrap();
    assert_eq!(seen().await, Some(first));
    b.clock.advance(Span::from_ms(1));
    b.store.record_use(used).await.unwrap();
    assert_eq!(seen().await, Some(b.now()));
    let nobody = Use::ClientSecret("other".parse().unwrap(), secret.id);
    assert_eq!(b.store.record_use(nobody).await, Ok(()));
}

//! A whole authority in memory for the tests of this crate: its clock is moved by hand, its hashes are cheap.

pub(crate) mod browser;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use axum::{Router, http as ah};
use domain::Id;
use domain::Timestamp;
use domain::testing::{ManualClock, SeededEntropy};
use domain::user::User;
use http_body_util::BodyExt;
use store::intent::{Actor, AddUser, UserAddition};
use store::memory::MemoryStore;
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::config::{Config, RawConfig};
use crate::{Authority, KeyEncryptionKey, World};

/// The password of every user that [`add_user`] makes.
pub(crate) const PASSWORD: &str = "violet anchors beneath nine harbours";

/// The default configuration, with cheap hashes and room for many attempts.
pub(crate) fn config() -> Config {
    let mut config = RawConfig::default().check().unwrap();
    config.login.argon2_memory_kib = 64;
    config.login.argon2_passes = 1;
    config.login.attempts_per_account = 1000;
    config.login.attempts_per_network = 10_000;
    config
}

/// An authority with [`config`] on an empty memory store.
pub(crate) async fn authority() -> (Arc<Authority>, Arc<ManualClock>) {
    authority_with(config()).await
}

/// An authority on an empty memory store.
pub(crate) async fn authority_with(config: Config) -> (Arc<Authority>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let entropy = Arc::new(SeededEntropy::new(7));
    let world = World {
        store: MemoryStore::new(clock.clone(), entropy.clone()),
        clock: clock.clone(),
        entropy,
    };
    let kek = KeyEncryptionKey::new(Zeroizing::new([9; 32]));
    (Authority::open(config, world, kek).await.unwrap(), clock)
}

/// Adds a user whose password is [`PASSWORD`].
pub(crate) async fn add_user(authority: &Authority, name: &str) -> User {
    let password = Zeroizing::new(PASSWORD.to_owned());
    let entropy = Arc::clone(&authority.entropy);
    let user = User {
        id: Id::generate(authority.clock.now(), entropy.as_ref()),
        name: name.to_owned(),
        email: None,
        tenant: None,
        password: Some(authority.passwords.hash(password, entropy).await.unwrap()),
        credential_version: 1,
        disabled_at: None,
        created_at: Timestamp::from_ms(0),
        admin: false,
        must_change_password: false,
    };
    let intent = AddUser {
        user: user.clone(),
        actor: Actor::new("test"),
    };
    let added = authority.store.add_user(intent).await.unwrap();
    assert_eq!(added, UserAddition::Added);
    user
}

/// Sends one request through a router.
pub(crate) async fn send(router: &Router, request: ah::Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

/// The body of an answer, as text.
pub(crate) async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The body of an answer, as JSON.
pub(crate) async fn json(response: Response) -> serde_json::Value {
    serde_json::from_str(&text(response).await).unwrap()
}

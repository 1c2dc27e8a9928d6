//! The demo's user, with a password that is new at every start, and its client.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use authority::Authority;
use domain::client::{Client, GrantType, RefreshPolicy, RegisteredSecret};
use domain::id::Id;
use domain::secret::{ClientSecret, Secret};
use domain::user::User;
use domain::{Clock, Entropy, Span};
use store::StoreError;
use store::intent::{Actor, AddUser, ChangePassword, PasswordChange, UserAddition};
use zeroize::Zeroizing;

use super::{CLIENT, USER};
use crate::failure::Failure;

/// What was seeded.
pub(crate) struct Seeded {
    /// The user's password, for the terminal.
    pub(crate) password: Zeroizing<String>,
    /// The client's secret, for the sample application.
    pub(crate) client_secret: Zeroizing<String>,
}

/// Seeds the store of a demo.
pub(crate) async fn seed(
    authority: &Arc<Authority>,
    data: &Path,
    origin: &str,
    world: (&dyn Clock, &dyn Entropy),
) -> Result<Seeded, Failure> {
    let (clock, entropy) = world;
    let password = password(entropy);
    let phc = authority
        .hash_password(password.clone())
        .await
        .map_err(|error| Failure::fault("cannot make the demo's user").because(&error))?;
    user(authority, phc, clock, entropy).await.map_err(store_fault)?;
    let client_secret = client_secret(data, entropy)?;
    let secret = Secret::<ClientSecret>::parse(&client_secret).map_err(|error| {
        Failure::fault("the demo's client secret is damaged")
            .because(&error)
            .hint("choose another directory with --data")
    })?;
    let client = Client {
        id: CLIENT
            .parse()
            .map_err(|e: domain::name::InvalidName| Failure::fault(e.to_string()))?,
        name: "Sample application".into(),
        tenant: None,
        public: false,
        secrets: vec![RegisteredSecret::new(
            Id::generate(clock.now(), entropy),
            secret.digest(),
            clock.now(),
        )],
        grants: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
        redirect_uris: vec![format!("{origin}/app/token/callback")],
        audiences: vec![format!("{origin}/api")],
        scopes: BTreeSet::from(["hello".to_owned()]),
        consent: false,
        access_token_life: Span::from_mins(15),
        refresh: RefreshPolicy::default(),
        logout: None,
        created_at: clock.now(),
    };
    authority
        .store()
        .add_client(client, Actor::system())
        .await
        .map_err(store_fault)?;
    Ok(Seeded {
        password,
        client_secret,
    })
}

async fn user(
    authority: &Authority,
    phc: String,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let store = authority.store();
    let now = clock.now();
    let user = User {
        id: Id::generate(now, entropy),
        name: USER.into(),
        email: None,
        tenant: None,
        password: Some(phc.clone()),
        credential_version: 1,
        disabled_at: None,
        created_at: now,
        admin: false,
        must_change_password: false,
    };
    if store
        .add_user(AddUser {
            user,
            actor: Actor::system(),
        })
        .await?
        == UserAddition::Added
    {
        return Ok(());
    }
    let Some(known) = store.user_by_name(USER).await? else {
        return Ok(());
    };
    let change = ChangePassword {
        user: known.id,
        password: phc,
        credential_version: known.credential_version,
        must_change: false,
        keep: None,
        actor: Actor::system(),
    };
    match store.change_password(change).await? {
        PasswordChange::Changed { .. } => Ok(()),
        PasswordChange::Outdated | PasswordChange::Unknown => {
            Err(StoreError::Corrupt("the demo's user".into()))
        }
    }
}

/// Sixteen letters and digits that are hard to confuse, in groups: about 79 bits.
fn password(entropy: &dyn Entropy) -> Zeroizing<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = Zeroizing::new([0u8; 16]);
    entropy.fill(bytes.as_mut());
    let letter = |byte: &u8| char::from(LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'a'));
    let groups: Vec<String> = bytes
        .chunks(4)
        .map(|chunk| chunk.iter().map(letter).collect())
        .collect();
    Zeroizing::new(groups.join("-"))
}

/// The client outlives a restart, and so does its secret: a file that only the demo's owner reads.
fn client_secret(data: &Path, entropy: &dyn Entropy) -> Result<Zeroizing<String>, Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = data.join("demo-client");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return Ok(Zeroizing::new(text));
    }
    let text = Secret::<ClientSecret>::generate(entropy).reveal();
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file);
    opened
        .and_then(|mut handle| handle.write_all(text.as_bytes()))
        .map_err(|error| Failure::fault(format!("cannot write {}", file.display())).because(&error))?;
    Ok(text)
}

fn store_fault(error: StoreError) -> Failure {
    Failure::fault("cannot seed the demo's store").because(&error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::SeededEntropy;

    #[test]
    fn a_password_is_long_enough_and_differs() {
        let (one, two) = (password(&SeededEntropy::new(1)), password(&SeededEntropy::new(2)));
        assert_ne!(one, two);
        assert!(one.len() == 19 && domain::password::check_length(&one, domain::password::MIN_CHARS).is_ok());
    }
}

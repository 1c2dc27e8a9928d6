//! As the attacker, who knows names and guesses; and as the owner, who is to be let in all the same.

use std::sync::Arc;

use domain::session::Origin;
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Span, Subject};
use store::intent::{Actor, ChangePassword};
use store::memory::MemoryStore;
use zeroize::Zeroizing;

use super::*;
use crate::flows::login::{Login, LoginRequest, login};
use crate::flows::session::{Live, Presence, Signed, current};
use crate::flows::step_up::{StepUp, step_up};
use crate::testing::{PASSWORD, add_user, authority_with, config};
use crate::{KeyEncryptionKey, World};

const AFTER: u32 = 12;
/// Longer than any wait.
const LATER: Span = Span::from_mins(6);

fn bounded() -> crate::config::Config {
    let mut config = config();
    config.login.lockout.after = AFTER;
    config
}

async fn place() -> (Arc<Authority>, Arc<ManualClock>) {
    authority_with(bounded()).await
}

fn request(name: &str, password: &str, device: Option<&str>) -> LoginRequest {
    LoginRequest {
        username: name.to_owned(),
        password: Zeroizing::new(password.to_owned()),
        address: None,
        origin: Origin::default(),
        presented: None,
        device: device.map(str::to_owned),
    }
}

async fn tried(authority: &Authority, name: &str, password: &str, device: Option<&str>) -> Login {
    login(authority, request(name, password, device)).await.unwrap()
}

async fn signed_in(authority: &Authority, device: Option<&str>) -> Signed {
    let outcome = tried(authority, "ada", PASSWORD, device).await;
    let Login::SignedIn(signed) = outcome else {
        panic!("{outcome:?}")
    };
    *signed
}

/// Guesses until nothing is heard any more; what each guess was answered.
async fn attack(authority: &Authority, clock: &ManualClock, name: &str, rounds: u32) -> Vec<String> {
    let mut answers = Vec::new();
    for _ in 0..rounds {
        answers.push(format!(
            "{:?}",
            tried(authority, name, "a wrong guess", None).await
        ));
        clock.advance(LATER);
    }
    answers
}

async fn live(authority: &Authority, signed: &Signed) -> Live {
    let Presence::Live(live) = current(authority, Some(&signed.cookie)).await.unwrap() else {
        panic!("not here")
    };
    *live
}

#[tokio::test]
async fn nobody_can_lock_out_an_owner_with_a_known_browser() {
    let (authority, clock) = place().await;
    add_user(&authority, "ada").await;
    let device = signed_in(&authority, None).await.device.unwrap();
    attack(&authority, &clock, "ada", AFTER + 5).await;
    let elsewhere = tried(&authority, "ada", PASSWORD, None).await;
    assert!(
        matches!(elsewhere, Login::Refused),
        "not heard from elsewhere: {elsewhere:?}"
    );
    let known = signed_in(&authority, Some(&device)).await;
    // The owner's success ends the lockout, and the browser keeps its name.
    signed_in(&authority, None).await;
    let again = authority.keys.unseal_device(&known.device.unwrap()).unwrap().0;
    assert_eq!(
        again.device,
        authority.keys.unseal_device(&device).unwrap().0.device
    );
}

#[tokio::test]
async fn a_lockout_leaves_a_living_session_its_step_up() {
    let (authority, clock) = place().await;
    add_user(&authority, "ada").await;
    let signed = signed_in(&authority, None).await;
    attack(&authority, &clock, "ada", AFTER + 1).await;
    let here = live(&authority, &signed).await;
    let done = step_up(&authority, &here, Zeroizing::new(PASSWORD.to_owned()), None).await;
    assert!(matches!(done, Ok(StepUp::Done(_))), "{done:?}");
}

#[tokio::test]
async fn a_stolen_session_gets_ten_guesses() {
    let (authority, clock) = place().await;
    add_user(&authority, "ada").await;
    let signed = signed_in(&authority, None).await;
    let here = live(&authority, &signed).await;
    for _ in 0..10 {
        let guess = step_up(&authority, &here, Zeroizing::new("a guess".to_owned()), None).await;
        assert!(matches!(guess, Ok(StepUp::Refused)), "{guess:?}");
        clock.advance(LATER);
    }
    let right = step_up(&authority, &here, Zeroizing::new(PASSWORD.to_owned()), None).await;
    assert!(matches!(right, Ok(StepUp::Refused)), "{right:?}");
    signed_in(&authority, None).await;
}

#[tokio::test]
async fn a_locked_account_and_a_name_that_nobody_has_answer_alike_all_the_way() {
    let (authority, clock) = place().await;
    add_user(&authority, "ada").await;
    let locked = attack(&authority, &clock, "ada", AFTER + 4).await;
    let nobody = attack(&authority, &clock, "nobody of this name", AFTER + 4).await;
    assert_eq!(locked, nobody);
    assert!(locked.iter().all(|answer| answer == "Refused"), "{locked:?}");
    // Without waiting, too: both are told to wait equally long.
    let mut waits = Vec::new();
    for name in ["bob", "no such bob"] {
        if name == "bob" {
            add_user(&authority, name).await;
        }
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(format!("{:?}", tried(&authority, name, "a guess", None).await));
        }
        waits.push(answers);
    }
    assert_eq!(waits[0], waits[1]);
    assert!(waits[0][7].contains("retry_after_s: 1"), "{waits:?}");
}

#[tokio::test]
async fn an_attempt_that_is_not_heard_costs_a_hash_as_well() {
    let (authority, clock) = place().await;
    add_user(&authority, "ada").await;
    attack(&authority, &clock, "ada", AFTER + 1).await;
    let room = authority.passwords.room();
    let held = authority.passwords.hold().await;
    let racing = Arc::clone(&authority);
    let login = tokio::spawn(async move { tried(&racing, "ada", PASSWORD, None).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(authority.passwords.room(), room - 1, "waits for a place to hash");
    drop(held);
    assert!(matches!(login.await.unwrap(), Login::Refused));
}

#[tokio::test]
async fn a_guesser_cannot_reset_the_count() {
    let (authority, clock) = place().await;
    add_user(&authority, "ada").await;
    add_user(&authority, "eve").await;
    for _ in 0..AFTER {
        tried(&authority, "ada", "a guess", None).await;
        clock.advance(LATER);
        let eve = tried(&authority, "eve", PASSWORD, None).await;
        assert!(matches!(eve, Login::SignedIn(_)));
    }
    // A device cookie of eve's is none of ada's, in whatever spelling ada is named.
    let Login::SignedIn(eve) = tried(&authority, "eve", PASSWORD, None).await else {
        panic!("eve")
    };
    for name in ["ada", "ADA", " ada "] {
        let outcome = tried(&authority, name, PASSWORD, eve.device.as_deref()).await;
        assert!(matches!(outcome, Login::Refused), "{name}: {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_guesses_do_not_outnumber_the_bound() {
    let (authority, _) = place().await;
    let user = add_user(&authority, "ada").await;
    let mut racing = Vec::new();
    for _ in 0..40 {
        let authority = Arc::clone(&authority);
        racing.push(tokio::spawn(async move {
            login(&authority, request("ada", "a guess", None)).await
        }));
    }
    for one in racing {
        one.await.unwrap().ok();
    }
    let counted = authority.store.failures(user.id).await.unwrap().count;
    assert_eq!(counted, 5, "as many as are heard without a wait");
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let clock = Arc::new(ManualClock::default());
    let entropy = Arc::new(SeededEntropy::new(7));
    let store = MemoryStore::new(clock.clone(), entropy.clone());
    let open = || async {
        let world = World {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let kek = KeyEncryptionKey::new(Zeroizing::new([9; 32]));
        Authority::open(bounded(), world, kek).await.unwrap()
    };
    let before = open().await;
    add_user(&before, "ada").await;
    let device = signed_in(&before, None).await.device;
    attack(&before, &clock, "ada", AFTER).await;
    attack(&before, &clock, "nobody", AFTER).await;
    drop(before);
    let after = open().await;
    for name in ["ada", "nobody"] {
        let outcome = tried(&after, name, PASSWORD, None).await;
        assert!(matches!(outcome, Login::Refused), "{name}: {outcome:?}");
    }
    signed_in(&after, device.as_deref()).await;
}

#[tokio::test]
async fn a_device_cookie_dies_with_what_it_came_from() {
    let (authority, clock) = place().await;
    let user = add_user(&authority, "ada").await;
    let heard = |device: Option<String>| {
        let authority = Arc::clone(&authority);
        async move {
            matches!(
                tried(&authority, "ada", PASSWORD, device.as_deref()).await,
                Login::SignedIn(_)
            )
        }
    };
    let locked = || async {
        attack(&authority, &clock, "ada", AFTER + 1).await;
    };
    let device = signed_in(&authority, None).await.device;
    locked().await;
    let tampered = device
        .clone()
        .map(|value| format!("{}A", &value[..value.len() - 1]));
    assert!(!heard(tampered).await && heard(device.clone()).await);
    // The user is disabled, and enabled again.
    authority
        .store
        .disable_user(user.id, Actor::new("cli"))
        .await
        .unwrap();
    assert!(!heard(device.clone()).await);
    authority
        .store
        .enable_user(user.id, Actor::new("cli"))
        .await
        .unwrap();
    locked().await;
    assert!(!heard(device).await, "what was revoked does not come back");
    authority
        .store
        .unlock_user(user.id, Actor::new("cli"))
        .await
        .unwrap();
    // The password is set anew, though it be the same.
    let device = signed_in(&authority, None).await.device;
    let change = ChangePassword {
        user: user.id,
        password: user.password.clone().unwrap(),
        credential_version: 1,
        must_change: false,
        keep: None,
        actor: Actor::new("cli"),
    };
    authority.store.change_password(change).await.unwrap();
    locked().await;
    assert!(!heard(device).await);
    let told = authority
        .store
        .events_told(&Subject::User(user.id), None, 100)
        .await
        .unwrap();
    let count = |kind: &str| told.iter().filter(|event| event.kind == kind).count();
    assert_eq!((count("user.lockout_begun"), count("user.lockout_ended")), (3, 2));
}

/// The owner's hash was made by other parameters: a login replaces it, and nothing else changes.
#[tokio::test]
async fn an_old_hash_is_replaced_at_login_and_no_session_ends() {
    let (authority, _) = place().await;
    let user = add_user(&authority, "ada").await;
    let first = signed_in(&authority, None).await;
    let mut stronger = bounded();
    stronger.login.argon2_memory_kib = 128;
    let world = World {
        store: Arc::clone(&authority.store),
        clock: Arc::clone(&authority.clock),
        entropy: Arc::clone(&authority.entropy),
    };
    let kek = KeyEncryptionKey::new(Zeroizing::new([9; 32]));
    let authority = Authority::open(stronger, world, kek).await.unwrap();
    let kept = || async { authority.store.user(user.id).await.unwrap().unwrap() };
    assert!(matches!(
        tried(&authority, "ada", "a guess", None).await,
        Login::Refused
    ));
    assert_eq!(kept().await, user, "a wrong password changes nothing");
    signed_in(&authority, None).await;
    let after = kept().await;
    assert!(after.password.as_deref().unwrap().contains("m=128,"));
    assert_eq!(after.credential_version, user.credential_version);
    live(&authority, &first).await;
    signed_in(&authority, None).await;
    assert_eq!(kept().await.password, after.password, "once");
}

#[tokio::test]
async fn a_kept_hash_chooses_no_cost_of_its_own() {
    let (authority, _) = place().await;
    let user = add_user(&authority, "ada").await;
    let bomb = user.password.clone().unwrap().replace("m=64,", "m=2097152,");
    for kept in ["plain", "$argon2id$nonsense", bomb.as_str()] {
        let password = Zeroizing::new(PASSWORD.to_owned());
        assert_eq!(
            authority.passwords.verify(password, Some(kept)).await.ok(),
            Some(false)
        );
    }
}

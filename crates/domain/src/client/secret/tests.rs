use super::*;
use crate::client::RefreshPolicy;
use crate::testing::SeededEntropy;

const START: Timestamp = Timestamp::from_ms(1_000_000);

fn secret(n: u8, now: Timestamp) -> RegisteredSecret {
    let id = Id::generate(now, &SeededEntropy::new(u64::from(n)));
    RegisteredSecret::new(id, Digest::from_bytes([n; 32]), now)
}

fn client(secrets: Vec<RegisteredSecret>) -> Client {
    Client {
        id: "ci".parse().unwrap(),
        name: String::new(),
        tenant: None,
        public: false,
        secrets,
        grants: std::collections::BTreeSet::new(),
        redirect_uris: vec![],
        audiences: vec![],
        scopes: std::collections::BTreeSet::new(),
        consent: false,
        access_token_life: Span::from_mins(5),
        refresh: RefreshPolicy::default(),
        logout: None,
        created_at: START,
    }
}

fn good(client: &Client, n: u8, now: Timestamp) -> bool {
    client.accepts_secret(&Digest::from_bytes([n; 32]), now).is_some()
}

#[test]
fn both_are_good_in_the_overlap_and_one_after_it() {
    let mut c = client(vec![secret(1, START)]);
    assert!(c.rotate_secret(secret(2, START), START, Span::from_hours(24)));
    let end = START + Span::from_hours(24);
    let just_before = Timestamp::from_ms(end.as_ms() - 1);
    assert!(good(&c, 1, just_before) && good(&c, 2, just_before));
    assert!(!good(&c, 1, end), "at its end it is refused");
    assert!(good(&c, 2, end));
    assert!(!good(&c, 3, START), "a stranger's");
}

#[test]
fn without_an_overlap_the_old_one_ends_at_once() {
    let mut c = client(vec![secret(1, START)]);
    assert!(c.rotate_secret(secret(2, START), START, Span::default()));
    assert!(!good(&c, 1, START) && good(&c, 2, START));
    assert_eq!(c.secrets.len(), 1);
}

#[test]
fn an_end_that_was_settled_is_never_put_off() {
    let mut c = client(vec![secret(1, START)]);
    c.rotate_secret(secret(2, START), START, Span::from_hours(1));
    assert!(c.rotate_secret(secret(3, START), START, Span::from_hours(48)));
    let later = START + Span::from_hours(1);
    assert!(!good(&c, 1, later) && good(&c, 2, later) && good(&c, 3, later));
}

#[test]
fn there_are_at_most_three_and_what_has_ended_makes_room() {
    let mut c = client(vec![secret(1, START)]);
    for n in [2, 3] {
        assert!(c.rotate_secret(secret(n, START), START, Span::from_hours(1)));
    }
    let before = c.clone();
    assert!(!c.rotate_secret(secret(4, START), START, Span::from_hours(1)));
    assert_eq!(c, before, "a refusal changes nothing");
    let later = START + Span::from_hours(1);
    assert!(c.rotate_secret(secret(4, later), later, Span::from_hours(1)));
    assert_eq!(c.secrets.len(), 2);
}

#[test]
fn the_last_live_secret_cannot_be_removed() {
    let (one, two) = (secret(1, START), secret(2, START));
    let mut c = client(vec![one]);
    assert_eq!(c.remove_secret(one.id, START), SecretRemoval::Last);
    c.rotate_secret(two, START, Span::from_hours(1));
    assert_eq!(
        c.remove_secret(secret(9, START).id, START),
        SecretRemoval::Unknown
    );
    assert_eq!(
        c.remove_secret(two.id, START + Span::from_hours(1)),
        SecretRemoval::Last,
        "the other one has ended"
    );
    assert_eq!(c.remove_secret(one.id, START), SecretRemoval::Removed);
    assert!(!good(&c, 1, START) && good(&c, 2, START) && !c.is_public());
}

//! Session cookies through the whole checker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use domain::cookie::{Purpose, SealingKey};
use domain::feed::SessionAnswer;
use domain::id::Id;
use domain::revocation::Target;
use domain::session::Session;
use domain::{Clock, Span, Subject};
use http::Method;
use std::sync::Arc;
use support::{APP, Sent, World, word};
use verifier::Outcome;

const APPS: &str = r#"[{"name":"open-form","match":{"path":"/form"},"csrf":false},{"name":"all"}]"#;

fn app() -> Purpose {
    Purpose::Application(APP.parse().unwrap())
}

struct SignedIn {
    world: World,
    session: Session,
    value: String,
    csrf: String,
    answer: SessionAnswer,
}

impl SignedIn {
    fn new() -> Self {
        let world = World::new(APPS);
        let session = world.session();
        let (value, csrf) = world.cookie(&session, 9, &app());
        let answer = world.answer(&session, 9, &app());
        Self {
            world,
            session,
            value,
            csrf,
            answer,
        }
    }

    fn get(&self) -> String {
        let sent = Sent::get(APP, "/").cookie(&self.value);
        word(&self.world.check(&sent, Some(&self.answer)))
    }
}

#[test]
fn a_cold_cookie_asks_once_and_then_memory_is_enough() {
    let s = SignedIn::new();
    let sent = Sent::get(APP, "/").cookie(&s.value);
    assert_eq!(word(&s.world.checker.check(&sent.judged())), "needs_session");
    assert_eq!(s.get(), "permit");
    let Outcome::Permit(permit) = s.world.checker.check(&sent.judged()) else {
        panic!("asked again")
    };
    let mut headers = http::HeaderMap::new();
    permit.write_identity(&mut headers);
    assert_eq!(headers["symbolon-session"], s.session.id.to_string());
    assert!(!headers.contains_key("symbolon-client") && !headers.contains_key("symbolon-scope"));
}

#[test]
fn a_cookie_of_another_make_is_refused() {
    let s = SignedIn::new();
    let (authority, _) = s.world.cookie(&s.session, 9, &Purpose::Authority);
    let (elsewhere, _) = s
        .world
        .cookie(&s.session, 9, &Purpose::Application("b.example".parse().unwrap()));
    let mut changed = s.value.clone().into_bytes();
    changed[40] = if changed[40] == b'A' { b'B' } else { b'A' };
    for value in [
        authority,
        elsewhere,
        String::from_utf8(changed).unwrap(),
        "x".into(),
        s.value[1..].into(),
    ] {
        let sent = Sent::get(APP, "/").cookie(&value);
        assert_eq!(word(&s.world.check(&sent, Some(&s.answer))), "malformed");
    }
    let mut other = World::new(APPS);
    other.sealing = Arc::new(SealingKey::generate(&other.entropy));
    let (foreign, _) = other.cookie(&s.session, 9, &app());
    assert_eq!(
        word(
            &s.world
                .check(&Sent::get(APP, "/").cookie(&foreign), Some(&s.answer))
        ),
        "malformed"
    );
    let wrong_host = Sent::get("b.example", "/").cookie(&s.value);
    assert_eq!(word(&s.world.check(&wrong_host, Some(&s.answer))), "malformed");
    assert_eq!(s.get(), "permit");
    assert_eq!(
        word(&s.world.check(&wrong_host, Some(&s.answer))),
        "malformed",
        "memory keeps hosts apart"
    );
}

#[test]
fn the_store_must_know_the_secret() {
    let s = SignedIn::new();
    let sent = Sent::get(APP, "/").cookie(&s.value);
    let answer = |secret, generation| {
        let mut answer = s.world.answer(&s.session, secret, &app());
        answer.face.generation = generation;
        answer
    };
    let mut stranger = s.answer.clone();
    stranger.session.id = Id::from_bytes([8; 16]);
    let mut host = s.answer.clone();
    host.face.purpose = Purpose::Authority;
    for (answer, expected) in [
        (None, "revoked"),
        (Some(answer(8, 1)), "malformed"),
        (Some(answer(8, 2)), "revoked"),
        (Some(answer(9, 2)), "revoked"),
        (Some(stranger), "unavailable"),
        (Some(host), "unavailable"),
        (Some(s.answer.clone()), "permit"),
    ] {
        assert_eq!(word(&s.world.check(&sent, answer.as_ref())), expected);
    }
}

#[test]
fn a_replaced_secret_counts_within_its_grace_only() {
    let mut s = SignedIn::new();
    s.answer = s.world.answer(&s.session, 8, &app());
    s.answer.face.generation = 2;
    let old = s.world.answer(&s.session, 9, &app()).face.digest;
    s.answer.face.previous = Some((old, s.world.at(Span::from_secs(5))));
    assert_eq!(s.get(), "permit");
    s.world.clock.advance(Span::from_secs(5));
    s.world.renew();
    assert_eq!(s.get(), "expired");
    assert_eq!(
        word(
            &s.world
                .check(&Sent::get(APP, "/x").cookie(&s.value), Some(&s.answer))
        ),
        "expired"
    );
    let (cold, _) = s.world.cookie(&s.session, 9, &app());
    assert_eq!(
        word(&s.world.check(&Sent::get(APP, "/").cookie(&cold), Some(&s.answer))),
        "revoked"
    );
}

#[test]
fn every_class_of_revocation_refuses_a_warm_session() {
    let key = |w: &World| Target::Key(jose::KeyId::new(w.sealing.id().to_string().as_str()).unwrap());
    let targets: [&dyn Fn(&World) -> Target; 7] = [
        &|_| Target::All,
        &|_| Target::Tenant("acme".parse().unwrap()),
        &|_| Target::Subject(Subject::User(Id::from_bytes([2; 16]))),
        &|_| Target::Device(Id::from_bytes([3; 16])),
        &|_| Target::Session(Id::from_bytes([1; 16])),
        &|_| Target::SessionSecret(Id::from_bytes([1; 16]), 2),
        &key,
    ];
    for target in targets {
        let mut s = SignedIn::new();
        assert_eq!(s.get(), "permit");
        let target = target(&s.world);
        s.world.revoke(target.clone());
        assert_eq!(s.get(), "revoked", "{target:?}");
    }
}

#[test]
fn a_lower_generation_of_another_session_lives_on() {
    let mut s = SignedIn::new();
    s.world.revoke(Target::SessionSecret(Id::from_bytes([8; 16]), 2));
    s.world.revoke(Target::SessionSecret(Id::from_bytes([1; 16]), 1));
    assert_eq!(s.get(), "permit");
}

#[test]
fn idleness_is_never_judged_from_memory_alone() {
    let mut s = SignedIn::new();
    assert_eq!(s.get(), "permit");
    s.world.clock.advance(Span::from_mins(30));
    s.world.renew();
    let sent = Sent::get(APP, "/").cookie(&s.value);
    assert_eq!(word(&s.world.checker.check(&sent.judged())), "needs_session");
    assert_eq!(s.get(), "idle", "nobody saw it since");
    s.answer.session.active_at = s.world.clock.now() - Span::from_mins(1);
    assert_eq!(s.get(), "permit", "another edge saw it");
    s.world.clock.advance(Span::from_mins(29));
    s.world.renew();
    assert_eq!(s.get(), "permit", "this check moved its activity on");
}

#[test]
fn activity_is_reported_once_and_never_later_than_true() {
    let mut s = SignedIn::new();
    assert_eq!(s.get(), "permit");
    assert!(
        s.world.checker.take_activity().is_empty(),
        "no later than the authority knows"
    );
    s.world.clock.advance(Span::from_secs(4));
    s.world.renew();
    assert_eq!(s.get(), "permit");
    let now = s.world.clock.now();
    s.world.clock.advance(Span::from_secs(2));
    assert_eq!(s.world.checker.take_activity(), [(s.session.id, now)]);
    assert!(s.world.checker.take_activity().is_empty());
}

#[test]
fn the_absolute_end_holds_in_memory() {
    let mut s = SignedIn::new();
    s.session.expires_at = s.world.at(Span::from_mins(10));
    s.answer = s.world.answer(&s.session, 9, &app());
    assert_eq!(s.get(), "permit");
    s.world.clock.advance(Span::from_mins(10));
    s.world.renew();
    assert_eq!(s.get(), "expired");
}

#[test]
fn csrf_defence_asks_for_page_and_token() {
    let s = SignedIn::new();
    assert_eq!(s.get(), "permit");
    let same = ("sec-fetch-site", "same-origin");
    let token = ("x-csrf-token", s.csrf.as_str());
    let origin = ("origin", "https://app.example");
    for (headers, expected) in [
        (&[same, token][..], "permit"),
        (&[origin, token], "permit"),
        (&[same, token, ("origin", "https://evil.example")], "permit"),
        (&[token], "csrf"),
        (&[same], "csrf"),
        (&[origin], "csrf"),
        (&[("sec-fetch-site", "cross-site"), token], "csrf"),
        (&[("sec-fetch-site", "same-site"), token], "csrf"),
        (&[("sec-fetch-site", "none"), token], "csrf"),
        (&[("sec-fetch-site", "cross-site"), origin, token], "csrf"),
        (&[("origin", "https://evil.example"), token], "csrf"),
        (&[("origin", "http://app.example"), token], "csrf"),
        (&[("origin", "https://app.example.evil"), token], "csrf"),
        (&[("origin", "null"), token], "csrf"),
        (&[same, same, token], "csrf"),
        (&[same, token, token], "csrf"),
        (&[same, ("x-csrf-token", "")], "csrf"),
        (&[same, ("x-csrf-token", &s.csrf[1..])], "csrf"),
    ] {
        for method in [
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::TRACE,
        ] {
            let mut sent = Sent::get(APP, "/").method(method.clone()).cookie(&s.value);
            for (name, value) in headers {
                sent = sent.header(name, value);
            }
            assert_eq!(
                word(&s.world.check(&sent, Some(&s.answer))),
                expected,
                "{method} {headers:?}"
            );
        }
    }
    let form = Sent::get(APP, "/form").method(Method::POST).cookie(&s.value);
    assert_eq!(
        word(&s.world.check(&form, Some(&s.answer))),
        "permit",
        "the route does without"
    );
}

#[test]
fn csrf_defence_is_never_asked_of_a_token() {
    let world = World::new(APPS);
    let sent = Sent::get(APP, "/")
        .method(Method::POST)
        .bearer(&world.token(&world.claims()));
    assert_eq!(word(&world.check(&sent, None)), "permit");
}

#[test]
fn another_sessions_csrf_token_does_not_count() {
    let s = SignedIn::new();
    let (_, foreign) = s.world.cookie(&s.session, 8, &app());
    let sent = Sent::get(APP, "/")
        .method(Method::POST)
        .cookie(&s.value)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(
        word(
            &s.world
                .check(&sent.header("x-csrf-token", &foreign), Some(&s.answer))
        ),
        "csrf"
    );
}

#[test]
fn two_credentials_or_two_cookies_are_refused() {
    let s = SignedIn::new();
    let token = s.world.token(&s.world.claims());
    let both = Sent::get(APP, "/").cookie(&s.value).bearer(&token);
    let twice = Sent::get(APP, "/").cookie(&s.value).cookie(&s.value);
    let cases = Sent::get(APP, "/")
        .cookie(&s.value)
        .header("cookie", "__host-symbolon=x");
    for sent in [both, twice, cases] {
        assert_eq!(
            word(&s.world.check(&sent, Some(&s.answer))),
            "ambiguous_credential"
        );
    }
}

#[test]
fn new_keys_make_a_cookie_prove_itself_again() {
    let mut s = SignedIn::new();
    assert_eq!(s.get(), "permit");
    s.world.install_keys(2);
    let sent = Sent::get(APP, "/").cookie(&s.value);
    assert_eq!(
        word(&s.world.checker.check(&sent.judged())),
        "permit",
        "it still opens: nobody is asked"
    );
    s.world.sealing = Arc::new(SealingKey::generate(&s.world.entropy));
    s.world.install_keys(3);
    assert_eq!(s.get(), "malformed", "its sealing key is gone");
}

#[test]
fn memory_is_bounded_and_loses_no_activity() {
    let mut world = World::new(APPS);
    let mut ids = Vec::new();
    for number in 0..200u8 {
        let mut session = world.session();
        session.id = Id::from_bytes([number; 16]);
        session.active_at = session.active_at - Span::from_secs(1);
        let (value, _) = world.cookie(&session, number, &app());
        let answer = world.answer(&session, number, &app());
        let sent = Sent::get(APP, "/").cookie(&value);
        assert_eq!(word(&world.check(&sent, Some(&answer))), "permit", "{number}");
        ids.push((session.id, world.clock.now(), sent));
    }
    let mut told = world.checker.take_activity();
    told.sort();
    assert_eq!(told, ids.iter().map(|(id, at, _)| (*id, *at)).collect::<Vec<_>>());
    world.renew();
    let warm = ids
        .iter()
        .filter(|(_, _, sent)| word(&world.checker.check(&sent.judged())) == "permit")
        .count();
    assert!((32..=64).contains(&warm), "{warm} of 200 in 64 places");
}

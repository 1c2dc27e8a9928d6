use domain::Seq;
use domain::revocation::Position;

use super::*;

fn at(ms: u64) -> Moment {
    Moment { ms, order: ms }
}

fn seq(n: u64) -> Seq {
    Seq::from_u64((1 << 36) + n).unwrap()
}

/// A credential from 10, revoked at 100, enforced at 200; the lease is 1000 and the margin 4.
fn history(check: Check) -> History {
    let subject: domain::Subject = "client:billing".parse().unwrap();
    History {
        lease_ms: 1000,
        margin_ms: 4,
        credentials: vec![Credential {
            began: at(10),
            position: Position::of(subject.clone(), seq(0)),
        }],
        revocations: vec![Revocation {
            target: Target::Subject(subject),
            seq: seq(1),
            committed: at(100),
            frozen: Some(at(100)),
            enforced: Some(at(200)),
            disturbed: false,
        }],
        checks: vec![check],
    }
}

fn accepted_at(ms: u64, frontier: u64, staleness_ms: u64) -> Check {
    Check {
        at: at(ms),
        credential: 0,
        frontier: seq(frontier),
        result: CheckResult::Accepted { staleness_ms },
    }
}

fn properties(history: &History) -> Vec<&'static str> {
    check(history)
        .into_iter()
        .map(|violation| violation.property)
        .collect()
}

#[test]
fn accepting_before_the_revocation_or_before_it_is_enforced_is_allowed() {
    assert!(properties(&history(accepted_at(99, 0, 0))).is_empty());
    assert!(properties(&history(accepted_at(150, 0, 50))).is_empty());
}

#[test]
fn accepting_after_enforced_after_the_lease_and_with_a_false_staleness_is_found() {
    assert_eq!(properties(&history(accepted_at(201, 1, 0))), ["P1"]);
    let mut late = history(accepted_at(1105, 1, 0));
    late.revocations[0].enforced = None;
    assert_eq!(properties(&late), ["P2"]);
    late.checks[0].at = at(1104);
    assert!(properties(&late).is_empty());
    assert_eq!(properties(&history(accepted_at(150, 0, 45))), ["P3"]);
    assert!(properties(&history(accepted_at(150, 0, 46))).is_empty());
}

#[test]
fn who_began_later_is_not_covered_and_must_not_be_refused() {
    let refusal = Check {
        result: CheckResult::Revoked,
        ..accepted_at(150, 1, 0)
    };
    let mut later = history(refusal);
    assert!(properties(&later).is_empty());
    later.credentials[0].began = at(101);
    assert_eq!(properties(&later), ["P4"]);
    later.checks[0] = accepted_at(5000, 1, 0);
    assert!(properties(&later).is_empty());
}

#[test]
fn enforced_that_returns_too_late_is_found_unless_the_authority_was_replaced() {
    let mut slow = history(accepted_at(50, 0, 0));
    slow.revocations[0].enforced = Some(at(1104));
    assert!(properties(&slow).is_empty());
    slow.revocations[0].enforced = Some(at(1105));
    assert_eq!(properties(&slow), ["P5"]);
    slow.revocations[0].disturbed = true;
    assert!(properties(&slow).is_empty());
}

#[test]
fn every_class_covers_what_it_names() {
    let subject: domain::Subject = "client:billing".parse().unwrap();
    let key = jose_key();
    let position = Position {
        tenant: Some("acme".parse().unwrap()),
        client: Some("billing".parse().unwrap()),
        device: Some(domain::Id::from_bytes([1; 16])),
        grant: Some(domain::Id::from_bytes([2; 16])),
        session: Some(domain::Id::from_bytes([3; 16])),
        jti: Some(domain::Id::from_bytes([4; 16])),
        generation: Some(1),
        key: Some(key),
        ..Position::of(subject, seq(0))
    };
    for class in domain::revocation::Class::ALL {
        let of = |position: &Position| super::super::people::target_of(class, position);
        let target = of(&position).unwrap();
        assert!(names(&target, &position), "{class}");
        let other = Position::of("client:other".parse().unwrap(), seq(0));
        assert_eq!(
            names(&target, &other),
            class == domain::revocation::Class::All,
            "{class}"
        );
    }
}

fn jose_key() -> jose::KeyId {
    jose::KeyId::new("k1").unwrap()
}

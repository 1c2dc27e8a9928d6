use super::*;

fn seq(n: u64) -> Seq {
    Seq::from_u64((1 << 36) + n).unwrap()
}

fn position(rs: u64) -> Position {
    Position {
        tenant: Some("acme".parse().unwrap()),
        client: Some("web".parse().unwrap()),
        device: Some(Id::from_bytes([1; 16])),
        grant: Some(Id::from_bytes([2; 16])),
        session: Some(Id::from_bytes([3; 16])),
        jti: Some(Id::from_bytes([4; 16])),
        generation: Some(2),
        key: Some(KeyId::new("k1").unwrap()),
        ..Position::of(Subject::User(Id::from_bytes([5; 16])), seq(rs))
    }
}

fn targets() -> Vec<Target> {
    vec![
        Target::All,
        Target::Tenant("acme".parse().unwrap()),
        Target::Client("web".parse().unwrap()),
        Target::Subject(Subject::User(Id::from_bytes([5; 16]))),
        Target::Device(Id::from_bytes([1; 16])),
        Target::Grant(Id::from_bytes([2; 16])),
        Target::Session(Id::from_bytes([3; 16])),
        Target::Jti(Id::from_bytes([4; 16])),
    ]
}

#[test]
fn each_class_refuses_what_stands_below_its_mark_and_nothing_else() {
    for target in targets() {
        let map = RevocationMap::default();
        map.apply(&target, seq(10));
        assert_eq!(map.judge(&position(9)), Judgement::Revoked(target.class()));
        // P4: authentication that began at or after the commit is never refused.
        assert_eq!(map.judge(&position(10)), Judgement::Clear, "{target:?}");
        let stranger = Position::of(Subject::User(Id::from_bytes([9; 16])), seq(9));
        let expected = if target == Target::All {
            Judgement::Revoked(Class::All)
        } else {
            Judgement::Clear
        };
        assert_eq!(map.judge(&stranger), expected);
    }
}

#[test]
fn a_generation_is_compared_with_the_cookie_and_never_with_rs() {
    let map = RevocationMap::default();
    let session = Id::from_bytes([3; 16]);
    map.apply(&Target::SessionSecret(session, 3), seq(10));
    assert_eq!(map.judge(&position(99)), Judgement::Revoked(Class::SessionSecret));
    assert_eq!(
        map.judge(&Position {
            generation: Some(3),
            ..position(1)
        }),
        Judgement::Clear
    );
    assert_eq!(
        map.judge(&Position {
            generation: None,
            ..position(1)
        }),
        Judgement::Clear
    );
}

#[test]
fn a_key_is_absolute() {
    let map = RevocationMap::default();
    map.apply(&Target::Key(KeyId::new("k1").unwrap()), seq(1));
    assert_eq!(map.judge(&position(1_000_000)), Judgement::Revoked(Class::Key));
}

#[test]
fn marks_only_rise() {
    for target in targets() {
        let map = RevocationMap::default();
        map.apply(&target, seq(10));
        map.apply(&target, seq(10));
        map.apply(&target, seq(4));
        assert_eq!(map.judge(&position(9)), Judgement::Revoked(target.class()));
        assert_eq!(map.len(), 1);
    }
}

/// A position that has nothing but what a target names.
fn only(target: &Target) -> Position {
    let (whole, at) = (position(9), seq(9));
    let nobody = Position::of(Subject::User(Id::from_bytes([9; 16])), at);
    let Position {
        session, generation, ..
    } = whole;
    match target.class() {
        Class::Subject => Position::of(whole.subject, at),
        Class::Tenant => Position {
            tenant: whole.tenant,
            ..nobody
        },
        Class::Client => Position {
            client: whole.client,
            ..nobody
        },
        Class::Device => Position {
            device: whole.device,
            ..nobody
        },
        Class::Grant => Position {
            grant: whole.grant,
            ..nobody
        },
        Class::Jti => Position {
            jti: whole.jti,
            ..nobody
        },
        Class::Key => Position {
            key: whole.key,
            ..nobody
        },
        Class::SessionSecret => Position {
            session,
            generation,
            rs: seq(10),
            ..nobody
        },
        Class::All | Class::Session => Position { session, ..nobody },
    }
}

#[test]
fn no_mark_is_forgotten_when_there_are_many() {
    let map = RevocationMap::default();
    let mut marked = targets();
    marked.retain(|target| *target != Target::All);
    marked.extend([
        Target::SessionSecret(Id::from_bytes([3; 16]), 3),
        Target::Key(KeyId::new("k1").unwrap()),
    ]);
    for target in &marked {
        map.apply(target, seq(10));
    }
    let id = |number: u64| Id::from_bytes((u128::from(number) << 64 | 7).to_be_bytes());
    let of = |number| Position {
        session: Some(id(number)),
        ..Position::of(Subject::User(Id::from_bytes([9; 16])), seq(9))
    };
    // The filter in front grows several times on the way.
    for number in 0..5_000 {
        map.apply(&Target::Session(id(number)), seq(10));
        assert_eq!(map.judge(&of(number)), Judgement::Revoked(Class::Session));
    }
    assert!((0..5_000).all(|number| map.judge(&of(number)) == Judgement::Revoked(Class::Session)));
    assert_eq!(map.judge(&of(5_000)), Judgement::Clear);
    for target in &marked {
        assert_eq!(
            map.judge(&only(target)),
            Judgement::Revoked(target.class()),
            "{target:?}"
        );
    }
}

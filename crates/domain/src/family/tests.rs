use super::*;
use crate::id::Id;
use crate::seq::Seq;
use crate::subject::Subject;
use crate::testing::SeededEntropy;

struct Bench {
    family: Family,
    tokens: Vec<RefreshToken>,
    entropy: SeededEntropy,
}

fn origin(n: u8) -> Origin {
    Origin::new(Some([203, 0, n, 1].into()), &format!("agent {n}"))
}

fn bench(public: bool) -> Bench {
    let entropy = SeededEntropy::new(5);
    let lineage = LineageKey::generate(&entropy);
    let id = Id::from_bytes([1; 16]);
    let first = RefreshToken::generate(id, 1, &lineage, &entropy);
    let family = Family {
        id,
        grant: Id::from_bytes([2; 16]),
        client: "web".parse().unwrap(),
        public,
        position: Position::of(Subject::User(Id::from_bytes([3; 16])), Seq::default()),
        lineage,
        generation: 1,
        current: first.digest(),
        previous: None,
        foreign_streak: 0,
        used_at: Timestamp::from_secs(0),
        idle: Span::from_hours(1),
        expires_at: Timestamp::from_secs(7200),
        retry_window: Span::from_secs(10),
        rotate: true,
    };
    Bench {
        family,
        tokens: vec![first],
        entropy,
    }
}

impl Bench {
    fn present(&mut self, index: usize, from: u8, at: u64) -> RotateVerdict {
        let token = &self.tokens[index];
        let client = "web".parse().unwrap();
        let (request, successor) =
            RotateRequest::prepare(token, &self.family.lineage, client, origin(from), &self.entropy).unwrap();
        let issued = self.family.lineage.issued(token);
        let now = Timestamp::from_secs(at);
        let verdict = self.family.judge(&request, issued, now);
        match verdict {
            RotateVerdict::Rotate => {
                self.family = self.family.rotated(&request, now);
                self.tokens.push(successor);
            }
            RotateVerdict::Retry => {
                let sealed = self.family.previous.as_ref().unwrap().successor.clone();
                let same = open_successor(&self.tokens[index], &sealed).unwrap();
                assert_eq!(same.digest(), self.family.current);
                self.family = self.family.retried(&request);
            }
            _ => {}
        }
        verdict
    }
}

#[test]
fn a_retry_inside_the_window_gets_the_same_successor() {
    let mut b = bench(false);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Rotate);
    for _ in 0..100 {
        assert_eq!(b.present(0, 1, 109), RotateVerdict::Retry);
    }
    assert_eq!(b.present(0, 1, 110), RotateVerdict::Replay);
}

#[test]
fn the_successors_first_use_closes_the_window() {
    let mut b = bench(false);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Rotate);
    assert_eq!(b.present(1, 1, 101), RotateVerdict::Rotate);
    assert_eq!(b.present(0, 1, 101), RotateVerdict::Replay);
    assert_eq!(b.present(1, 1, 102), RotateVerdict::Retry);
}

#[test]
fn a_public_client_has_two_retries() {
    let mut b = bench(true);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Rotate);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Retry);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Retry);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Replay);
}

#[test]
fn a_third_generation_retried_from_elsewhere_is_theft() {
    let mut b = bench(true);
    for generation in 0..3 {
        let at = 100 + generation as u64 * 20;
        assert_eq!(b.present(generation, 1, at), RotateVerdict::Rotate);
        let expected = if generation < 2 {
            RotateVerdict::Retry
        } else {
            RotateVerdict::Replay
        };
        assert_eq!(
            b.present(generation, 2, at + 1),
            expected,
            "generation {generation}"
        );
    }
}

#[test]
fn a_quiet_generation_breaks_the_streak() {
    let mut b = bench(true);
    for (generation, foreign) in [(0, true), (1, true), (2, false), (3, true), (4, true)] {
        let at = 100 + generation as u64 * 20;
        assert_eq!(b.present(generation, 1, at), RotateVerdict::Rotate);
        if foreign {
            assert_eq!(
                b.present(generation, 2, at + 1),
                RotateVerdict::Retry,
                "generation {generation}"
            );
        }
    }
}

#[test]
fn ends_never_move() {
    let mut b = bench(false);
    assert_eq!(b.present(0, 1, 3599), RotateVerdict::Rotate);
    assert_eq!(b.present(1, 1, 7198), RotateVerdict::Rotate);
    assert_eq!(b.present(2, 1, 7200), RotateVerdict::Expired);
    let mut idle = bench(false);
    assert_eq!(idle.present(0, 1, 3600), RotateVerdict::Expired);
}

#[test]
fn invented_tokens_accuse_nobody() {
    let mut b = bench(false);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Rotate);
    let foreign_key = LineageKey::generate(&b.entropy);
    b.tokens[0] = RefreshToken::generate(b.family.id, 1, &foreign_key, &b.entropy);
    assert_eq!(b.present(0, 1, 100), RotateVerdict::Unknown);
}

#[test]
fn another_client_is_refused_without_harm() {
    let b = bench(false);
    let (mut request, _) = RotateRequest::prepare(
        &b.tokens[0],
        &b.family.lineage,
        "other".parse().unwrap(),
        origin(1),
        &b.entropy,
    )
    .unwrap();
    assert_eq!(
        b.family.judge(&request, true, Timestamp::from_secs(1)),
        RotateVerdict::Unknown
    );
    request.client = "web".parse().unwrap();
    assert_eq!(
        b.family.judge(&request, true, Timestamp::from_secs(1)),
        RotateVerdict::Rotate
    );
}

#[test]
fn only_the_predecessor_opens_its_successor() {
    let b = bench(false);
    let one = RefreshToken::generate(b.family.id, 1, &b.family.lineage, &b.entropy);
    let two = RefreshToken::generate(b.family.id, 2, &b.family.lineage, &b.entropy);
    let sealed = seal_successor(&one, &two).unwrap();
    assert_eq!(open_successor(&one, &sealed).unwrap().digest(), two.digest());
    assert!(open_successor(&two, &sealed).is_none());
    assert!(open_successor(&b.tokens[0], &sealed).is_none());
}

#[test]
fn text_is_checked_before_any_look_up() {
    let b = bench(false);
    let text = b.tokens[0].reveal();
    let back = RefreshToken::parse(&text).unwrap();
    assert_eq!(
        (back.family(), back.generation(), back.digest()),
        (b.family.id, 1, b.tokens[0].digest())
    );
    for bad in [
        "",
        "sy_rt_",
        "sy_rt_AAAA",
        &text[..text.len() - 1],
        &text.replace("sy_rt_", "sy_ac_"),
    ] {
        assert!(RefreshToken::parse(bad).is_err());
    }
}

use std::sync::Arc;

use jose::{Algorithm, KeySet, SigningKey};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::assurance::Assurance;
use crate::cookie::{Purpose, SealingKey, SealingKeys};
use crate::digest::Digest;
use crate::feed::{
    FeedHead, Grant, HostJoin, KeyBundle, Renewal, SessionAnswer, Snapshot, StalenessPolicy, Word,
};
use crate::id::Id;
use crate::revocation::{LogEntry, Position, Target};
use crate::secret::Secret;
use crate::seq::Seq;
use crate::session::{Face, Origin, Session};
use crate::subject::Subject;
use crate::testing::SeededEntropy;
use crate::time::{BootTime, Span, Timestamp};

const V1: Version = Version::V1;

fn seq() -> impl Strategy<Value = Seq> {
    (0..1_u64 << 53).prop_map(|n| Seq::from_u64(n).unwrap())
}
fn id<K: crate::id::Kind>() -> impl Strategy<Value = Id<K>> {
    any::<[u8; 16]>().prop_map(Id::from_bytes)
}
fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}
fn name<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    "[a-zA-Z0-9._-]{1,64}".prop_map(|text| text.parse().unwrap())
}
fn host() -> impl Strategy<Value = crate::name::Host> {
    "[a-z0-9]{1,20}(\\.[a-z0-9]{1,20}){0,3}".prop_map(|text| text.parse().unwrap())
}
fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![id().prop_map(Subject::User), name().prop_map(Subject::Client)]
}
fn purpose() -> impl Strategy<Value = Purpose> {
    prop_oneof![Just(Purpose::Authority), host().prop_map(Purpose::Application)]
}
fn key_id() -> impl Strategy<Value = jose::KeyId> {
    "[!-~]{1,64}".prop_map(|text| jose::KeyId::new(&text).unwrap())
}
fn time() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp::from_ms)
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        Just(Target::All),
        name().prop_map(Target::Tenant),
        name().prop_map(Target::Client),
        subject().prop_map(Target::Subject),
        id().prop_map(Target::Device),
        id().prop_map(Target::Grant),
        id().prop_map(Target::Session),
        id().prop_map(Target::Jti),
        (id(), any::<u32>()).prop_map(|(id, generation)| Target::SessionSecret(id, generation)),
        key_id().prop_map(Target::Key),
    ]
}

fn entry() -> impl Strategy<Value = LogEntry> {
    (seq(), target(), time(), digest()).prop_map(|(seq, target, at, digest)| LogEntry {
        seq,
        target,
        at,
        digest,
    })
}

fn position() -> impl Strategy<Value = Position> {
    let names = (option::of(name()), option::of(name()));
    let ids = (
        option::of(id()),
        option::of(id()),
        option::of(id()),
        option::of(id()),
    );
    let rest = (option::of(any::<u32>()), option::of(key_id()));
    (seq(), subject(), names, ids, rest).prop_map(
        |(rs, subject, (tenant, client), (device, grant, session, jti), (generation, key))| Position {
            rs,
            subject,
            tenant,
            client,
            device,
            grant,
            session,
            jti,
            generation,
            key,
        },
    )
}

fn answer() -> impl Strategy<Value = SessionAnswer> {
    let who = (id(), subject(), option::of(name()), option::of(id()), seq());
    let what = (any::<u32>(), 1..=3_u8, vec("[a-z]{1,16}", 0..4));
    let times = (time(), time(), time(), time(), any::<u64>());
    let face = (purpose(), digest(), any::<u32>(), option::of((digest(), time())));
    (who, what, times, "\\PC{0,200}", face).prop_map(|(who, what, times, agent, face)| SessionAnswer {
        session: Session {
            id: who.0,
            subject: who.1,
            tenant: who.2,
            device: who.3,
            rs: who.4,
            generation: what.0,
            assurance: Assurance::from_level(what.1).unwrap(),
            amr: what.2,
            authenticated_at: times.0,
            created_at: times.1,
            active_at: times.2,
            idle: Span::from_ms(times.4),
            expires_at: times.3,
            origin: Origin {
                network: "203.0.113.0/24".into(),
                agent,
            },
        },
        face: Face {
            session: who.0,
            purpose: face.0,
            digest: face.1,
            generation: face.2,
            previous: face.3,
        },
    })
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let marks = proptest::collection::btree_map(target(), seq(), 0..40);
    (seq(), digest(), marks).prop_map(|(at, digest, marks)| Snapshot {
        head: FeedHead { seq: at, digest },
        marks: marks.into_iter().filter(|(_, seq)| *seq <= at).collect(),
    })
}

fn request() -> impl Strategy<Value = Request> {
    let span = || any::<u64>().prop_map(Span::from_ms);
    let beyond = (0..=StalenessPolicy::LONGEST_EXCEPTION.as_ms()).prop_map(Span::from_ms);
    let hello = (any::<[u8; 2]>(), name(), id(), vec(("\\PC{0,60}", beyond), 0..5));
    prop_oneof![
        hello.prop_map(
            |([oldest, newest], edge, start, exceptions)| Request::Hello(Hello {
                versions: Versions {
                    oldest: Version::new(oldest),
                    newest: Version::new(newest)
                },
                edge,
                start,
                exceptions,
            })
        ),
        option::of(digest()).prop_map(|have| Request::SnapshotWanted { have }),
        seq().prop_map(|after| Request::Follow { after }),
        seq().prop_map(|after| Request::EntriesWanted { after }),
        (name(), id(), any::<u64>(), seq(), digest()).prop_map(
            |(edge, incarnation, t0, frontier, digest)| {
                Request::Renew(Renewal {
                    edge,
                    incarnation,
                    t0: BootTime::from_ms(t0),
                    frontier,
                    digest,
                })
            }
        ),
        (name(), id(), seq()).prop_map(|(edge, incarnation, frontier)| Request::Acknowledge {
            edge,
            incarnation,
            frontier
        }),
        (name(), option::of(any::<u64>()), span()).prop_map(|(edge, known, wait)| Request::KeysWanted {
            edge,
            known,
            wait
        }),
        (id(), purpose()).prop_map(|(id, purpose)| Request::SessionWanted { id, purpose }),
        (option::of(any::<u64>()), vec((id(), time()), 0..20))
            .prop_map(|(round, seen)| Request::Activity { round, seen }),
        position().prop_map(|position| Request::IsRevoked(Box::new(position))),
        (any::<[u8; 32]>(), any::<[u8; 32]>(), host()).prop_map(|(code, flow, host)| {
            Request::RedeemHostCode {
                code: Secret::from_bytes(code),
                flow: Secret::from_bytes(flow),
                host,
            }
        }),
    ]
}

fn grant() -> impl Strategy<Value = Grant> {
    (any::<u64>(), seq(), 0..=60_000_u64, 0..=1000_u64).prop_map(|(t0, frontier, lease, parts)| Grant {
        t0: BootTime::from_ms(t0),
        frontier,
        relay_age: Span::from_ms(lease * parts / 1000),
        lease: Span::from_ms(lease),
    })
}

fn words() -> impl Strategy<Value = RefusalWord> {
    prop_oneof![
        Just(RefusalWord::Version),
        Just(RefusalWord::Edge),
        Just(RefusalWord::Malformed),
        Just(RefusalWord::Unavailable),
        Just(RefusalWord::TooLarge),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        any::<u8>().prop_map(|number| Reply::Welcome(Version::new(number))),
        words().prop_map(|word| Reply::Refused(word, Versions::OURS)),
        snapshot().prop_map(|snapshot| Reply::Snapshot(SealedSnapshot::seal(&snapshot).unwrap())),
        digest().prop_map(Reply::SnapshotSame),
        vec(entry(), 0..20).prop_map(Reply::Entries),
        grant().prop_map(Reply::Granted),
        Just(()).prop_map(|()| Reply::Resynchronise),
        Just(()).prop_map(|()| Reply::Done),
        any::<u64>().prop_map(|version| Reply::Keys(keys(version))),
        option::of(answer()).prop_map(|answer| Reply::Session(answer.map(Box::new))),
        (any::<bool>(), 0..=60_000_u64).prop_map(|(revoked, ms)| Reply::Revoked(Word {
            revoked,
            carries: Span::from_ms(ms),
        })),
        ("[a-zA-Z0-9_-]{0,200}", time())
            .prop_map(|(cookie, expires_at)| Reply::HostJoin(HostJoin::Joined { cookie, expires_at })),
        Just(()).prop_map(|()| Reply::HostJoin(HostJoin::Refused)),
        any::<u64>().prop_map(Reply::ReportActivity),
    ]
}

fn keys(version: u64) -> KeyBundle {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    KeyBundle {
        version,
        signing: KeySet::new([key.verifying_key().unwrap()]).unwrap(),
        sealing: SealingKeys::new([Arc::new(SealingKey::generate(&SeededEntropy::new(version)))]),
    }
}

proptest! {
    #[test]
    fn every_request_reads_back(request in request()) {
        let bytes = request.encode(V1).unwrap();
        let again = Request::decode(Frame::parse(&bytes).unwrap()).unwrap();
        prop_assert_eq!(again.encode(V1).unwrap(), bytes);
    }

    #[test]
    fn every_reply_reads_back(reply in reply()) {
        let bytes = reply.encode(V1).unwrap();
        let again = Reply::decode(Frame::parse(&bytes).unwrap(), V1).unwrap();
        prop_assert_eq!(again.encode(V1).unwrap(), bytes);
    }

    #[test]
    fn a_snapshot_opens_to_what_it_was(snapshot in snapshot()) {
        let sealed = SealedSnapshot::seal(&snapshot).unwrap();
        let mut shuffled = snapshot.clone();
        shuffled.marks.reverse();
        prop_assert_eq!(SealedSnapshot::seal(&shuffled).unwrap().name(), sealed.name());
        prop_assert_eq!(sealed.open().unwrap(), snapshot);
    }

    #[test]
    fn every_cut_and_every_tail_is_refused(request in request(), tail in 1..9_usize) {
        let bytes = request.encode(V1).unwrap();
        for end in 0..bytes.len() {
            prop_assert!(Frame::parse(&bytes[..end]).is_err());
        }
        let with_tail = [bytes.as_slice(), &vec![0; tail]].concat();
        prop_assert_eq!(Frame::parse(&with_tail).unwrap_err(), WireError::Trailing);
        let frame = Frame::parse(&bytes).unwrap();
        let longer = [frame.message, &vec![0; tail]].concat();
        let frame = Frame { message: &longer, ..frame };
        prop_assert!(Request::decode(frame).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        if let Ok(frame) = Frame::parse(&bytes) {
            let _ = Request::decode(frame);
            let _ = Reply::decode(frame, V1);
        }
    }
}

#[test]
fn a_stream_gives_frames_as_they_are_complete() {
    let sent: Vec<Vec<u8>> = (0..3)
        .map(|n| Reply::ReportActivity(n).encode(V1).unwrap())
        .collect();
    let (mut buffer, mut seen) = (FrameBuffer::default(), Vec::new());
    for piece in sent.concat().chunks(5) {
        buffer.push(piece);
        while let Some(reply) = buffer.take(|frame| Reply::decode(frame, V1)).unwrap() {
            seen.push(reply.encode(V1).unwrap());
        }
    }
    assert_eq!(seen, sent);
    buffer.push(&[1, 0xff]);
    assert!(buffer.take(|_| Ok(())).unwrap().is_none(), "not complete");
    buffer.push(&[0, 0, 0, 0]);
    assert_eq!(buffer.take(|_| Ok(())).unwrap_err(), WireError::Kind(0xff));
}

#[test]
fn a_length_beyond_its_kind_is_refused_before_anything_is_waited_for() {
    let mut buffer = FrameBuffer::default();
    buffer.push(&[1, Kind::Renew.number(), 0, 0, 4, 1]);
    assert_eq!(buffer.take(|_| Ok(())).unwrap_err(), WireError::TooLong);
    let mut buffer = FrameBuffer::default();
    buffer.push(&[1, Kind::Renew.number(), 0, 0, 4, 0]);
    assert!(buffer.take(|_| Ok(())).unwrap().is_none());
}

/// A count may promise what it likes: nothing is allocated for elements whose bytes are not there.
#[test]
fn a_count_is_held_against_what_is_there() {
    for (kind, count, refused) in [
        (Kind::Activity, 4096_u32, WireError::Short),
        (Kind::Activity, 4097, WireError::Value("a number of elements")),
        (Kind::Activity, u32::MAX, WireError::Value("a number of elements")),
    ] {
        let message = [&[0][..], &count.to_be_bytes()].concat();
        let frame = Frame {
            version: V1,
            kind,
            message: &message,
        };
        assert_eq!(Request::decode(frame).unwrap_err(), refused, "{count}");
    }
    let message = 4097_u32.to_be_bytes();
    let frame = Frame {
        version: V1,
        kind: Kind::Entries,
        message: &message,
    };
    assert!(Reply::decode(frame, V1).is_err());
}

#[test]
fn what_belongs_to_the_other_side_or_another_version_is_refused() {
    let done = Reply::Done.encode(V1).unwrap();
    let frame = Frame::parse(&done).unwrap();
    assert_eq!(Request::decode(frame).unwrap_err(), WireError::Kind(0x48));
    assert_eq!(
        Reply::decode(frame, Version::new(2)).unwrap_err(),
        WireError::Version(1)
    );
    assert_eq!(
        Reply::decode(frame, Version::GREETING).unwrap_err(),
        WireError::Version(1),
        "before the greeting nothing else counts"
    );
    let zero = Frame {
        version: Version::GREETING,
        ..frame
    };
    assert!(Reply::decode(zero, Version::GREETING).is_err());
    let follow = Request::Follow {
        after: Seq::default(),
    }
    .encode(Version::GREETING)
    .unwrap();
    let unagreed = Request::decode(Frame::parse(&follow).unwrap());
    assert_eq!(unagreed.unwrap_err(), WireError::Version(0));
}

#[test]
fn a_lease_longer_than_the_longest_is_refused() {
    let grant = |lease: u64, age: u64| {
        Reply::Granted(Grant {
            t0: BootTime::from_ms(1),
            frontier: Seq::default(),
            relay_age: Span::from_ms(age),
            lease: Span::from_ms(lease),
        })
        .encode(V1)
        .unwrap()
    };
    let read = |bytes: &[u8]| Reply::decode(Frame::parse(bytes).unwrap(), V1).map(drop);
    assert_eq!(read(&grant(60_000, 60_000)), Ok(()));
    assert!(read(&grant(60_001, 0)).is_err());
    assert!(read(&grant(10, 11)).is_err(), "older than it is long");
}

#[test]
fn a_word_or_an_exception_longer_than_the_longest_is_refused() {
    let word = |ms: u64| {
        let word = Word {
            revoked: false,
            carries: Span::from_ms(ms),
        };
        let bytes = Reply::Revoked(word).encode(V1).unwrap();
        Reply::decode(Frame::parse(&bytes).unwrap(), V1).is_ok()
    };
    assert!(word(60_000) && !word(60_001));
    let declared = |ms: u64| {
        let hello = Hello {
            versions: Versions::OURS,
            edge: "fra-1".parse().unwrap(),
            start: Id::from_bytes([7; 16]),
            exceptions: vec![("news".into(), Span::from_ms(ms))],
        };
        let bytes = Request::Hello(hello).encode(V1).unwrap();
        Request::decode(Frame::parse(&bytes).unwrap()).is_ok()
    };
    assert!(declared(900_000) && !declared(900_001) && !declared(u64::MAX));
}

#[test]
fn a_snapshot_is_what_its_name_says_or_nothing() {
    let at = Seq::from_u64(9).unwrap();
    let head = FeedHead {
        seq: at,
        digest: Digest::of(b"head"),
    };
    let marks = vec![(Target::All, at), (Target::Client("web".parse().unwrap()), at)];
    let good = Reply::Snapshot(SealedSnapshot::seal(&Snapshot { head, marks }).unwrap());
    let bytes = good.encode(V1).unwrap();
    let open = |bytes: &[u8]| match Reply::decode(Frame::parse(bytes).unwrap(), V1).unwrap() {
        Reply::Snapshot(sealed) => sealed.open(),
        _ => panic!("no snapshot"),
    };
    assert!(open(&bytes).is_ok());
    // The name, the length, the compressed bytes: whichever changes, it does not open.
    for at in HEADER_LEN..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x40;
        // Bits that only fill up a compressed block say nothing.
        assert!(open(&other).is_err() || open(&other) == open(&bytes), "byte {at}");
        assert!(at >= HEADER_LEN + 36 || open(&other).is_err(), "byte {at}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    longer[5] += 1;
    assert!(open(&longer).is_err(), "something behind it");
    let beyond = vec![(Target::All, Seq::from_u64(10).unwrap())];
    let sealed = SealedSnapshot::seal(&Snapshot { head, marks: beyond }).unwrap();
    assert!(sealed.open().is_err(), "a mark above the head");
}

/// A few kilobytes that would unpack to gigabytes: it stops at the length that is claimed, and that has a limit.
#[test]
fn a_bomb_does_not_unpack() {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0_u8; 1024 * 1024];
    for _ in 0..64 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    for claimed in [10_u32, 64 * 1024 * 1024 - 1, u32::MAX] {
        let message = [&[0; 32][..], &claimed.to_be_bytes(), &bomb].concat();
        let frame = Frame {
            version: V1,
            kind: Kind::Snapshot,
            message: &message,
        };
        let Reply::Snapshot(sealed) = Reply::decode(frame, V1).unwrap() else {
            panic!("no snapshot")
        };
        let expected = if claimed == u32::MAX {
            WireError::TooLong
        } else {
            WireError::Value("a snapshot")
        };
        assert_eq!(sealed.open(), Err(expected));
    }
    let (plain, _) = super::snapshot::unpack(&bomb, 10).unwrap();
    assert_eq!(plain.len(), 11, "no more is unpacked than shows the lie");
}

#[test]
fn versions_agree_on_the_newest_that_both_speak() {
    let speak = |oldest, newest| Versions {
        oldest: Version::new(oldest),
        newest: Version::new(newest),
    };
    for (ours, theirs, agreed) in [
        ((1, 1), (1, 1), Some(1)),
        ((1, 1), (1, 2), Some(1)),
        ((1, 1), (0, 1), Some(1)),
        ((2, 3), (1, 2), Some(2)),
        ((2, 3), (3, 9), Some(3)),
        ((1, 1), (2, 3), None),
        ((2, 3), (1, 1), None),
        ((1, 1), (0, 0), None),
        ((0, 0), (0, 0), None),
        ((1, 1), (2, 1), None),
    ] {
        let found = speak(ours.0, ours.1).agree(speak(theirs.0, theirs.1));
        assert_eq!(found, agreed.map(Version::new), "{ours:?} {theirs:?}");
    }
    assert!(Versions::OURS.has(V1) && !Versions::OURS.has(Version::GREETING));
}

/// Bytes that never change while version 1 lives: the examples of docs/FEED.md.
#[test]
fn the_golden_frames_stay() {
    let changed: Vec<String> = golden::frames()
        .into_iter()
        .filter(|(_, bytes, golden)| golden::hex(bytes) != *golden)
        .map(|(name, bytes, _)| format!("{name}: {}", golden::hex(&bytes)))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

mod golden;
mod limits;

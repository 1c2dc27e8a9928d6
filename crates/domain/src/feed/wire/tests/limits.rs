//! Every limit of docs/FEED.md, met exactly and passed by one.

use super::*;
use crate::feed::EdgeName;

const KIB: usize = 1024;

/// As in the tables of the page.
const MOST: [(Kind, u8, usize); 24] = [
    (Kind::Hello, 0x01, 512 * KIB),
    (Kind::SnapshotWanted, 0x02, KIB),
    (Kind::Follow, 0x03, KIB),
    (Kind::EntriesWanted, 0x04, KIB),
    (Kind::Renew, 0x05, KIB),
    (Kind::Acknowledge, 0x06, KIB),
    (Kind::KeysWanted, 0x07, KIB),
    (Kind::SessionWanted, 0x08, 4 * KIB),
    (Kind::Activity, 0x09, 512 * KIB),
    (Kind::IsRevoked, 0x0a, 4 * KIB),
    (Kind::RedeemHostCode, 0x0b, 4 * KIB),
    (Kind::Welcome, 0x41, KIB),
    (Kind::Refused, 0x42, KIB),
    (Kind::Snapshot, 0x43, 257 * KIB * KIB),
    (Kind::SnapshotSame, 0x44, KIB),
    (Kind::Entries, 0x45, KIB * KIB),
    (Kind::Granted, 0x46, KIB),
    (Kind::Resynchronise, 0x47, KIB),
    (Kind::Done, 0x48, KIB),
    (Kind::Keys, 0x49, 512 * KIB),
    (Kind::Session, 0x4a, 4 * KIB),
    (Kind::Revoked, 0x4b, KIB),
    (Kind::HostJoin, 0x4c, 4 * KIB),
    (Kind::ReportActivity, 0x4d, KIB),
];

fn number(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap().to_be_bytes()
}

fn read(kind: Kind, message: &[u8]) -> Result<Request, WireError> {
    Request::decode(Frame {
        version: if kind == Kind::Hello {
            Version::GREETING
        } else {
            V1
        },
        kind,
        message,
    })
}

fn answered(kind: Kind, message: &[u8]) -> Result<Reply, WireError> {
    let version = V1;
    Reply::decode(
        Frame {
            version,
            kind,
            message,
        },
        version,
    )
}

#[test]
fn a_frame_may_be_as_long_as_its_kind_and_no_longer() {
    for (kind, byte, most) in MOST {
        assert_eq!((kind.number(), kind.most()), (byte, most), "{kind:?}");
        let begun = |length: usize| {
            let mut buffer = FrameBuffer::default();
            buffer.push(&[&[1, byte][..], &number(length)].concat());
            buffer.take(|_| Ok(())).map(|frame| frame.is_some())
        };
        assert_eq!(begun(most), Ok(false), "{kind:?}: waited for");
        assert_eq!(begun(most + 1), Err(WireError::TooLong), "{kind:?}");
    }
    assert_eq!(HEADER_LEN, 6);
    assert_eq!(MAX_SNAPSHOT, 256 * KIB * KIB);
}

#[test]
fn what_is_written_fits_into_its_frame_or_is_refused() {
    // Each exception takes 2 + 256 + 8 bytes: as many as there may be fit.
    let hello = |routes: usize, name: usize| {
        let exceptions = vec![("r".repeat(name), Span::from_ms(1)); routes];
        let edge = "fra-1".parse().unwrap();
        let versions = Versions::OURS;
        Request::Hello(Hello {
            versions,
            edge,
            start: Id::from_bytes([3; 16]),
            exceptions,
        })
        .encode(V1)
        .map(|frame| frame.len())
    };
    assert_eq!(hello(1024, 256), Ok(HEADER_LEN + 2 + 7 + 16 + 4 + 1024 * 266));
    assert_eq!(hello(1025, 1), Err(WireError::Value("a number of elements")));
    assert_eq!(hello(1, 257), Err(WireError::Value("a text")));
    // As long as its kind may be, to the byte.
    let sealed = |length: usize| {
        let mut w = write::Writer::new(V1, Kind::Activity);
        w.raw(&vec![0; length]);
        w.frame().map(|frame| frame.len())
    };
    assert_eq!(sealed(512 * KIB), Ok(HEADER_LEN + 512 * KIB));
    assert_eq!(sealed(512 * KIB + 1), Err(WireError::TooLong));
}

#[test]
fn lists_are_as_long_as_they_may_be_and_no_longer() {
    let seen = |n: usize| {
        let message = [&[0][..], &number(n), &vec![0; n * 24]].concat();
        read(Kind::Activity, &message).map(drop)
    };
    assert_eq!(seen(MAX_ACTIVITY), Ok(()));
    assert_eq!(
        seen(MAX_ACTIVITY + 1),
        Err(WireError::Value("a number of elements"))
    );
    let entries = |n: usize| {
        let one = [&[0; 16][..], &[1], &[0; 32]].concat();
        answered(Kind::Entries, &[&number(n)[..], &one.repeat(n)].concat()).map(drop)
    };
    assert_eq!(entries(MAX_ENTRIES), Ok(()));
    assert_eq!(
        entries(MAX_ENTRIES + 1),
        Err(WireError::Value("a number of elements"))
    );
    let exceptions = |n: usize, name: usize| {
        let length = u16::try_from(name).unwrap().to_be_bytes();
        let one = [&length[..], &vec![b'r'; name], &[0; 8]].concat();
        let message = [&[1, 1, 0, 1, b'e'][..], &[3; 16], &number(n), &one.repeat(n)].concat();
        read(Kind::Hello, &message).map(drop)
    };
    assert_eq!(exceptions(MAX_EXCEPTIONS, 0), Ok(()));
    let many = WireError::Value("a number of elements");
    assert_eq!(exceptions(MAX_EXCEPTIONS + 1, 0), Err(many));
    assert_eq!(exceptions(1, MAX_ROUTE_NAME), Ok(()));
    assert_eq!(exceptions(1, MAX_ROUTE_NAME + 1), Err(WireError::Value("a text")));
}

/// No element is read before as many bytes are there as all of them take at least.
#[test]
fn nothing_of_a_list_is_read_before_all_of_it_can_be_there() {
    for (bytes, expected, asked) in [(23, Err(WireError::Short), 0), (24, Ok(3), 3), (25, Ok(3), 3)] {
        let message = [&number(3)[..], &vec![0; bytes]].concat();
        let mut read = 0;
        let list = read::Reader::new(&message).list((3, 8), |r| {
            read += 1;
            r.u64()
        });
        assert_eq!((list.map(|list| list.len()), read), (expected, asked), "{bytes}");
    }
}

/// What a list is held against is what its shortest element takes when it is written.
#[test]
fn the_least_bytes_of_an_element_are_those_of_the_shortest() {
    use super::value::{LEAST_ENTRY, LEAST_EXCEPTION, LEAST_KEY, LEAST_MARK, LEAST_SEEN};
    let grows = |of: &dyn Fn(usize) -> Vec<u8>| of(2).len() - of(1).len();
    let entry = LogEntry {
        seq: Seq::default(),
        target: Target::All,
        at: Timestamp::from_ms(0),
        digest: Digest::of(b""),
    };
    let entries = |n| Reply::Entries(vec![entry.clone(); n]).encode(V1).unwrap();
    assert_eq!(grows(&entries), LEAST_ENTRY);
    let seen = [(Id::from_bytes([0; 16]), Timestamp::from_ms(0)); 2];
    let seen = |n: usize| {
        let seen = seen[..n].to_vec();
        Request::Activity { round: None, seen }.encode(V1).unwrap()
    };
    assert_eq!(grows(&seen), LEAST_SEEN);
    let hello = |n: usize| {
        let exceptions = vec![(String::new(), Span::from_ms(0)); n];
        let (versions, edge) = (Versions::OURS, "e".parse().unwrap());
        let hello = Hello {
            versions,
            edge,
            start: Id::from_bytes([3; 16]),
            exceptions,
        };
        Request::Hello(hello).encode(V1).unwrap()
    };
    assert_eq!(grows(&hello), LEAST_EXCEPTION);
    let sealing: Vec<_> = (0..2)
        .map(|n| Arc::new(SealingKey::generate(&SeededEntropy::new(n))))
        .collect();
    let signing = keys(1).signing;
    let keys = |n: usize| {
        let bundle = KeyBundle {
            version: 1,
            signing: signing.clone(),
            sealing: SealingKeys::new(sealing[..n].iter().cloned()),
        };
        Reply::Keys(bundle).encode(V1).unwrap()
    };
    assert_eq!(grows(&keys), LEAST_KEY);
    let mut w = write::Writer::bare();
    w.seq(Seq::default());
    w.target(&Target::All);
    assert_eq!(w.message().unwrap().len(), LEAST_MARK);
}

/// A spelling that is packed and named as an authority would, whatever it says.
fn opened(plain: &[u8]) -> Result<Snapshot, WireError> {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).unwrap();
    let name = Digest::of(plain);
    let message = [
        &name.as_bytes()[..],
        &number(plain.len()),
        &encoder.finish().unwrap(),
    ];
    match answered(Kind::Snapshot, &message.concat()).unwrap() {
        Reply::Snapshot(sealed) => sealed.open(),
        _ => panic!("no snapshot"),
    }
}

#[test]
fn a_snapshot_has_one_spelling_and_no_more_marks_than_there_may_be() {
    // The head is at 9; a mark is its sequence and a class with what names it.
    let head = [&9_u64.to_be_bytes()[..], &[7; 32]].concat();
    let spelled = |marks: &[(u64, &[u8])]| {
        let marks = marks
            .iter()
            .map(|(seq, target)| [&seq.to_be_bytes()[..], target].concat());
        let marks: Vec<Vec<u8>> = marks.collect();
        opened(&[&head[..], &number(marks.len()), &marks.concat()].concat()).map(|s| s.marks.len())
    };
    let (all, web, api): (&[u8], &[u8], &[u8]) = (&[1], b"\x03\0\x03web", b"\x03\0\x03api");
    let refused = Err(WireError::Value("a snapshot"));
    assert_eq!(spelled(&[]), Ok(0));
    assert_eq!(spelled(&[(9, all), (1, api), (2, web)]), Ok(3));
    assert_eq!(
        spelled(&[(9, all), (2, web), (1, api)]),
        refused,
        "in another order"
    );
    assert_eq!(spelled(&[(2, web), (2, web)]), refused, "twice");
    assert_eq!(spelled(&[(10, all), (1, api)]), refused, "above the head");
    let most = MAX_SNAPSHOT / 9;
    let claimed = |marks: usize| opened(&[&head[..], &number(marks)].concat()).map(drop);
    assert_eq!(claimed(most), Err(WireError::Short), "not there");
    assert_eq!(claimed(most + 1), Err(WireError::Value("a number of elements")));
}

#[test]
fn names_and_texts_have_their_bounds() {
    let renew = |name: usize| {
        let length = u16::try_from(name).unwrap().to_be_bytes();
        let message = [&length[..], &vec![b'e'; name], &[0; 16 + 8 + 8 + 32]].concat();
        read(Kind::Renew, &message).map(drop)
    };
    assert_eq!(renew(64), Ok(()));
    assert_eq!(renew(65), Err(WireError::Value("an edge's name")), "no name");
    assert_eq!(renew(512), Err(WireError::Value("an edge's name")));
    assert_eq!(renew(513), Err(WireError::Value("a text")), "not looked at");
    let join = |cookie: usize| {
        let length = u16::try_from(cookie).unwrap().to_be_bytes();
        let message = [&[1][..], &length, &vec![b'c'; cookie], &[0; 8]].concat();
        answered(Kind::HostJoin, &message).map(drop)
    };
    assert_eq!(join(2048), Ok(()));
    assert_eq!(join(2049), Err(WireError::Value("a text")));
    let written = |cookie: usize| {
        Reply::HostJoin(HostJoin::Joined {
            cookie: "c".repeat(cookie),
            expires_at: Timestamp::from_ms(1),
        })
        .encode(V1)
        .map(drop)
    };
    assert_eq!(
        (written(2048), written(2049)),
        (Ok(()), Err(WireError::Value("a text")))
    );
    let edge: EdgeName = "e".repeat(64).parse().unwrap();
    let longest = Request::Acknowledge {
        edge,
        incarnation: Id::from_bytes([1; 16]),
        frontier: Seq::default(),
    };
    assert!(longest.encode(V1).is_ok(), "the longest name that there is");
}

/// A session's texts: written and read to their bounds, and not beyond.
#[test]
fn the_texts_of_a_session_have_their_bounds() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let sound = answer().new_tree(&mut runner).unwrap().current();
    let encode = |change: &dyn Fn(&mut Session)| {
        let mut answer = sound.clone();
        answer.session.amr = vec!["pwd".into()];
        answer.session.origin.agent = "a".into();
        change(&mut answer.session);
        Reply::Session(Some(Box::new(answer))).encode(V1)
    };
    type Change = fn(&mut Session, usize);
    let changes: [(&str, usize, Change); 4] = [
        ("methods", 16, |s, n| s.amr = vec!["m".into(); n]),
        ("a method", 64, |s, n| s.amr = vec!["m".repeat(n)]),
        ("the network", 64, |s, n| s.origin.network = "n".repeat(n)),
        ("the agent", 800, |s, n| s.origin.agent = "a".repeat(n)),
    ];
    for (what, most, change) in changes {
        let bytes = encode(&|s| change(s, most)).unwrap();
        let frame = Frame::parse(&bytes).unwrap();
        assert!(Reply::decode(frame, V1).is_ok(), "{what}");
        assert!(encode(&|s| change(s, most + 1)).is_err(), "{what}");
    }
}

#[test]
fn a_key_set_is_no_longer_than_one_may_be() {
    let claimed = |length: usize| {
        let message = [&[0; 8][..], &number(length), &[b' '; 40]].concat();
        answered(Kind::Keys, &message).map(drop)
    };
    let most = jose::JwkSet::MAX_BYTES;
    assert_eq!(claimed(most), Err(WireError::Short), "not there");
    assert_eq!(claimed(most + 1), Err(WireError::Value("a key set")));
}

#[test]
fn a_snapshot_claims_no_more_than_one_may_hold() {
    let claimed = |length: usize| {
        let message = [&[0; 32][..], &number(length), &[3, 0]].concat();
        match answered(Kind::Snapshot, &message).unwrap() {
            Reply::Snapshot(sealed) => sealed.open().map(drop),
            _ => panic!("no snapshot"),
        }
    };
    assert_eq!(
        claimed(MAX_SNAPSHOT),
        Err(WireError::Value("a snapshot")),
        "it lies"
    );
    assert_eq!(claimed(MAX_SNAPSHOT + 1), Err(WireError::TooLong));
}

#[test]
fn every_byte_that_chooses_is_held_against_its_choices() {
    for (word, text, byte) in [
        (RefusalWord::Version, "version", 1),
        (RefusalWord::Edge, "edge", 2),
        (RefusalWord::Malformed, "malformed", 3),
        (RefusalWord::Unavailable, "unavailable", 4),
        (RefusalWord::TooLarge, "too_large", 5),
    ] {
        assert_eq!(word.as_str(), text);
        let frame = Reply::Refused(word, Versions::OURS).encode(V1).unwrap();
        assert_eq!(frame[HEADER_LEN], byte);
        let again = Reply::decode(Frame::parse(&frame).unwrap(), V1).unwrap();
        assert!(matches!(again, Reply::Refused(read, _) if read == word));
    }
    let greeting = |message: &[u8]| {
        let (version, kind) = (Version::GREETING, Kind::Refused);
        Reply::decode(
            Frame {
                version,
                kind,
                message,
            },
            V1,
        )
        .map(drop)
    };
    for byte in [0, 6, 255] {
        assert_eq!(
            greeting(&[byte, 1, 1]),
            Err(WireError::Value("a refusal")),
            "{byte}"
        );
    }
    assert_eq!(
        answered(Kind::Revoked, &[2]).map(drop),
        Err(WireError::Value("a flag"))
    );
    let wanted = |purpose: u8| read(Kind::SessionWanted, &[&[0; 16][..], &[purpose]].concat()).map(drop);
    assert_eq!(
        (wanted(1), wanted(0), wanted(3)),
        (
            Ok(()),
            Err(WireError::Value("a purpose")),
            Err(WireError::Value("a purpose"))
        )
    );
    let asked = |subject: u8| {
        let message = [&[0; 8][..], &[subject], &[0; 16], &[0; 8]].concat();
        read(Kind::IsRevoked, &message).map(drop)
    };
    assert_eq!(asked(1), Ok(()));
    for byte in [0, 3] {
        assert_eq!(asked(byte), Err(WireError::Value("a kind of subject")), "{byte}");
    }
    let class = |class: u8| {
        let message = [&number(1)[..], &[0; 16], &[class], &[0; 60]].concat();
        answered(Kind::Entries, &message).map(drop)
    };
    for byte in [0, 11] {
        assert_eq!(class(byte), Err(WireError::Value("a class")), "{byte}");
    }
}

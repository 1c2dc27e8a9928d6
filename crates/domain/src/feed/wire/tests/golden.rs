//! Frames with their bytes, written down once.

use super::*;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn at(n: u64) -> Seq {
    Seq::from_u64((1 << 36) + n).unwrap()
}

type Golden = (&'static str, Vec<u8>, &'static str);

#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn frames() -> Vec<Golden> {
    let edge: crate::feed::EdgeName = "fra-1".parse().unwrap();
    let incarnation = Id::from_bytes([7; 16]);
    let requests = [
        (
            "hello",
            Request::Hello(Hello {
                versions: Versions::OURS,
                edge: edge.clone(),
                start: incarnation,
                exceptions: vec![("news".into(), Span::from_mins(5))],
            }),
            "00010000002b010100056672612d31070707070707070707070707070707070000000100046e65777300000000000493e0",
        ),
        (
            "snapshot_wanted",
            Request::SnapshotWanted {
                have: Some(Digest::from_bytes([9; 32])),
            },
            "010200000021010909090909090909090909090909090909090909090909090909090909090909",
        ),
        (
            "follow",
            Request::Follow { after: at(2) },
            "0103000000080000001000000002",
        ),
        (
            "entries_wanted",
            Request::EntriesWanted { after: at(2) },
            "0104000000080000001000000002",
        ),
        (
            "renew",
            Request::Renew(Renewal {
                edge: edge.clone(),
                incarnation,
                t0: BootTime::from_ms(123_456),
                frontier: at(2),
                digest: Digest::from_bytes([8; 32]),
            }),
            "01050000004700056672612d3107070707070707070707070707070707000000000001e2400000001000000002080808\
             0808080808080808080808080808080808080808080808080808080808",
        ),
        (
            "acknowledge",
            Request::Acknowledge {
                edge: edge.clone(),
                incarnation,
                frontier: at(3),
            },
            "01060000001f00056672612d31070707070707070707070707070707070000001000000003",
        ),
        (
            "keys_wanted",
            Request::KeysWanted {
                edge,
                known: Some(4),
                wait: Span::from_secs(20),
            },
            "01070000001800056672612d310100000000000000040000000000004e20",
        ),
        (
            "session_wanted",
            Request::SessionWanted {
                id: Id::from_bytes([1; 16]),
                purpose: Purpose::Application("app.example".parse().unwrap()),
            },
            "01080000001e0101010101010101010101010101010102000b6170702e6578616d706c65",
        ),
        (
            "activity",
            Request::Activity {
                round: None,
                seen: vec![(Id::from_bytes([1; 16]), Timestamp::from_ms(5))],
            },
            "01090000001d0000000001010101010101010101010101010101010000000000000005",
        ),
        (
            "is_revoked",
            Request::IsRevoked(Box::new(Position {
                session: Some(Id::from_bytes([1; 16])),
                generation: Some(2),
                ..Position::of(Subject::User(Id::from_bytes([2; 16])), at(1))
            })),
            "010a00000035000000100000000101020202020202020202020202020202020000000001010101010101010101010101\
             0101010100010000000200",
        ),
        (
            "redeem_host_code",
            Request::RedeemHostCode {
                code: Secret::from_bytes([3; 32]),
                flow: Secret::from_bytes([4; 32]),
                host: "app.example".parse().unwrap(),
            },
            "010b0000004d030303030303030303030303030303030303030303030303030303030303030304040404040404040404\
             04040404040404040404040404040404040404040404000b6170702e6578616d706c65",
        ),
    ];
    let replies = [
        ("welcome", Reply::Welcome(V1), "00410000000101"),
        (
            "refused",
            Reply::Refused(RefusalWord::Version, Versions::OURS),
            "004200000003010101",
        ),
        (
            "snapshot_same",
            Reply::SnapshotSame(Digest::from_bytes([9; 32])),
            "0144000000200909090909090909090909090909090909090909090909090909090909090909",
        ),
        (
            "entries",
            Reply::Entries(vec![LogEntry {
                seq: at(3),
                target: Target::SessionSecret(Id::from_bytes([1; 16]), 2),
                at: Timestamp::from_ms(1_767_225_600_000),
                digest: Digest::from_bytes([6; 32]),
            }]),
            "0145000000490000000100000010000000030000019b76daa80009010101010101010101010101010101010000000206\
             06060606060606060606060606060606060606060606060606060606060606",
        ),
        (
            "granted",
            Reply::Granted(Grant {
                t0: BootTime::from_ms(123_456),
                frontier: at(3),
                relay_age: Span::from_ms(1),
                lease: Span::from_secs(10),
            }),
            "014600000020000000000001e240000000100000000300000000000000010000000000002710",
        ),
        ("resynchronise", Reply::Resynchronise, "014700000000"),
        ("done", Reply::Done, "014800000000"),
        ("session", Reply::Session(None), "014a0000000100"),
        (
            "revoked",
            Reply::Revoked(Word {
                revoked: true,
                carries: Span::from_secs(10),
            }),
            "014b00000009010000000000002710",
        ),
        ("host_join", Reply::HostJoin(HostJoin::Refused), "014c0000000100"),
        (
            "report_activity",
            Reply::ReportActivity(1),
            "014d000000080000000000000001",
        ),
    ];
    let requests = requests.map(|(name, message, golden)| (name, message.encode(V1).unwrap(), golden));
    let replies = replies.map(|(name, message, golden)| (name, message.encode(V1).unwrap(), golden));
    requests.into_iter().chain(replies).collect()
}

mod streams;

use domain::Epoch;
use domain::feed::wire::{RefusalWord, Version, Versions};
use domain::testing::{ManualClock, SeededEntropy};
use zeroize::Zeroizing;

use super::*;

fn at(epoch: u32, n: u64) -> FeedHead {
    let start = Seq::start_of(Epoch::from_u32(epoch).unwrap()).as_u64();
    FeedHead {
        seq: Seq::from_u64(start + n).unwrap(),
        digest: Digest::of(b"head"),
    }
}

/// A snapshot that was given out and not applied, since whoever asked went away, must be sent again: its marks are in no map.
#[test]
fn a_snapshot_is_known_only_once_what_was_acknowledged_covers_it() {
    let name = Digest::of(b"snapshot");
    let applied = |acknowledged: FeedHead| {
        let mut known = Known {
            given: Some((name, at(2, 5))),
            applied: None,
        };
        known.acknowledged(acknowledged.seq);
        known.applied.is_some()
    };
    assert!(applied(at(2, 5)) && applied(at(2, 6)));
    assert!(!applied(at(2, 4)), "behind it");
    assert!(!applied(at(3, 9)), "of another log");
    let mut known = Known::default();
    known.acknowledged(at(2, 9).seq);
    assert!(known.applied.is_none());
}

#[test]
fn a_refusal_says_what_to_do() {
    let theirs = Versions {
        oldest: Version::new(2),
        newest: Version::new(3),
    };
    let said = connection::refused(RefusalWord::Version, theirs).to_string();
    assert!(
        said.contains("versions 2 to 3") && said.contains("update the older"),
        "{said}"
    );
    let said = connection::refused(RefusalWord::Edge, theirs).to_string();
    assert!(said.contains("revoked"), "{said}");
}

#[test]
fn a_credential_that_cannot_be_used_is_refused_at_the_start() {
    let credential = EdgeCredential {
        edge: "fra-1".parse().unwrap(),
        authority: "https://127.0.0.1:1".into(),
        issuer: "https://id.example".into(),
        server_name: "authority.symbolon.internal".into(),
        certificate: vec![1],
        private_key: Zeroizing::new(vec![2]),
        trust: vec![3],
    };
    let link = |credential: &EdgeCredential| {
        let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
        NetworkLink::new(credential, vec![], clock, entropy).map(drop)
    };
    assert!(link(&credential).is_err(), "no certificate");
    let plain = EdgeCredential {
        authority: "http://127.0.0.1:1".into(),
        ..credential
    };
    let error = link(&plain).unwrap_err().to_string();
    assert!(error.contains("not https"), "{error}");
}

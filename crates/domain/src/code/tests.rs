use super::*;
use crate::seq::Seq;
use crate::subject::Subject;

fn code() -> IssuedCode {
    IssuedCode {
        digest: Digest::of(b"code"),
        client: "web".parse().unwrap(),
        session: Id::from_bytes([1; 16]),
        position: Position::of(Subject::User(Id::from_bytes([2; 16])), Seq::default()),
        redirect_uri: "https://app.example/cb".into(),
        challenge: challenge_of("verifier"),
        scope: BTreeSet::new(),
        audience: vec![],
        nonce: None,
        authenticated_at: Timestamp::from_ms(0),
        expires_at: Timestamp::from_secs(60),
        redeemed: None,
    }
}

fn proof() -> CodeProof {
    CodeProof {
        client: "web".parse().unwrap(),
        redirect_uri: "https://app.example/cb".into(),
        challenge: challenge_of("verifier"),
    }
}

#[test]
fn table_of_redemptions() {
    let grant = Id::from_bytes([9; 16]);
    let redeemed = IssuedCode {
        redeemed: Some(grant),
        ..code()
    };
    let at = Timestamp::from_secs;
    let thief = CodeProof {
        client: "evil".parse().unwrap(),
        ..proof()
    };
    let moved = CodeProof {
        redirect_uri: "https://app.example/cb/".into(),
        ..proof()
    };
    let guessed = CodeProof {
        challenge: challenge_of("guess"),
        ..proof()
    };
    for (code, proof, now, verdict) in [
        (code(), proof(), at(59), CodeVerdict::Redeem),
        (code(), proof(), at(60), CodeVerdict::Expired),
        (code(), thief.clone(), at(1), CodeVerdict::Mismatch),
        (code(), moved, at(1), CodeVerdict::Mismatch),
        (code(), guessed, at(1), CodeVerdict::Mismatch),
        (redeemed.clone(), proof(), at(1), CodeVerdict::Replay(grant)),
        (redeemed.clone(), proof(), at(600), CodeVerdict::Replay(grant)),
        (redeemed, thief, at(1), CodeVerdict::Mismatch),
    ] {
        assert_eq!(code.judge(&proof, now), verdict);
    }
}

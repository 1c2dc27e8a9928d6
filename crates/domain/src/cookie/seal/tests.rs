use super::*;
use crate::testing::SeededEntropy;

const ISSUER: &str = "https://id.example";

fn sealed(purpose: &Purpose) -> (SealingKeys, String, SealedPayload) {
    let entropy = SeededEntropy::new(11);
    let key = SealingKey::generate(&entropy);
    let payload = SealedPayload {
        session: Id::from_bytes([5; 16]),
        secret: Secret::from_bytes([6; 32]),
        generation: 3,
    };
    let value = key.seal(&payload, ISSUER, purpose, &entropy).unwrap();
    (SealingKeys::new([Arc::new(key)]), value, payload)
}

#[test]
fn opens_for_its_own_purpose_only() {
    let app = Purpose::Application("app.example".parse().unwrap());
    let (keys, value, payload) = sealed(&app);
    let (open, _) = keys.unseal(&value, ISSUER, &app).unwrap();
    assert_eq!((open.session, open.generation), (payload.session, 3));
    assert!(open.secret.matches(&payload.secret.digest()));
    assert_eq!(
        keys.unseal(&value, ISSUER, &Purpose::Authority).unwrap_err(),
        SealError::Forged
    );
    assert_eq!(
        keys.unseal(&value, "https://other.example", &app).unwrap_err(),
        SealError::Forged
    );
    let sibling = Purpose::Application("evil.example".parse().unwrap());
    assert_eq!(
        keys.unseal(&value, ISSUER, &sibling).unwrap_err(),
        SealError::Forged
    );
}

#[test]
fn every_changed_character_is_refused() {
    let (keys, value, _) = sealed(&Purpose::Authority);
    for position in 0..value.len() {
        for replacement in [b'A', b'B', b'_', b'='] {
            let mut other = value.clone().into_bytes();
            if other[position] == replacement {
                continue;
            }
            other[position] = replacement;
            let text = String::from_utf8(other).unwrap();
            assert!(
                keys.unseal(&text, ISSUER, &Purpose::Authority).is_err(),
                "position {position}"
            );
        }
    }
}

#[test]
fn unknown_keys_and_odd_lengths_are_refused() {
    let (_, value, _) = sealed(&Purpose::Authority);
    let none = SealingKeys::default();
    assert_eq!(
        none.unseal(&value, ISSUER, &Purpose::Authority).unwrap_err(),
        SealError::UnknownKey
    );
    let another = SealingKeys::new([Arc::new(SealingKey::generate(&SeededEntropy::new(3)))]);
    assert_eq!(
        another.unseal(&value, ISSUER, &Purpose::Authority).unwrap_err(),
        SealError::UnknownKey,
        "the key is named, not tried"
    );
    for odd in ["", "AQ", &value[..value.len() - 4], &format!("{value}AAAA")] {
        assert_eq!(
            none.unseal(odd, ISSUER, &Purpose::Authority).unwrap_err(),
            SealError::Malformed,
            "{odd}"
        );
    }
}

#[test]
fn a_key_id_reads_back() {
    let id = SealingKey::generate(&SeededEntropy::new(2)).id();
    assert_eq!(SealingKeyId::parse(&id.to_string()), Some(id));
    assert_eq!(SealingKeyId::parse("seal-"), None);
}

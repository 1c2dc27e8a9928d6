//! What holds for every input.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod support;

use jose::{Algorithm, JoseError, KeyId, Limits, Presented, SigningKey, base64url, strict_json};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// JSON values up to four levels deep.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn base64url_goes_there_and_back(bytes in vec(any::<u8>(), 0..200)) {
        let text = base64url::encode(&bytes);
        prop_assert!(text.bytes().all(base64url::is_base64url));
        prop_assert_eq!(base64url::decode(text.as_bytes()), Ok(bytes));
    }

    /// One byte string has one spelling: whatever decodes is what would be written.
    #[test]
    fn base64url_is_canonical(text in "[A-Za-z0-9_=-]{0,12}") {
        if let Ok(bytes) = base64url::decode(text.as_bytes()) {
            prop_assert_eq!(base64url::encode(&bytes), text);
        }
    }

    #[test]
    fn strict_json_reads_what_serde_writes(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(strict_json::from_slice::<Value>(text.as_bytes(), 8), Ok(value));
    }

    /// A member written twice into any object is found, however its name is spelled.
    #[test]
    fn strict_json_finds_a_repeated_member(value in json(), name in any::<String>(), escape in any::<bool>()) {
        let plain = serde_json::to_string(&name).unwrap();
        let spelled = if escape {
            let units: String = name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{units}\"")
        } else {
            plain.clone()
        };
        let text = format!("[{{{plain}:{value},{spelled}:0}}]");
        prop_assert_eq!(strict_json::from_slice::<Value>(text.as_bytes(), 8), Err(JoseError::DuplicateMember));
        let once = format!("[{{{plain}:{value}}},{{{spelled}:0}}]");
        prop_assert!(strict_json::from_slice::<Value>(once.as_bytes(), 8).is_ok());
    }

    #[test]
    fn key_ids_are_what_they_were_or_refused(text in any::<String>()) {
        if let Ok(kid) = KeyId::new(&text) {
            prop_assert_eq!(kid.as_str(), &text);
            prop_assert!(text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    /// Whatever is signed verifies; one changed byte anywhere, and it does not.
    #[test]
    fn signed_bytes_are_all_covered(payload in vec(any::<u8>(), 0..64), at in any::<usize>(), bits in 1u8..) {
        thread_local!(static KEY: SigningKey = SigningKey::generate(Algorithm::EdDsa).unwrap());
        KEY.with(|key| {
            let token = support::signed(key, r#"{"alg":"EdDSA"}"#, &payload).into_bytes();
            let verifying = key.verifying_key().unwrap();
            let limits = Limits::default();
            let verified = Presented::parse(&token, &limits).unwrap().verify_signature(&verifying).unwrap();
            prop_assert_eq!(verified.bytes(), &payload[..]);
            let mut changed = token.clone();
            let at = at % changed.len();
            changed[at] ^= bits;
            let verdict = Presented::parse(&changed, &limits).and_then(|token| token.verify_signature(&verifying));
            prop_assert!(verdict.is_err());
            Ok(())
        })?;
    }
}

//! What is a public signature key, and what is not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking; clippy.toml allows it in test functions, this in what they call"
)]

mod support;

use jose::{Algorithm, JoseError, Jwk, JwkSet, KeyRefusal, KeySet, SigningKey, VerifyingKey, base64url};
use serde_json::{Value, json};
use support::one_key_of_each;

fn key_of(algorithm: Algorithm) -> Value {
    serde_json::to_value(SigningKey::generate(algorithm).unwrap().public_jwk()).unwrap()
}

fn with(key: &Value, name: &str, value: Value) -> Value {
    let mut key = key.clone();
    key[name] = value;
    key
}

fn without(key: &Value, name: &str) -> Value {
    let mut key = key.clone();
    key.as_object_mut().unwrap().remove(name);
    key
}

fn parse(key: &Value) -> Result<Jwk, JoseError> {
    support::jwk(key)
}

#[test]
fn keys_of_ours_are_read_back() {
    for key in one_key_of_each() {
        let json = serde_json::to_vec(key.public_jwk()).unwrap();
        let read = Jwk::parse(&json).unwrap();
        assert_eq!(&read, key.public_jwk());
        assert_eq!(read.algorithm(), Some(key.algorithm()));
        assert_eq!(read.kid(), Some(key.kid()));
        assert_eq!(read.thumbprint().to_string(), key.kid().as_str());
    }
}

#[test]
fn any_private_or_symmetric_member_is_refused() {
    for algorithm in Algorithm::ALL {
        let key = key_of(algorithm);
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
            for value in [json!("AQAB"), json!(null), json!([])] {
                assert_eq!(
                    parse(&with(&key, name, value)),
                    Err(KeyRefusal::Private.into()),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(parse(&json!({"kty": "oct"})), Err(KeyRefusal::Private.into()));
}

#[test]
fn only_keys_for_signatures() {
    let key = key_of(Algorithm::Es256);
    let plain = without(&key, "use");
    for operations in [json!(["verify"]), json!(["sign", "verify"])] {
        assert!(parse(&with(&plain, "key_ops", operations)).is_ok());
    }
    let bad = [
        json!([]),
        json!(["sign"]),
        json!(["encrypt"]),
        json!(["verify", "encrypt"]),
        json!(["verify", "verify"]),
    ];
    for operations in bad {
        assert_eq!(
            parse(&with(&plain, "key_ops", operations)),
            Err(KeyRefusal::Use.into())
        );
    }
    for name in ["enc", "", "SIG"] {
        assert_eq!(
            parse(&with(&key, "use", json!(name))),
            Err(KeyRefusal::Use.into())
        );
    }
    assert_eq!(parse(&with(&key, "use", json!(null))), Err(JoseError::Json));
    assert_eq!(
        parse(&with(&plain, "key_ops", json!("verify"))),
        Err(JoseError::Json)
    );
}

#[test]
fn the_algorithm_fits_or_the_key_is_refused() {
    let fitting = |algorithm: Algorithm, other: Algorithm| {
        let rsa = [Algorithm::Ps256, Algorithm::Rs256];
        algorithm == other || (rsa.contains(&algorithm) && rsa.contains(&other))
    };
    for algorithm in Algorithm::ALL {
        let key = key_of(algorithm);
        for other in Algorithm::ALL {
            let verdict = parse(&with(&key, "alg", json!(other))).map(|_| ());
            let expected = if fitting(algorithm, other) {
                Ok(())
            } else {
                Err(KeyRefusal::Algorithm.into())
            };
            assert_eq!(verdict, expected, "{algorithm} as {other}");
            // A key that declares its algorithm can be given to no other.
            let declared = parse(&key).unwrap();
            assert_eq!(
                VerifyingKey::with_algorithm(&declared, other).is_ok(),
                algorithm == other
            );
        }
        for foreign in ["none", "HS256", "ES256K", "es256", "RSA-OAEP", ""] {
            assert_eq!(
                parse(&with(&key, "alg", json!(foreign))),
                Err(KeyRefusal::Algorithm.into())
            );
        }
    }
    let bare = parse(&without(&key_of(Algorithm::Rs256), "alg")).unwrap();
    assert_eq!(
        VerifyingKey::from_jwk(&bare).unwrap_err(),
        KeyRefusal::Algorithm.into()
    );
    assert!(VerifyingKey::with_algorithm(&bare, Algorithm::Ps256).is_ok());
    assert!(VerifyingKey::with_algorithm(&bare, Algorithm::Es256).is_err());
    let ed25519 = parse(&with(&key_of(Algorithm::EdDsa), "alg", json!("Ed25519"))).unwrap();
    assert_eq!(ed25519.algorithm(), Some(Algorithm::EdDsa));
}

#[test]
fn points_are_on_their_curve_and_in_full_length() {
    let key = key_of(Algorithm::Es256);
    let x = base64url::decode(key["x"].as_str().unwrap().as_bytes()).unwrap();
    let beside: Vec<u8> = x
        .iter()
        .enumerate()
        .map(|(i, b)| if i == 31 { b ^ 1 } else { *b })
        .collect();
    let invalid = Err(KeyRefusal::Invalid.into());
    assert_eq!(
        parse(&with(&key, "x", json!(base64url::encode(&beside)))),
        invalid
    );
    assert_eq!(
        parse(&with(&key, "x", json!(base64url::encode(&x[1..])))),
        invalid
    );
    assert_eq!(
        parse(&with(
            &key,
            "x",
            json!(base64url::encode(&[&[0], &x[..]].concat()))
        )),
        invalid
    );
    assert_eq!(parse(&with(&key, "crv", json!("P-384"))), invalid);
    assert_eq!(
        parse(&with(
            &key,
            "x",
            json!(format!("{}=", key["x"].as_str().unwrap()))
        )),
        Err(JoseError::Base64)
    );
    for curve in ["P-521", "secp256k1", "p-256", "Ed25519"] {
        assert_eq!(
            parse(&with(&key, "crv", json!(curve))),
            Err(KeyRefusal::Unsupported.into())
        );
    }
    for kty in ["OKP", "RSA", "ec", "AKP"] {
        assert_eq!(
            parse(&with(&key, "kty", json!(kty))),
            Err(KeyRefusal::Unsupported.into())
        );
    }
    assert_eq!(parse(&without(&key, "y")), Err(KeyRefusal::Unsupported.into()));
}

#[test]
fn weak_keys_are_refused() {
    let key = key_of(Algorithm::Rs256);
    let modulus = base64url::decode(key["n"].as_str().unwrap().as_bytes()).unwrap();
    let sized = |bytes: usize| {
        let mut number = vec![0xff; bytes];
        number[0] = 0x80;
        json!(base64url::encode(&number))
    };
    for (bytes, verdict) in [
        (255, false),
        (256, true),
        (512, true),
        (513, false),
        (1024, false),
    ] {
        assert_eq!(
            parse(&with(&key, "n", sized(bytes))).is_ok(),
            verdict,
            "{bytes} octets"
        );
    }
    let weak = Err(KeyRefusal::Weak.into());
    assert_eq!(parse(&with(&key, "n", sized(255))), weak);
    for exponent in [&[][..], &[0], &[1], &[2], &[0, 3], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert_eq!(
            parse(&with(&key, "e", json!(base64url::encode(exponent)))),
            weak,
            "{exponent:?}"
        );
    }
    assert!(parse(&with(&key, "e", json!("Aw"))).is_ok());
    let leading_zero = [&[0], &modulus[..]].concat();
    assert_eq!(
        parse(&with(&key, "n", json!(base64url::encode(&leading_zero)))),
        Err(KeyRefusal::Invalid.into())
    );
}

#[test]
fn points_of_small_order_are_refused() {
    let p_minus = |k: u8| {
        let mut y = [0xff; 32];
        (y[0], y[31]) = (0xed - k, 0x7f);
        y
    };
    let mut one = [0; 32];
    one[0] = 1;
    let hex = |text: &str| {
        let octet = |i: usize| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap();
        std::array::from_fn::<u8, 32, _>(octet)
    };
    let eighth = hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let other_eighth = hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
    let mut p_plus_one = p_minus(0);
    p_plus_one[0] = 0xee;
    let points = [
        [0; 32],
        one,
        p_minus(1),
        p_minus(0),
        p_plus_one,
        eighth,
        other_eighth,
    ];
    let key = key_of(Algorithm::EdDsa);
    for point in points {
        for sign in [0, 0x80] {
            let mut point = point;
            point[31] |= sign;
            let verdict = parse(&with(&key, "x", json!(base64url::encode(&point))));
            assert_eq!(verdict, Err(KeyRefusal::Weak.into()), "{point:x?}");
        }
    }
}

#[test]
fn sets_skip_strangers_and_refuse_leaks() {
    let keys = one_key_of_each();
    let own: Vec<Value> = keys
        .iter()
        .map(|key| serde_json::to_value(key.public_jwk()).unwrap())
        .collect();
    let strangers = [
        json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
        with(&own[0], "use", json!("enc")),
        with(&own[1], "alg", json!("X")),
    ];
    let parse = |keys: &[Value]| JwkSet::parse(json!({"keys": keys, "extra": 1}).to_string().as_bytes());
    let all = [&own[..], &strangers].concat();
    let set = parse(&all).unwrap();
    assert_eq!((set.keys().len(), set.skipped()), (own.len(), strangers.len()));
    assert_eq!(
        JwkSet::parse(set.to_json().unwrap().as_bytes()).unwrap().keys(),
        set.keys()
    );
    let verifying = KeySet::from_jwk_set(&set).unwrap();
    assert!(
        keys.iter()
            .all(|key| verifying.find(key.kid().as_str()).is_some())
    );
    assert!(!set.to_json().unwrap().contains("\"d\""));

    let leak = with(&own[0], "d", json!("AA"));
    assert_eq!(parse(&[own[1].clone(), leak]), Err(KeyRefusal::Private.into()));
    assert_eq!(
        parse(&[json!({"kty": "oct", "k": "AA"})]),
        Err(KeyRefusal::Private.into())
    );
    assert_eq!(
        parse(&[own[0].clone(), own[0].clone()]),
        Err(KeyRefusal::DuplicateKeyId.into())
    );
    assert_eq!(
        parse(&vec![strangers[0].clone(); 65]),
        Err(KeyRefusal::TooMany.into())
    );
    assert_eq!(parse(&vec![strangers[0].clone(); 64]).unwrap().skipped(), 64);
    assert_eq!(
        JwkSet::parse(&vec![b' '; JwkSet::MAX_BYTES + 1]),
        Err(JoseError::TooLarge)
    );
    for text in [
        "{}",
        "[]",
        "{\"keys\":{}}",
        "{\"keys\":[[]]}",
        "{\"keys\":[1]}",
        "{\"keys\":[]}x",
    ] {
        assert_eq!(JwkSet::parse(text.as_bytes()), Err(JoseError::Json), "{text}");
    }
    assert_eq!(
        JwkSet::parse(b"{\"keys\":[],\"keys\":[]}"),
        Err(JoseError::DuplicateMember)
    );
}

#[test]
fn private_keys_survive_storage_and_stay_out_of_sight() {
    for key in one_key_of_each() {
        let stored = key.to_pkcs8().unwrap();
        let read = SigningKey::from_pkcs8(key.algorithm(), &stored).unwrap();
        assert_eq!(read.kid(), key.kid());
        let signature = read.signature(b"message").unwrap();
        let verifying = key.verifying_key().unwrap();
        assert_eq!(verifying.verify(b"message", &signature), Ok(()));
        assert_eq!(
            verifying.verify(b"massage", &signature),
            Err(JoseError::BadSignature)
        );

        let shown = format!("{key:?}");
        assert_eq!(shown, format!("SigningKey({}, {})", key.algorithm(), key.kid()));
        for algorithm in Algorithm::ALL {
            let rsa = [Algorithm::Ps256, Algorithm::Rs256];
            let fits =
                algorithm == key.algorithm() || (rsa.contains(&algorithm) && rsa.contains(&key.algorithm()));
            assert_eq!(
                SigningKey::from_pkcs8(algorithm, &stored).is_ok(),
                fits,
                "{} as {algorithm}",
                key.algorithm()
            );
        }
    }
    assert!(SigningKey::from_pkcs8(Algorithm::Es256, b"").is_err());
    let rsa = SigningKey::generate(Algorithm::Ps256).unwrap();
    assert_eq!(rsa.signature(b"").unwrap().len() * 8, 3072);
}

//! Cookies that Auth.js encrypts: what it makes of its secret, and how one sees that a secret is the right one.

use aws_lc_rs::{aead, hkdf, hmac};
use jose::base64url;
use serde_json::Value;

use super::super::percent_decoded;

/// A token of five parts whose key is made of a secret alone.
pub(super) struct Sealed {
    pub(super) kind: &'static str,
    salt: Vec<u8>,
    info: Vec<u8>,
    header: String,
    iv: Vec<u8>,
    inside: Vec<u8>,
    tag: Vec<u8>,
    is_v4: bool,
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

const KEY_BYTES: usize = 32;

impl Sealed {
    pub(super) fn read(name: &str, value: &str) -> Option<Self> {
        let value = percent_decoded(value);
        let mut parts = value.split('.');
        let mut next = || parts.next();
        let (header, key, iv, inside, tag) = (next()?, next()?, next()?, next()?, next()?);
        let bytes = |text: &str| base64url::decode(text.as_bytes()).ok();
        let fields: Value = serde_json::from_slice(&bytes(header)?).ok()?;
        let says = |member: &str, text: &str| fields.get(member).and_then(Value::as_str) == Some(text);
        (key.is_empty() && parts.next().is_none() && says("alg", "dir")).then_some(())?;
        let is_v4 = says("enc", "A256GCM");
        (is_v4 || says("enc", "A256CBC-HS512")).then_some(())?;
        let (kind, salt, info) = if is_v4 {
            ("NextAuth", "", "NextAuth.js Generated Encryption Key".to_owned())
        } else {
            (
                "Auth.js",
                name,
                format!("Auth.js Generated Encryption Key ({name})"),
            )
        };
        Some(Self {
            kind,
            salt: salt.as_bytes().to_vec(),
            info: info.into_bytes(),
            header: header.to_owned(),
            iv: bytes(iv)?,
            inside: bytes(inside)?,
            tag: bytes(tag)?,
            is_v4,
        })
    }

    /// Whether this secret opens it.
    pub(super) fn fits(&self, secret: &[u8]) -> bool {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &self.salt);
        let made = salt.extract(secret);
        let mut key = vec![0; if self.is_v4 { KEY_BYTES } else { 2 * KEY_BYTES }];
        let filled = made
            .expand(&[&self.info], Length(key.len()))
            .and_then(|made| made.fill(&mut key));
        filled.is_ok()
            && if self.is_v4 {
                self.opens(&key)
            } else {
                self.is_signed(&key)
            }
    }

    /// RFC 7518 section 5.2.2.1: the first half of the key is the MAC's.
    fn is_signed(&self, key: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA512, key.get(..KEY_BYTES).unwrap_or_default());
        let bits = u64::try_from(self.header.len())
            .unwrap_or(u64::MAX)
            .saturating_mul(8);
        let message = [
            self.header.as_bytes(),
            &self.iv,
            &self.inside,
            &bits.to_be_bytes(),
        ]
        .concat();
        let whole = hmac::sign(&key, &message);
        whole.as_ref().get(..KEY_BYTES) == Some(self.tag.as_slice())
    }

    fn opens(&self, key: &[u8]) -> bool {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, key).map(aead::LessSafeKey::new);
        let nonce = aead::Nonce::try_assume_unique_for_key(&self.iv);
        let (Ok(key), Ok(nonce)) = (key, nonce) else {
            return false;
        };
        let mut inside = [self.inside.as_slice(), &self.tag].concat();
        key.open_in_place(nonce, aead::Aad::from(self.header.as_bytes()), &mut inside)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "__Secure-authjs.session-token";
    /// Made by the libraries themselves, with the secret `secret`.
    const V5: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiN0UzWUlHQXhSdG42ZGpUR3kxVWpackZ2WEVMSEt6TTl2ZldsMG5RNGI4OEVzbnJtbVgwZ3JOMFZLaXM3RzNmamdCNjI2VFhtX2xFdEJHMU4wRTdYeWcifQ..Zw-yrHOO9tNHMwuCn35_CA.pVNT0KAs26QJ4Gyu1ielW26yrxOAcpMwf8ePIsH8C8pe3c3DJYdshLQO__e6Sd3bkhVea3dLOvGaZ7SB3Q8S4Mx1iW9tSafjeK_r3qEvBAuEvlX1CwF2QJQtWmu8sfbh.wiJJ4EVH_FznSZatZoTb6K7GKj6gdkaFpK0to1GZ_wU";
    const V4: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..bqQgbiAlPH50VfFj.udpDWoIRH95N0a8o0nCj6xubqYxds_umz1dSGY2zEVDV-ik4iXXn1UokwKAEdwc1a3D58AhEwNKx3_owQOCu6i4qiKSnv0zYzQksDXyAsP60lmnviekWcKMALSfG.7UZkH0l_qNkdYcn8Y0rOBg";

    #[test]
    fn the_secret_of_each_version_is_known_when_it_is_tried() {
        for (value, kind) in [(V5, "Auth.js"), (V4, "NextAuth")] {
            let sealed = Sealed::read(NAME, value).unwrap();
            assert_eq!(sealed.kind, kind);
            assert!(sealed.fits(b"secret") && !sealed.fits(b"another") && !sealed.fits(b""));
        }
        // The name is part of the key.
        assert!(!Sealed::read("other", V5).unwrap().fits(b"secret"));
    }

    #[test]
    fn what_is_no_such_token_is_not_read() {
        let other = V5.replacen("eyJhbGciOiJkaXIi", "eyJhbGciOiJSU0Ei", 1);
        for value in [
            "",
            "a.b.c",
            "....",
            &other,
            &format!("{V5}.a"),
            &V5.replacen("..", ".a.", 1),
        ] {
            assert!(Sealed::read(NAME, value).is_none(), "{value}");
        }
    }
}

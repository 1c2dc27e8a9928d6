//! The successor of a rotated token, kept so that only the predecessor's holder can read it: AES-256-GCM-SIV under a
//! key derived from the predecessor's secret bits. The store alone learns nothing.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;

use super::token::RefreshToken;

/// The sealed successor, as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSuccessor(pub Vec<u8>);

/// Seals `successor` for the holder of `predecessor`.
#[must_use]
pub fn seal_successor(predecessor: &RefreshToken, successor: &RefreshToken) -> Option<SealedSuccessor> {
    let mut body = successor.bytes().to_vec();
    cipher(predecessor)?
        .seal_in_place_append_tag(nonce(), aad(predecessor), &mut body)
        .ok()?;
    Some(SealedSuccessor(body))
}

/// Opens it again; nothing for anybody else.
#[must_use]
pub fn open_successor(predecessor: &RefreshToken, sealed: &SealedSuccessor) -> Option<RefreshToken> {
    let mut body = sealed.0.clone();
    let plain = cipher(predecessor)?
        .open_in_place(nonce(), aad(predecessor), &mut body)
        .ok()?;
    RefreshToken::from_bytes(plain)
}

fn cipher(predecessor: &RefreshToken) -> Option<LessSafeKey> {
    let root = hmac::Key::new(hmac::HMAC_SHA256, predecessor.secret());
    let key = hmac::sign(&root, b"symbolon refresh successor");
    Some(LessSafeKey::new(
        UnboundKey::new(&AES_256_GCM_SIV, key.as_ref()).ok()?,
    ))
}

/// Each predecessor seals one successor, so its key is used once; SIV forgives even a second use.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn aad(predecessor: &RefreshToken) -> Aad<[u8; 16]> {
    Aad::from(*predecessor.family().as_bytes())
}

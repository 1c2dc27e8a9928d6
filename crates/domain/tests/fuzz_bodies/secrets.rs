//! Secrets, refresh tokens and sealed cookies: nothing is accepted but what this server made.

use domain::cookie::Purpose;
use domain::family::RefreshToken;
use domain::secret::{
    Admin, AuthorizationCode, ClientSecret, FlowSecret, HostCode, Secret, SessionSecret, SetupCode,
};

use super::known::{ISSUER, Known, payload};

/// Texts read as at most one kind and in one spelling; only known tokens are of the lineage, only known values unseal.
pub(crate) fn fuzz_secrets(data: &[u8], known: &Known) {
    if let Ok(text) = std::str::from_utf8(data) {
        kinds(text);
        refresh_token(text, known);
        cookie(text, known);
    }
    raw_cookie(data, known);
    if let Some((bits, edit)) = data.split_first_chunk::<32>() {
        a_typing_error(*bits, edit);
        a_changed_cookie(edit, known);
    }
}

fn kinds(text: &str) {
    macro_rules! readable {
        ($($purpose:ty),*) => {[$(match Secret::<$purpose>::parse(text) {
            Ok(secret) => {
                assert_eq!(secret.reveal().as_str(), text, "another spelling");
                assert!(secret.matches(&secret.digest()));
                true
            }
            Err(_) => false,
        }),*]};
    }
    let read = readable!(
        AuthorizationCode,
        HostCode,
        ClientSecret,
        Admin,
        SetupCode,
        SessionSecret,
        FlowSecret
    );
    let token = RefreshToken::parse(text).is_ok();
    assert!(
        read.iter().filter(|read| **read).count() + usize::from(token) <= 1,
        "two kinds"
    );
}

fn refresh_token(text: &str, known: &Known) {
    let Ok(token) = RefreshToken::parse(text) else {
        return;
    };
    assert_eq!(token.reveal().as_str(), text, "another spelling");
    let ours = known.refresh_tokens.iter().any(|own| own == text);
    assert_eq!(
        known.lineage.issued(&token),
        ours,
        "an invented token of the lineage"
    );
}

fn cookie(text: &str, known: &Known) {
    let ours = known.cookies.iter().any(|own| own == text);
    let opened = known.unsealing.unseal(text, ISSUER, &Purpose::Authority);
    assert_eq!(opened.is_ok(), ours, "a forged cookie");
    let elsewhere = Purpose::Application("app.example".parse().unwrap());
    assert!(known.unsealing.unseal(text, ISSUER, &elsewhere).is_err());
    assert!(
        known
            .unsealing
            .unseal(text, "https://other.example", &Purpose::Authority)
            .is_err()
    );
}

/// The same past the alphabet, so that the mutations reach the cipher.
fn raw_cookie(data: &[u8], known: &Known) {
    let mut value = vec![1];
    value.extend_from_slice(known.sealing.id().as_bytes());
    value.extend_from_slice(data);
    value.resize(1 + 8 + 12 + 52 + 16, 0);
    cookie(&jose::base64url::encode(&value), known);
}

/// A secret with one character exchanged is refused.
fn a_typing_error(bits: [u8; 32], edit: &[u8]) {
    let &[at, letter, ..] = edit else { return };
    let secret = Secret::<ClientSecret>::from_bytes(bits);
    let text = secret.reveal();
    assert!(
        Secret::<ClientSecret>::parse(&text)
            .unwrap()
            .matches(&secret.digest())
    );
    let mut other: Vec<char> = text.chars().collect();
    let at = usize::from(at) % other.len();
    if other[at] != char::from(letter) {
        other[at] = char::from(letter);
        let other: String = other.into_iter().collect();
        assert!(Secret::<ClientSecret>::parse(&other).is_err(), "{at}");
    }
}

/// A cookie with one bit turned is refused.
fn a_changed_cookie(edit: &[u8], known: &Known) {
    let &[generation, at, ..] = edit else { return };
    let payload = payload(&known.entropy, generation.into());
    let value = known
        .sealing
        .seal(&payload, ISSUER, &Purpose::Authority, &known.entropy)
        .unwrap();
    let (opened, _) = known
        .unsealing
        .unseal(&value, ISSUER, &Purpose::Authority)
        .unwrap();
    assert_eq!(
        (opened.session, opened.generation),
        (payload.session, payload.generation)
    );
    assert!(opened.secret.matches(&payload.secret.digest()));
    let mut bytes = jose::base64url::decode(value.as_bytes()).unwrap();
    let position = usize::from(at) % bytes.len();
    bytes[position] ^= 1 << (at % 8);
    let changed = jose::base64url::encode(&bytes);
    assert!(
        known
            .unsealing
            .unseal(&changed, ISSUER, &Purpose::Authority)
            .is_err()
    );
}

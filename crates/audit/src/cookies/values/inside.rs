//! What can be read inside of a value, if something can.

use std::io::Read;

use jose::base64url;
use serde_json::Value;

use super::percent_decoded;

const OBJECT: &str = "an object that anybody can read";
const SERIALISED: &str = "a serialised object";

pub(in crate::cookies) fn readable(value: &str) -> Option<&'static str> {
    let text = percent_decoded(value);
    let text = text
        .strip_prefix("s:")
        .or(text.strip_prefix("j:"))
        .unwrap_or(&text);
    if is_sealed(text) {
        return None;
    }
    let header = text.split('.').next().and_then(object);
    if text.matches('.').count() == 2 && header.is_some_and(|header| header.get("alg").is_some()) {
        return Some("a token that anybody can read");
    }
    let first = text.split(['.', ':', '|', '-']).next().unwrap_or_default();
    let is_plain = serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object());
    if is_plain || is_object(first) || is_object(text) || is_packed(text) {
        return Some(OBJECT);
    }
    let is_serialised = text.len() > 20
        && (["a:", "O:"].iter().any(|start| text.starts_with(start))
            || bytes(first).as_deref().is_some_and(is_serialised)
            || bytes(text)
                .as_deref()
                .is_some_and(|bytes| is_serialised(bytes) || holds_gob(bytes)));
    is_serialised.then_some(SERIALISED)
}

/// A token that is encrypted, or the envelope that Laravel and CryptoJS write around what is.
fn is_sealed(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    if let [header, ..] = parts.as_slice()
        && parts.len() == 5
    {
        return object(header).is_some_and(|header| header.get("enc").is_some());
    }
    let envelope = object(text).or_else(|| serde_json::from_str(text).ok());
    envelope.is_some_and(|envelope| {
        let has = |name: &str| envelope.get(name).is_some_and(Value::is_string);
        has("iv")
            && ["value", "ct", "data", "ciphertext", "content"]
                .iter()
                .any(|name| has(name))
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64url::decode(plain.as_bytes()).ok()
}

fn object(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(&bytes(text)?).ok()?;
    value.is_object().then_some(value)
}

fn is_object(text: &str) -> bool {
    object(text).is_some()
}

/// No session in a cookie is larger, unpacked.
const MOST_BYTES: u64 = 65_536;

/// Flask packs what is large: a dot, and base64 of zlib.
fn is_packed(text: &str) -> bool {
    let packed = text
        .strip_prefix('.')
        .and_then(|rest| bytes(rest.split('.').next()?));
    let mut json = Vec::new();
    packed.is_some_and(|packed| {
        let mut inside = flate2::read::ZlibDecoder::new(packed.as_slice()).take(MOST_BYTES);
        inside.read_to_end(&mut json).is_ok() && serde_json::from_slice::<Value>(&json).is_ok()
    })
}

/// Java, .NET, Ruby, PHP and Python.
fn is_serialised(bytes: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[
        b"\xac\xed\0\x05",
        b"\0\x01\0\0\0\xff\xff\xff\xff",
        b"\x04\x08",
        b"a:",
        b"O:",
    ];
    let is_pickle = matches!(bytes, [0x80, 2..=5, .., b'.']);
    STARTS.iter().any(|start| bytes.starts_with(start)) || is_pickle
}

/// `TIME|BASE64|MAC` of gorilla/securecookie, not encrypted: the description of a map comes first.
fn holds_gob(bytes: &[u8]) -> bool {
    let mut parts = bytes.splitn(3, |byte| *byte == b'|');
    let is_time = parts
        .next()
        .is_some_and(|time| !time.is_empty() && time.iter().all(u8::is_ascii_digit));
    let value = parts.next().and_then(|value| std::str::from_utf8(value).ok());
    let gob = value.filter(|_| is_time).and_then(self::bytes);
    gob.is_some_and(|gob| matches!(gob.as_slice(), [_, 0x7f, 4, 1, 2, ..] | [_, 0xff, _, 4, 1, 2, ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_frameworks_write_is_read() {
        let base64 = |bytes: &[u8]| base64url::encode(bytes);
        for (value, kind) in [
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln",
                "a token that anybody can read",
            ),
            ("eyJ1c2VyIjoiYWRhIn0.awgR3g.ctMX3S-zCXJ1-vU1nQ_F9eGYuDc", OBJECT),
            ("j%3A%7B%22user%22%3A%22ada%22%7D", OBJECT),
            // Flask with much in it.
            (
                ".eJyrViotTi1SslJKTElUqgUAI64EoA.awgR3g.ctMX3S-zCXJ1-vU1nQ_F9eGYuDc",
                OBJECT,
            ),
            (
                "BAh7BkkiCXVzZXIGOgZFVEkiCGFkYQY7AFQ=--cd97cd4446517a3227c56f513c3f1f2ea10f89ff",
                SERIALISED,
            ),
            (GORILLA, SERIALISED),
            (&base64(b"a:1:{s:4:\"user\";s:3:\"ada\";}"), SERIALISED),
            (
                &base64(b"\x80\x04\x95\x11}\x94\x8c\x04user\x94\x8c\x03ada\x94s."),
                SERIALISED,
            ),
        ] {
            assert_eq!(readable(value), Some(kind), "{value}");
        }
    }

    const GORILLA: &str = "MTc5NTcwMDg3OHxEWDhFQVFMX2dBQUJFQUVRQUFBaF80QUFBUVp6ZEhKcGJtY01CZ0FFZFhObGNnWnpkSEpwYm1jTUJRQURZV1JofDR9PyxWvWtXG7dvzK9upaAyJTbsyEBa2qQRSYGDCnHj";

    #[test]
    fn what_is_sealed_or_random_is_not() {
        let laravel = base64url::encode(br#"{"iv":"q83v","value":"3q2+7w==","mac":"00ff","tag":""}"#);
        for value in [
            // Auth.js: encrypted, with a header that anybody can read.
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIn0..Ynjizzon-pRk3RL7YMM6RA.LC-dg467BQD1ldiQ.bpX80C1Maa7tAmGadvOlQ0",
            laravel.as_str(),
            "{\"ct\":\"3q2+7w==\",\"iv\":\"00ff\",\"s\":\"00ff\"}",
            "MTc5NTcwMDg3OHxrVWpCLTkzUVJ6T0hZSy10UmxZNWYyUWVZZnh2SWgzTXd1TWQ1NzZnMzc4STFNSjU3ekFnRGk3SW1lLU9TSkJfX1NzQUNsMjVFM01kTzdtMFdabEFIZz09fH9sb4B737inCpXZC1uHHP77_MrUwf5SKI_oWtPUwXdT",
            "CfDJ8NX_h0x1Qk9Lq5H8mGq3o0X2c7wq1nJ4sF6tRrU",
            "s%3A0GrCjm8xgyDdbqk2BmGXjYQ2wXb7bQ8K.L3URH8qEUlRhbJErOXuJR5i21GJUY02kERb2c2p5w0",
            "3A7F09C41D5E8B62A1F0C9D83E4B5A67",
            "",
        ] {
            assert_eq!(readable(value), None, "{value}");
        }
    }
}

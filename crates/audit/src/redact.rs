//! Texts without credentials. [`Redacted`] has one maker, [`Secrets::redact`], so what was not redacted cannot be reported.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A text in which no credential is left. Reports take nothing else from the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted(String);

impl Redacted {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The secrets of a run, and what credentials look like.
#[derive(Default)]
pub struct Secrets(Mutex<Vec<(Zeroizing<String>, &'static str)>>);

/// Shorter texts would be found everywhere.
const SHORTEST: usize = 6;
/// A target cannot make us remember without end.
const MOST: usize = 1024;

/// Fields whose value is a credential.
const FIELDS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-xsrf-token",
    "csrf-token",
    "dpop",
    "x-session-id",
    "x-amz-security-token",
];

/// Members of forms, queries and JSON documents whose value is a credential.
const MEMBERS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "assertion",
    "session",
    "sessionid",
    "sid",
    "jwt",
    "otp",
    "code",
    "code_verifier",
    "api_key",
    "apikey",
    "private_key",
    "k",
    "d",
    "csrf",
    "samlresponse",
];
/// The same, as what such a name ends in.
const ENDINGS: &[&str] = &[
    "_token",
    "_secret",
    "_password",
    "-token",
    "token",
    "secret",
    "password",
];

impl Secrets {
    /// From now on `text` is shown as its `kind`.
    pub fn add(&self, text: &str, kind: &'static str) {
        self.add_spelling(text, kind);
        let in_form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        self.add_spelling(&in_form, kind);
        if let Ok(in_json) = serde_json::to_string(text) {
            self.add_spelling(in_json.trim_matches('"'), kind);
        }
    }

    fn add_spelling(&self, text: &str, kind: &'static str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !known.iter().any(|(secret, _)| secret.as_str() == text);
        if text.len() >= SHORTEST && known.len() < MOST && is_new {
            known.push((Zeroizing::new(text.to_owned()), kind));
            // A secret that holds another one is taken out first.
            known.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        }
    }

    /// `text` without secrets: those that were named, signatures of tokens, and values under telling names.
    #[must_use]
    pub fn redact(&self, text: &str) -> Redacted {
        let mut text = text.to_owned();
        for (secret, kind) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), &format!("[{kind}]"));
            }
        }
        Redacted(members(&tokens(&text)))
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str, value: &str) -> Redacted {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "cookie" => Redacted(value.split("; ").map(cookie_pair).collect::<Vec<_>>().join("; ")),
            "set-cookie" => {
                let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
                let semicolon = if attributes.is_empty() { "" } else { ";" };
                Redacted(format!("{}{semicolon}{attributes}", cookie_pair(pair)))
            }
            "authorization" | "proxy-authorization" => {
                let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
                Redacted(format!("{scheme} {}", credential(rest)))
            }
            _ if FIELDS.contains(&name.as_str()) || value.contains("eyJ") => Redacted(credential(value)),
            _ => self.redact(value),
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// A token keeps header and payload, which explain it; whatever stands behind its second dot is a signature, however it is
/// spelled. Anything else keeps its length.
fn credential(text: &str) -> String {
    let mut parts = text.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), None | Some("")) if header.starts_with("eyJ") => {
            format!("{header}.{payload}")
        }
        (Some(header), Some(payload), Some(_)) if header.starts_with("eyJ") => {
            format!("{header}.{payload}.[signature]")
        }
        _ => masked(text),
    }
}

fn masked(text: &str) -> String {
    format!("[{} characters]", text.chars().count())
}

fn cookie_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", masked(value)),
        None => masked(pair),
    }
}

const fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'+' | b'/')
}

/// Takes the last part of every compact token out: the signature of a JWS, and of a JWE all but the header.
fn tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let (before, token) = rest.split_at(start);
        out.push_str(before);
        let end = token
            .bytes()
            .position(|byte| !is_of_token(byte))
            .unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        let parts: Vec<&str> = token.split('.').collect();
        match parts.as_slice() {
            [header, payload, _] => out.push_str(&format!("{header}.{payload}.[signature]")),
            [header, _, _, ..] => out.push_str(&format!("{header}.[{} more parts]", parts.len() - 1)),
            _ => out.push_str(token),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn is_telling(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    MEMBERS.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Masks `name=value` of forms and queries, and `"name": "value"` of JSON, under telling names.
fn members(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, from) = rest.split_at(at);
        let is_json = from.starts_with(':');
        out.push_str(before);
        let name = if is_json {
            json_name(before)
        } else {
            form_name(before)
        };
        let value = from.get(1..).unwrap_or_default();
        let opening = value.len() - value.trim_start_matches(' ').len();
        let quoted = value.get(opening..).is_some_and(|value| value.starts_with('"'));
        out.push_str(from.get(..1).unwrap_or_default());
        rest = value;
        if !name.is_some_and(is_telling) || (is_json && !quoted) {
            continue;
        }
        let skip = opening + usize::from(quoted);
        let (lead, secret) = value.split_at(skip);
        let end = if quoted {
            end_of_string(secret)
        } else {
            secret
                .find(['&', ' ', '\n', '\r', '"', '<', '\'', ';'])
                .unwrap_or(secret.len())
        };
        let (secret, after) = secret.split_at(end);
        out.push_str(lead);
        // What says already what it was stays readable.
        let is_marked = secret.starts_with('[') || secret.ends_with(".[signature]");
        out.push_str(&if secret.is_empty() || is_marked {
            secret.to_owned()
        } else {
            masked(secret)
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

fn form_name(before: &str) -> Option<&str> {
    let part = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
    before.rsplit(part).next()
}

fn json_name(before: &str) -> Option<&str> {
    before.trim_end().strip_suffix('"')?.rsplit('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        Secrets::default().redact(text).0
    }

    #[test]
    fn credentials_are_taken_out_wherever_they_stand() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2VjcmV0LXNpZ25hdHVyZQ";
        for text in [
            format!("Bearer {token}"),
            format!("{{\"access_token\": \"{token}\"}}"),
            format!("https://app.example/#access_token={token}&x=1"),
        ] {
            let shown = redacted(&text);
            assert!(!shown.contains("c2VjcmV0"), "{shown}");
            assert!(shown.contains("[signature]"), "{shown}");
        }
        assert_eq!(
            redacted("user=ada&password=hunter22&x=1"),
            "user=ada&password=[8 characters]&x=1"
        );
        assert_eq!(
            redacted(r#"{"client_secret" : "a\"bc", "n": 1}"#),
            r#"{"client_secret" : "[5 characters]", "n": 1}"#
        );
        assert_eq!(redacted("?code=abc&state=xyz"), "?code=[3 characters]&state=xyz");
        assert_eq!(redacted("nothing to hide: 1=1"), "nothing to hide: 1=1");
        assert!(!redacted("eyJhbGciOiJkaXIifQ..iv.cipher.tag").contains("cipher"));
    }

    #[test]
    fn fields_that_carry_credentials_keep_their_form_only() {
        let secrets = Secrets::default();
        let shown = |name: &str, value: &str| secrets.field(name, value).0;
        assert_eq!(
            shown("Cookie", "sid=abc; theme=dark"),
            "sid=[3 characters]; theme=[4 characters]"
        );
        assert_eq!(
            shown("Set-Cookie", "sid=abc; Path=/; Secure"),
            "sid=[3 characters]; Path=/; Secure"
        );
        assert_eq!(shown("Authorization", "Basic YWRhOnB3"), "Basic [8 characters]");
        assert_eq!(shown("X-Api-Key", "12345678"), "[8 characters]");
        // Forged spellings of a good signature are as good where they are accepted.
        for spelled in ["c2l\tn", "c2l+/n==", " c2ln", "c2ln.e30", "c2 ln"] {
            assert_eq!(
                shown("Authorization", &format!("Bearer eyJh.eyJz.{spelled}")),
                "Bearer eyJh.eyJz.[signature]"
            );
            assert_eq!(
                shown("X-Token", &format!("eyJh.eyJz .{spelled}")),
                "eyJh.eyJz .[signature]"
            );
        }
        assert_eq!(
            shown("Authorization", "Bearer {\"signature\":\"c2ln\"}"),
            "Bearer [20 characters]"
        );
        assert_eq!(shown("Server", "nginx"), "nginx");
    }

    #[test]
    fn a_named_secret_is_found_anywhere() {
        let secrets = Secrets::default();
        secrets.add("correct horse", "password");
        secrets.add("correct horse battery", "other password");
        secrets.add("ab", "too short to be looked for");
        assert_eq!(
            secrets.redact("<p>correct horse battery, correct horse, ab").0,
            "<p>[other password], [password], ab"
        );
    }
}

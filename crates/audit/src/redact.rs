//! Texts without credentials. [`Redacted`] has one maker, [`Secrets::redact`], so what was not redacted cannot be reported.

mod known;

use std::sync::{Mutex, PoisonError};

use known::{Known, spellings};
use serde::{Deserialize, Serialize};

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
pub struct Secrets(Mutex<Known>);

const UNKNOWN: &str = "[not shown: the target made up more secrets than can be kept apart]";

/// What secrets are called where they are taken out.
const KINDS: &[&str] = &[
    "access token",
    "added field",
    "client secret",
    "code",
    "cookie",
    "password",
    "refresh token",
    "secret",
    "signature",
    "token",
];

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
    /// From now on `text` is shown as its `kind`, in whatever spelling it comes back.
    pub fn add(&self, text: &str, kind: &'static str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for spelled in spellings(text) {
            known.add(&spelled, kind);
        }
    }

    /// `text` without secrets: those that were named, signatures of tokens, and values under telling names. To do so twice
    /// changes nothing.
    #[must_use]
    pub fn redact(&self, text: &str) -> Redacted {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_full() {
            return Redacted(UNKNOWN.to_owned());
        }
        Redacted(members(&userinfo(&tokens(&known.hide(text)))))
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
            // It was taken out already.
            [header, payload, ""] if after.starts_with("[signature]") => {
                out.push_str(&format!("{header}.{payload}."));
            }
            [header, payload, _] => out.push_str(&format!("{header}.{payload}.[signature]")),
            [header, _, _, ..] => out.push_str(&format!("{header}.[{} more parts]", parts.len() - 1)),
            _ => out.push_str(token),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Takes the name and the password out of addresses.
fn userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '\\'))
            .unwrap_or(after.len());
        let (authority, after) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) if mark(user) != Some(user.len()) => {
                out.push_str(&format!("{}@{host}", masked(user)));
            }
            _ => out.push_str(authority),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// How long what stands for a secret at the beginning of `text` is, if something does.
fn mark(text: &str) -> Option<usize> {
    let word = text.strip_prefix('[')?.split(']').next()?;
    let count = word.strip_suffix(" characters").unwrap_or_default();
    let is_count = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = text.as_bytes().get(word.len() + 1) == Some(&b']');
    (is_whole && (is_count || KINDS.contains(&word))).then_some(word.len() + 2)
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
        let is_number = value
            .get(opening..)
            .is_some_and(|value| value.starts_with(|c: char| c.is_ascii_digit()));
        if !name.is_some_and(is_telling) || (is_json && !quoted && !is_number) {
            continue;
        }
        let skip = opening + usize::from(quoted);
        let (lead, secret) = value.split_at(skip);
        // What says already what it was stays readable, if nothing is left behind it.
        let marked = mark(secret).unwrap_or(0);
        let beyond = secret.get(marked..).unwrap_or_default();
        let end = if quoted {
            Some(end_of_string(beyond))
        } else if is_json {
            beyond.find(|c: char| !c.is_ascii_digit())
        } else {
            beyond.find(['&', ' ', '\n', '\r', '"', '<', '\'', ';'])
        };
        let end = end.unwrap_or(beyond.len());
        let (secret, after) = secret.split_at(marked + end);
        out.push_str(lead);
        let is_token = secret.starts_with("eyJ") && secret.ends_with(".[signature]");
        out.push_str(&if secret.is_empty() || end == 0 || is_token {
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
mod tests;

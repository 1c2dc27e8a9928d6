//! A token, member by member, for people. It never says that a token is good: only a verifier could.

use domain::Timestamp;
use domain::access_token::{ACCESS_TOKEN_TYPE, MAX_LIFE, check_extra_claims};
use jiff::Timestamp as Instant;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Unverified;
use super::claims::{CLAIMS, HEADER, TIMES, meaning};
use crate::out::cell;

/// One member with its meaning.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// `header` or `payload`.
    pub(crate) part: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// Its value, times spelled out.
    pub(crate) value: String,
    /// What it means.
    pub(crate) meaning: &'static str,
}

/// The whole token.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    /// Members in the order of the registry, unknown ones last.
    pub(crate) lines: Vec<Line>,
    /// What a strict verifier would hold against it, as far as can be seen without keys.
    pub(crate) remarks: Vec<String>,
}

/// Explains a token at a time.
pub(crate) fn explain(token: &Unverified, now: Timestamp) -> Explained {
    let mut lines = part("header", &token.header, HEADER, now);
    lines.extend(part("payload", &token.claims, CLAIMS, now));
    Explained {
        lines,
        remarks: remarks(token, now),
    }
}

fn part(
    name: &'static str,
    members: &Map<String, Value>,
    known: &[(&str, &'static str)],
    now: Timestamp,
) -> Vec<Line> {
    let registered = known
        .iter()
        .filter(|(known, _)| members.contains_key(*known))
        .map(|(known, _)| *known);
    let others = members
        .keys()
        .map(String::as_str)
        .filter(|member| meaning(known, member).is_none());
    registered
        .chain(others)
        .map(|member| Line {
            part: name,
            name: member.to_owned(),
            value: shown(name, member, members.get(member).unwrap_or(&Value::Null), now),
            meaning: meaning(known, member).unwrap_or("no meaning registered here"),
        })
        .collect()
}

fn shown(part: &str, member: &str, value: &Value, now: Timestamp) -> String {
    let seconds = value
        .as_u64()
        .filter(|_| part == "payload" && TIMES.contains(&member));
    match seconds.and_then(|seconds| Some((seconds, written(seconds)?))) {
        Some((seconds, text)) => format!("{seconds} = {text} ({})", relative(seconds, now)),
        None => cell(value),
    }
}

/// The two largest units.
fn length(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if rest >= size {
            parts.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// RFC 3339.
fn written(seconds: u64) -> Option<String> {
    let time = Instant::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.to_string())
}

fn relative(seconds: u64, now: Timestamp) -> String {
    let now_s = now.as_secs();
    if seconds > now_s {
        format!("{} from now", length(seconds - now_s))
    } else {
        format!("{} ago", length(now_s - seconds))
    }
}

fn remarks(token: &Unverified, now: Timestamp) -> Vec<String> {
    let mut found = Vec::new();
    let text =
        |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    match text(&token.header, "alg").as_deref() {
        None => found.push("it names no algorithm".to_owned()),
        Some(alg) if alg.eq_ignore_ascii_case("none") => {
            found.push("`alg: none`: it is not signed at all, anybody could have written it".to_owned());
        }
        Some(alg) if alg.starts_with("HS") => found.push(format!(
            "`{alg}` is a shared secret: whoever can check it can also forge it"
        )),
        Some(_) => {}
    }
    if token.signature_len == 0 {
        found.push("it has no signature".to_owned());
    }
    for name in ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"] {
        if token.header.contains_key(name) {
            found.push(format!("a strict verifier refuses the header `{name}`"));
        }
    }
    if !token.header.contains_key("kid") {
        found.push("it names no key (`kid`)".to_owned());
    }
    for name in ["iss", "aud", "exp"] {
        if !token.claims.contains_key(name) {
            found.push(format!("`{name}` is missing: a strict verifier refuses it"));
        }
    }
    found.extend(times(token, now));
    let access = text(&token.header, "typ").is_some_and(|typ| typ.eq_ignore_ascii_case(ACCESS_TOKEN_TYPE));
    if access && let Err(refused) = check_extra_claims(&own_claims(&token.claims)) {
        found.push(format!("an access token should not carry this: {refused}"));
    }
    found
}

fn times(token: &Unverified, now: Timestamp) -> Vec<String> {
    let of = |name: &str| {
        token
            .claims
            .get(name)
            .and_then(Value::as_f64)
            .filter(|s| s.is_finite())
    };
    let mut found = Vec::new();
    let now_s = now.as_secs() as f64;
    if of("exp").is_some_and(|exp| exp <= now_s) {
        found.push("its life is over".to_owned());
    }
    if of("nbf").is_some_and(|nbf| nbf > now_s) || of("iat").is_some_and(|iat| iat > now_s) {
        found.push("its life has not begun, or the clock of its issuer is ahead".to_owned());
    }
    if let (Some(exp), Some(iat)) = (of("exp"), of("iat"))
        && exp - iat > MAX_LIFE.as_secs() as f64
    {
        found.push(format!(
            "it lives longer than {MAX_LIFE}, the most that Symbolon gives an access token"
        ));
    }
    found
}

/// Claims that are not registered: those that an issuer adds.
fn own_claims(claims: &Map<String, Value>) -> Map<String, Value> {
    let added = claims.iter().filter(|(name, _)| meaning(CLAIMS, name).is_none());
    added.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(header: Value, claims: Value) -> Unverified {
        let map = |value: Value| value.as_object().cloned().unwrap();
        Unverified {
            header: map(header),
            claims: map(claims),
            signature_len: 64,
        }
    }

    #[test]
    fn a_sound_token_has_no_remarks_and_every_member_a_meaning() {
        let token = token(
            json!({"alg": "ES256", "kid": "k", "typ": "at+jwt"}),
            json!({"iss": "https://a", "aud": "api", "exp": 1300, "iat": 1000, "rs": 5}),
        );
        let explained = explain(&token, Timestamp::from_secs(1240));
        assert_eq!(explained.remarks, [""; 0]);
        let line = |name: &str| explained.lines.iter().find(|line| line.name == name).unwrap();
        assert_eq!(line("exp").value, "1300 = 1970-01-01T00:21:40Z (1m from now)");
        assert_eq!(line("iat").value, "1000 = 1970-01-01T00:16:40Z (4m ago)");
        assert!(
            explained
                .lines
                .iter()
                .all(|line| !line.meaning.starts_with("no meaning"))
        );
    }

    #[test]
    fn it_never_calls_a_token_valid() {
        let texts = HEADER.iter().chain(CLAIMS).map(|(_, text)| *text);
        assert!(texts.into_iter().all(|text| !text.contains("valid")));
    }

    #[test]
    fn what_a_verifier_would_hold_against_it_is_said() {
        let token = token(
            json!({"alg": "nOnE", "jku": "https://evil", "typ": "at+jwt"}),
            json!({"exp": 5000, "iat": 2000, "email": "ada@example.org"}),
        );
        let all = explain(&token, Timestamp::from_secs(1000)).remarks.join("\n");
        for part in [
            "not signed",
            "`jku`",
            "`kid`",
            "`iss`",
            "`aud`",
            "not begun",
            "longer than 15m",
            "email",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
    }
}

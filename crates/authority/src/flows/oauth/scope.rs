//! Scope (RFC 6749 section 3.3): what may be asked, and what an absent parameter means.

use std::collections::BTreeSet;

use domain::grant::OFFLINE_ACCESS;

use super::refusal::{ErrorCode, Refusal};

/// The scope that asks for an id token.
pub(crate) const OPENID: &str = "openid";

/// A set of scope tokens.
pub(crate) type Scope = BTreeSet<String>;

/// The scope asked for, if it is part of what is allowed. Without the parameter: everything allowed, apart from the two
/// that change what is handed out (`openid`, `offline_access`), which are always asked for by name.
pub(crate) fn requested(asked: Option<&str>, allowed: &Scope) -> Result<Scope, Refusal> {
    let Some(text) = asked else {
        let plain = allowed.iter().filter(|s| *s != OPENID && *s != OFFLINE_ACCESS);
        return Ok(plain.cloned().collect());
    };
    within(text, allowed)
}

/// A narrower scope for one access token; without the parameter, the whole.
pub(crate) fn narrowed(asked: Option<&str>, granted: &Scope) -> Result<Scope, Refusal> {
    asked.map_or_else(|| Ok(granted.clone()), |text| within(text, granted))
}

/// As the wire has it.
pub(crate) fn text(scope: &Scope) -> String {
    scope.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn within(text: &str, allowed: &Scope) -> Result<Scope, Refusal> {
    let scope: Scope = text.split(' ').map(str::to_owned).collect();
    if scope
        .iter()
        .all(|token| is_token(token) && allowed.contains(token))
    {
        Ok(scope)
    } else {
        Err(ErrorCode::InvalidScope.because("the scope is malformed or more than this client may have"))
    }
}

/// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`
fn is_token(token: &str) -> bool {
    !token.is_empty()
        && token
            .bytes()
            .all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(tokens: &[&str]) -> Scope {
        tokens.iter().map(|t| (*t).to_owned()).collect()
    }

    #[test]
    fn only_a_subset_passes() {
        let allowed = set(&["read", "write", "openid", "offline_access"]);
        for (asked, expected) in [
            (None, Some(set(&["read", "write"]))),
            (Some("read"), Some(set(&["read"]))),
            (Some("openid read"), Some(set(&["openid", "read"]))),
            (Some("read read"), Some(set(&["read"]))),
            (Some("admin"), None),
            (Some("read admin"), None),
            (Some("read  write"), None),
            (Some(" read"), None),
            (Some("READ"), None),
            (Some("read\u{a0}"), None),
            (Some("\""), None),
        ] {
            assert_eq!(requested(asked, &allowed).ok(), expected, "{asked:?}");
        }
    }

    #[test]
    fn narrowing_keeps_the_whole_by_default_and_never_grows() {
        let granted = set(&["read", "offline_access"]);
        assert_eq!(narrowed(None, &granted).unwrap(), granted);
        assert_eq!(narrowed(Some("read"), &granted).unwrap(), set(&["read"]));
        assert!(narrowed(Some("read write"), &granted).is_err());
    }
}

//! Extra claims that a client's configuration may add, and those that may never be in an access token.

use serde_json::{Map, Value};

/// Claims that only the issuer sets.
const RESERVED: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "scope",
    "auth_time",
    "acr",
    "amr",
    "cnf",
    "sid",
    "tid",
    "did",
    "gid",
    "rs",
    "act",
    "may_act",
    "azp",
    "nonce",
    "events",
];

/// OpenID Connect Core section 5.1, SCIM and common spellings of authorization data.
const FORBIDDEN: &[&str] = &[
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "username",
    "user_name",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "emails",
    "mail",
    "upn",
    "unique_name",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone",
    "phone_number",
    "phone_number_verified",
    "address",
    "addresses",
    "ip",
    "ip_address",
    "ssn",
    "roles",
    "role",
    "groups",
    "group",
    "permissions",
    "entitlements",
    "authorities",
    "realm_access",
    "resource_access",
    "is_admin",
    "admin",
    "is_superuser",
    "wids",
    "memberof",
];

/// A claim that must not be in an access token; the message names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForbiddenClaim {
    /// Personal data or authorization data.
    #[error(
        "claim \"{0}\" may not be in an access token: personal data and roles are looked up from opaque ids, by server-side policy"
    )]
    Personal(String),
    /// Set by the issuer alone.
    #[error("claim \"{0}\" is set by the issuer and cannot be configured")]
    Reserved(String),
    /// A value that holds an e-mail address.
    #[error("claim \"{0}\" holds an e-mail address, which may not be in an access token")]
    Email(String),
}

/// Checks claims that somebody wants added, at every depth.
///
/// # Errors
/// The first forbidden claim, by name.
pub fn check_extra_claims(claims: &Map<String, Value>) -> Result<(), ForbiddenClaim> {
    for (name, value) in claims {
        if RESERVED.contains(&name.as_str()) {
            return Err(ForbiddenClaim::Reserved(name.clone()));
        }
        check(name, value)?;
    }
    Ok(())
}

fn check(name: &str, value: &Value) -> Result<(), ForbiddenClaim> {
    // A namespaced claim (`https://app.example/roles`) is judged by its last part.
    let plain = name
        .rsplit(['/', ':', '.'])
        .next()
        .unwrap_or(name)
        .to_lowercase()
        .replace('-', "_");
    if FORBIDDEN.contains(&plain.as_str()) || FORBIDDEN.contains(&plain.replace('_', "").as_str()) {
        return Err(ForbiddenClaim::Personal(name.to_owned()));
    }
    match value {
        Value::String(text) if looks_like_email(text) => Err(ForbiddenClaim::Email(name.to_owned())),
        Value::Array(items) => items.iter().try_for_each(|item| check(name, item)),
        Value::Object(members) => members.iter().try_for_each(|(inner, item)| check(inner, item)),
        _ => Ok(()),
    }
}

fn looks_like_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('/')
            && !text.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(json: &str) -> Result<(), ForbiddenClaim> {
        check_extra_claims(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn personal_data_and_roles_are_refused_by_name() {
        for (json, name) in [
            (r#"{"email":"x"}"#, "email"),
            (r#"{"Roles":["a"]}"#, "Roles"),
            (
                r#"{"https://app.example/groups":[]}"#,
                "https://app.example/groups",
            ),
            (r#"{"given-name":"Ada"}"#, "given-name"),
            (r#"{"data":{"deep":[{"role":"x"}]}}"#, "role"),
        ] {
            assert_eq!(
                verdict(json),
                Err(ForbiddenClaim::Personal(name.into())),
                "{json}"
            );
        }
        assert_eq!(
            verdict(r#"{"contact":"a@b.example"}"#),
            Err(ForbiddenClaim::Email("contact".into()))
        );
        assert_eq!(verdict(r#"{"rs":1}"#), Err(ForbiddenClaim::Reserved("rs".into())));
    }

    #[test]
    fn opaque_references_pass() {
        assert_eq!(
            verdict(r#"{"policy_ref":"p-17","plan":"gold","limits":{"rps":10}}"#),
            Ok(())
        );
    }
}

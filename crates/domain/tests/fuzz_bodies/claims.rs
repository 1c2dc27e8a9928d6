//! Claims of access tokens, and those that a configuration may add.

use domain::Seq;
use domain::access_token::{AccessClaims, check_extra_claims};
use serde_json::{Map, Value};

/// Claims that read are written and read again as the same; added claims are clean at every depth.
pub(crate) fn fuzz_access_claims(data: &[u8]) {
    const DEPTH: usize = 8;
    if let Ok(claims) = jose::strict_json::from_slice::<AccessClaims>(data, DEPTH) {
        let json = serde_json::to_vec(&claims).unwrap();
        let again = jose::strict_json::from_slice::<AccessClaims>(&json, DEPTH).unwrap();
        assert_eq!(again, claims);
        assert!(
            Seq::from_u64(claims.rs.as_u64()).is_some(),
            "a position that no log has"
        );
        assert!(
            claims
                .aud
                .as_slice()
                .iter()
                .all(|audience| claims.aud.contains(audience))
        );
    }
    if let Ok(extra) = jose::strict_json::object_from_slice(data, DEPTH)
        && check_extra_claims(&extra).is_ok()
    {
        assert!(
            ["iss", "sub", "rs", "exp", "cnf"]
                .iter()
                .all(|name| !extra.contains_key(*name))
        );
        assert!(is_clean(&extra), "{extra:?}");
    }
}

fn is_clean(members: &Map<String, Value>) -> bool {
    members.iter().all(|(name, value)| {
        let name = name.to_lowercase();
        !["email", "roles", "groups", "preferred_username"].contains(&name.as_str()) && is_clean_value(value)
    })
}

fn is_clean_value(value: &Value) -> bool {
    match value {
        Value::Object(members) => is_clean(members),
        Value::Array(items) => items.iter().all(is_clean_value),
        _ => true,
    }
}

//! Audiences (RFC 8707): whom an access token is for.

use super::refusal::{ErrorCode, Refusal};

/// The audiences asked for, if the client may have them; the client's first one by default. Names are compared exactly.
pub(crate) fn requested(asked: &[&str], allowed: &[String]) -> Result<Vec<String>, Refusal> {
    if asked.is_empty() {
        let first = allowed.first().cloned().map(|one| vec![one]);
        return first.ok_or_else(|| ErrorCode::InvalidTarget.because("this client has no audience"));
    }
    within(asked, allowed)
}

/// Fewer audiences for one access token; without the parameter, all.
pub(crate) fn narrowed(asked: &[&str], granted: &[String]) -> Result<Vec<String>, Refusal> {
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    within(asked, granted)
}

fn within(asked: &[&str], allowed: &[String]) -> Result<Vec<String>, Refusal> {
    let mut found: Vec<String> = Vec::with_capacity(asked.len());
    for name in asked {
        if !allowed.iter().any(|own| own == name) {
            return Err(ErrorCode::InvalidTarget.because("a resource is not one of this client's audiences"));
        }
        if !found.iter().any(|own| own == name) {
            found.push((*name).to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let own = ["https://api.example".to_owned(), "billing".to_owned()];
        for (asked, expected) in [
            (vec![], Some(vec!["https://api.example"])),
            (vec!["billing"], Some(vec!["billing"])),
            (
                vec!["billing", "https://api.example", "billing"],
                Some(vec!["billing", "https://api.example"]),
            ),
            (vec!["https://api.example/"], None),
            (vec!["billing", "other"], None),
            (vec!["BILLING"], None),
        ] {
            let found = requested(&asked, &own).ok();
            let expected = expected.map(|list| list.into_iter().map(str::to_owned).collect());
            assert_eq!(found, expected, "{asked:?}");
        }
        assert!(requested(&[], &[]).is_err(), "no token is for nobody");
        assert_eq!(narrowed(&[], &own).unwrap().len(), 2);
        assert!(narrowed(&["other"], &own).is_err());
    }
}

//! Every check, in the order in which they run.

use crate::check::Check;

/// Checks that belong together: a command runs one or more suites.
#[derive(Debug)]
pub struct Suite {
    /// The word that ids begin with.
    pub name: &'static str,
    /// What it looks at.
    pub title: &'static str,
    /// Its checks, in groups.
    pub groups: &'static [&'static [Check]],
}

/// Every suite. A new one is a row here.
pub static SUITES: &[Suite] = &[
    suite("jwt", "Tokens", crate::jwt::GROUPS),
    suite("cookies", "Cookies", crate::cookies::GROUPS),
    suite("pages", "Pages and their headers", crate::pages::GROUPS),
    suite("tls", "The handshake", crate::tls::GROUPS),
    suite("session", "Sessions", crate::pentest::SESSION),
    suite("csrf", "Forgery across sites", crate::pentest::CSRF),
    suite("login", "Credentials", crate::pentest::LOGIN),
    suite("oauth", "Authorization servers", crate::pentest::OAUTH),
    suite("dpop", "Proof of possession", crate::pentest::DPOP),
    suite("redirects", "Redirects to other sites", crate::pentest::REDIRECTS),
    suite("smuggling", "Where a message ends", crate::pentest::SMUGGLING),
];

const fn suite(name: &'static str, title: &'static str, groups: &'static [&'static [Check]]) -> Suite {
    Suite { name, title, groups }
}

/// Every check.
pub fn all() -> impl Iterator<Item = &'static Check> {
    SUITES.iter().flat_map(Suite::checks)
}

/// The check of this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}

impl Suite {
    /// Its checks.
    pub fn checks(&self) -> impl Iterator<Item = &'static Check> + use<> {
        self.groups.iter().flat_map(|group| group.iter())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::asvs;

    #[test]
    fn ids_are_unique_and_say_their_suite() {
        let mut seen = BTreeSet::new();
        for suite in SUITES {
            for check in suite.checks() {
                assert!(seen.insert(check.id), "{} comes twice", check.id);
                let word = check
                    .id
                    .strip_prefix(suite.name)
                    .and_then(|rest| rest.strip_prefix('.'));
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(
                    word.is_some_and(|word| !word.is_empty() && word.chars().all(plain)),
                    "{}",
                    check.id
                );
            }
        }
    }

    #[test]
    fn every_check_can_be_understood_and_followed_up() {
        for check in all() {
            let id = check.id;
            assert!(
                !check.asvs.is_empty() || !check.rfc.is_empty(),
                "{id}: who demands it?"
            );
            for requirement in check.asvs {
                assert!(
                    asvs::by_id(requirement).is_some(),
                    "{id}: no requirement {requirement}"
                );
            }
            for text in [check.title, check.claim, check.why, check.sends, check.fix.text] {
                assert!(text.len() > 8, "{id}: {text:?}");
            }
            assert!(!check.needs.is_empty(), "{id}: needs nothing?");
        }
    }
}

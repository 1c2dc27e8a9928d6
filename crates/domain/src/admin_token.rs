//! Lasting tokens of the admin API: what each may do, until when, and who made it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::digest::Digest;
use crate::id::{AdminToken as AdminTokenKind, Id};
use crate::name::TokenName;
use crate::time::{Span, Timestamp};

/// Most tokens at a time; those that have ended make room.
pub const MOST_TOKENS: usize = 100;
/// Life when nobody says.
pub const USUAL_LIFE: Span = Span::from_days(90);
/// The longest life.
pub const LONGEST_LIFE: Span = Span::from_days(365);
/// The shortest life.
pub const SHORTEST_LIFE: Span = Span::from_mins(1);
/// Uses of a token, or of a client's secret, are recorded once in so long: a use costs no write.
pub const USE_GRAIN: Span = Span::from_mins(15);

macro_rules! scopes {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal;)*) => {
        /// What a token may do. Each operation of the admin API needs exactly one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AdminScope { $($(#[doc = $doc])* $name),* }

        impl AdminScope {
            /// Every scope.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// Every scope with its meaning.
            pub const TEXTS: &'static [(&'static str, &'static str)] = &[$(($word, concat!($($doc),*))),*];

            /// The registered word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
        }
    };
}

scopes! {
    /// Look at users, clients, sessions, keys, edges and the status.
    Read = "read";
    /// Add, disable and enable users, and set their passwords.
    Users = "users";
    /// Register and remove clients, and rotate their secrets.
    Clients = "clients";
    /// End sessions.
    Sessions = "sessions";
    /// Rotate and retire keys.
    Keys = "keys";
    /// Revoke anything.
    Revoke = "revoke";
    /// Read and verify the events, and read the refusals.
    Events = "events";
    /// Read the metrics.
    Metrics = "metrics";
    /// Make a set-up code, write a backup.
    System = "system";
    /// List, make and remove admin tokens.
    Tokens = "tokens";
}

/// Not a scope of the admin API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope")]
pub struct UnknownScope;

impl FromStr for AdminScope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.iter().find(|s| s.as_str() == text);
        found.copied().ok_or(UnknownScope)
    }
}

impl fmt::Display for AdminScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A lasting token, as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminToken {
    /// Its identifier.
    pub id: Id<AdminTokenKind>,
    /// Its acts are recorded as `admin:NAME`.
    pub name: TokenName,
    /// Digest of the text that its holder has.
    pub digest: Digest,
    /// What it may do.
    pub scopes: BTreeSet<AdminScope>,
    /// The token that made it; nothing for one that was made on the server's own machine.
    pub made_by: Option<Id<AdminTokenKind>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is refused.
    pub expires_at: Timestamp,
    /// About when it was last used; see [`USE_GRAIN`].
    pub used_at: Option<Timestamp>,
}

impl AdminToken {
    /// Whether it is good at a time; at its end it is not.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Whether `made` has no more scope and no longer life than this one, which must live.
    #[must_use]
    pub fn may_make(&self, made: &Self, now: Timestamp) -> bool {
        self.is_live(now) && made.scopes.is_subset(&self.scopes) && made.expires_at <= self.expires_at
    }
}

/// Whether a use at `now` is worth a write.
#[must_use]
pub fn is_worth_recording(used_at: Option<Timestamp>, now: Timestamp) -> bool {
    used_at.is_none_or(|before| now.since(before) >= USE_GRAIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    const START: Timestamp = Timestamp::from_ms(1_000_000);

    fn token(scopes: &[AdminScope], life: Span) -> AdminToken {
        AdminToken {
            id: Id::generate(START, &SeededEntropy::new(1)),
            name: "ops".parse().unwrap(),
            digest: Digest::from_bytes([1; 32]),
            scopes: scopes.iter().copied().collect(),
            made_by: None,
            created_at: START,
            expires_at: START + life,
            used_at: None,
        }
    }

    #[test]
    fn no_token_makes_a_stronger_one() {
        let day = Span::from_days(1);
        let maker = token(&[AdminScope::Tokens, AdminScope::Read], day);
        assert!(maker.may_make(&token(&[AdminScope::Read], day), START));
        assert!(maker.may_make(&token(&[AdminScope::Tokens], Span::from_mins(1)), START));
        assert!(
            !maker.may_make(&token(&[AdminScope::Read, AdminScope::Keys], day), START),
            "more scope"
        );
        let longer = token(&[AdminScope::Read], day + Span::from_ms(1));
        assert!(!maker.may_make(&longer, START), "longer life");
        assert!(
            !maker.may_make(&token(&[AdminScope::Read], day), START + day),
            "its own end has come"
        );
    }

    #[test]
    fn a_token_ends_to_the_moment() {
        let token = token(&[AdminScope::Read], Span::from_mins(1));
        let end = START + Span::from_mins(1);
        assert!(token.is_live(Timestamp::from_ms(end.as_ms() - 1)) && !token.is_live(end));
    }

    #[test]
    fn scopes_are_words_and_every_one_has_a_text() {
        for scope in AdminScope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(*scope));
        }
        assert_eq!("admin".parse::<AdminScope>(), Err(UnknownScope));
        assert!(
            AdminScope::TEXTS
                .iter()
                .all(|(_, text)| text.trim().ends_with('.'))
        );
    }

    #[test]
    fn uses_are_recorded_coarsely() {
        assert!(is_worth_recording(None, START));
        assert!(!is_worth_recording(Some(START), START + Span::from_mins(14)));
        assert!(is_worth_recording(Some(START), START + USE_GRAIN));
    }
}

//! Nothing about a verifier is optional, and the types say so.

use crate::claims::AudienceSet;
use crate::key_set::KeySet;
use crate::limits::Limits;
use crate::token_kind::TokenKind;
use crate::verifier::Verifier;

/// A part of a verifier that has not been given yet.
#[derive(Debug, Clone, Copy)]
pub struct Missing;

/// A verifier in the making. Each part is given once, in any order; `build` exists only when none is [`Missing`]:
///
/// ```compile_fail,E0599
/// # use jose::{AudienceSet, Limits, TokenKind, Verifier};
/// // No keys.
/// let verifier = Verifier::builder()
///     .issuer("https://issuer.example")
///     .audiences(AudienceSet::new(["api"]).unwrap())
///     .kind(TokenKind::new("at+jwt").unwrap())
///     .limits(Limits::default())
///     .build();
/// ```
///
/// ```compile_fail,E0599
/// # use jose::{KeySet, Limits, TokenKind, Verifier};
/// // No audience.
/// let verifier = Verifier::builder()
///     .issuer("https://issuer.example")
///     .kind(TokenKind::new("at+jwt").unwrap())
///     .keys(KeySet::new([]).unwrap())
///     .limits(Limits::default())
///     .build();
/// ```
///
/// ```compile_fail,E0599
/// # use jose::{AudienceSet, KeySet, Limits, TokenKind, Verifier};
/// // No issuer.
/// let verifier = Verifier::builder()
///     .audiences(AudienceSet::new(["api"]).unwrap())
///     .kind(TokenKind::new("at+jwt").unwrap())
///     .keys(KeySet::new([]).unwrap())
///     .limits(Limits::default())
///     .build();
/// ```
///
/// ```compile_fail,E0599
/// # use jose::{AudienceSet, KeySet, Limits, Verifier};
/// // No kind.
/// let verifier = Verifier::builder()
///     .issuer("https://issuer.example")
///     .audiences(AudienceSet::new(["api"]).unwrap())
///     .keys(KeySet::new([]).unwrap())
///     .limits(Limits::default())
///     .build();
/// ```
///
/// With every part it compiles:
///
/// ```
/// # use jose::{AudienceSet, KeySet, Limits, TokenKind, Verifier};
/// let verifier = Verifier::builder()
///     .issuer("https://issuer.example")
///     .audiences(AudienceSet::new(["api"]).unwrap())
///     .kind(TokenKind::new("at+jwt").unwrap())
///     .keys(KeySet::new([]).unwrap())
///     .limits(Limits::default())
///     .build();
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct VerifierBuilder<I, A, T, K, L> {
    issuer: I,
    audiences: A,
    kind: T,
    keys: K,
    limits: L,
}

impl VerifierBuilder<Missing, Missing, Missing, Missing, Missing> {
    pub(crate) const fn new() -> Self {
        Self {
            issuer: Missing,
            audiences: Missing,
            kind: Missing,
            keys: Missing,
            limits: Missing,
        }
    }
}

impl<A, T, K, L> VerifierBuilder<Missing, A, T, K, L> {
    /// The only `iss` that is accepted, compared byte for byte. An empty one accepts nothing.
    pub fn issuer(self, issuer: impl Into<String>) -> VerifierBuilder<String, A, T, K, L> {
        let Self {
            audiences,
            kind,
            keys,
            limits,
            ..
        } = self;
        VerifierBuilder {
            issuer: issuer.into(),
            audiences,
            kind,
            keys,
            limits,
        }
    }
}

impl<I, T, K, L> VerifierBuilder<I, Missing, T, K, L> {
    /// The names of which `aud` must have at least one.
    pub fn audiences(self, audiences: AudienceSet) -> VerifierBuilder<I, AudienceSet, T, K, L> {
        let Self {
            issuer,
            kind,
            keys,
            limits,
            ..
        } = self;
        VerifierBuilder {
            issuer,
            audiences,
            kind,
            keys,
            limits,
        }
    }
}

impl<I, A, K, L> VerifierBuilder<I, A, Missing, K, L> {
    /// The only kind of token that is accepted.
    pub fn kind(self, kind: TokenKind) -> VerifierBuilder<I, A, TokenKind, K, L> {
        let Self {
            issuer,
            audiences,
            keys,
            limits,
            ..
        } = self;
        VerifierBuilder {
            issuer,
            audiences,
            kind,
            keys,
            limits,
        }
    }
}

impl<I, A, T, L> VerifierBuilder<I, A, T, Missing, L> {
    /// The keys, each with its one algorithm.
    pub fn keys(self, keys: KeySet) -> VerifierBuilder<I, A, T, KeySet, L> {
        let Self {
            issuer,
            audiences,
            kind,
            limits,
            ..
        } = self;
        VerifierBuilder {
            issuer,
            audiences,
            kind,
            keys,
            limits,
        }
    }
}

impl<I, A, T, K> VerifierBuilder<I, A, T, K, Missing> {
    /// The bounds; [`Limits::default`] suits access tokens.
    pub fn limits(self, limits: Limits) -> VerifierBuilder<I, A, T, K, Limits> {
        let Self {
            issuer,
            audiences,
            kind,
            keys,
            ..
        } = self;
        VerifierBuilder {
            issuer,
            audiences,
            kind,
            keys,
            limits,
        }
    }
}

impl VerifierBuilder<String, AudienceSet, TokenKind, KeySet, Limits> {
    /// The verifier.
    #[must_use]
    pub fn build(self) -> Verifier {
        let Self {
            issuer,
            audiences,
            kind,
            keys,
            limits,
        } = self;
        Verifier {
            issuer,
            audiences,
            kind,
            keys,
            limits,
        }
    }
}

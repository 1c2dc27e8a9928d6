//! Each check of tokens with a target that it fails and one that it passes.

mod world;

use serde_json::{Value, json};

use super::Token;
use crate::target::Target;
use crate::testing::{NOW_S, Proof, Stand};
use world::{Fault, World};

/// All of them.
pub(crate) fn proofs() -> Vec<Proof> {
    CLAIMS
        .iter()
        .map(claims)
        .chain(VERIFIERS.iter().map(verifier))
        .collect()
}

/// Check, members that spoil good claims (null takes one away).
type Spoiled = (&'static str, fn() -> Value);

const CLAIMS: &[Spoiled] = &[
    ("jwt.no-expiry", || json!({"exp": null})),
    ("jwt.long-lifetime", || json!({"exp": NOW_S + 90_000})),
    ("jwt.personal-data", || json!({"mail_of": "ada@example.org"})),
];

fn claims((check, spoil): &Spoiled) -> Proof {
    let spoil = *spoil;
    let stand = |changes: fn() -> Value| {
        Stand::still(move || {
            let world = World::new();
            Target {
                token: Token::parse(&world.token_with(&changes())).ok(),
                ..Target::default()
            }
        })
    };
    Proof {
        check,
        fails: stand(spoil),
        passes: stand(|| json!({})),
    }
}

const VERIFIERS: &[(&str, Fault)] = &[("jwt.alg-none", Fault::NoneAccepted)];

fn verifier((check, fault): &(&'static str, Fault)) -> Proof {
    Proof {
        check,
        fails: world::stand(Some(*fault)),
        passes: world::stand(None),
    }
}

//! Each check of tokens with a target that it fails and one that it passes.

mod keys;
mod service;
mod still;
mod world;

use jose::Algorithm;

use crate::testing::Proof;
use world::{Fault, Form, stand};

/// All of them.
pub(crate) fn proofs() -> Vec<Proof> {
    let services = SERVICES
        .iter()
        .map(|(check, fault)| service(check, Algorithm::Es256, *fault));
    let rsa = RSA_SERVICES
        .iter()
        .map(|(check, fault)| service(check, Algorithm::Rs256, *fault));
    still::proofs()
        .into_iter()
        .chain(keys::proofs())
        .chain(services)
        .chain(rsa)
        .collect()
}

fn service(check: &'static str, algorithm: Algorithm, fault: Fault) -> Proof {
    Proof {
        check,
        fails: stand(algorithm, Some(fault)),
        passes: stand(algorithm, None),
    }
}

const SERVICES: &[(&str, Fault)] = &[
    ("jwt.alg-none", Fault::NoneAccepted),
    ("jwt.alg-none", Fault::NoneWithoutKey),
    ("jwt.alg-none-spelled", Fault::NoneSpelled),
    ("jwt.alg-missing", Fault::AlgMissing),
    ("jwt.signature-stripped", Fault::SignatureStripped),
    ("jwt.signature-wrong", Fault::SignatureIgnored),
    ("jwt.signature-truncated", Fault::SignatureCut),
    ("jwt.psychic-signature", Fault::Psychic),
    ("jwt.foreign-key", Fault::StrangersKey),
    ("jwt.blank-secret", Fault::BlankSecret),
    ("jwt.unknown-key-id", Fault::UnknownKid),
    ("jwt.confusion-pem-spki", Fault::Confused(Form::PemSpki)),
    ("jwt.confusion-pem-spki", Fault::Confused(Form::PemLines)),
    ("jwt.confusion-der", Fault::Confused(Form::Der)),
    ("jwt.confusion-ssh", Fault::Confused(Form::Ssh)),
    ("jwt.confusion-jwk", Fault::Confused(Form::Jwk)),
    ("jwt.confusion-file", Fault::Confused(Form::PemSpki)),
    ("jwt.kid-empty-file", Fault::KidIsAFile),
    ("jwt.kid-traversal", Fault::KidIsAFile),
    ("jwt.kid-query", Fault::KidIsAQuery),
    ("jwt.jwk-embedded", Fault::BelievesJwk),
    ("jwt.x5c-embedded", Fault::BelievesX5c),
    ("jwt.jku-data", Fault::BelievesJkuData),
    ("jwt.jku-followed", Fault::Follows("jku")),
    ("jwt.x5u-followed", Fault::Follows("x5u")),
    ("jwt.base64-malleable", Fault::LenientBase64),
    ("jwt.base64-malleable", Fault::StrayCharacters),
    ("jwt.trailing-data", Fault::TrailingData),
    ("jwt.json-serialised", Fault::JsonForm),
    ("jwt.polyglot", Fault::Polyglot),
    ("jwt.oversized", Fault::BreaksWhenLarge),
    ("jwt.deep-json", Fault::BreaksWhenDeep),
    ("jwt.malformed", Fault::TalksWhenMalformed),
    ("jwt.malformed", Fault::TakesAnything),
    ("jwt.in-address", Fault::TokenInAddress),
    ("jwt.nested-unsigned", Fault::NestedUnsigned),
    ("jwt.expired-accepted", Fault::ExpiryIgnored),
    ("jwt.expiry-leeway", Fault::ExpiryLeeway),
    ("jwt.no-expiry-accepted", Fault::ExpiryOptional),
    ("jwt.expiry-type-accepted", Fault::ExpiryAnyType),
    ("jwt.not-before-ignored", Fault::NotBeforeIgnored),
    ("jwt.audience-ignored", Fault::AudienceIgnored),
    ("jwt.no-audience-accepted", Fault::AudienceOptional),
    ("jwt.audience-lookalike", Fault::AudiencePrefix),
    ("jwt.issuer-ignored", Fault::IssuerIgnored),
    ("jwt.issuer-lookalike", Fault::IssuerPrefix),
    ("jwt.issuer-lookalike", Fault::IssuerInList),
    ("jwt.type-crossing", Fault::TypeIgnored),
    ("jwt.critical-ignored", Fault::CriticalIgnored),
    ("jwt.b64-ignored", Fault::B64Ignored),
    ("jwt.duplicate-claims-accepted", Fault::RepeatsAccepted),
    ("jwt.algorithm-respelled", Fault::AlgorithmLoose),
];

const RSA_SERVICES: &[(&str, Fault)] = &[
    ("jwt.confusion-pem-spki", Fault::Confused(Form::PemSpki)),
    ("jwt.confusion-pem-pkcs1", Fault::Confused(Form::PemPkcs1)),
    ("jwt.confusion-numbers", Fault::Confused(Form::Modulus)),
];

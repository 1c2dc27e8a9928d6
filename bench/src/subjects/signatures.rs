//! One bare signature verification per algorithm: the scale for everything cold.

use jose::{Algorithm, SigningKey, VerifyingKey};

use crate::harness::{Contender, Fault, Figure, Ground, Plan, Sample, Subject, in_process};

pub(super) const SIGNATURES: Subject = Subject {
    name: "signatures",
    what: "one bare verification of a signature over 600 bytes per algorithm, in process",
    baseline: "none: the scale for everything cold",
    prepare,
};

/// What a token's signature covers, in bytes, more or less.
pub(super) const TOKEN_BYTES: usize = 600;

/// Verifies one signature again and again, with a key that is parsed already.
pub(super) struct Verifying {
    name: &'static str,
    key: VerifyingKey,
    message: Vec<u8>,
    signature: Vec<u8>,
    times: u64,
}

fn prepare(ground: &Ground) -> Result<Plan, Fault> {
    let all = [
        ("ES256", Algorithm::Es256),
        ("EdDSA", Algorithm::EdDsa),
        ("RS256", Algorithm::Rs256),
    ];
    let mut contenders: Vec<Box<dyn Contender>> = Vec::new();
    for (name, algorithm) in all {
        contenders.push(Box::new(Verifying::new(
            name,
            algorithm,
            TOKEN_BYTES,
            ground.scaled(1_500, 1),
        )?));
    }
    Ok(Plan {
        contenders,
        figures: vec![
            Figure::cpu_of("ES256, CPU per verification", 0),
            Figure::cpu_of("EdDSA (Ed25519), CPU per verification", 1),
            Figure::cpu_of("RS256 (3072 bits), CPU per verification", 2),
        ],
        remark: "AWS-LC".to_owned(),
    })
}

impl Verifying {
    pub(super) fn new(
        name: &'static str,
        algorithm: Algorithm,
        bytes: usize,
        times: u64,
    ) -> Result<Self, Fault> {
        let said = |error: jose::JoseError| Fault::new(error.to_string());
        let pair = SigningKey::generate(algorithm).map_err(said)?;
        let message = vec![b'm'; bytes];
        let signature = pair.signature(&message).map_err(said)?;
        let key = pair.verifying_key().map_err(said)?;
        Ok(Self {
            name,
            key,
            message,
            signature,
            times,
        })
    }
}

impl Contender for Verifying {
    fn name(&self) -> &'static str {
        self.name
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        in_process(self.times, |_| {
            self.key.verify(&self.message, &self.signature).is_ok()
        })
    }
}

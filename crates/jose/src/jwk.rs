//! A public key as JSON (RFC 7517, RFC 7518 section 6, RFC 8037).

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::error::{JoseError, KeyRefusal};
use crate::key_id::KeyId;
use crate::key_material::KeyMaterial;
use crate::member::{Presence, stated};
use crate::strict_json;
use crate::thumbprint::Thumbprint;

/// A public signature key. It cannot hold a private or symmetric member, and its numbers have been checked.
///
/// Certificate members (`x5c`, `x5u`, `x5t`) are never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    material: KeyMaterial,
    declared: Option<Algorithm>,
    kid: Option<KeyId>,
}

impl Jwk {
    /// The longest text of one key, in bytes. Certificates may travel along and are skipped.
    pub const MAX_BYTES: usize = 16 * 1024;
    const MAX_DEPTH: usize = 8;

    /// Parses one public key.
    ///
    /// # Errors
    /// [`JoseError::Key`] with the [`KeyRefusal`]; [`JoseError::Json`], [`JoseError::Base64`],
    /// [`JoseError::DuplicateMember`], [`JoseError::TooDeep`] or [`JoseError::TooLarge`] for the text itself.
    pub fn parse(json: &[u8]) -> Result<Self, JoseError> {
        if json.len() > Self::MAX_BYTES {
            return Err(JoseError::TooLarge);
        }
        let raw: RawJwk = strict_json::object_from_slice(json, Self::MAX_DEPTH)?;
        raw.into_jwk()
    }

    /// The algorithm that the key declares, or the only one that its type and curve leave.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.declared.or(self.material.implied_algorithm())
    }

    /// The key's own identifier, if it has one.
    #[must_use]
    pub const fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// The RFC 7638 thumbprint over SHA-256.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.material)
    }

    pub(crate) const fn material(&self) -> &KeyMaterial {
        &self.material
    }

    /// The same key with a name and an algorithm, which the caller has checked.
    pub(crate) fn named(&self, kid: &KeyId, algorithm: Algorithm) -> Self {
        Self {
            material: self.material.clone(),
            declared: Some(algorithm),
            kid: Some(kid.clone()),
        }
    }

    /// A key of ours: it always has its one algorithm, and its thumbprint for a name.
    pub(crate) fn of_signing_key(material: KeyMaterial, algorithm: Algorithm) -> Result<Self, JoseError> {
        if !material.fits(algorithm) {
            return Err(KeyRefusal::Algorithm.into());
        }
        let kid = Thumbprint::of(&material).to_key_id()?;
        Ok(Self {
            material,
            declared: Some(algorithm),
            kid: Some(kid),
        })
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.material.members() {
            map.serialize_entry(name, &value)?;
        }
        if let Some(algorithm) = self.algorithm() {
            map.serialize_entry("alg", &algorithm)?;
        }
        if let Some(kid) = &self.kid {
            map.serialize_entry("kid", kid)?;
        }
        map.serialize_entry("use", "sig")?;
        map.end()
    }
}

/// The members that are looked at. Private ones are recognised by presence and their values never kept.
#[derive(Deserialize)]
struct RawJwk {
    kty: String,
    #[serde(default, deserialize_with = "stated")]
    crv: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    x: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    y: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    n: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    e: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    alg: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    kid: Option<String>,
    #[serde(default, rename = "use", deserialize_with = "stated")]
    public_key_use: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    key_ops: Option<Vec<String>>,
    // Private and symmetric members.
    #[serde(default)]
    d: Presence,
    #[serde(default)]
    p: Presence,
    #[serde(default)]
    q: Presence,
    #[serde(default)]
    dp: Presence,
    #[serde(default)]
    dq: Presence,
    #[serde(default)]
    qi: Presence,
    #[serde(default)]
    oth: Presence,
    #[serde(default)]
    k: Presence,
    #[serde(default, rename = "priv")]
    seed: Presence,
}

impl RawJwk {
    fn is_private(&self) -> bool {
        let Self {
            d,
            p,
            q,
            dp,
            dq,
            qi,
            oth,
            k,
            seed,
            ..
        } = self;
        [d, p, q, dp, dq, qi, oth, k, seed]
            .into_iter()
            .any(|member| member.0)
    }

    fn into_jwk(self) -> Result<Jwk, JoseError> {
        if self.kty == "oct" || self.is_private() {
            return Err(KeyRefusal::Private.into());
        }
        self.check_use()?;
        let kid = self.kid.as_deref().map(KeyId::new).transpose()?;
        let declared = match &self.alg {
            None => None,
            Some(name) => Some(name.parse::<Algorithm>()?),
        };
        let material = self.into_material()?;
        if declared.is_some_and(|algorithm| !material.fits(algorithm)) {
            return Err(KeyRefusal::Algorithm.into());
        }
        Ok(Jwk {
            material,
            declared,
            kid,
        })
    }

    /// RFC 7517 sections 4.2 and 4.3: for signatures only, and the two members say the same.
    fn check_use(&self) -> Result<(), JoseError> {
        let use_fits = self.public_key_use.as_deref().is_none_or(|name| name == "sig");
        let ops_fit = self.key_ops.as_deref().is_none_or(|operations| {
            let verifies = operations.iter().filter(|name| *name == "verify").count();
            let signs = operations.iter().filter(|name| *name == "sign").count();
            verifies == 1 && signs <= 1 && verifies + signs == operations.len()
        });
        if use_fits && ops_fit {
            Ok(())
        } else {
            Err(KeyRefusal::Use.into())
        }
    }

    fn into_material(self) -> Result<KeyMaterial, JoseError> {
        let curve = self.crv.as_deref();
        match (self.kty.as_str(), curve, self.x, self.y, self.n, self.e) {
            ("EC", Some(curve), Some(x), Some(y), None, None) => {
                KeyMaterial::ec(curve, octets(&x)?, octets(&y)?)
            }
            ("OKP", Some(curve), Some(x), None, None, None) => KeyMaterial::okp(curve, octets(&x)?),
            ("RSA", None, None, None, Some(n), Some(e)) => KeyMaterial::rsa(octets(&n)?, octets(&e)?),
            _ => Err(KeyRefusal::Unsupported.into()),
        }
    }
}

fn octets(text: &str) -> Result<Vec<u8>, JoseError> {
    base64url::decode(text.as_bytes())
}

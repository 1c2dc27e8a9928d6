//! Bounds on what a verifier is willing to look at.

use crate::error::JoseError;
use crate::strict_json;

/// Bounds on a token. The defaults suit access tokens; each setter refuses a value that would protect nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    token_bytes: usize,
    header_bytes: usize,
    json_depth: usize,
    leeway_s: u64,
}

impl Limits {
    /// The most a token may ever be allowed to have, in bytes.
    pub const MAX_TOKEN_BYTES: usize = 64 * 1024;
    /// The most a clock may ever be allowed to differ, in seconds.
    pub const MAX_LEEWAY_S: u64 = 60;

    /// The longest token, in bytes (default 8192, at most 65536).
    ///
    /// # Errors
    /// [`JoseError::Setting`].
    pub fn with_token_bytes(self, token_bytes: usize) -> Result<Self, JoseError> {
        if (1..=Self::MAX_TOKEN_BYTES).contains(&token_bytes) {
            return Ok(Self { token_bytes, ..self });
        }
        Err(JoseError::Setting("token_bytes"))
    }

    /// The longest header segment as encoded, in bytes (default 1024, at most 8192).
    ///
    /// # Errors
    /// [`JoseError::Setting`].
    pub fn with_header_bytes(self, header_bytes: usize) -> Result<Self, JoseError> {
        if (1..=8 * 1024).contains(&header_bytes) {
            return Ok(Self { header_bytes, ..self });
        }
        Err(JoseError::Setting("header_bytes"))
    }

    /// The deepest JSON nesting of header and claims (default 8, at most 64).
    ///
    /// # Errors
    /// [`JoseError::Setting`].
    pub fn with_json_depth(self, json_depth: usize) -> Result<Self, JoseError> {
        if (1..=strict_json::MAX_DEPTH).contains(&json_depth) {
            return Ok(Self { json_depth, ..self });
        }
        Err(JoseError::Setting("json_depth"))
    }

    /// How far the issuer's clock may be off, in seconds (default 5, at most 60).
    ///
    /// # Errors
    /// [`JoseError::Setting`].
    pub fn with_leeway_s(self, leeway_s: u64) -> Result<Self, JoseError> {
        if leeway_s <= Self::MAX_LEEWAY_S {
            return Ok(Self { leeway_s, ..self });
        }
        Err(JoseError::Setting("leeway_s"))
    }

    /// The longest token, in bytes.
    #[must_use]
    pub const fn token_bytes(&self) -> usize {
        self.token_bytes
    }

    /// The longest header segment, in bytes.
    #[must_use]
    pub const fn header_bytes(&self) -> usize {
        self.header_bytes
    }

    /// The deepest JSON nesting.
    #[must_use]
    pub const fn json_depth(&self) -> usize {
        self.json_depth
    }

    /// How far the issuer's clock may be off, in seconds.
    #[must_use]
    pub const fn leeway_s(&self) -> u64 {
        self.leeway_s
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_bytes: 8 * 1024,
            header_bytes: 1024,
            json_depth: 8,
            leeway_s: 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_bounded() {
        let limits = Limits::default();
        assert_eq!(limits.with_leeway_s(60).unwrap().leeway_s(), 60);
        assert_eq!(limits.with_leeway_s(61), Err(JoseError::Setting("leeway_s")));
        assert_eq!(limits.with_token_bytes(65_536).unwrap().token_bytes(), 65_536);
        assert_eq!(
            limits.with_token_bytes(65_537),
            Err(JoseError::Setting("token_bytes"))
        );
        assert_eq!(limits.with_token_bytes(0), Err(JoseError::Setting("token_bytes")));
        assert_eq!(
            limits.with_header_bytes(8193),
            Err(JoseError::Setting("header_bytes"))
        );
        assert_eq!(limits.with_json_depth(65), Err(JoseError::Setting("json_depth")));
    }
}

//! One bit a token, the least significant of a byte first, in ZLIB (draft-ietf-oauth-status-list-21 section 4.1).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// Bits, all of them clear at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u8>);

impl Bits {
    pub(super) fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(8)])
    }

    /// Sets one: its token is not valid.
    pub(super) fn set(&mut self, index: usize) {
        if let Some(byte) = self.0.get_mut(index / 8) {
            *byte |= 1 << (index % 8);
        }
    }

    #[cfg(test)]
    pub(super) fn is_set(&self, index: usize) -> bool {
        self.0
            .get(index / 8)
            .is_some_and(|byte| byte >> (index % 8) & 1 == 1)
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len() * 8
    }

    #[cfg(test)]
    pub(super) const fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// As the member `lst`.
    pub(super) fn compressed(&self) -> std::io::Result<String> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.0)?;
        Ok(jose::base64url::encode(&encoder.finish()?))
    }

    /// From the member `lst`, for whoever reads one: not longer than so many bytes.
    #[cfg_attr(
        not(test),
        allow(dead_code, reason = "the reader's side; held against the draft's vectors")
    )]
    pub(super) fn read(text: &str, most: u64) -> Option<Self> {
        let compressed = jose::base64url::decode(text.as_bytes()).ok()?;
        let mut bytes = Vec::new();
        let read = ZlibDecoder::new(compressed.as_slice())
            .take(most + 1)
            .read_to_end(&mut bytes);
        read.ok()
            .filter(|length| u64::try_from(*length).is_ok_and(|length| length <= most))?;
        Some(Self(bytes))
    }
}

//! Writing a message. What does not fit is noticed at the end.

use super::WireError;
use super::frame::{HEADER_LEN, Kind};
use super::version::Version;

/// A frame under way.
pub(super) struct Writer {
    bytes: Vec<u8>,
    kind: Kind,
    fault: Option<WireError>,
}

impl Writer {
    pub(super) fn new(version: Version, kind: Kind) -> Self {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(&[version.number(), kind.number(), 0, 0, 0, 0]);
        Self {
            bytes,
            kind,
            fault: None,
        }
    }

    /// A message alone, without a header and without a limit of its own.
    pub(super) const fn bare() -> Self {
        Self {
            bytes: Vec::new(),
            kind: Kind::Snapshot,
            fault: None,
        }
    }

    /// The whole frame.
    pub(super) fn frame(mut self) -> Result<Vec<u8>, WireError> {
        let length = self.bytes.len().saturating_sub(HEADER_LEN);
        if length > self.kind.most() {
            return Err(WireError::TooLong);
        }
        let length = u32::try_from(length).map_err(|_| WireError::TooLong)?;
        for (slot, byte) in self.bytes.iter_mut().skip(2).zip(length.to_be_bytes()) {
            *slot = byte;
        }
        self.message()
    }

    /// What was written.
    pub(super) fn message(self) -> Result<Vec<u8>, WireError> {
        self.fault.map_or(Ok(self.bytes), Err)
    }

    pub(super) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn raw(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
    }

    /// A text with its length as 16 bits.
    pub(super) fn text(&mut self, value: &str, most: usize) {
        match u16::try_from(value.len()) {
            Ok(length) if value.len() <= most => self.raw(&length.to_be_bytes()),
            _ => self.fault = Some(WireError::Value("a text")),
        }
        self.raw(value.as_bytes());
    }

    /// A number of elements as 32 bits.
    pub(super) fn count(&mut self, value: usize, most: usize) {
        match u32::try_from(value) {
            Ok(number) if value <= most => self.u32(number),
            _ => self.fault = Some(WireError::Value("a number of elements")),
        }
    }

    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }
}

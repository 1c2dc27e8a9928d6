//! Reading a message: nothing is believed, nothing is allocated before its bytes are there.

use super::WireError;

/// What is left of a message.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// Reads a whole message, to its last byte.
    pub(super) fn all<T>(
        message: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        let mut reader = Self::new(message);
        let value = read(&mut reader)?;
        if reader.0.is_empty() {
            Ok(value)
        } else {
            Err(WireError::Trailing)
        }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (value, rest) = self.0.split_first_chunk::<N>().ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(*value)
    }

    pub(super) fn raw(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (value, rest) = self.0.split_at_checked(length).ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(value)
    }

    /// All that is left.
    pub(super) const fn rest(&mut self) -> &'a [u8] {
        let rest = self.0;
        self.0 = &[];
        rest
    }

    pub(super) fn byte(&mut self) -> Result<u8, WireError> {
        self.array::<1>().map(|[value]| value)
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, WireError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn text(&mut self, most: usize) -> Result<&'a str, WireError> {
        let length = usize::from(u16::from_be_bytes(self.array()?));
        if length > most {
            return Err(WireError::Value("a text"));
        }
        std::str::from_utf8(self.raw(length)?).map_err(|_| WireError::Value("a text"))
    }

    /// A text of which a type is made.
    pub(super) fn parsed<T: std::str::FromStr>(&mut self, what: &'static str) -> Result<T, WireError> {
        self.text(512)?.parse().map_err(|_| WireError::Value(what))
    }

    /// A list whose elements have at least `least` bytes each.
    pub(super) fn list<T>(
        &mut self,
        (most, least): (usize, usize),
        mut read: impl FnMut(&mut Self) -> Result<T, WireError>,
    ) -> Result<Vec<T>, WireError> {
        let count = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if count > most {
            return Err(WireError::Value("a number of elements"));
        }
        if count.saturating_mul(least) > self.0.len() {
            return Err(WireError::Short);
        }
        let mut list = Vec::with_capacity(count);
        for _ in 0..count {
            list.push(read(self)?);
        }
        Ok(list)
    }

    pub(super) fn flag(&mut self) -> Result<bool, WireError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireError::Value("a flag")),
        }
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<Option<T>, WireError> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }
}

//! Passwords that leaked (ASVS 5.0 V6.2.12, NIST SP 800-63B-4 section 3.1.1.2): a short list of our own, and the
//! operator's, as Have I Been Pwned gives it out: lines of a SHA-1 in hexadecimal, sorted by it, each perhaps with `:` and
//! a count. That file may be larger than memory: it is searched where it lies. SHA-1 is the lists' form and protects nothing.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::error::Fault;

/// Begins of SHA-1 digests, sorted; see `assets/breached.md`.
static OWN: &[u8] = include_bytes!("../../assets/breached.bin");
const OWN_ENTRY: usize = 6;

/// Characters of a digest in the operator's list.
const HEX: usize = 40;
/// No line is longer.
const LONGEST_LINE: usize = 64;
/// So few bytes are read through from the beginning.
const FEW: u64 = 4096;
/// Places at which a list is looked at when it is opened: one that is sorted by its counts is found out.
const LOOKS: u64 = 64;

/// A digest as the lists write it.
type Hex = [u8; HEX];

/// The lists.
#[derive(Debug)]
pub(crate) struct Breached {
    more: Option<Sorted>,
}

impl Breached {
    /// Our own list, and the operator's where one is named.
    ///
    /// # Errors
    /// The file cannot be read, or is not such a list; says what to do.
    pub(crate) fn open(more: Option<&Path>) -> Result<Self, Fault> {
        let open = |path: &Path| {
            Sorted::open(path).map_err(|error| {
                Fault::Passwords(format!("login.breached_passwords, {}: {error}", path.display()))
            })
        };
        Ok(Self {
            more: more.map(open).transpose()?,
        })
    }

    /// Whether a password stands in one of them. Reads a file: off the event loop.
    pub(crate) fn holds(&self, password: &str) -> Result<bool, Fault> {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        if is_own(digest.as_ref()) {
            return Ok(true);
        }
        match &self.more {
            Some(list) => list
                .holds(&hex(digest.as_ref()))
                .map_err(|error| Fault::Passwords(format!("the list of breached passwords: {error}"))),
            None => Ok(false),
        }
    }
}

fn is_own(digest: &[u8]) -> bool {
    let (entries, _) = OWN.as_chunks::<OWN_ENTRY>();
    digest
        .first_chunk::<OWN_ENTRY>()
        .is_some_and(|begin| entries.binary_search(begin).is_ok())
}

fn hex(digest: &[u8]) -> Hex {
    let mut text = [0; HEX];
    for (place, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(digest) {
        *place = [byte >> 4, byte & 15].map(|digit| match digit {
            0..=9 => b'0' + digit,
            _ => b'A' + digit - 10,
        });
    }
    text
}

/// A sorted list in a file.
#[derive(Debug)]
struct Sorted {
    file: File,
    length: u64,
}

/// A line, and where the next one begins.
struct Line {
    key: Hex,
    next: u64,
}

impl Sorted {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let list = Self { file, length };
        let mut last: Option<Hex> = None;
        for look in 0..LOOKS {
            let Some(line) = list.line_from(list.length / LOOKS * look)? else {
                break;
            };
            if last.is_some_and(|last| last > line.key) {
                return Err(unlike("it is not sorted by the hashes: take the list that is"));
            }
            last = Some(line.key);
        }
        match last {
            Some(_) => Ok(list),
            None => Err(unlike("it is empty")),
        }
    }

    fn holds(&self, wanted: &Hex) -> io::Result<bool> {
        // Every line before `low` is smaller; none that begins at `high` or later is the wanted one's first.
        let (mut low, mut high) = (0, self.length);
        while high - low > FEW {
            let middle = low + (high - low) / 2;
            let Some(line) = self.line_from(middle)?.filter(|line| line.next <= high) else {
                high = middle;
                continue;
            };
            match line.key.cmp(wanted) {
                Ordering::Less => low = line.next,
                Ordering::Equal => return Ok(true),
                Ordering::Greater => high = middle,
            }
        }
        while let Some(line) = self.line_at(low)? {
            match line.key.cmp(wanted) {
                Ordering::Less => low = line.next,
                Ordering::Equal => return Ok(true),
                Ordering::Greater => break,
            }
        }
        Ok(false)
    }

    /// The first line that begins there or later.
    fn line_from(&self, place: u64) -> io::Result<Option<Line>> {
        let Some(before) = place.checked_sub(1) else {
            return self.line_at(0);
        };
        let mut text = [0; LONGEST_LINE];
        let text = self.read(before, &mut text)?;
        match text.iter().position(|byte| *byte == b'\n') {
            Some(end) => self.line_at(place + end as u64),
            None if text.len() < LONGEST_LINE => Ok(None),
            None => Err(unlike("it has a line that is too long")),
        }
    }

    /// The line that begins there; nothing at the end.
    fn line_at(&self, start: u64) -> io::Result<Option<Line>> {
        let mut text = [0; LONGEST_LINE];
        let text = self.read(start, &mut text)?;
        if text.is_empty() {
            return Ok(None);
        }
        let end = text.iter().position(|byte| *byte == b'\n');
        let line = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
        let key = line
            .first_chunk::<HEX>()
            .filter(|key| key.iter().all(u8::is_ascii_hexdigit));
        let rest = line.get(HEX..).unwrap_or_default();
        match key {
            Some(key) if rest.trim_ascii().is_empty() || rest.starts_with(b":") => Ok(Some(Line {
                key: key.to_ascii_uppercase().try_into().unwrap_or(*key),
                next: end.map_or(self.length, |end| start + end as u64 + 1),
            })),
            _ => Err(unlike("it has a line that is no SHA-1 in hexadecimal")),
        }
    }

    /// What stands there, as far as the file goes.
    fn read<'a>(&self, from: u64, into: &'a mut [u8; LONGEST_LINE]) -> io::Result<&'a [u8]> {
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, from + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(into.get(..filled).unwrap_or_default())
    }
}

fn unlike(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests;

//! Base64url without padding (RFC 7515 section 2), canonical only: one byte string has one spelling.

use crate::error::JoseError;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const INVALID: u8 = 0xff;
const VALUES: [u8; 256] = values();

/// Encodes without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    encode_into(bytes, &mut text);
    text
}

/// Appends the encoding of `bytes` to `text`.
pub fn encode_into(bytes: &[u8], text: &mut String) {
    for chunk in bytes.chunks(3) {
        let (first, second, third) = match *chunk {
            [a, b, c] => (a, b, c),
            [a, b] => (a, b, 0),
            [a] => (a, 0, 0),
            _ => continue,
        };
        let group = u32::from(first) << 16 | u32::from(second) << 8 | u32::from(third);
        for position in 0..=chunk.len() {
            text.push(character(group >> (18 - 6 * position)));
        }
    }
}

/// Decodes, refusing padding, white space, any other alphabet, impossible lengths and stray low bits.
///
/// # Errors
/// [`JoseError::Base64`].
pub fn decode(text: &[u8]) -> Result<Vec<u8>, JoseError> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let mut groups = text.chunks_exact(4);
    for group in &mut groups {
        let [a, b, c, d] = *group else {
            return Err(JoseError::Base64);
        };
        let word = join(&[a, b, c, d])?;
        let [_, x, y, z] = word.to_be_bytes();
        bytes.extend_from_slice(&[x, y, z]);
    }
    match *groups.remainder() {
        [] => {}
        [a, b] => bytes.push(tail(join(&[a, b])?, 4)?.to_be_bytes()[3]),
        [a, b, c] => {
            let [.., x, y] = tail(join(&[a, b, c])?, 2)?.to_be_bytes();
            bytes.extend_from_slice(&[x, y]);
        }
        _ => return Err(JoseError::Base64),
    }
    Ok(bytes)
}

/// As [`decode`], for a text that stands for exactly `N` bytes, without allocating.
///
/// # Errors
/// [`JoseError::Base64`], also for another length.
pub fn decode_exact<const N: usize>(text: &[u8]) -> Result<[u8; N], JoseError> {
    let mut bytes = [0u8; N];
    if text.len() != (N * 4).div_ceil(3) {
        return Err(JoseError::Base64);
    }
    for (group, place) in text.chunks(4).zip(bytes.chunks_mut(3)) {
        // Of the six bits of each character, those beyond whole bytes must be zero.
        let unused = u32::try_from(group.len() * 6 % 8).unwrap_or_default();
        let mut word = tail(join(group)?, unused)?;
        for byte in place.iter_mut().rev() {
            let [.., low] = word.to_be_bytes();
            *byte = low;
            word >>= 8;
        }
    }
    Ok(bytes)
}

/// Whether `byte` belongs to the alphabet.
#[must_use]
pub fn is_base64url(byte: u8) -> bool {
    value(byte) != INVALID
}

/// Joins up to four characters into one number, six bits each.
fn join(characters: &[u8]) -> Result<u32, JoseError> {
    let mut word = 0;
    let mut seen = 0;
    for character in characters {
        let sextet = value(*character);
        seen |= sextet;
        word = word << 6 | u32::from(sextet & 0x3f);
    }
    if seen > 0x3f {
        Err(JoseError::Base64)
    } else {
        Ok(word)
    }
}

/// Drops the `unused` low bits of a last group; they must be zero, or one value would have several spellings.
fn tail(word: u32, unused: u32) -> Result<u32, JoseError> {
    if word.trailing_zeros() < unused {
        Err(JoseError::Base64)
    } else {
        Ok(word >> unused)
    }
}

fn value(character: u8) -> u8 {
    VALUES.get(usize::from(character)).copied().unwrap_or(INVALID)
}

fn character(group: u32) -> char {
    ALPHABET
        .get((group & 0x3f) as usize)
        .copied()
        .map_or('A', char::from)
}

#[allow(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler over a fixed alphabet"
)]
const fn values() -> [u8; 256] {
    let mut table = [INVALID; 256];
    let mut index = 0;
    while index < ALPHABET.len() {
        table[ALPHABET[index] as usize] = index as u8;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_both_ways() {
        let cases: [(&[u8], &str); 8] = [
            (b"", ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"fooba", "Zm9vYmE"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xff, 0xef, 0xbe, 0xfb], "_----w"),
        ];
        for (bytes, text) in cases {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Ok(bytes));
        }
    }

    #[test]
    fn refuses_everything_else() {
        let cases = [
            "Zg==", "Zh", "Zm9", "A", "AAAAA", "Zm 9", "Zm9v\n", "Zm+v", "Zm/v", "Zm9v=", ".", "Zm8?", "é",
        ];
        for text in cases {
            assert_eq!(decode(text.as_bytes()), Err(JoseError::Base64), "{text:?}");
        }
    }
}

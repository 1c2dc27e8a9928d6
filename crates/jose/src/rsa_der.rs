//! The two numbers of an `RSAPublicKey` (RFC 8017 appendix A.1.1), as the cryptographic library writes it.

use crate::error::{JoseError, KeyRefusal};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// Modulus and exponent, big endian, without leading zeros.
pub(crate) fn modulus_and_exponent(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>), JoseError> {
    let invalid = JoseError::Key(KeyRefusal::Invalid);
    let (body, rest) = element(der, SEQUENCE).ok_or(invalid)?;
    let (modulus, body) = element(body, INTEGER).ok_or(invalid)?;
    let (exponent, body) = element(body, INTEGER).ok_or(invalid)?;
    if !rest.is_empty() || !body.is_empty() {
        return Err(invalid);
    }
    Ok((magnitude(modulus), magnitude(exponent)))
}

/// Splits off one element of that tag: its content, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    if first != tag {
        return None;
    }
    if length < 0x80 {
        return rest.split_at_checked(usize::from(length));
    }
    let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
    if octets.len() > 2 {
        return None;
    }
    let length = octets
        .iter()
        .fold(0, |length, octet| length << 8 | usize::from(*octet));
    rest.split_at_checked(length)
}

fn magnitude(integer: &[u8]) -> Vec<u8> {
    integer.iter().copied().skip_while(|octet| *octet == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_length_forms_and_nothing_else() {
        let short = [0x30, 0x07, 0x02, 0x02, 0x00, 0x91, 0x02, 0x01, 0x03];
        assert_eq!(modulus_and_exponent(&short), Ok((vec![0x91], vec![3])));
        let mut long = vec![0x30, 0x82, 0x01, 0x07, 0x02, 0x82, 0x01, 0x00];
        long.extend([0x77; 256]);
        long.extend([0x02, 0x01, 0x03]);
        assert_eq!(modulus_and_exponent(&long), Ok((vec![0x77; 256], vec![3])));
        for cut in 0..short.len() {
            assert!(modulus_and_exponent(&short[..cut]).is_err());
        }
        assert!(modulus_and_exponent(&[&short[..], &[0]].concat()).is_err());
        assert!(modulus_and_exponent(&[0x31, 0x00]).is_err());
    }
}

//! The head of an answer, prepared once for a credential and given again and again: names are hashed and values written
//! when it is prepared. What changes from check to check is put into the copy.

use bytes::Bytes;
use domain::Seq;
use http::{HeaderMap, HeaderValue};

use crate::permit::{FRONTIER, Permit, STALENESS};

/// Fields that say who it is, and whatever else an answer has.
#[derive(Debug)]
pub struct PreparedHead {
    fields: HeaderMap,
    frontier: Seq,
}

impl PreparedHead {
    /// From other fields of the answer and what the permit's credential adds to them.
    #[must_use]
    pub fn new(permit: &Permit, mut fields: HeaderMap) -> Self {
        permit.write_identity(&mut fields);
        share_one_buffer(&mut fields);
        Self {
            fields,
            frontier: permit.frontier(),
        }
    }

    /// The fields as a later permit of the same credential would write them.
    #[must_use]
    pub fn fields_for(&self, permit: &Permit) -> HeaderMap {
        let mut fields = self.fields.clone();
        for (name, value) in &mut fields {
            if *name == STALENESS {
                *value = small_number(permit.staleness().as_ms());
            } else if *name == FRONTIER && self.frontier != permit.frontier() {
                *value = HeaderValue::from(permit.frontier().as_u64());
            }
        }
        fields
    }

    /// One of the fields that do not change.
    #[must_use]
    pub fn field(&self, name: &http::HeaderName) -> Option<&HeaderValue> {
        self.fields.get(name)
    }
}

/// All values in one piece of memory, so that a copy of the fields counts its users in one place.
fn share_one_buffer(fields: &mut HeaderMap) {
    let whole: Bytes = fields
        .values()
        .flat_map(HeaderValue::as_bytes)
        .copied()
        .collect::<Vec<u8>>()
        .into();
    let mut start = 0;
    for value in fields.values_mut() {
        let end = start + value.len();
        // What was a value is one.
        if let Ok(mut same) = HeaderValue::from_maybe_shared(whole.slice(start..end)) {
            same.set_sensitive(value.is_sensitive());
            *value = same;
        }
        start = end;
    }
}

/// Four digits of every number below ten thousand: staleness in milliseconds is seldom more.
static DIGITS: [u8; 40_000] = digits();

/// A number, without an allocation where it is small.
fn small_number(number: u64) -> HeaderValue {
    let length = match number {
        0..=9 => 1,
        10..=99 => 2,
        100..=999 => 3,
        1_000..=9_999 => 4,
        _ => return HeaderValue::from(number),
    };
    let end = usize::try_from(number).unwrap_or_default() * 4 + 4;
    let text = DIGITS.get(end - length..end).unwrap_or_default();
    HeaderValue::from_maybe_shared(Bytes::from_static(text)).unwrap_or_else(|_| HeaderValue::from(number))
}

#[allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler; each digit is below ten"
)]
const fn digits() -> [u8; 40_000] {
    let mut digits = [b'0'; 40_000];
    let mut number = 0;
    while number < 10_000 {
        let mut rest = number;
        let mut place = 4;
        while place > 0 {
            place -= 1;
            digits[number * 4 + place] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        number += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_reads_as_itself() {
        for number in (0..10_100).chain([u64::MAX]) {
            assert_eq!(small_number(number), *number.to_string(), "{number}");
        }
    }

    #[test]
    fn values_stay_what_they_were() {
        let mut fields = HeaderMap::new();
        fields.insert("a", HeaderValue::from_static("one"));
        fields.append("a", HeaderValue::from_static("two"));
        fields.insert("b", HeaderValue::from_static(""));
        let mut secret = HeaderValue::from_static("three");
        secret.set_sensitive(true);
        fields.insert("c", secret);
        let before = fields.clone();
        share_one_buffer(&mut fields);
        assert_eq!(fields, before);
        assert!(fields["c"].is_sensitive() && !fields["a"].is_sensitive());
    }
}

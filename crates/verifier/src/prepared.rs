//! The head of an answer, prepared once for a credential and given again and again: names are hashed and values written
//! when it is prepared. Names are kept once for all credentials that are told under the same names; of a credential only
//! its values are kept, so that a check of one that was not asked for lately reads little memory that is cold.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use domain::Seq;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::permit::{FRONTIER, Permit, STALENESS};

/// Shapes that are shared. There is one for each set of names that a permit writes; more are never kept.
const MOST_SHAPES: usize = 64;

/// The shapes of an edge's answers.
#[derive(Debug, Default)]
pub struct Shapes(ArcSwap<Vec<Arc<Shape>>>);

/// Names in their order, the values that every answer has, and places for the others.
#[derive(Debug)]
struct Shape {
    fields: HeaderMap,
    /// So many fields at the beginning have their values here.
    common: usize,
}

/// What one credential's answers say.
#[derive(Debug)]
pub struct PreparedHead {
    shape: Arc<Shape>,
    /// Values of the fields after the common ones, in one piece of memory.
    own: Box<[HeaderValue]>,
    frontier: Seq,
}

impl PreparedHead {
    /// From the fields that every answer has, those of this one, and what the permit's credential adds to them.
    #[must_use]
    pub fn new(
        permit: &Permit,
        common: HeaderMap,
        own: Option<(HeaderName, HeaderValue)>,
        shapes: &Shapes,
    ) -> Self {
        let count = common.len();
        let mut fields = common;
        fields.extend(own);
        permit.write_identity(&mut fields);
        let mut own: Box<[HeaderValue]> = fields.values().skip(count).cloned().collect();
        share_one_buffer(&mut own);
        for value in fields.values_mut().skip(count) {
            *value = HeaderValue::from_static("");
        }
        Self {
            shape: shapes.shared(Shape {
                fields,
                common: count,
            }),
            own,
            frontier: permit.frontier(),
        }
    }

    /// The fields as a later permit of the same credential would write them.
    #[must_use]
    pub fn fields_for(&self, permit: &Permit) -> HeaderMap {
        let mut fields = self.shape.fields.clone();
        let places = fields.iter_mut().skip(self.shape.common);
        for ((name, place), value) in places.zip(&self.own) {
            *place = if *name == STALENESS {
                small_number(permit.staleness().as_ms())
            } else if *name == FRONTIER && self.frontier != permit.frontier() {
                HeaderValue::from(permit.frontier().as_u64())
            } else {
                value.clone()
            };
        }
        fields
    }

    /// One of the credential's own fields that do not change.
    #[must_use]
    pub fn field(&self, name: &HeaderName) -> Option<&HeaderValue> {
        let names = self.shape.fields.keys().skip(self.shape.common);
        names
            .zip(&self.own)
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value)
    }
}

impl Shapes {
    /// The same shape, kept once.
    fn shared(&self, shape: Shape) -> Arc<Shape> {
        let known = |shapes: &[Arc<Shape>]| shapes.iter().find(|known| known.is(&shape)).cloned();
        if let Some(known) = known(&self.0.load()) {
            return known;
        }
        let new = Arc::new(shape);
        self.0.rcu(|shapes| {
            let mut shapes = shapes.to_vec();
            if shapes.len() < MOST_SHAPES {
                shapes.push(Arc::clone(&new));
            }
            shapes
        });
        new
    }
}

impl Shape {
    /// Names, their order, and common values.
    fn is(&self, other: &Self) -> bool {
        self.common == other.common && self.fields.iter().eq(&other.fields)
    }
}

/// All values in one piece of memory, so that a copy of the fields counts its users in one place.
fn share_one_buffer(values: &mut [HeaderValue]) {
    let whole: Bytes = values
        .iter()
        .flat_map(HeaderValue::as_bytes)
        .copied()
        .collect::<Vec<u8>>()
        .into();
    let mut start = 0;
    for value in values {
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
        let mut secret = HeaderValue::from_static("three");
        secret.set_sensitive(true);
        let before = ["one", "two", ""].map(HeaderValue::from_static).into_iter();
        let before: Vec<_> = before.chain([secret]).collect();
        let mut values = before.clone();
        share_one_buffer(&mut values);
        assert_eq!(values, before);
        assert!(values[3].is_sensitive() && !values[0].is_sensitive());
    }

    #[test]
    fn a_shape_is_kept_once_and_not_without_end() {
        let shapes = Shapes::default();
        let shape = |name: &str, common: &'static str| Shape {
            fields: [("a", common), (name, "")]
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
                .into_iter()
                .collect(),
            common: 1,
        };
        let first = shapes.shared(shape("b", "1"));
        assert!(Arc::ptr_eq(&first, &shapes.shared(shape("b", "1"))));
        assert!(!Arc::ptr_eq(&first, &shapes.shared(shape("b", "2"))));
        assert!(!Arc::ptr_eq(&first, &shapes.shared(shape("c", "1"))));
        for number in 0..2 * MOST_SHAPES {
            let name = format!("x-{number}");
            assert!(shapes.shared(shape(&name, "1")).fields.contains_key(&name));
        }
        assert_eq!(shapes.0.load().len(), MOST_SHAPES);
    }
}

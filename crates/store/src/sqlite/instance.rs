//! The file `instance` beside the data: which store this directory holds, and how far its log once reached. It finds
//! data that was put there by hand: another store's, or older than what was here.

use std::path::Path;

use domain::Seq;

use super::place::{self, Place};
use super::refusal::OpenError;

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) id: [u8; 16],
    /// The log was here when the file was written; a log below it went back in time.
    pub(super) floor: Seq,
}

/// Nothing if there is none, or if it cannot be understood: then this is not known to be the same store.
pub(super) fn read(place: &Place) -> Option<Instance> {
    parse(&std::fs::read_to_string(place.instance()).ok()?)
}

pub(super) fn exists(place: &Place) -> bool {
    place.instance().exists()
}

pub(super) fn write(place: &Place, instance: Instance) -> Result<(), OpenError> {
    let path: &Path = &place.instance();
    place::replace(path, &show(instance))
}

fn show(instance: Instance) -> String {
    let id = u128::from_be_bytes(instance.id);
    format!("store {id:032x}\nfloor {}\n", instance.floor)
}

fn parse(text: &str) -> Option<Instance> {
    let mut lines = text.lines();
    let id = lines.next()?.strip_prefix("store ").filter(|t| t.len() == 32)?;
    let floor = lines.next()?.strip_prefix("floor ")?;
    Some(Instance {
        id: u128::from_str_radix(id, 16).ok()?.to_be_bytes(),
        floor: Seq::from_u64(floor.parse().ok()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_and_refuses_what_is_cut() {
        let instance = Instance {
            id: [0x0a; 16],
            floor: Seq::from_u64(68_719_476_739).unwrap(),
        };
        let text = show(instance);
        assert_eq!(parse(&text), Some(instance));
        for bad in ["", "store 0a", &text[..40], &text.replace("floor 6", "floor x")] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

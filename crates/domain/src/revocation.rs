//! Classes, targets, log entries and the map that every edge judges by.

mod class;
mod entry;
mod level;
mod map;
mod position;

pub use class::{Class, InvalidTarget, Target};
pub use entry::{LogEntry, chain};
pub use level::{InvalidLevel, Level};
pub use map::{Judgement, RevocationMap};
pub use position::Position;

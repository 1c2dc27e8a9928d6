//! The feed on a wire: one frame a message, in versions that both sides agree on. Byte by byte in docs/FEED.md.
//!
//! Everything read is strict: a frame has one length, one spelling and nothing behind it; a number of elements is held
//! against the bytes that are there before anything is allocated for them.

mod frame;
mod read;
mod reply;
mod request;
mod snapshot;
mod value;
mod version;
mod write;

pub use frame::{Frame, FrameBuffer, HEADER_LEN, Kind};
pub use reply::{RefusalWord, Reply};
pub use request::{Hello, Request};
pub use snapshot::{MAX_SNAPSHOT, SealedSnapshot};
pub use version::{Version, Versions};

/// Most log entries in one frame.
pub const MAX_ENTRIES: usize = 4096;
/// Most sessions in one report of activity.
pub const MAX_ACTIVITY: usize = 4096;
/// Most routes with a written exception that an edge may declare.
pub const MAX_EXCEPTIONS: usize = 1024;
/// Longest name of such a route, in bytes.
pub const MAX_ROUTE_NAME: usize = 256;

/// Bytes that are no frame of this protocol, or a value that does not fit into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It ends too early.
    #[error("the frame ends too early")]
    Short,
    /// There is more than the message.
    #[error("the frame has bytes behind its message")]
    Trailing,
    /// Longer than this kind may be.
    #[error("the frame is longer than its kind may be")]
    TooLong,
    /// No kind of this protocol, or none that belongs here.
    #[error("no kind of frame that belongs here: {0}")]
    Kind(u8),
    /// Not the version that was agreed on.
    #[error("not the version that was agreed on: {0}")]
    Version(u8),
    /// A value outside its bounds or its alphabet.
    #[error("{0} is not a value of its type")]
    Value(&'static str),
}

#[cfg(test)]
mod tests;

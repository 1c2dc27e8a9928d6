//! A disk that forgets. A program that links this crate has its system calls on files ([`calls`]) stand on a journal
//! of what was written and what was synced, for the directories that a test watches ([`Disk`]). From the journal, cut
//! anywhere, come the states that a loss of power could leave ([`Disk::after_power_loss`]).
//!
//! It stands under the C library's names, so it covers `SQLite` and the standard library alike, and the code under test
//! needs no seam. It is for tests: no shipped crate may depend on it.
//!
//! What a power loss may do here: of everything not synced, each write is kept, dropped, or torn by sectors, whatever
//! its order; a file's length and its content go separately; a name that was made, renamed or removed counts only once
//! its directory is synced, each by itself. What it may not do: change bytes beside those written
//! (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, which `SQLite` assumes as well), or lose what was synced.

pub mod calls;
mod disk;
mod draw;
mod journal;
mod survivors;

pub use disk::Disk;
pub use draw::Draw;
pub use survivors::Survivors;

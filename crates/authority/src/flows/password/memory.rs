//! The memory that Argon2 fills. A hash in fresh memory spends a part of its time on the system's giving out pages, so what was
//! used is kept for the next one.
//!
//! A hash overwrites all of it. What the last one left is wiped as soon as no attempt is at its heels, so that nothing
//! of a password outlives the logins of a busy moment.

use std::sync::{Mutex, PoisonError};

use argon2::Block;

/// Sets of blocks that no place uses now: at most as many as there are places.
pub(super) struct Memory {
    /// What a hash by the present parameters takes.
    each: usize,
    free: Mutex<Vec<Blocks>>,
}

/// What one hash works in. Nothing until it is asked for.
#[derive(Default)]
pub(in crate::flows) struct Blocks(Vec<Block>);

impl Memory {
    pub(super) const fn new(each: usize) -> Self {
        Self {
            each,
            free: Mutex::new(Vec::new()),
        }
    }

    /// For one hash.
    pub(super) fn lend(&self) -> Blocks {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop().unwrap_or_default()
    }

    /// Afterwards. `is_busy`: the next hash follows at once.
    pub(super) fn take_back(&self, mut blocks: Blocks, is_busy: bool) {
        if !is_busy {
            blocks.wipe();
        }
        // A hash of before may have asked for more than is kept.
        let is_usual = blocks.0.len() == self.each;
        if is_usual {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            free.push(blocks);
        }
    }
}

/// Without what is in it.
impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("each", &self.each)
            .finish_non_exhaustive()
    }
}

impl Blocks {
    /// At least so many.
    pub(super) fn of(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::default());
        }
        &mut self.0
    }

    fn wipe(&mut self) {
        self.0.fill(Block::default());
        // Also where it is given back to the system next: then nobody reads the zeros.
        std::hint::black_box(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(memory: &Memory, count: usize) -> Blocks {
        let mut blocks = memory.lend();
        for block in blocks.of(count) {
            block.as_mut().fill(7);
        }
        blocks
    }

    fn is_wiped(blocks: &Blocks) -> bool {
        blocks
            .0
            .iter()
            .all(|block| block.as_ref().iter().all(|word| *word == 0))
    }

    #[test]
    fn what_a_hash_left_is_wiped_unless_the_next_one_overwrites_it_at_once() {
        let memory = Memory::new(8);
        memory.take_back(used(&memory, 8), true);
        let busy = memory.lend();
        assert!(busy.0.len() == 8 && !is_wiped(&busy));
        memory.take_back(busy, false);
        let quiet = memory.lend();
        assert!(quiet.0.len() == 8 && is_wiped(&quiet));
        assert!(memory.lend().0.is_empty(), "there are no more than were used");
    }

    #[test]
    fn more_than_a_usual_hash_takes_is_not_kept() {
        let memory = Memory::new(8);
        memory.take_back(used(&memory, 9), false);
        memory.take_back(Blocks::default(), false);
        assert!(memory.lend().0.is_empty());
    }
}

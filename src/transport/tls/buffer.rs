//! A byte queue that gives its memory back.

use crate::memory::lengthen;
use alloc::vec::Vec;

use super::buffer_pool;
use crate::engine::error::Error;

/// Bytes put in at the end and taken from the front. The memory behind it is initialised once and
/// used again until [`Buffer::release`].
#[derive(Default)]
pub(super) struct Buffer {
    memory: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// What is in the queue.
    pub(super) fn filled(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// What is in the queue, to be changed in place.
    pub(super) fn filled_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.end]
    }

    /// The free memory after the queue, moved to the front of a memory of at least `size` bytes.
    pub(super) fn room(&mut self, size: usize) -> Result<&mut [u8], Error> {
        if self.start > 0 {
            self.memory.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.len());
        }
        if size > self.memory.len() {
            lengthen(&mut self.memory, size)?;
        }
        Ok(&mut self.memory[self.end..])
    }

    /// How large a queue the memory has room for.
    pub(super) fn size(&self) -> usize {
        self.memory.len()
    }

    /// The first `count` bytes of the room now belong to the queue.
    pub(super) fn produced(&mut self, count: usize) {
        self.end += count.min(self.memory.len() - self.end);
    }

    /// Takes `count` bytes off the front, or all there are.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count.min(self.len());
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Appends a copy.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.room(self.len() + bytes.len())?[..bytes.len()].copy_from_slice(bytes);
        self.produced(bytes.len());
        Ok(())
    }

    /// Has memory for what a small exchange receives, if it had none and others have some to spare.
    pub(super) fn borrow_spare(&mut self) {
        if self.memory.is_empty() {
            self.memory = buffer_pool::take();
        }
    }

    /// Gives the memory away if the queue is empty.
    pub(super) fn rest(&mut self) {
        if self.is_empty() {
            buffer_pool::give(core::mem::take(self).memory);
        }
    }

    /// Gives the memory back if the queue is empty and holds more than `keep` bytes of it.
    pub(super) fn release(&mut self, keep: usize) {
        if self.is_empty() && self.memory.capacity() > keep {
            *self = Buffer::default();
        }
    }
}

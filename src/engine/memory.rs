//! What stable Rust lacks: memory that is asked for without an abort where there is none.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// A box, made by [`one`].
pub type One<T> = Box<[T; 1]>;

/// A box for a value, or `None` without the memory for it.
pub fn one<T>(value: T) -> Option<One<T>> {
    let mut list = Vec::new();
    list.try_reserve_exact(1).ok()?;
    list.push(value);
    list.into_boxed_slice().try_into().ok()
}

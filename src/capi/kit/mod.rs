//! The border with C: panics, errno, pointers, locks, and the table of handles. Nothing here knows what a
//! handle stands for.

pub(crate) mod field_out;
pub(crate) mod fork;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod poison;

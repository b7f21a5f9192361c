//! The border with C: panics, errno, pointers, and the table of handles. Nothing here knows what a
//! handle stands for.

pub(crate) mod field_out;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod memory;
pub(crate) mod poison;

//! What is done with the bytes of a fuzzer: a function for each target. `tests/fuzz_seeds.rs` plays the seeds.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[path = "../../tests/beside/mod.rs"]
mod beside;
mod calls;
mod messages;
mod parts;
mod secure;
#[path = "../../tests/transcript/mod.rs"]
mod transcript;

pub use calls::calls;
pub use messages::{connect, request, response};
pub use parts::{chunks, fields, url};
pub use secure::{certificates, tls};

/// Takes a number off the front of the bytes: 0 when there are none.
fn number(data: &mut &[u8]) -> usize {
    let Some((&first, rest)) = data.split_first() else { return 0 };
    *data = rest;
    first.into()
}

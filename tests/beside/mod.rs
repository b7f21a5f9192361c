//! What others make of the same bytes: header blocks by httparse, chunked bodies by a decoder that goes byte by
//!
#![allow(dead_code, unused_imports)] // each test program uses its part
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod chunks;
mod fields;
mod url;

pub use chunks::{by_decoder, byte_by_byte};
pub use fields::{by_httparse, by_us};
pub use url::{by_a_browser, by_another_parser, resolved_by_another_parser, shown};

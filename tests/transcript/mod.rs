//! Transcripts: bytes in, events out.
//!
//! A case is what a peer sends, byte for byte; its outcome is everything that a caller can see of it.
//! Each case runs many times: its bytes arrive at once, split at every position, one by one, and one
//! by one with `WouldBlock` before each; they leave as slowly; and the body is read in every way. All
//! runs must have the same outcome, which is what the test gets. After each run another request is
//! made: its answer must be its own, whatever came before.
#![allow(dead_code, unused_imports)] // each test program uses its part

mod outcome;
mod random;
mod script;
mod wire;

pub use outcome::{
    Outcome, PROBE_REQUEST, Pace, Reading, Transcript, cut, kept, not_kept, refused,
};
pub use random::Random;
pub use script::{Dialer, End, Log, Peer};
pub use wire::{Blocks, check_one_request, connection, patiently, request, wire};

//! Our parsers beside others, on random input from fixed seeds: header blocks beside httparse, chunked
//! bodies beside a decoder that goes byte by byte.
//!
//! A failure shows its input. `DIFFERENTIAL_CASES=10000000 cargo test --release --test differential` runs more.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod beside;
#[path = "transcript/random.rs"]
mod random;

use beside::{by_decoder, by_httparse, by_us, byte_by_byte};
use random::Random;
use std::env;

fn cases() -> u64 {
    env::var("DIFFERENTIAL_CASES").map_or(50_000, |cases| cases.parse().unwrap())
}

/// Pieces in a row, with a byte of any kind now and then.
fn sentence(random: &mut Random, pieces: &[&[u8]], most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.below(most) {
        match random.below(40) {
            0 => bytes.push(random.below(256) as u8),
            _ => bytes.extend_from_slice(random.one_of(pieces)),
        }
    }
    bytes
}

const OF_FIELDS: &[&[u8]] = &[
    b"A: b\r\n",
    b"Content-Length: 5\r\n",
    b"Connection: close, x\r\n",
    b"\r\n",
    b"\r\n",
    b"\n",
    b"X",
    b"Name-With-Some-Length",
    b":",
    b": ",
    b"\t",
    b" ",
    b"a value of more than eight bytes",
    b"\xe9\xff",
    b"\"",
    b"\r",
    b"\r\n ",
    b"\n\t",
    b"'token'*.|~",
    b"\x7f",
];

#[test]
fn header_blocks_are_what_httparse_reads() {
    let random = &mut Random::new(1);
    for _ in 0..cases() {
        let data = [sentence(random, OF_FIELDS, 12), b"\r\n\r\n".to_vec()].concat();
        let split = random.below(data.len() + 17);
        assert_eq!(by_us(&data, split), by_httparse(&data), "{}", data.escape_ascii());
    }
}

const OF_CHUNKS: &[&[u8]] = &[
    b"5\r\nhello\r\n",
    b"1\r\nx\r\n",
    b"00a\r\n0123456789\r\n",
    b"0\r\n\r\n",
    b"0\r\n",
    b"\r\n",
    b"3",
    b"B",
    b"c",
    b";a=b",
    b" ",
    b"\t",
    b"\r",
    b"\n",
    b"T: v\r\n",
    b"hello",
    b"ffffffffffffffff",
    b"x",
];

#[test]
fn chunked_bodies_are_what_a_plain_decoder_reads() {
    let random = &mut Random::new(2);
    for _ in 0..cases() {
        let data = [sentence(random, OF_CHUNKS, 10), b"0\r\n\r\n".to_vec()].concat();
        let decoded = by_decoder(&data, |bound| random.below(bound));
        assert_eq!(decoded, byte_by_byte(&data), "{}", data.escape_ascii());
    }
}

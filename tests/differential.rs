//! Our parsers beside others, on random input from fixed seeds: header blocks beside httparse, chunked
//! bodies beside a decoder that goes byte by byte.
//!
//! A failure shows its input. `DIFFERENTIAL_CASES=10000000 cargo test --release --test differential` runs more.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[path = "transcript/random.rs"]
mod random;

use bytes::buf::UninitSlice;
use httpclient::engine::body::{Decoder, Progress};
use httpclient::engine::buffer::HeadLimits;
use httpclient::engine::fields::Fields;
use httpclient::engine::framing::BodyFraming;
use httpclient::engine::head::{Head, HeadReader};
use httpclient::engine::leniency::Leniency;
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

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

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

/// The header block at the front: `None` without its end, an error if it is malformed.
fn by_httparse(data: &[u8]) -> Option<Result<Pairs, ()>> {
    let mut block = Vec::new();
    for line in data.split_inclusive(|&b| b == b'\n') {
        if !line.ends_with(b"\n") {
            return None;
        }
        // Folded lines are unfolded before they are read, but for the first.
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let len = block.len();
            if len > 0 {
                block[len - 1] = b' ';
            }
            if len > 1 && block[len - 2] == b'\r' {
                block[len - 2] = b' ';
            }
        }
        block.extend_from_slice(line);
        if matches!(line, b"\n" | b"\r\n") {
            let mut table = [httparse::EMPTY_HEADER; 64];
            return match httparse::parse_headers(&block, &mut table) {
                Ok(httparse::Status::Complete((_, fields))) => Some(Ok(fields
                    .iter()
                    .map(|field| (field.name.as_bytes().to_vec(), field.value.to_vec()))
                    .collect())),
                _ => Some(Err(())),
            };
        }
    }
    None
}

fn pairs(fields: &Fields) -> Pairs {
    fields.iter().map(|field| (field.name.to_vec(), field.value.to_vec())).collect()
}

/// The same by our reader, where the bytes arrive in two parts.
fn by_us(data: &[u8], split: usize) -> Option<Result<Pairs, ()>> {
    let whole = [b"HTTP/1.1 200 OK\r\n", data].concat();
    let (mut reader, mut head) = (HeadReader::default(), Head::default());
    let mut read =
        |data: &[u8]| reader.read(data, &HeadLimits::DEFAULT, &mut head, &mut Leniency::default());
    let outcome = match read(&whole[..split]) {
        Ok(None) => read(&whole),
        outcome => outcome,
    };
    match outcome {
        Ok(found) => found.map(|_| Ok(pairs(&head.fields))),
        Err(_) => Some(Err(())),
    }
}

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

/// What a chunked body comes to.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    body: Vec<u8>,
    /// How much of the input it took, if it is complete.
    took: Option<usize>,
    failed: bool,
}

/// The size that a chunk's line tells (RFC 9112 section 7.1): digits, then blanks and an extension.
fn size(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\r\n")?;
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let rest =
        line[digits..].iter().position(|b| !b" \t".contains(b)).map(|at| &line[digits + at..]);
    let is_extension = |rest: &[u8]| {
        rest[0] == b';' && rest.iter().all(|&b| b == b'\t' || (b >= b' ' && b != 0x7f))
    };
    let good = digits > 0 && rest.is_none_or(is_extension);
    let digits = std::str::from_utf8(&line[..digits]).unwrap().trim_start_matches('0');
    if !good { None } else { u64::from_str_radix(&format!("0{digits}"), 16).ok() }
}

fn byte_by_byte(data: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let mut rest = data;
    loop {
        let Some(lf) = rest.iter().position(|&b| b == b'\n') else { return outcome };
        let (line, behind) = rest.split_at(lf + 1);
        let Some(size) = size(line) else { return Outcome { failed: true, ..outcome } };
        rest = behind;
        if size == 0 {
            break;
        }
        for _ in 0..size {
            let Some((&byte, behind)) = rest.split_first() else { return outcome };
            outcome.body.push(byte);
            rest = behind;
        }
        match rest {
            [b'\r', b'\n', behind @ ..] => rest = behind,
            [] | [b'\r'] => return outcome,
            _ => return Outcome { failed: true, ..outcome },
        }
    }
    match by_httparse(rest) {
        None => outcome,
        Some(Err(())) => Outcome { failed: true, ..outcome },
        Some(Ok(_)) => {
            let mut len = 0;
            for line in rest.split_inclusive(|&b| b == b'\n') {
                len += line.len();
                if matches!(line, b"\n" | b"\r\n") {
                    break;
                }
            }
            Outcome { took: Some(data.len() - rest.len() + len), ..outcome }
        }
    }
}

/// The same by our decoder, where the bytes arrive and are taken in parts.
fn by_decoder(data: &[u8], random: &mut Random) -> Outcome {
    let mut outcome = Outcome::default();
    let mut decoder = Decoder::new(BodyFraming::Chunked, 0);
    let (mut trailers, mut progress) = (Fields::default(), Progress::default());
    let (mut taken, mut arrived) = (0, 0);
    loop {
        let mut out = vec![0; 1 + random.below(20)];
        let decoded = decoder.decode(
            &data[taken..arrived],
            UninitSlice::new(&mut out),
            &HeadLimits::DEFAULT,
            &mut trailers,
            &mut Leniency::default(),
            &mut progress,
        );
        taken += progress.consumed;
        outcome.body.extend_from_slice(&out[..progress.produced]);
        outcome.failed = decoded.is_err();
        if decoder.is_done() {
            outcome.took = Some(taken);
        }
        let stuck = progress == Progress::default() && arrived == data.len();
        if outcome.failed || decoder.is_done() || stuck {
            return outcome;
        }
        if progress == Progress::default() {
            arrived = (arrived + 1 + random.below(30)).min(data.len());
        }
    }
}

#[test]
fn chunked_bodies_are_what_a_plain_decoder_reads() {
    let random = &mut Random::new(2);
    for _ in 0..cases() {
        let data = [sentence(random, OF_CHUNKS, 10), b"0\r\n\r\n".to_vec()].concat();
        assert_eq!(by_decoder(&data, random), byte_by_byte(&data), "{}", data.escape_ascii());
    }
}

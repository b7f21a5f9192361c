//! Mutated responses, some ten thousand from fixed seeds: never a panic, never a call that does not
//! get on, memory in proportion to what arrived, the same outcome however the bytes arrive and are
//! read, and never an answer to another request.
//!
//! A failure names its case: `FUZZ_CASE=123 cargo test --test fuzz_smoke` runs that one alone, and
//! `FUZZ_CASES=1000000` runs more.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[path = "transcript/memory.rs"]
mod memory;
mod transcript;

use httpclient::engine::buffer::HeadLimits;
use std::env;
use std::panic::catch_unwind;
use transcript::{End, Outcome, Pace, Random, Reading, Transcript};

const CASES: u64 = 12_000;

/// Good and nearly good responses to begin with.
const SEEDS: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nA: b\r\n c\r\n\r\nhello",
    b"HTTP/1.0 404 Not Found\nConnection: keep-alive\nContent-Length: 3\n\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\n!!!\r\n0\r\nT: v\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 9\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
];

/// What has been trouble for somebody.
const PIECES: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\r\n ",
    b"\0",
    b" ",
    b"\t",
    b":",
    b",",
    b";",
    b"\x7f",
    b"\xff",
    b"0",
    b"-1",
    b"+5",
    b"0x5",
    b"ffffffffffffffff",
    b"10000000000000000",
    b"18446744073709551616",
    b"chunked",
    b"identity",
    b"close",
    b"keep-alive",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"HTTP/1.1 ",
    b"HTTP/1.1 200 OK\r\n",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
];

const LINES: [&str; 4] = ["/", "HEAD|/", "CONNECT|o.test:443", "POST|/"];

/// A response with some of it broken.
fn mutated(random: &mut Random) -> Vec<u8> {
    let mut bytes = random.one_of(SEEDS).to_vec();
    for _ in 0..random.below(5) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(6)).min(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..end, random.one_of(PIECES).iter().copied())),
            3 => drop(bytes.splice(at..at, random.one_of(PIECES).iter().copied())),
            4 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
            5 => bytes.extend_from_slice(random.one_of(SEEDS)),
            _ => {
                let piece = bytes[at..end].repeat(1 + random.below(40));
                drop(bytes.splice(at..at, piece));
            }
        }
    }
    bytes
}

/// Small limits now and then, so that mutations reach them.
fn limits(random: &mut Random) -> HeadLimits {
    match random.below(4) {
        0 => HeadLimits { line: 40, lines: 6, bytes: 1 << 20, interim: 2 },
        1 => HeadLimits { line: 200, lines: 30, bytes: 1 << 20, interim: 5 },
        _ => HeadLimits::DEFAULT,
    }
}

fn run(case: u64) {
    let mut random = Random::new(case);
    let bytes = mutated(&mut random);
    let mut transcript = Transcript::new(&bytes)
        .line(random.one_of(&LINES))
        .end(random.one_of(&[End::Silence, End::Close]));
    if random.below(3) == 0 {
        transcript = transcript.headers(&[("Upgrade", "x")]);
    }
    transcript.settings.head_limits = limits(&mut random);

    let mut expected = Outcome::default();
    let peak = memory::peak_of(|| {
        expected = transcript.run_once(Pace::Whole, Reading::Big);
    });
    // Two blocks of 64 KiB: the caller's and that for chunks.
    let most = (256 << 10) + 64 * bytes.len();
    assert!(peak < most, "{peak} bytes of memory for {}", bytes.len());

    let split = Pace::SplitAt(random.below(bytes.len() + 1));
    for pace in [Pace::Single, Pace::Hesitant, split, Pace::Whole] {
        let reading = random.one_of(&Reading::ALL);
        let outcome = transcript.run_once(pace, reading);
        assert_eq!(outcome, expected, "{pace:?}, {reading:?}");
    }
}

#[test]
fn mutated_responses() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(case) = number("FUZZ_CASE") {
        println!("{}", mutated(&mut Random::new(case)).escape_ascii());
        return run(case);
    }
    for case in 0..number("FUZZ_CASES").unwrap_or(CASES) {
        if catch_unwind(|| run(case)).is_err() {
            panic!("case {case}: {}", mutated(&mut Random::new(case)).escape_ascii());
        }
    }
}

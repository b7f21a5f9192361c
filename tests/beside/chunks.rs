//! Chunked bodies.

use super::fields::by_httparse;
use bytes::buf::UninitSlice;
use httpclient::engine::body::{Decoder, Progress};
use httpclient::engine::buffer::HeadLimits;
use httpclient::engine::fields::Fields;
use httpclient::engine::framing::BodyFraming;
use httpclient::engine::leniency::Leniency;

/// What a chunked body comes to.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
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

pub fn byte_by_byte(data: &[u8]) -> Outcome {
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

/// The same by our decoder, where the bytes arrive and are taken in parts: `below` gives a number under another.
pub fn by_decoder(data: &[u8], mut below: impl FnMut(usize) -> usize) -> Outcome {
    let mut outcome = Outcome::default();
    let mut decoder = Decoder::new(BodyFraming::Chunked, 0);
    let (mut trailers, mut progress) = (Fields::default(), Progress::default());
    let (mut taken, mut arrived) = (0, 0);
    loop {
        let mut out = vec![0; 1 + below(20)];
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
            arrived = (arrived + 1 + below(30)).min(data.len());
        }
    }
}

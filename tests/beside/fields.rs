//! Header blocks.

use httpclient::engine::buffer::HeadLimits;
use httpclient::engine::fields::Fields;
use httpclient::engine::head::{Head, HeadReader};
use httpclient::engine::leniency::Leniency;

/// Names and values.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// The header block at the front: `None` without its end, an error if it is malformed.
pub fn by_httparse(data: &[u8]) -> Option<Result<Pairs, ()>> {
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
pub fn by_us(data: &[u8], split: usize) -> Option<Result<Pairs, ()>> {
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

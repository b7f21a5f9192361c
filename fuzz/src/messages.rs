//! Whole messages: what a server or a proxy sends, and what a program wants to send.

use super::number;
use super::transcript::{End, Pace, Peer, Reading, Transcript, check_one_request, connection};
use super::transcript::{request as ask, wire};
use httpclient::client::Body;
use httpclient::engine::buffer::HeadLimits;
use httpclient::engine::error::Kind;
use httpclient::engine::leniency::{Leniency, Rule};

/// A response: the same outcome however its bytes arrive and are read, and never an answer to another request.
/// The first byte chooses what was asked, how the stream ends, which limits hold and whether rules are loosened.
pub fn response(mut data: &[u8]) {
    const LINES: [&str; 4] = ["/", "HEAD|/", "CONNECT|o.test:443", "POST|/"];
    const ENDS: [End; 4] =
        [End::Silence, End::Close, End::Fail(Kind::TlsTruncated), End::Fail(Kind::ConnectionReset)];
    let choice = number(&mut data);
    let split = number(&mut data);
    let mut transcript = Transcript::new(data).line(LINES[choice % 4]).end(ENDS[choice / 4 % 4]);
    if choice & 16 != 0 {
        // All but the one that not every way of reading knows.
        let loose = Leniency::HTTP_CLIENT.allowed() & !(Rule::ShortBody as u32);
        transcript = transcript.leniency(Leniency::of(loose));
    }
    if choice & 32 != 0 {
        transcript = transcript.headers(&[("Upgrade", "x")]);
    }
    if choice & 64 != 0 {
        transcript.settings.head_limits = HeadLimits { line: 40, lines: 6, bytes: 200, interim: 2 };
    }
    let expected = transcript.run_once(Pace::Whole, Reading::Big);
    for pace in [Pace::Single, Pace::Hesitant, Pace::SplitAt(split.min(data.len()))] {
        let reading = Reading::ALL[split % Reading::ALL.len()];
        assert_eq!(transcript.run_once(pace, reading), expected, "{pace:?}, {reading:?}");
    }
}

/// A proxy's answer to CONNECT: whatever comes, and however slowly, the request goes out behind a good one only.
/// (Bytes that come with the answer are refused, and those that come later are not its.)
pub fn connect(mut data: &[u8]) {
    let end = if number(&mut data) % 2 == 0 { End::Silence } else { End::Close };
    for pace in [Pace::Whole, Pace::Single, Pace::Hesitant] {
        let peer = Peer { replies: vec![data.to_vec()], end };
        let (mut connection, log) = connection(vec![peer], b"", pace);
        connection.set_tunnel("o.test", Some(443), std::iter::empty()).unwrap();
        let outcome = ask(&mut connection, "/secret", &[], Body::None);
        let sent = log.lock().unwrap().sent.concat();
        let went_out = sent.windows(7).any(|seven| seven == b"/secret");
        assert!(!went_out || data.starts_with(b"HTTP/1."), "{pace:?}");
        assert!(went_out || outcome.is_err(), "{pace:?}");
    }
}

/// A request, of parts that a unit separator ends: method and target, names and values in turn, and a body. It is
/// one request, or none is sent.
pub fn request(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts: Vec<&str> = text.split('\x1f').collect();
    let line = parts.remove(0);
    let body = if parts.len() % 2 == 1 { parts.pop() } else { None };
    let headers: Vec<_> = parts.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let sent = wire(|connection| {
        let body = body.map_or(Body::None, |body| Body::Bytes(body.as_bytes()));
        ask(connection, line, &headers, body)
    });
    if let Ok(sent) = sent {
        check_one_request(sent.as_bytes());
    }
}

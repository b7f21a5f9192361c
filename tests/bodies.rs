//! Bodies that come in parts: how they go out by each verb, framing and pace, and what becomes of a
//! request whose body is not what was announced.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod transcript;

use httpclient::client::{Body, Connection, Pieces, Response};
use httpclient::engine::error::{Error, Kind};
use httpclient::engine::state::Phase;
use transcript::{Blocks, End, Pace, Peer, connection, patiently, request, wire};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Lends pieces; before each there is nothing yet, once.
struct Lender {
    size: Option<u64>,
    pieces: Vec<&'static [u8]>,
    /// The pieces asked for so far.
    next: usize,
    hesitated: bool,
    /// What comes at the end.
    end: Result<(), Kind>,
}

impl Lender {
    fn new(size: Option<u64>, pieces: &[&'static str]) -> Lender {
        let pieces = pieces.iter().map(|piece| piece.as_bytes()).collect();
        Lender { size, pieces, next: 0, hesitated: false, end: Ok(()) }
    }
}

impl Pieces for Lender {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn advance(&mut self) -> Result<bool, Error> {
        self.hesitated = !self.hesitated;
        if self.hesitated {
            return Err(Error::new(Kind::WouldBlock, "the test says so"));
        }
        if self.next == self.pieces.len() {
            return self.end.map(|()| false).map_err(|kind| Error::new(kind, "the test says so"));
        }
        self.next += 1;
        Ok(true)
    }

    fn piece(&self) -> &[u8] {
        self.pieces[self.next - 1]
    }
}

const HEAD: &str = "PUT / HTTP/1.1\r\nHost: h.test\r\n";
const PARTS: [&str; 4] = ["ab", "", "c", ""];

fn request_pieces(size: Option<u64>, headers: &[(&str, &str)]) -> Result<String, Kind> {
    wire(|connection| {
        let mut lender = Lender::new(size, &PARTS);
        request(connection, "PUT|/", headers, Body::Pieces(&mut lender))
    })
}

/// putrequest to endheaders, and each body by its own send.
fn stepwise(
    connection: &mut Connection,
    headers: &[(&str, &str)],
    body: &mut Body<'_>,
    encode_chunked: bool,
    later: &mut [Body<'_>],
) -> Result<(), Error> {
    connection.putrequest(b"PUT", b"/", false, true)?;
    for (name, value) in headers {
        connection.putheader(name.as_bytes(), &[value.as_bytes()])?;
    }
    patiently(|| connection.endheaders(body, encode_chunked))?;
    later.iter_mut().try_for_each(|piece| patiently(|| connection.send_piece(piece)))
}

#[test]
fn pieces_of_a_request() {
    let head = format!("{HEAD}Accept-Encoding: identity\r\n");
    let chunks = "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    assert_eq!(
        request_pieces(None, &[]).unwrap(),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}")
    );
    assert_eq!(
        request_pieces(Some(3), &[]).unwrap(),
        format!("{head}Content-Length: 3\r\n\r\nabc")
    );
    assert_eq!(
        request_pieces(None, &[("Content-Length", "3")]).unwrap(),
        format!("{head}Content-Length: 3\r\n\r\nabc")
    );
    assert_eq!(
        request_pieces(Some(3), &[("Transfer-Encoding", "gzip, chunked")]).unwrap(),
        format!("{head}Transfer-Encoding: gzip, chunked\r\n\r\n{chunks}")
    );
    // Refused before anything was asked of the lender or sent.
    assert_eq!(request_pieces(Some(3), &[("Content-Length", "4")]), Err(Kind::Value));
}

#[test]
fn pieces_behind_a_head_made_by_steps() {
    for (size, encode_chunked, sent) in [
        (None, false, "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        (Some(3), true, "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        (Some(3), false, "Content-Length: 3\r\n\r\nabc"),
    ] {
        let text = wire(|connection| {
            let mut lender = Lender::new(size, &PARTS);
            stepwise(connection, &[], &mut Body::Pieces(&mut lender), encode_chunked, &mut [])
        });
        assert_eq!(text.unwrap(), format!("{HEAD}{sent}"));
    }
}

#[test]
fn http_1_0_has_a_length_or_nothing() {
    let old = |size| {
        wire(|connection| {
            connection.settings.http10 = true;
            let mut lender = Lender::new(size, &PARTS);
            let outcome = request(connection, "PUT|/", &[], Body::Pieces(&mut lender));
            connection.settings.http10 = false;
            outcome
        })
    };
    assert_eq!(old(None), Err(Kind::Value));
    assert_eq!(old(Some(3)).unwrap(), "PUT / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc");
}

#[test]
fn every_kind_of_body_is_sent_behind_the_head() {
    let text = wire(|connection| {
        let mut blocks = Blocks::new(None, &["cd", "ef"]);
        let mut pieces = Lender::new(None, &["g", "", "hi"]);
        stepwise(
            connection,
            &[("Content-Length", "9")],
            &mut Body::None,
            false,
            &mut [
                Body::Bytes(b"ab"),
                Body::Source(&mut blocks),
                Body::Bytes(b""),
                Body::Pieces(&mut pieces),
            ],
        )
    });
    assert_eq!(text.unwrap(), format!("{HEAD}Content-Length: 9\r\n\r\nabcdefghi"));
    // Chunks of one's own are as they are.
    let text = wire(|connection| {
        let mut pieces = Lender::new(None, &["2\r\nab\r\n", "0\r\n\r\n"]);
        stepwise(
            connection,
            &[("Transfer-Encoding", "chunked")],
            &mut Body::None,
            false,
            &mut [Body::Pieces(&mut pieces)],
        )
    });
    assert_eq!(
        text.unwrap(),
        format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")
    );
}

#[test]
fn one_write_for_each_part() {
    let writes = |body: Body<'_>| {
        let (mut connection, log) = connection(vec![], OK, Pace::Whole);
        request(&mut connection, "PUT|/", &[], body).unwrap();
        log.lock().unwrap().writes
    };
    assert_eq!(writes(Body::Bytes(b"abc")), 1);
    assert_eq!(writes(Body::Pieces(&mut Lender::new(Some(3), &PARTS))), 3);
    assert_eq!(writes(Body::Pieces(&mut Lender::new(None, &PARTS))), 4, "and the last chunk");
    assert_eq!(writes(Body::Source(&mut Blocks::new(Some(3), &["ab", "c"]))), 3);
    assert_eq!(writes(Body::Source(&mut Blocks::new(None, &["ab", "c"]))), 4);

    let (mut connection, log) = connection(vec![], OK, Pace::Whole);
    let mut pieces = Lender::new(None, &PARTS);
    let mut blocks = Blocks::new(None, &["de", "f"]);
    let mut later = [Body::Pieces(&mut pieces), Body::Source(&mut blocks)];
    stepwise(&mut connection, &[("Content-Length", "6")], &mut Body::None, false, &mut later)
        .unwrap();
    assert_eq!(log.lock().unwrap().writes, 5);
}

#[test]
fn pieces_are_exactly_what_was_announced() {
    for (size, pieces, sent) in [(2, &["ab", "c"][..], "ab"), (4, &["ab", "c"], "abc")] {
        for pace in [Pace::Whole, Pace::Single, Pace::Hesitant] {
            let (mut connection, log) = connection(vec![], OK, pace);
            let mut lender = Lender::new(Some(size), pieces);
            let outcome = request(&mut connection, "PUT|/", &[], Body::Pieces(&mut lender));
            assert_eq!(outcome.unwrap_err().kind(), Kind::Value);
            assert!(connection.stream().is_none(), "half a request can never be completed");
            assert_eq!(connection.phase(), Phase::Idle);
            let sent = format!("Content-Length: {size}\r\n\r\n{sent}");
            assert!(log.lock().unwrap().sent[0].ends_with(sent.as_bytes()));
        }
    }
}

#[test]
fn a_lender_that_fails_ends_the_request() {
    for kind in [Kind::Transport, Kind::InvalidArgument] {
        let (mut connection, _) = connection(vec![], OK, Pace::Whole);
        let mut lender = Lender { end: Err(kind), ..Lender::new(None, &["ab"]) };
        let outcome = request(&mut connection, "PUT|/", &[], Body::Pieces(&mut lender));
        assert_eq!(outcome.unwrap_err().kind(), kind);
        assert!(connection.stream().is_none());
        request(&mut connection, "/", &[], Body::None).unwrap();
    }
}

/// Bodies of each kind, of two parts with a byte each.
fn two_bytes(kind: usize, act: impl FnOnce(&mut Body<'_>)) {
    match kind {
        0 => act(&mut Body::Source(&mut Blocks::new(None, &["a", "b"]))),
        _ => act(&mut Body::Pieces(&mut Lender::new(None, &["a", "b"]))),
    }
}

#[test]
fn too_much_to_send_changes_nothing_unless_some_was_sent() {
    for kind in [0, 1] {
        for (length, remains) in [("1", false), ("0", true)] {
            let (mut connection, log) = connection(vec![], OK, Pace::Whole);
            stepwise(
                &mut connection,
                &[("Content-Length", length)],
                &mut Body::None,
                false,
                &mut [],
            )
            .unwrap();
            let before = log.lock().unwrap().sent.concat().len();
            two_bytes(kind, |body| {
                let outcome = patiently(|| connection.send_piece(body));
                assert_eq!(outcome.unwrap_err().kind(), Kind::Value);
            });
            assert_eq!(log.lock().unwrap().sent.concat().len() - before, usize::from(!remains));
            assert_eq!(connection.stream().is_some(), remains);
            assert_eq!(connection.phase() == Phase::RequestSent, remains);
            if remains {
                connection.getresponse(&mut Response::default()).unwrap();
            }
        }
    }
}

#[test]
fn too_little_to_send_is_still_owed() {
    for kind in [0, 1] {
        let (mut connection, _) = connection(vec![], OK, Pace::Whole);
        stepwise(&mut connection, &[("Content-Length", "3")], &mut Body::None, false, &mut [])
            .unwrap();
        two_bytes(kind, |body| patiently(|| connection.send_piece(body)).unwrap());
        connection.send(b"cd").unwrap_err();
        connection.send(b"c").unwrap();
        connection.getresponse(&mut Response::default()).unwrap();
    }
}

#[test]
fn a_known_size_is_refused_before_anything_is_read() {
    let (mut connection, log) = connection(vec![], OK, Pace::Whole);
    stepwise(&mut connection, &[("Content-Length", "1")], &mut Body::None, false, &mut []).unwrap();
    let before = log.lock().unwrap().sent.concat();
    let mut lender = Lender::new(Some(2), &["ab"]);
    let outcome = connection.send_piece(&mut Body::Pieces(&mut lender));
    assert_eq!(outcome.unwrap_err().kind(), Kind::Value);
    assert_eq!(lender.next, 0);
    assert_eq!(log.lock().unwrap().sent.concat(), before);
    connection.send(b"a").unwrap();
    connection.getresponse(&mut Response::default()).unwrap();
}

#[test]
fn a_source_that_fails_before_anything_was_sent_can_be_replaced() {
    for kind in [Kind::Os, Kind::Transport] {
        let (mut connection, log) = connection(vec![], OK, Pace::Whole);
        stepwise(&mut connection, &[("Content-Length", "2")], &mut Body::None, false, &mut [])
            .unwrap();
        let mut lender = Lender { end: Err(kind), ..Lender::new(None, &["", ""]) };
        let outcome = patiently(|| connection.send_piece(&mut Body::Pieces(&mut lender)));
        assert_eq!(outcome.unwrap_err().kind(), kind);
        connection.send(b"ab").unwrap();
        connection.getresponse(&mut Response::default()).unwrap();
        assert!(log.lock().unwrap().sent.concat().ends_with(b"\r\n\r\nab"));
    }
}

#[test]
fn a_repetition_has_the_same_kind_of_body() {
    let (mut connection, log) = connection(vec![], OK, Pace::Hesitant);
    stepwise(&mut connection, &[("Content-Length", "3")], &mut Body::None, false, &mut []).unwrap();
    let mut lender = Lender::new(None, &["abc"]);
    let send = |connection: &mut Connection, lender: &mut Lender| {
        connection.send_piece(&mut Body::Pieces(lender)).unwrap_err().kind()
    };
    for _ in 0..4 {
        assert_eq!(send(&mut connection, &mut lender), Kind::WouldBlock);
    }
    let mut blocks = Blocks::new(None, &["xyz"]);
    for mut other in [Body::Bytes(b"xyz"), Body::Source(&mut blocks)] {
        let outcome = connection.send_piece(&mut other);
        assert_eq!(outcome.unwrap_err().kind(), Kind::InvalidArgument);
    }
    patiently(|| connection.send_piece(&mut Body::Pieces(&mut lender))).unwrap();
    assert!(log.lock().unwrap().sent.concat().ends_with(b"\r\n\r\nabc"));
}

/// What has come in parts is gone: the request cannot be sent again.
#[test]
fn a_body_in_parts_is_not_repeated() {
    let first = Peer { replies: vec![OK.to_vec()], end: End::Close };
    let (mut connection, log) = connection(vec![first], OK, Pace::Whole);
    connection.settings.retry = true;
    connection.settings.stale_check = httpclient::client::StaleCheck::Never;
    request(&mut connection, "/", &[], Body::None).unwrap();
    let mut response = Response::default();
    connection.getresponse(&mut response).unwrap();
    response.close(&mut connection);
    let mut lender = Lender::new(Some(2), &["ab"]);
    request(&mut connection, "PUT|/", &[], Body::Pieces(&mut lender)).unwrap();
    assert_eq!(connection.getresponse(&mut response).unwrap_err().kind(), Kind::RemoteDisconnected);
    assert_eq!(log.lock().unwrap().sent.len(), 1);
}

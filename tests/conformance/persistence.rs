//! Rows 67 to 72: interim responses, and which connection carries another request.

use crate::transcript::{
    End, Pace, Peer, Transcript, connection, kept, not_kept, refused, request,
};
use bytes::buf::UninitSlice;
use httpclient::client::{Body, Connection, ReadMode, Response};
use httpclient::engine::error::Kind;
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn row_67_every_1xx_but_101_is_skipped() {
    let continues = "HTTP/1.1 100 Continue\r\n\r\n";
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let old = "HTTP/1.0 102 Processing\r\n\r\n";
    let odd = "HTTP/1.1 199\n\n";
    let outcome = kept(format!("{continues}{hints}{old}{odd}{OK}").as_bytes(), 200, b"hello");
    assert_eq!(outcome.interim, [continues, hints, old, odd]);
    assert_eq!(outcome.version, 11);
}

#[test]
fn row_68_an_interim_response_has_no_body() {
    for lines in [
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Content-Length: x",
        "Connection: close",
    ] {
        let bytes = format!("HTTP/1.1 103 Early Hints\r\n{lines}\r\n\r\n{OK}");
        kept(bytes.as_bytes(), 200, b"hello");
    }
}

#[test]
fn row_69_a_101_that_was_not_asked_for_is_an_error() {
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
    refused(switch, Kind::UnexpectedSwitch);
    let transcript = Transcript::new(switch).headers(&[("Upgrade", "x")]);
    let outcome = transcript.run();
    assert_eq!((outcome.result(), outcome.reused), (Ok((101, &b""[..])), false));
}

#[test]
fn row_70_close_anywhere_in_any_connection_line() {
    for lines in [
        "Connection: close",
        "connection: Close",
        "Connection: keep-alive, close",
        "Connection: close, keep-alive",
        "Connection: a ,\tCLOSE ,b",
        "Connection: keep-alive\r\nA: b\r\nConnection: close",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{lines}\r\nContent-Length: 5\r\n\r\nhello");
        not_kept(bytes.as_bytes(), End::Silence, 200, b"hello");
    }
    for lines in [
        "Connection: disclose",
        "Connection: closed",
        "Connection: not close",
        "A: close",
        "Connection:",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{lines}\r\nContent-Length: 5\r\n\r\nhello");
        kept(bytes.as_bytes(), 200, b"hello");
    }
}

#[test]
fn row_71_unsolicited_bytes_end_the_connection() {
    let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    for (response, body) in [
        (OK, &b"hello"[..]),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        ("HTTP/1.1 204 None\r\n\r\n", b""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"hello"),
    ] {
        for more in [evil, "x", "\r\n"] {
            let bytes = format!("{response}{more}");
            let status = bytes[9..12].parse().unwrap();
            not_kept(bytes.as_bytes(), End::Silence, status, body);
        }
        // The end of the stream is as good a reason.
        not_kept(response.as_bytes(), End::Close, response[9..12].parse().unwrap(), body);
    }
    // A body behind the answer to HEAD.
    let outcome = Transcript::new(OK.as_bytes()).line("HEAD|/").run();
    assert_eq!((outcome.result(), outcome.reused), (Ok((200, &b""[..])), false));
}

/// A response without a body that nobody has read yet does not hide what came behind it.
#[test]
fn row_71_behind_an_unread_empty_response() {
    let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    for pace in [Pace::Whole, Pace::Single, Pace::Hesitant] {
        let first = format!("HTTP/1.1 204 None\r\n\r\n{evil}").into_bytes();
        let peer = Peer { replies: vec![first], end: End::Silence };
        let (mut connection, log) = connection(vec![peer], b"HTTP/1.1 299 Own\r\n\r\n", pace);
        let (mut unread, mut next) = (Response::default(), Response::default());
        exchange(&mut connection, &mut unread);
        request(&mut connection, "/next", &[], Body::None).unwrap();
        assert_eq!(log.lock().unwrap().sent.len(), 2, "a new stream");
        unread.close(&mut connection);
        crate::transcript::patiently(|| connection.getresponse(&mut next)).unwrap();
        assert_eq!(next.head().status, 299);
    }
}

/// A request sent behind an unread body is not answered by what had arrived before it.
#[test]
fn row_71_behind_an_unread_body() {
    let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let peer = Peer { replies: vec![format!("{OK}{evil}").into_bytes()], end: End::Silence };
    let (mut connection, _) = connection(vec![peer], b"", Pace::Whole);
    let (mut first, mut next) = (Response::default(), Response::default());
    exchange(&mut connection, &mut first);
    request(&mut connection, "/next", &[], Body::None).unwrap();
    first.read_all(&mut connection, 100).unwrap();
    assert_eq!(first.body(), b"hello");
    assert_eq!(connection.getresponse(&mut next).unwrap_err().kind(), Kind::NotConnected);

    // Without the unsolicited bytes it is answered on the same stream.
    let peer = Peer { replies: vec![OK.into(), OK.into()], end: End::Silence };
    let (mut connection, log) = crate::transcript::connection(vec![peer], b"", Pace::Whole);
    exchange(&mut connection, &mut first);
    request(&mut connection, "/next", &[], Body::None).unwrap();
    first.read_all(&mut connection, 100).unwrap();
    connection.getresponse(&mut next).unwrap();
    assert_eq!(log.lock().unwrap().sent.len(), 1);
}

fn exchange(connection: &mut Connection, response: &mut Response) {
    request(connection, "/", &[], Body::None).unwrap();
    crate::transcript::patiently(|| connection.getresponse(response)).unwrap();
}

/// The same over sockets: the bytes lie in the kernel when the next request is made.
#[test]
fn row_71_unsolicited_bytes_on_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let mut request = [0; 1024];
        let (mut first, _) = listener.accept().unwrap();
        assert!(first.read(&mut request).unwrap() > 0);
        first.write_all(OK.as_bytes()).unwrap();
        // The client says when it has read that; then what nobody asked for arrives.
        let (mut signal, _) = listener.accept().unwrap();
        assert_eq!(signal.read(&mut request).unwrap(), 1);
        first.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").unwrap();
        signal.write_all(b"!").unwrap();
        let (mut second, _) = listener.accept().unwrap();
        assert!(second.read(&mut request).unwrap() > 0);
        second.write_all(b"HTTP/1.1 299 Own\r\nContent-Length: 0\r\n\r\n").unwrap();
        assert_eq!(first.read(&mut request).unwrap_or(0), 0, "no second request");
    });
    let dialer = TcpDialer::new("127.0.0.1", port, TcpOptions::default()).unwrap();
    let mut connection =
        Connection::new("127.0.0.1", Some(port), 80, |_, _| Ok(Box::new(dialer))).unwrap();
    let mut response = Response::default();
    exchange(&mut connection, &mut response);
    let mut body = [0; 100];
    let count =
        response.read(&mut connection, UninitSlice::new(&mut body), ReadMode::Fill).unwrap();
    assert_eq!(&body[..count], b"hello");

    let mut signal = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    signal.write_all(b"!").unwrap();
    signal.read_exact(&mut [0]).unwrap();
    exchange(&mut connection, &mut response);
    assert_eq!(response.head().status, 299);
    server.join().unwrap();
}

#[test]
fn row_72_http_1_0_closes_unless_told_otherwise() {
    let bytes = |lines: &str| format!("HTTP/1.0 200 OK\r\n{lines}Content-Length: 5\r\n\r\nhello");
    for lines in [
        "",
        "Connection: close\r\n",
        "Connection: x\r\n",
        "Connection: close, keep-alive\r\n",
        "Connection: keep-alives\r\n",
        "Keep-Alive:\r\n",
        "Proxy-Connection: close\r\n",
    ] {
        not_kept(bytes(lines).as_bytes(), End::Silence, 200, b"hello");
    }
    for lines in [
        "Connection: Keep-Alive\r\n",
        "Connection: a\r\nConnection: keep-alive\r\n",
        "Keep-Alive: timeout=5\r\n",
        "Proxy-Connection: Keep-Alive\r\n",
    ] {
        assert_eq!(kept(bytes(lines).as_bytes(), 200, b"hello").version, 10);
    }
}

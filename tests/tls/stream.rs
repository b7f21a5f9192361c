//! The byte stream: closing, cutting, stalling, splitting.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::buf::UninitSlice;
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use httpclient::transport::tls::{Tls, TlsConfig, TlsConfigBuilder, TlsVersion};
use httpclient::transport::{Dial, Limits, Timeout, Transport};
use rustls::server::ServerConnection;

use crate::configuration::tempdir;
use crate::peer::{self, Nginx, OpenSsl, Peer, answer_one};
use crate::pki::{Ca, Leaf};
use crate::wire::{Dribble, Tcp, Waiting};
use crate::{get, read, read_to_end, start, trusting};

fn setup() -> (Leaf, TlsConfig) {
    let ca = Ca::new("ca");
    (ca.leaf(&["a.example"]), trusting(&ca).build().unwrap())
}

#[test]
fn end_of_stream_without_close_notify() {
    let (leaf, config) = setup();
    let peer = Peer::tls(peer::config(&leaf), 1, |stream| {
        stream.read(&mut [0; 100]).unwrap();
        stream.write_all(b"cut").unwrap();
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    tls.write(&[b"GET"]).unwrap();
    assert_eq!(read(&mut tls, 100).unwrap(), b"cut");
    assert_eq!(read(&mut tls, 100).unwrap_err().kind(), Kind::TlsTruncated);
    assert_eq!(read(&mut tls, 100).unwrap_err().kind(), Kind::TlsTruncated);
    peer.join();
}

#[test]
fn end_of_stream_within_a_record() {
    let (leaf, config) = setup();
    let peer = Peer::tls(peer::config(&leaf), 1, |stream| {
        stream.read(&mut [0; 100]).unwrap();
        stream.conn.writer().write_all(b"never complete").unwrap();
        let mut record = Vec::new();
        stream.conn.write_tls(&mut record).unwrap();
        stream.sock.write_all(&record[..record.len() - 1]).unwrap();
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    tls.write(&[b"GET"]).unwrap();
    assert_eq!(read(&mut tls, 100).unwrap_err().kind(), Kind::TlsTruncated);
    peer.join();
}

#[test]
fn close_notify_in_the_same_segment_as_the_last_data() {
    let (leaf, config) = setup();
    let peer = Peer::tls(peer::config(&leaf), 1, |stream| {
        stream.read(&mut [0; 100]).unwrap();
        stream.conn.writer().write_all(b"last").unwrap();
        stream.conn.send_close_notify();
        let mut records = Vec::new();
        stream.conn.write_tls(&mut records).unwrap();
        stream.sock.write_all(&records).unwrap();
    });
    let tcp = Tcp::connect(peer.address);
    let calls = tcp.calls.clone();
    let mut tls = Tls::start(Box::new(tcp), &config, "a.example").unwrap();
    tls.write(&[b"GET"]).unwrap();
    assert_eq!(read(&mut tls, 100).unwrap(), b"last");
    let before = calls.get();
    assert!(!tls.is_quiet());
    assert_eq!(read(&mut tls, 100).unwrap(), b"");
    assert_eq!(read(&mut tls, 100).unwrap(), b"");
    assert_eq!(calls.get(), before);
    peer.join();
}

#[test]
fn our_close_notify_arrives() {
    let (leaf, config) = setup();
    let peer = Peer::tls(peer::config(&leaf), 1, |stream| {
        let mut request = Vec::new();
        // rustls reports an end without close_notify as an error.
        stream.read_to_end(&mut request).unwrap();
        assert_eq!(request, b"GET");
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    tls.write(&[b"GET"]).unwrap();
    tls.finish();
    drop(tls);
    peer.join();
}

#[test]
fn our_alert_arrives() {
    let (leaf, _) = setup();
    let config = trusting(&Ca::new("other")).build().unwrap();
    let peer = Peer::tls(peer::config(&leaf), 1, |stream| {
        let error = stream.read(&mut [0; 100]).unwrap_err().to_string();
        assert!(error.contains("UnknownCA"), "{error}");
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    assert_eq!(tls.handshake().unwrap_err().kind(), Kind::TlsUnknownIssuer);
    assert_eq!(tls.handshake().unwrap_err().kind(), Kind::TlsUnknownIssuer);
    assert_eq!(tls.write(&[b"GET"]).unwrap_err().kind(), Kind::TlsUnknownIssuer);
    drop(tls);
    peer.join();
}

#[test]
fn a_corrupt_record_after_a_good_one() {
    let (leaf, config) = setup();
    let peer = Peer::tls(peer::config(&leaf), 1, |stream| {
        stream.read(&mut [0; 100]).unwrap();
        let mut records = Vec::new();
        stream.conn.writer().write_all(b"good").unwrap();
        stream.conn.write_tls(&mut records).unwrap();
        stream.conn.writer().write_all(b"bad").unwrap();
        stream.conn.write_tls(&mut records).unwrap();
        *records.last_mut().unwrap() ^= 1;
        stream.sock.write_all(&records).unwrap();
        let error = stream.read(&mut [0; 100]).unwrap_err().to_string();
        assert!(error.contains("BadRecordMac"), "{error}");
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    tls.write(&[b"GET"]).unwrap();
    assert_eq!(read(&mut tls, 100).unwrap(), b"good");
    for _ in 0..2 {
        let error = read(&mut tls, 100).unwrap_err();
        assert!(error.kind() == Kind::Tls && error.message().contains("corrupt"), "{error}");
    }
    drop(tls);
    peer.join();
}

#[test]
fn peers_that_speak_no_tls() {
    let (_, config) = setup();
    for (answer, expected, kind) in [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "plain HTTP", Kind::TlsNotTls),
        ("<!DOCTYPE HTML>", "plain HTTP", Kind::TlsNotTls),
        ("220 mail.example ESMTP\r\n", "does not speak TLS", Kind::TlsNotTls),
        ("SSH", "does not speak TLS", Kind::TlsNotTls),
        ("", "the peer closed the connection during the TLS handshake", Kind::TlsTruncated),
        ("\u{16}\u{3}\u{3}", "closed the connection during", Kind::TlsTruncated),
    ] {
        for dribbling in [false, true] {
            let peer = Peer::raw(1, move |mut stream| {
                stream.read(&mut [0; 4096]).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                stream.shutdown(std::net::Shutdown::Write).unwrap();
                let _ = stream.read_to_end(&mut Vec::new());
            });
            let inner: Box<dyn Transport> = match dribbling {
                true => Box::new(Dribble::connect(peer.address)),
                false => Box::new(Tcp::connect(peer.address)),
            };
            let mut tls = Tls::start(inner, &config, "a.example").unwrap();
            let error = insist(&mut || tls.handshake()).unwrap_err();
            assert_eq!(error.kind(), kind, "{answer}");
            assert!(error.message().contains(expected), "{error}");
            assert!(!error.message().ends_with(')'), "{error}");
            drop(tls);
            peer.join();
        }
    }
}

#[test]
fn a_stalled_handshake() {
    let (_, config) = setup();
    let peer = Peer::raw(1, |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut tls = Tls::start(Box::new(Tcp::connect(peer.address)), &config, "a.example").unwrap();
    tls.set_limits(Limits { timeout: Timeout::After(Duration::from_millis(50)), deadline: None });
    let error = tls.handshake().unwrap_err();
    assert_eq!(error.kind(), Kind::TlsTimeout);
    assert!(error.message().ends_with("(during the TLS handshake)"), "{error}");
    drop(tls);
    peer.join();
}

/// A timeout that what comes all the time must not put off.
const SOON: Limits = Limits { timeout: Timeout::After(Duration::from_millis(200)), deadline: None };

/// Our own sockets, since these are what keeps to a limit.
fn start_over_tcp(address: SocketAddr, config: &TlsConfig) -> Tls {
    let host = address.ip().to_string();
    let mut dialer = TcpDialer::new(&host, address.port(), TcpOptions::default()).unwrap();
    Tls::start(dialer.dial(crate::PATIENT).unwrap(), config, "a.example").unwrap()
}

/// Three seconds at least for what the server has to say first.
#[test]
fn a_handshake_that_comes_byte_by_byte() {
    let (leaf, config) = setup();
    let server = Arc::new(peer::config(&leaf));
    let peer = Peer::raw(1, move |mut stream| {
        let mut session = ServerConnection::new(server.clone()).unwrap();
        while !session.wants_write() {
            session.read_tls(&mut stream).unwrap();
            session.process_new_packets().unwrap();
        }
        let mut flight = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut flight).unwrap();
        }
        assert!(flight.len() > 600);
        for byte in flight {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the handshake outlasted its timeout");
    });
    let mut tls = start_over_tcp(peer.address, &config);
    tls.set_limits(SOON);
    let error = tls.handshake().unwrap_err();
    assert_eq!(error.kind(), Kind::TlsTimeout, "{error}");
    drop(tls);
    peer.join();
}

/// rustls takes 32 of them before it gives up, which is three seconds here.
#[test]
fn new_keys_over_and_over_in_place_of_data() {
    let (leaf, config) = setup();
    let peer = Peer::tls(peer::config(&leaf), 1, move |stream| {
        assert!(stream.read(&mut [0; 100]).unwrap() > 0);
        for _ in 0..30 {
            stream.conn.refresh_traffic_keys().unwrap();
            if stream.flush().is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the read outlasted its timeout");
    });
    let mut tls = start_over_tcp(peer.address, &config);
    tls.set_limits(crate::PATIENT);
    tls.write(&[b"a request"]).unwrap();
    tls.set_limits(SOON);
    let error = read(&mut tls, 100).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout, "{error}");
    drop(tls);
    peer.join();
}

/// Repeats a call for as long as it would block.
fn insist<T>(call: &mut dyn FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match call() {
            Err(e) if e.kind() == Kind::WouldBlock => {}
            result => return result,
        }
    }
}

#[test]
fn one_byte_at_a_time_and_would_block_before_each() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let mut builder = trusting(&ca);
        builder.versions(version, version).unwrap();
        let config = builder.build().unwrap();
        let request: Vec<u8> = (0..70_000u32).map(|i| (i * 7 % 251) as u8).collect();
        let expected = request.clone();
        let peer = Peer::tls(peer::config(&leaf), 2, move |stream| {
            let mut received = vec![0; expected.len()];
            stream.read_exact(&mut received).unwrap();
            assert!(received == expected);
            stream.write_all(&received).unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
            assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 0);
        });
        for resumed in [false, true] {
            let inner = Dribble::connect(peer.address);
            let mut tls = Tls::start(Box::new(inner), &config, "a.example").unwrap();
            insist(&mut || tls.handshake()).unwrap();
            let mut sent = 0;
            while sent < request.len() {
                let (one, two) = request[sent..].split_at((request.len() - sent).min(1000));
                sent += insist(&mut || tls.write(&[one, two])).unwrap();
            }
            let mut received = Vec::<u8>::new();
            loop {
                let mut buf = [0; 5000];
                match insist(&mut || tls.read(UninitSlice::new(&mut buf), 1)).unwrap() {
                    0 => break,
                    count => received.extend(&buf[..count]),
                }
            }
            assert!(received == request);
            assert_eq!(tls.resumed(), resumed);
            tls.finish();
            insist(&mut || tls.flush()).unwrap();
        }
        peer.join();
    }
}

#[test]
fn records_of_every_size() {
    let ca = Ca::new("ca");
    let leaf = ca.leaf(&["a.example"]);
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let peer = Peer::tls(peer::config(&leaf), 1, move |stream| {
            stream.read(&mut [0; 100]).unwrap();
            let mut record = vec![b'a'; PLAINTEXT];
            for size in 1..=PLAINTEXT {
                record[size - 1] = size as u8;
                stream.write_all(&record[..size]).unwrap();
                record[size - 1] = b'a';
            }
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        });
        let mut builder = trusting(&ca);
        builder.versions(version, version).unwrap();
        let mut tls = start(peer.address, &builder.build().unwrap(), "a.example").unwrap();
        tls.write(&[b"GET"]).unwrap();
        let received = read_to_end(&mut tls).unwrap();
        assert_eq!(received.len(), PLAINTEXT * (PLAINTEXT + 1) / 2);
        let mut rest = &received[..];
        for size in 1..=PLAINTEXT {
            let (record, after) = rest.split_at(size);
            assert_eq!(record[size - 1], size as u8);
            assert!(record[..size - 1].iter().all(|&byte| byte == b'a'), "{size}");
            rest = after;
        }
        peer.join();
    }
}

/// The most that a record carries.
const PLAINTEXT: usize = 1 << 14;

#[test]
fn reads_of_every_size() {
    let (leaf, config) = setup();
    let body: Vec<u8> = (0..200_000u32).map(|i| (i % 253) as u8).collect();
    let expected = body.clone();
    let peer = Peer::tls(peer::config(&leaf), 1, move |stream| {
        stream.read(&mut [0; 100]).unwrap();
        stream.write_all(&body).unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    tls.write(&[b"GET"]).unwrap();
    let mut received = Vec::<u8>::new();
    for size in [1, 2, 100, 5_000, 16_383, 16_384, 16_385, 33_000].into_iter().cycle() {
        let left = expected.len() - received.len();
        let mut buf = vec![0; size];
        let count = tls.read(UninitSlice::new(&mut buf), size.min(left).max(1)).unwrap();
        if count == 0 {
            break;
        }
        received.extend(&buf[..count]);
    }
    assert!(received == expected);
    peer.join();
}

#[test]
fn late_session_tickets_are_quiet_but_data_is_not() {
    look_at_late_tickets(|tcp| Box::new(tcp));
}

#[test]
fn a_look_does_not_wait_where_reads_do() {
    look_at_late_tickets(|mut tcp| {
        tcp.set_limits(crate::PATIENT);
        Box::new(Waiting(tcp))
    });
}

fn look_at_late_tickets(over: impl Fn(Tcp) -> Box<dyn Transport>) {
    let (leaf, config) = setup();
    let (send, steps) = std::sync::mpsc::channel::<()>();
    let (done, ready) = std::sync::mpsc::channel::<()>();
    let peer = Peer::tls(peer::config(&leaf), 1, move |stream| {
        // The tickets go out with the first flush after the handshake: hold them back.
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        done.send(()).unwrap();
        for text in [&b""[..], b"unasked"] {
            steps.recv().unwrap();
            stream.conn.refresh_traffic_keys().unwrap();
            stream.write_all(text).unwrap();
            stream.flush().unwrap();
            done.send(()).unwrap();
        }
        steps.recv().unwrap();
    });
    let tcp = Tcp::connect(peer.address);
    let calls = tcp.calls.clone();
    let mut tls = Tls::start(over(tcp), &config, "a.example").unwrap();
    tls.set_limits(crate::PATIENT);
    tls.handshake().unwrap();
    ready.recv().unwrap();
    assert!(tls.is_quiet());
    let reads = calls.get().0;
    assert!(tls.is_quiet());
    assert_eq!(calls.get().0, reads, "a quiet transport is not read");
    send.send(()).unwrap();
    ready.recv().unwrap();
    eventually(|| {
        assert!(tls.is_quiet());
        calls.get().0 > reads
    });
    send.send(()).unwrap();
    ready.recv().unwrap();
    eventually(|| !tls.is_quiet());
    assert_eq!(read(&mut tls, 100).unwrap(), b"unasked");
    send.send(()).unwrap();
    peer.join();
    eventually(|| !tls.is_quiet());
}

/// A record that has arrived in part may be a ticket, which changes nothing. If it turns out to hold data,
/// that was not asked for, and is never taken for an answer.
#[test]
fn a_record_that_is_half_here() {
    for text in [&b""[..], b"unasked"] {
        for cut in [1, 4, 5, 6, 20] {
            let (leaf, config) = setup();
            let (send, steps) = std::sync::mpsc::channel::<()>();
            let (tell, told) = std::sync::mpsc::channel::<usize>();
            let peer = Peer::tls(peer::config(&leaf), 1, move |stream| {
                // All that was sent is counted, so that the client can tell when it has come.
                let mut sent = 0;
                loop {
                    while stream.conn.wants_write() {
                        sent += stream.conn.write_tls(&mut stream.sock).unwrap();
                    }
                    if !stream.conn.is_handshaking() {
                        break;
                    }
                    stream.conn.read_tls(&mut stream.sock).unwrap();
                    stream.conn.process_new_packets().unwrap();
                }
                let mut records = Vec::new();
                stream.conn.refresh_traffic_keys().unwrap();
                stream.conn.writer().write_all(text).unwrap();
                while stream.conn.wants_write() {
                    stream.conn.write_tls(&mut records).unwrap();
                }
                let last = last_record(&records);
                stream.sock.write_all(&records[..last + cut]).unwrap();
                tell.send(sent + last + cut).unwrap();
                steps.recv().unwrap();
                stream.sock.write_all(&records[last + cut..]).unwrap();
                let _ = stream.read(&mut [0; 100]);
                let _ = stream.write_all(b"answer");
                let _ = stream.flush();
            });
            let tcp = Tcp::connect(peer.address);
            let (calls, waiting) = (tcp.calls.clone(), tcp.waiting());
            let mut tls = Tls::start(Box::new(tcp), &config, "a.example").unwrap();
            tls.set_limits(crate::PATIENT);
            tls.handshake().unwrap();
            let sent = told.recv().unwrap();
            eventually(|| calls.received.load(Ordering::SeqCst) + waiting() == sent);
            assert!(tls.is_quiet(), "{cut}");
            assert_eq!(waiting(), 0, "{cut}");
            assert!(tls.is_quiet(), "{cut}");
            send.send(()).unwrap();
            let answer = tls.write(&[b"GET"]).and_then(|_| read(&mut tls, 100));
            if text.is_empty() {
                assert_eq!(answer.unwrap(), b"answer");
            } else {
                assert_eq!(answer.unwrap_err().kind(), Kind::ConnectionAborted);
                assert!(!tls.is_quiet());
            }
            drop(tls);
            peer.join();
        }
    }
}

/// Where the last of whole records begins.
fn last_record(records: &[u8]) -> usize {
    let mut begin = 0;
    loop {
        let len = 5 + usize::from(u16::from_be_bytes([records[begin + 3], records[begin + 4]]));
        if begin + len == records.len() {
            return begin;
        }
        begin += len;
    }
}

/// What a peer has sent may take a moment to arrive, even here.
fn eventually(mut happens: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !happens() {
        assert!(Instant::now() < patience, "it never happened");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn tls_in_tls() {
    let (leaf, config) = setup();
    let inner_config = std::sync::Arc::new(peer::config(&leaf));
    let peer = Peer::tls(peer::config(&leaf), 1, move |outer| {
        let session = rustls::ServerConnection::new(inner_config.clone()).unwrap();
        let mut inner = rustls::StreamOwned::new(session, outer);
        inner.read(&mut [0; 100]).unwrap();
        inner.write_all(b"answer").unwrap();
        inner.conn.send_close_notify();
        inner.flush().unwrap();
    });
    let outer = start(peer.address, &config, "a.example").unwrap();
    let mut inner = Tls::start(Box::new(outer), &config, "a.example").unwrap();
    assert_eq!(get(&mut inner).unwrap(), b"answer");
    peer.join();
}

fn openssl(ca: &Ca, arguments: &[&str]) -> OpenSsl {
    let leaf = ca.leaf(&["a.example"]);
    let directory = tempdir("openssl");
    std::fs::write(directory.join("cert.pem"), &leaf.pem).unwrap();
    std::fs::write(directory.join("key.pem"), leaf.key.serialize_pem()).unwrap();
    std::fs::write(directory.join("ca.pem"), &ca.pem).unwrap();
    let arguments = [&["-cert", "cert.pem", "-key", "key.pem"], arguments].concat();
    OpenSsl::start(&directory, &arguments)
}

#[test]
fn openssl_as_the_peer() {
    let ca = Ca::new("ca");
    // The last makes the server ask for another key share: HelloRetryRequest.
    for (version, flags) in [
        (TlsVersion::V1_2, &["-tls1_2"][..]),
        (TlsVersion::V1_3, &["-tls1_3"]),
        (TlsVersion::V1_3, &["-tls1_3", "-groups", "P-384"]),
    ] {
        let server = openssl(&ca, &[flags, &["-www"]].concat());
        let mut builder = trusting(&ca);
        builder.versions(TlsVersion::V1_2, version).unwrap();
        let config = builder.build().unwrap();
        for resumed in [false, true] {
            let mut tls = start(server.address, &config, "a.example").unwrap();
            tls.write(&[b"GET / HTTP/1.0\r\n\r\n"]).unwrap();
            let answer = read_to_end(&mut tls).unwrap();
            assert!(answer.starts_with(b"HTTP/1.0 200 ok\r\n"));
            assert_eq!(tls.resumed(), resumed);
        }
    }
}

#[test]
fn openssl_with_old_versions_only() {
    let ca = Ca::new("ca");
    let server = openssl(&ca, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-www"]);
    let config = trusting(&ca).build().unwrap();
    let mut tls = start(server.address, &config, "a.example").unwrap();
    let error = tls.handshake().unwrap_err();
    assert_eq!(error.kind(), Kind::TlsProtocolVersion, "{error}");
}

#[test]
fn openssl_that_requires_a_client_certificate() {
    let ca = Ca::new("ca");
    for flag in ["-tls1_2", "-tls1_3"] {
        let server = openssl(
            &ca,
            &[flag, "-Verify", "1", "-CAfile", "ca.pem", "-verify_return_error", "-www"],
        );
        let config = trusting(&ca).build().unwrap();
        let mut tls = start(server.address, &config, "a.example").unwrap();
        let error = get(&mut tls).unwrap_err();
        assert_eq!(error.kind(), Kind::TlsClientCertificate, "{flag}: {error}");
    }
}

#[test]
fn what_the_peer_sends_before_it_refuses_more_is_not_lost() {
    let (leaf, config) = setup();
    let peer = Peer::tls(peer::config(&leaf), 1, |stream| answer_one(stream, b"too large"));
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    let block = vec![0; 1 << 16];
    while tls.write(&[&block]).is_ok() {}
    assert_eq!(read(&mut tls, 100).unwrap(), b"too large");
    peer.join();
}

#[test]
fn a_write_that_timed_out_is_not_repeated() {
    let (leaf, config) = setup();
    let (resume, resumed) = std::sync::mpsc::channel::<()>();
    let peer = Peer::tls(peer::config(&leaf), 1, move |stream| {
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        resumed.recv().unwrap();
    });
    let mut tls = start(peer.address, &config, "a.example").unwrap();
    tls.handshake().unwrap();
    tls.set_limits(Limits { timeout: Timeout::After(Duration::from_millis(20)), deadline: None });
    let block = vec![0; 1 << 16];
    let error = loop {
        if let Err(error) = tls.write(&[&block]) {
            break error;
        }
    };
    assert_eq!(error.kind(), Kind::Timeout);
    assert_eq!(tls.write(&[&block]).unwrap_err().kind(), Kind::Timeout);
    assert!(!tls.is_quiet());
    resume.send(()).unwrap();
    drop(tls);
    peer.join();
}

#[test]
fn a_certificate_that_rustls_cannot_parse() {
    let directory = tempdir("v1");
    // Version 1 of X.509: OpenSSL 3.0 makes it where there are no extensions, newer ones if told to besides.
    let script = "printf '[req]\\ndistinguished_name=name\\n[name]\\n' >none.cnf &&
                  openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN=x &&
                  { openssl req -config none.cnf -x509 -x509v1 -in csr.pem -key key.pem -days 9 -out cert.pem ||
                    openssl x509 -req -in csr.pem -signkey key.pem -days 9 -out cert.pem; }";
    let mut run = std::process::Command::new("sh");
    let output = run.current_dir(&directory).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let pem = std::fs::read(directory.join("cert.pem")).unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let arguments = ["-cert", "cert.pem", "-key", "key.pem", version, "-www"];
        let server = OpenSsl::start(&directory, &arguments);
        let visit = |edit: &dyn Fn(&mut TlsConfigBuilder)| {
            let mut builder = TlsConfig::builder();
            edit(&mut builder);
            let mut tls = start(server.address, &builder.build().unwrap(), "a.example").unwrap();
            tls.write(&[b"GET / HTTP/1.0\r\n\r\n"])?;
            read_to_end(&mut tls)
        };
        let answer = visit(&|b| b.dangerous_accept_any_certificate()).unwrap();
        assert!(answer.starts_with(b"HTTP/1.0 200"));
        // To trust it needs its signature verified, and that needs it parsed.
        let trusting = visit(&|b| {
            b.trust_certificate(&pem).unwrap();
            b.dangerous_accept_any_name();
        });
        assert!(trusting.unwrap_err().kind().is(Kind::TlsCertificate));
    }
}

#[test]
fn nginx_as_the_peer() {
    if std::process::Command::new("nginx").arg("-v").output().is_err() {
        return;
    }
    let ca = Ca::new("ca");
    let server = Nginx::start(&ca.leaf(&["a.example"]));
    let config = trusting(&ca).build().unwrap();
    for resumed in [false, true] {
        let mut tls = start(server.address, &config, "a.example").unwrap();
        for _ in 0..3 {
            assert!(tls.version().is_none() || tls.is_quiet());
            tls.write(&[b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"]).unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"hello from nginx") {
                let part = read(&mut tls, 1 << 14).unwrap();
                assert!(!part.is_empty());
                answer.extend(part);
            }
            assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
        }
        assert_eq!(tls.resumed(), resumed);
        tls.finish();
    }
    let mut tls = start(server.plain, &config, "a.example").unwrap();
    assert_eq!(tls.handshake().unwrap_err().kind(), Kind::TlsNotTls);
}

/// A line of a session with `openssl s_server`, which sends what it reads and prints what it receives.
fn echo_line(server: &mut OpenSsl, tls: &mut Tls, line: &str) {
    server.say(line);
    let mut received = Vec::new();
    while !received.ends_with(b"\n") {
        received.extend(read(tls, 100).unwrap());
    }
    assert_eq!(received, format!("{line}\n").as_bytes());
    tls.write(&[line.as_bytes(), b" too\n"]).unwrap();
    server.hear(&format!("{line} too"));
}

/// `k` changes the server's keys, `K` asks for new ones of ours, too. rustls allows 32 such requests
/// without data between them.
#[test]
fn openssl_that_updates_its_keys() {
    let mut server = openssl(&Ca::new("ca"), &["-tls1_3"]);
    let mut builder = TlsConfig::builder();
    builder.dangerous_accept_any_certificate();
    let tcp = Tcp::connect(server.address);
    let calls = tcp.calls.clone();
    let mut tls = Tls::start(Box::new(tcp), &builder.build().unwrap(), "a.example").unwrap();
    tls.set_limits(crate::PATIENT);
    tls.handshake().unwrap();
    // The last that it prints of the handshake: "Secure Renegotiation IS supported", or since 3.5 "This TLS
    // version forbids renegotiation." Its tickets are on their way before.
    server.hear("enegotiation");
    assert!(tls.is_quiet());
    for round in 0..20 {
        for command in ["k", "K", "K"] {
            let reads = calls.get().0;
            server.say(command);
            // Only a look that found something receives.
            while calls.get().0 == reads {
                assert!(tls.is_quiet());
                std::thread::yield_now();
            }
        }
        echo_line(&mut server, &mut tls, &format!("line {round}"));
    }
}

/// What costs the server little must not keep us at work for ever.
#[test]
fn more_tickets_than_anybody_needs() {
    let ca = Ca::new("ca");
    for (tickets, accepted) in [("100", true), ("2000", false)] {
        let server = openssl(&ca, &["-tls1_3", "-num_tickets", tickets, "-www"]);
        let mut tls = start(server.address, &trusting(&ca).build().unwrap(), "a.example").unwrap();
        // It may have ended by then.
        let _ = tls.write(&[b"GET / HTTP/1.0\r\n\r\n"]);
        match read(&mut tls, 100) {
            Ok(answer) => assert!(accepted && answer.starts_with(b"HTTP/1.0 200")),
            Err(error) => {
                assert!(!accepted && error.kind() == Kind::Tls, "{error}");
                assert!(error.message().contains("without any data"), "{error}");
            }
        }
    }
}

/// `R` has it ask for a second handshake, with a client certificate. It waits for our answer, and we for its.
#[test]
fn openssl_that_renegotiates() {
    let ca = Ca::new("ca");
    let mut server = openssl(&ca, &["-tls1_2"]);
    let mut tls = start(server.address, &trusting(&ca).build().unwrap(), "a.example").unwrap();
    tls.handshake().unwrap();
    server.hear("enegotiation");
    server.say("R");
    let error = read(&mut tls, 100).unwrap_err();
    assert_eq!(error.kind(), Kind::TlsClientCertificate, "{error}");
    assert!(error.message().contains("renegotiation"), "{error}");
}

#[test]
fn openssl_with_small_records() {
    let ca = Ca::new("ca");
    let size = 300_000;
    for (version, fragment) in [("-tls1_2", "512"), ("-tls1_3", "513"), ("-tls1_3", "16384")] {
        let flags = [version, "-max_send_frag", fragment, "-WWW"];
        let server = openssl(&ca, &flags);
        let body: Vec<u8> = (0..size).map(|i: u32| (i % 251) as u8).collect();
        std::fs::write(server.directory.join("body"), &body).unwrap();
        let config = trusting(&ca).build().unwrap();
        let mut tls = start(server.address, &config, "a.example").unwrap();
        tls.write(&[b"GET /body HTTP/1.0\r\n\r\n"]).unwrap();
        let answer = read_to_end(&mut tls).unwrap();
        assert!(answer.ends_with(&body), "{version} {fragment}: {} bytes", answer.len());
    }
}

#[test]
fn openssl_and_nginx_take_a_client_certificate() {
    let ca = Ca::new("ca");
    let client = ca.leaf_with(&["client"], crate::pki::for_clients);
    let key = client.key.serialize_pem();
    let nginx = Nginx::start_with(&ca.leaf(&["a.example"]), Some(&ca));
    for (version, flag) in [(TlsVersion::V1_2, "-tls1_2"), (TlsVersion::V1_3, "-tls1_3")] {
        let openssl = openssl(&ca, &[flag, "-Verify", "1", "-CAfile", "ca.pem", "-www"]);
        let mut builder = trusting(&ca);
        builder.versions(version, version).unwrap();
        builder.client_certificate(client.pem.as_bytes(), key.as_bytes()).unwrap();
        let config = builder.build().unwrap();
        for (address, resumed) in
            [(openssl.address, false), (nginx.address, false), (nginx.address, true)]
        {
            // The two servers have one name, so the session of one is offered to the other.
            let mut tls = start(address, &config, "a.example").unwrap();
            tls.write(&[b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"]).unwrap();
            let answer = read_to_end(&mut tls).unwrap();
            let status = &answer[..answer.len().min(13)];
            assert!(status.starts_with(b"HTTP/1.") && status[9..].starts_with(b"200"));
            assert_eq!(tls.resumed(), resumed, "{flag} {address}");
        }
        // nginx itself says what is missing, in HTTP.
        let config = trusting(&ca).build().unwrap();
        let mut tls = start(nginx.address, &config, "a.example").unwrap();
        tls.write(&[b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"]).unwrap();
        let answer = String::from_utf8(read_to_end(&mut tls).unwrap()).unwrap();
        assert!(answer.contains("No required SSL certificate was sent"), "{answer}");
    }
}

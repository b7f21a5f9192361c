//! Rows 1 to 24: requests that we send.

use crate::transcript::{Blocks, Pace, Peer, connection, patiently, request, wire};
use httpclient::client::{Body, Connection, Response};
use httpclient::engine::error::{Error, Kind};

const AUTOMATIC: &str = "Host: h.test\r\nAccept-Encoding: identity\r\n";

/// What a request without a body puts on the wire.
fn sent(line: &str, headers: &[(&str, &str)]) -> Result<String, Kind> {
    wire(|connection| request(connection, line, headers, Body::None))
}

/// What a POST of "body" puts on the wire.
fn posted(headers: &[(&str, &str)]) -> Result<String, Kind> {
    wire(|connection| request(connection, "POST|/", headers, Body::Bytes(b"body")))
}

/// What a POST of blocks puts on the wire.
fn posted_blocks(size: Option<u64>, headers: &[(&str, &str)]) -> Result<String, Kind> {
    wire(|connection| {
        let mut blocks = Blocks::new(size, &["bo", "dy"]);
        request(connection, "POST|/", headers, Body::Source(&mut blocks))
    })
}

/// The head of a connection to another host and port.
fn head_for(host: &str, port: Option<u16>) -> String {
    let (dialer, log) = crate::transcript::Dialer::new(vec![], b"", Pace::Whole);
    let mut connection = Connection::new(host, port, 80, |_, _| Ok(Box::new(dialer))).unwrap();
    request(&mut connection, "/", &[], Body::None).unwrap();
    String::from_utf8(log.lock().unwrap().sent.concat()).unwrap()
}

/// What opening a tunnel to port 443 of that host puts on the wire.
fn tunnel_request(host: &str, headers: &[(&str, &str)], http10: bool) -> String {
    let (mut connection, log) = connection(vec![], b"HTTP/1.1 200 OK\r\n\r\n", Pace::Whole);
    connection.settings.http10 = http10;
    let headers = headers.iter().map(|(name, value)| Ok((name.as_bytes(), value.as_bytes())));
    connection.set_tunnel(host, Some(443), headers).unwrap();
    connection.connect().unwrap();
    String::from_utf8(log.lock().unwrap().sent.concat()).unwrap()
}

/// Whether a tunnel with these headers is refused.
fn tunnel(host: &str, headers: &[(&str, &str)]) -> Result<(), Kind> {
    let (mut connection, _) = connection(vec![], b"", Pace::Whole);
    let headers = headers.iter().map(|(name, value)| Ok((name.as_bytes(), value.as_bytes())));
    connection.set_tunnel(host, Some(443), headers).map_err(|error| error.kind())
}

/// Step by step: putrequest, putheader for each, endheaders with or without a body.
fn stepwise(line: &str, headers: &[(&str, &[&str])], body: Body<'_>) -> Result<String, Kind> {
    wire(|connection| {
        begin(connection, line, headers)?;
        let mut body = match &body {
            Body::Bytes(bytes) => Body::Bytes(bytes),
            _ => Body::None,
        };
        patiently(|| connection.endheaders(&mut body, false))
    })
}

fn begin(
    connection: &mut Connection,
    line: &str,
    headers: &[(&str, &[&str])],
) -> Result<(), Error> {
    let (method, target) = line.split_once('|').unwrap();
    connection.putrequest(method.as_bytes(), target.as_bytes(), false, true)?;
    for (name, values) in headers {
        let values: Vec<&[u8]> = values.iter().map(|value| value.as_bytes()).collect();
        connection.putheader(name.as_bytes(), &values)?;
    }
    Ok(())
}

#[test]
fn row_01_host_in_every_request() {
    for method in ["GET", "POST", "OPTIONS", "get"] {
        let text = sent(&format!("{method}|/"), &[]).unwrap();
        assert!(text.starts_with(&format!("{method} / HTTP/1.1\r\n{AUTOMATIC}")), "{text}");
    }
    assert_eq!(
        stepwise("GET|/", &[], Body::None).unwrap(),
        "GET / HTTP/1.1\r\nHost: h.test\r\n\r\n"
    );
    // Where the caller leaves it out, that is an error, but in HTTP/1.0.
    let without = |http10| {
        wire(move |connection| {
            connection.settings.http10 = http10;
            patiently(|| connection.putrequest(b"GET", b"/", true, true))?;
            patiently(|| connection.endheaders(&mut Body::None, false))
        })
    };
    assert_eq!(without(false), Err(Kind::Value));
    assert_eq!(without(true).unwrap(), "GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn row_02_host_is_the_authority_of_the_target() {
    for (line, first, host) in [
        ("http://o.test/x", "GET http://o.test/x HTTP/1.1", "o.test"),
        ("http://o.test:8080/x", "GET http://o.test:8080/x HTTP/1.1", "o.test:8080"),
        ("http://u:p@o.test/x", "GET http://o.test/x HTTP/1.1", "o.test"),
        ("https://u@o.test?q", "GET https://o.test?q HTTP/1.1", "o.test"),
        ("http://[fe80::1%eth0]:81/", "GET http://[fe80::1%eth0]:81/ HTTP/1.1", "[fe80::1]:81"),
        ("CONNECT|o.test:443", "CONNECT o.test:443 HTTP/1.1", "o.test:443"),
        ("CONNECT|u@[fe80::1]:443", "CONNECT [fe80::1]:443 HTTP/1.1", "[fe80::1]:443"),
    ] {
        let expected = format!("{first}\r\nHost: {host}\r\nAccept-Encoding: identity\r\n\r\n");
        assert_eq!(sent(line, &[]).unwrap(), expected);
    }
    for (host, port, expected) in [
        ("o.test", None, "o.test"),
        ("o.test", Some(80), "o.test"),
        ("o.test", Some(8080), "o.test:8080"),
        ("::1", Some(8080), "[::1]:8080"),
        ("[::1]:8080", None, "[::1]:8080"),
        ("fe80::1%eth0", Some(80), "[fe80::1]"),
    ] {
        let expected =
            format!("GET / HTTP/1.1\r\nHost: {expected}\r\nAccept-Encoding: identity\r\n\r\n");
        assert_eq!(head_for(host, port), expected);
    }
    // And in the CONNECT that opens a tunnel.
    for (host, authority) in
        [("o.test", "o.test:443"), ("::1", "[::1]:443"), ("fe80::1%eth0", "[fe80::1]:443")]
    {
        let expected = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        assert_eq!(tunnel_request(host, &[], false), expected);
    }
    assert_eq!(sent("http://[::1/", &[]), Err(Kind::Value));
    assert_eq!(sent("http://a,b c/", &[]), Err(Kind::InvalidUrl));
    // One of the caller's is an authority, too.
    for good in ["h", "h:1", "[::1]:80", "127.0.0.1", "", "a%20b", "h:", "[v1.x:y]"] {
        let head = sent("/", &[("Host", good)]).unwrap();
        assert!(head.starts_with(&format!("GET / HTTP/1.1\r\nHost: {good}\r\n")), "{head}");
    }
    for bad in [
        "a b",
        "a, b",
        "c/d@e",
        "u@h",
        "h:x",
        "h:99999",
        "http://h",
        "[::1",
        "[]",
        "::1",
        "[fe80::1%eth0]",
        "[h]",
        ":80",
        "[::1]x",
        "[::1]:x",
        "[v1.]",
        "a%zz",
        "h\u{e9}",
    ] {
        assert_eq!(sent("/", &[("Host", bad)]), Err(Kind::Value), "{bad}");
        assert_eq!(tunnel("o.test", &[("Host", bad)]), Err(Kind::Value), "{bad}");
    }
}

#[test]
fn row_03_host_is_the_first_field() {
    assert_eq!(
        sent("/", &[("A", "b"), ("host", "own.test"), ("C", "d")]).unwrap(),
        "GET / HTTP/1.1\r\nhost: own.test\r\nAccept-Encoding: identity\r\nA: b\r\nC: d\r\n\r\n"
    );
    assert_eq!(
        posted(&[("A", "b"), ("Host", "own.test")]).unwrap(),
        "POST / HTTP/1.1\r\nHost: own.test\r\nAccept-Encoding: identity\r\nContent-Length: 4\r\n\
         A: b\r\n\r\nbody"
    );
    // Added later, too.
    let own = wire(|connection| {
        connection.putrequest(b"GET", b"/", true, false)?;
        connection.putheader(b"A", &[b"b"])?;
        connection.putheader(b"HOST", &[b"own.test:8080"])?;
        connection.putheader(b"C", &[b"d"])?;
        patiently(|| connection.endheaders(&mut Body::None, false))
    });
    assert_eq!(
        own.unwrap(),
        "GET / HTTP/1.1\r\nHOST: own.test:8080\r\nAccept-Encoding: identity\r\nA: b\r\nC: d\r\n\r\n"
    );
}

#[test]
fn row_04_exactly_one_host() {
    assert_eq!(sent("/", &[("Host", "a"), ("host", "b")]), Err(Kind::Value));
    let same = "own.test";
    assert_eq!(sent("/", &[("Host", same), ("Host", same)]), Err(Kind::Value));
    assert_eq!(stepwise("GET|/", &[("Host", &["b"])], Body::None), Err(Kind::Value));
    // The proxy gets one, too: the caller's, whatever its case, or else ours.
    for name in ["Host", "host", "hOST"] {
        let expected = format!("CONNECT o.test:443 HTTP/1.1\r\n{name}: own.test\r\nA: b\r\n\r\n");
        let headers = [(name, "own.test"), ("A", "b")];
        assert_eq!(tunnel_request("o.test", &headers, false), expected);
    }
    // Another field may have the very bytes of the Host value.
    assert_eq!(
        sent("/", &[("Host", same), ("X-Forwarded-Host", same)]).unwrap(),
        "GET / HTTP/1.1\r\nHost: own.test\r\nAccept-Encoding: identity\r\n\
         X-Forwarded-Host: own.test\r\n\r\n"
    );
}

#[test]
fn row_05_an_empty_path_is_a_slash() {
    assert_eq!(sent("", &[]).unwrap(), format!("GET / HTTP/1.1\r\n{AUTOMATIC}\r\n"));
    assert_eq!(sent("#top", &[]).unwrap(), format!("GET / HTTP/1.1\r\n{AUTOMATIC}\r\n"));
}

#[test]
fn row_06_no_fragment_in_the_target() {
    for (target, written) in [
        ("/a#b", "/a"),
        ("/a?b#c?d#e", "/a?b"),
        ("http://h.test/a#b", "http://h.test/a"),
        ("http://h.test#@evil.test/", "http://h.test"),
    ] {
        let expected = format!("GET {written} HTTP/1.1\r\n{AUTOMATIC}\r\n");
        assert_eq!(sent(target, &[]).unwrap(), expected);
    }
}

#[test]
fn row_07_absolute_form_to_a_proxy() {
    assert_eq!(
        sent("http://origin.test/a?b", &[]).unwrap(),
        "GET http://origin.test/a?b HTTP/1.1\r\nHost: origin.test\r\n\
         Accept-Encoding: identity\r\n\r\n"
    );
}

#[test]
fn row_08_connect_has_host_and_port() {
    assert_eq!(
        sent("CONNECT|o.test:443", &[]).unwrap(),
        "CONNECT o.test:443 HTTP/1.1\r\nHost: o.test:443\r\nAccept-Encoding: identity\r\n\r\n"
    );
    assert_eq!(
        tunnel_request("o.test", &[("A", "b")], true),
        "CONNECT o.test:443 HTTP/1.0\r\nA: b\r\nHost: o.test:443\r\n\r\n"
    );
    for bad in [
        "o.test",
        "o.test:",
        "o.test:x",
        "::1:443",
        "o.test:443/x",
        "a/b:443",
        "",
        "/",
        "/x?y=1",
        "http://o.test:443/",
        ":443",
    ] {
        assert_eq!(sent(&format!("CONNECT|{bad}"), &[]), Err(Kind::InvalidUrl), "{bad}");
    }
}

#[test]
fn row_09_options_asterisk() {
    assert_eq!(sent("OPTIONS|*", &[]).unwrap(), format!("OPTIONS * HTTP/1.1\r\n{AUTOMATIC}\r\n"));
}

#[test]
fn row_10_never_length_and_transfer_encoding() {
    let both = [("Content-Length", "4"), ("Transfer-Encoding", "chunked")];
    assert_eq!(posted(&both), Err(Kind::Value));
    assert_eq!(sent("/", &both), Err(Kind::Value));
    assert_eq!(posted_blocks(Some(4), &both), Err(Kind::Value));
    assert_eq!(posted_blocks(None, &both), Err(Kind::Value));
    let steps: [(&str, &[&str]); 2] =
        [("Content-Length", &["4"]), ("Transfer-Encoding", &["chunked"])];
    assert_eq!(stepwise("POST|/", &steps, Body::None), Err(Kind::Value));
    assert_eq!(
        posted(&[("transfer-encoding", "chunked")]).unwrap(),
        format!(
            "POST / HTTP/1.1\r\n{AUTOMATIC}transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
        )
    );
}

#[test]
fn row_11_every_content_is_framed() {
    let head = format!("POST / HTTP/1.1\r\n{AUTOMATIC}");
    assert_eq!(posted(&[]).unwrap(), format!("{head}Content-Length: 4\r\n\r\nbody"));
    assert_eq!(
        posted_blocks(None, &[]).unwrap(),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n")
    );
    assert_eq!(
        posted_blocks(Some(4), &[]).unwrap(),
        format!("{head}Content-Length: 4\r\n\r\nbody")
    );
    // Announced chunked and given raw.
    let raw = wire(|connection| {
        begin(connection, "POST|/", &[("Transfer-Encoding", &["chunked"])])?;
        patiently(|| connection.endheaders(&mut Body::Bytes(b"body"), false))
    });
    assert_eq!(raw, Err(Kind::Value));
    // Not announced at all: framed here.
    assert_eq!(
        stepwise("GET|/", &[], Body::Bytes(b"body")).unwrap(),
        "GET / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 4\r\n\r\nbody"
    );
    // Where a body is usual, that there is none is said, whatever the case of the method.
    for method in ["POST", "put", "PaTCH"] {
        let expected = format!("{method} / HTTP/1.1\r\n{AUTOMATIC}Content-Length: 0\r\n\r\n");
        assert_eq!(sent(&format!("{method}|/"), &[]).unwrap(), expected);
    }
    // Nor can it be sent afterwards.
    let (mut connection, log) = connection(vec![], b"", Pace::Whole);
    begin(&mut connection, "POST|/", &[]).unwrap();
    connection.endheaders(&mut Body::None, false).unwrap();
    let before = log.lock().unwrap().sent.concat();
    assert_eq!(connection.send(b"body").unwrap_err().kind(), Kind::Value);
    assert_eq!(log.lock().unwrap().sent.concat(), before);
}

#[test]
fn row_12_no_chunks_to_http_1_0() {
    let reply = |version: &str| format!("HTTP/{version} 200 OK\r\nContent-Length: 0\r\n\r\n");
    let (mut connection, log) = {
        let replies = vec![reply("1.0").into_bytes()];
        let end = crate::transcript::End::Silence;
        connection(vec![Peer { replies, end }], reply("1.1").as_bytes(), Pace::Whole)
    };
    let mut exchange = |size, headers: &[(&str, &str)]| {
        let before = log.lock().unwrap().sent.concat().len();
        let mut blocks = Blocks::new(size, &["bo", "dy"]);
        let outcome = request(&mut connection, "PUT|/", headers, Body::Source(&mut blocks))
            .map_err(|error| error.kind());
        if outcome.is_ok() {
            let mut response = Response::default();
            connection.getresponse(&mut response).unwrap();
            response.close(&mut connection);
        }
        outcome.map(|()| {
            String::from_utf8(log.lock().unwrap().sent.concat()[before..].to_vec()).unwrap()
        })
    };
    // Nothing is known yet.
    assert!(exchange(None, &[]).unwrap().contains("\r\nTransfer-Encoding: chunked\r\n"));
    // Now it is.
    assert_eq!(exchange(None, &[]), Err(Kind::Value));
    assert_eq!(exchange(Some(4), &[("Transfer-Encoding", "chunked")]), Err(Kind::Value));
    assert!(exchange(Some(4), &[]).unwrap().ends_with("\r\nContent-Length: 4\r\n\r\nbody"));
    // That was answered in HTTP/1.1: the server learned.
    assert!(exchange(None, &[]).unwrap().contains("\r\nTransfer-Encoding: chunked\r\n"));

    // Nor are there chunks where we speak HTTP/1.0 ourselves.
    let old = wire(|connection| {
        connection.settings.http10 = true;
        let outcome =
            request(connection, "PUT|/", &[], Body::Source(&mut Blocks::new(None, &["x"])));
        connection.settings.http10 = false;
        outcome
    });
    assert_eq!(old, Err(Kind::Value));
}

#[test]
fn row_13_the_final_coding_is_chunked() {
    for bad in ["gzip", "identity", "chunked, gzip", "xchunked", "", "chunked;q=1"] {
        assert_eq!(posted(&[("Transfer-Encoding", bad)]), Err(Kind::Value), "{bad}");
    }
    let two = [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")];
    assert_eq!(posted(&two), Err(Kind::Value));
    assert_eq!(
        posted(&[("Transfer-Encoding", "gzip, Chunked")]).unwrap(),
        format!(
            "POST / HTTP/1.1\r\n{AUTOMATIC}Transfer-Encoding: gzip, Chunked\r\n\r\n\
             4\r\nbody\r\n0\r\n\r\n"
        )
    );
}

#[test]
fn row_14_content_length_is_the_body_s() {
    for bad in ["3", "5", "-4", "+4", "4, 4", "x", "", "0x4", "18446744073709551620"] {
        assert_eq!(posted(&[("Content-Length", bad)]), Err(Kind::Value), "{bad}");
    }
    assert!(posted(&[("content-length", "4")]).unwrap().ends_with("content-length: 4\r\n\r\nbody"));
    assert_eq!(posted(&[("Content-Length", "4"), ("Content-Length", "4")]), Err(Kind::Value));
    assert_eq!(sent("/", &[("Content-Length", "4")]), Err(Kind::Value));
    assert_eq!(posted_blocks(Some(4), &[("Content-Length", "5")]), Err(Kind::Value));
}

#[test]
fn row_14_a_source_gives_exactly_its_length() {
    for length in [3, 5] {
        let (mut connection, _) = connection(vec![], b"", Pace::Whole);
        let mut blocks = Blocks::new(Some(length), &["bo", "dy"]);
        let outcome = request(&mut connection, "POST|/", &[], Body::Source(&mut blocks));
        assert_eq!(outcome.unwrap_err().kind(), Kind::Value);
        assert!(connection.stream().is_none(), "half a request can never be completed");
    }
}

#[test]
fn row_14_what_is_sent_by_hand_is_counted() {
    let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for pace in [Pace::Whole, Pace::Single, Pace::Hesitant] {
        let (mut connection, log) = connection(vec![], reply, pace);
        begin(&mut connection, "PUT|/", &[("Content-Length", &["4"])]).unwrap();
        patiently(|| connection.endheaders(&mut Body::None, false)).unwrap();
        assert_eq!(connection.send(b"bodyX").unwrap_err().kind(), Kind::Value);
        patiently(|| connection.send(b"bo")).unwrap();
        assert_eq!(connection.send(b"dyX").unwrap_err().kind(), Kind::Value);

        patiently(|| connection.send(b"dy")).unwrap();
        assert_eq!(connection.send(b"X").unwrap_err().kind(), Kind::Value);
        connection.send(b"").unwrap();
        let mut response = Response::default();
        patiently(|| connection.getresponse(&mut response)).unwrap();
        assert!(!response.framing().will_close);
        assert_eq!(
            log.lock().unwrap().sent.concat(),
            b"PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 4\r\n\r\nbody"
        );
    }
}

#[test]
fn row_15_no_obsolete_folding() {
    for bad in ["a\r\n b", "a\r\n\tb", "a\n b"] {
        assert_eq!(sent("/", &[("A", bad)]), Err(Kind::Value));
        assert_eq!(stepwise("GET|/", &[("A", &[bad])], Body::None), Err(Kind::Value));
    }
    assert_eq!(
        stepwise("GET|/", &[("A", &["b", "c"])], Body::None).unwrap(),
        "GET / HTTP/1.1\r\nHost: h.test\r\nA: b, c\r\n\r\n"
    );
}

#[test]
fn row_16_no_controls_in_a_value() {
    for byte in (0..=31).chain([127]).filter(|byte| *byte != b'\t') {
        let value = format!("a{}b", char::from(byte));
        assert_eq!(sent("/", &[("A", &value)]), Err(Kind::Value), "{byte}");
    }
    assert_eq!(
        sent("/", &[("A", "\u{e9}\t ~!")]).unwrap(),
        format!("GET / HTTP/1.1\r\n{AUTOMATIC}A: \u{e9}\t ~!\r\n\r\n")
    );
}

#[test]
fn row_17_a_field_name_is_a_token() {
    for bad in (0..=127u8)
        .map(char::from)
        .filter(|c| !c.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`|~".contains(*c))
    {
        for name in [format!("{bad}A"), format!("A{bad}"), bad.to_string()] {
            assert_eq!(sent("/", &[(&name, "b")]), Err(Kind::Value), "{name:?}");
        }
    }
    assert_eq!(sent("/", &[("", "b")]), Err(Kind::Value));
    assert_eq!(sent("/", &[("\u{e9}", "b")]), Err(Kind::Value));
    sent("/", &[("!#$%&'*+-.^_`|~09azAZ", "b")]).unwrap();
}

#[test]
fn row_18_a_method_is_a_token() {
    for bad in
        ["", "GET ", " GET", "G T", "GET\t", "GET\r\nA: b", "G\0T", "G/T", "G:T", "G\x7fT", "(GET)"]
    {
        assert_eq!(sent(&format!("{bad}|/"), &[]), Err(Kind::Value), "{bad:?}");
    }
    assert_eq!(sent("G\u{c9}T|/", &[]), Err(Kind::Encoding));
    assert!(sent("M-SEARCH!|/", &[]).unwrap().starts_with("M-SEARCH! / HTTP/1.1\r\n"));
}

#[test]
fn row_19_no_chunked_in_te() {
    for bad in ["chunked", "trailers, Chunked", "chunked;q=0.5", "gzip;q=1, chunked"] {
        assert_eq!(sent("/", &[("TE", bad)]), Err(Kind::Value), "{bad}");
    }
}

#[test]
fn row_20_te_comes_with_connection_te() {
    let head = format!("GET / HTTP/1.1\r\n{AUTOMATIC}");
    assert_eq!(
        sent("/", &[("TE", "trailers")]).unwrap(),
        format!("{head}TE: trailers\r\nConnection: TE\r\n\r\n")
    );
    assert_eq!(
        sent("/", &[("Connection", "close, te"), ("TE", "trailers")]).unwrap(),
        format!("{head}Connection: close, te\r\nTE: trailers\r\n\r\n")
    );
}

#[test]
fn row_21_upgrade_comes_with_connection_upgrade() {
    let head = format!("GET / HTTP/1.1\r\n{AUTOMATIC}");
    assert_eq!(
        sent("/", &[("Upgrade", "websocket")]).unwrap(),
        format!("{head}Upgrade: websocket\r\nConnection: upgrade\r\n\r\n")
    );
    assert_eq!(
        sent("/", &[("Upgrade", "websocket"), ("Connection", "Upgrade")]).unwrap(),
        format!("{head}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    );
}

#[test]
fn row_22_no_expectation_without_content() {
    let expect = ("Expect", "100-continue");
    assert_eq!(sent("/", &[expect]), Err(Kind::Value));
    assert_eq!(sent("POST|/", &[expect]), Err(Kind::Value));
    assert_eq!(sent("POST|/", &[("expect", "x, 100-Continue")]), Err(Kind::Value));
    let later = |length: &'static str| {
        let headers: [(&str, &[&str]); 2] =
            [("Expect", &["100-continue"]), ("Content-Length", &[length])];
        stepwise("POST|/", &headers, Body::None)
    };
    assert_eq!(later("0"), Err(Kind::Value));
    assert!(later("1").unwrap().ends_with("Content-Length: 1\r\n\r\n"));
    let empty = wire(|connection| request(connection, "POST|/", &[expect], Body::Bytes(b"")));
    assert_eq!(empty, Err(Kind::Value));
    assert_eq!(stepwise("GET|/", &[("Expect", &["100-continue"])], Body::None), Err(Kind::Value));
    assert!(posted(&[expect]).unwrap().ends_with("Expect: 100-continue\r\n\r\nbody"));
}

#[test]
fn row_23_trace_without_content() {
    let body = |line, body: &[u8]| wire(|c| request(c, line, &[], Body::Bytes(body)));
    assert_eq!(body("TRACE|/", b"x"), Err(Kind::Value));
    let source = wire(|connection| {
        request(connection, "TRACE|/", &[], Body::Source(&mut Blocks::new(None, &[])))
    });
    assert_eq!(source, Err(Kind::Value));
    assert_eq!(sent("TRACE|/", &[("Transfer-Encoding", "chunked")]), Err(Kind::Value));
    // Nor can it be announced, to be sent afterwards.
    for (length, outcome) in [("1", Err(Kind::Value)), ("0", Ok(()))] {
        let (mut connection, log) = connection(vec![], b"", Pace::Whole);
        begin(&mut connection, "TRACE|/", &[("Content-Length", &[length])]).unwrap();
        let ended = connection.endheaders(&mut Body::None, false);
        assert_eq!(ended.map_err(|error| error.kind()), outcome);
        assert_eq!(log.lock().unwrap().sent.is_empty(), outcome.is_err());
    }
    assert_eq!(sent("TRACE|/", &[]).unwrap(), format!("TRACE / HTTP/1.1\r\n{AUTOMATIC}\r\n"));
}

#[test]
fn row_24_nothing_after_a_request() {
    assert_eq!(posted(&[]).unwrap().matches("body").count(), 1);
    assert!(posted(&[]).unwrap().ends_with("\r\n\r\nbody"));
    // Two requests on one stream: the second follows the first at once.
    let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (mut connection, log) = connection(vec![], reply, Pace::Whole);
    for _ in 0..2 {
        request(&mut connection, "POST|/", &[], Body::Bytes(b"body")).unwrap();
        let mut response = Response::default();
        connection.getresponse(&mut response).unwrap();
        response.close(&mut connection);
    }
    let log = log.lock().unwrap();
    assert_eq!(log.sent.len(), 1);
    let one = format!("POST / HTTP/1.1\r\n{AUTOMATIC}Content-Length: 4\r\n\r\nbody");
    assert_eq!(log.sent.concat(), format!("{one}{one}").as_bytes());
}

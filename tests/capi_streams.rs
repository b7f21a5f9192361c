//! Streams that the program brings, through the C interface: responses without a connection, dialers,
//! the size of blocks.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use httpclient::capi::api::connection::{hc_conn_connect, hc_conn_free, hc_conn_new};
use httpclient::capi::api::detail::hc_response_error_detail;
use httpclient::capi::api::dialer::hc_conn_set_dialer;
use httpclient::capi::api::event_loop::hc_response_fileno;
use httpclient::capi::api::request::{hc_request, hc_request_callback};
use httpclient::capi::api::response::*;
use httpclient::capi::api::settings::hc_conn_set_blocksize;
use httpclient::capi::api::standalone::{hc_response_begin, hc_response_new};
use httpclient::capi::callbacks::body::HC_LENGTH_UNKNOWN;
use httpclient::capi::callbacks::dialer::{HC_DIAL_DEFAULT, HC_DIAL_DONE};
use httpclient::capi::callbacks::transport::{HC_IO_WOULD_BLOCK, hc_transport};
use httpclient::capi::error::hc_error;
use httpclient::capi::objects::detail::hc_error_detail;
use httpclient::capi::objects::opaque::hc_conn;
use std::net::TcpListener;

/// A recorded peer: what it sends, where a 0xff means "not now"; what it got, write by write.
#[derive(Default)]
struct Peer {
    input: Vec<u8>,
    at: usize,
    writes: Vec<Vec<u8>>,
    closed: u32,
    /// What a dialer answers.
    answer: i64,
    asked: Vec<(String, i32)>,
}

impl Peer {
    fn sending(input: &[u8]) -> Peer {
        Peer { input: input.to_vec(), ..Peer::default() }
    }

    fn transport(&mut self) -> hc_transport {
        hc_transport {
            size: size_of::<hc_transport>(),
            context: ptr::from_mut(self).cast(),
            read: Some(read),
            write: Some(write),
            quiet: None,
            close: Some(close),
            fd: 7,
            writev: None,
        }
    }
}

/// SAFETY: for every function here, the context is a Peer that outlives the transport, and nothing else
/// refers to it during a call of the library.
unsafe fn peer<'a>(context: *mut c_void) -> &'a mut Peer {
    // SAFETY: as above.
    unsafe { &mut *context.cast::<Peer>() }
}

/// One byte at a time.
unsafe extern "C" fn read(context: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64 {
    // SAFETY: see `peer`.
    let peer = unsafe { peer(context) };
    assert_ne!(capacity, 0);
    let Some(&byte) = peer.input.get(peer.at) else { return 0 };
    peer.at += 1;
    if byte == 0xff {
        return HC_IO_WOULD_BLOCK;
    }
    // SAFETY: the buffer has room for at least one byte.
    unsafe { buffer.cast::<u8>().write(byte) };
    1
}

unsafe extern "C" fn write(context: *mut c_void, data: *const c_void, len: usize) -> i64 {
    // SAFETY: see `peer`; the data have this length.
    unsafe {
        peer(context).writes.push(core::slice::from_raw_parts(data.cast(), len).to_vec());
    }
    len as i64
}

unsafe extern "C" fn close(context: *mut c_void) {
    // SAFETY: see `peer`.
    unsafe { peer(context) }.closed += 1;
}

unsafe extern "C" fn dial(
    context: *mut c_void,
    host: *const c_char,
    port: i32,
    transport: *mut hc_transport,
) -> i64 {
    // SAFETY: see `peer`; the host is NUL-terminated.
    let (peer, host) = unsafe { (peer(context), CStr::from_ptr(host)) };
    peer.asked.push((host.to_str().unwrap().into(), port));
    if peer.answer == HC_DIAL_DONE {
        // SAFETY: the library gives a struct to fill.
        unsafe { transport.write(peer.transport()) };
    }
    peer.answer
}

fn response(peer: &mut Peer, method: &CStr) -> *mut hc_response {
    let mut out = ptr::null_mut();
    // SAFETY: a whole struct, a text, a place for the handle.
    let code = unsafe { hc_response_new(&peer.transport(), method.as_ptr(), &mut out) };
    assert_eq!(code, hc_error::HC_OK);
    out
}

fn connection(host: &CStr, port: u16, peer: &mut Peer) -> *mut hc_conn {
    let mut conn = ptr::null_mut();
    // SAFETY: texts and places that live during the calls; the peer outlives the connection.
    unsafe {
        assert_eq!(hc_conn_new(host.as_ptr(), i32::from(port), &mut conn), hc_error::HC_OK);
        let context = ptr::from_mut(peer).cast();
        assert_eq!(hc_conn_set_dialer(conn, Some(dial), context), hc_error::HC_OK);
    }
    conn
}

fn rest(response: *mut hc_response) -> (hc_error, Vec<u8>) {
    let (mut body, mut len) = (ptr::null(), 0);
    // SAFETY: places for the answer, which is copied while the response lives.
    unsafe {
        let code = hc_response_read_all(response, 1 << 20, &mut body, &mut len);
        (code, core::slice::from_raw_parts(body.cast(), len).to_vec())
    }
}

#[test]
fn a_response_needs_no_connection() {
    let mut peer = Peer::sending(
        b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\xff\r\nContent-Length: 5\r\n\r\nhe\xff\xffllomore",
    );
    let response = response(&mut peer, c"GET");
    // SAFETY: a handle.
    unsafe {
        assert_eq!(hc_response_status(response), 0);
        assert!(hc_response_is_closed(response));
        assert_eq!(hc_response_begin(response), hc_error::HC_WOULD_BLOCK);
        assert_eq!(hc_response_begin(response), hc_error::HC_OK);
        assert_eq!(hc_response_status(response), 200);
        assert_eq!(hc_response_fileno(response), 7);
        assert_eq!(hc_response_begin(response), hc_error::HC_ERR_RESPONSE_NOT_READY);
        assert_eq!(rest(response), (hc_error::HC_WOULD_BLOCK, b"he".to_vec()));
        assert_eq!(rest(response), (hc_error::HC_OK, b"hello".to_vec()));
        assert_eq!(rest(response), (hc_error::HC_OK, Vec::new()));
        assert!(hc_response_is_closed(response));
        assert_eq!(hc_response_fileno(response), -1);
        assert_eq!(hc_response_free(response), hc_error::HC_OK);
    }
    assert_eq!(peer.closed, 1);
    assert!(peer.writes.is_empty());
    assert_eq!(&peer.input[peer.at..], b"more");
}

#[test]
fn a_response_is_framed_by_the_method_of_its_request() {
    let mut peer = Peer::sending(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    let response = response(&mut peer, c"HEAD");
    // SAFETY: a handle.
    unsafe {
        assert_eq!(hc_response_begin(response), hc_error::HC_OK);
        assert_eq!(rest(response), (hc_error::HC_OK, Vec::new()));
        assert_eq!(hc_response_free(response), hc_error::HC_OK);
    }
    assert_eq!(peer.closed, 1);
}

#[test]
fn a_response_that_fails_says_why_and_lets_go() {
    for (input, code) in [
        (&b""[..], hc_error::HC_ERR_REMOTE_DISCONNECTED),
        (b"nonsense\r\n\r\n", hc_error::HC_ERR_BAD_STATUS_LINE),
        (b"HTTP/1.1 200 OK\r\nA: b", hc_error::HC_ERR_INCOMPLETE_READ),
    ] {
        let mut peer = Peer::sending(input);
        let response = response(&mut peer, c"GET");
        // SAFETY: a handle, and a struct with its size.
        unsafe {
            assert_eq!(hc_response_begin(response), code);
            assert_eq!(peer.closed, 1);
            let mut detail: hc_error_detail = core::mem::zeroed();
            detail.size = size_of::<hc_error_detail>();
            assert_eq!(hc_response_error_detail(response, &mut detail), hc_error::HC_OK);
            assert_eq!(detail.code, code as i32);
            assert_eq!(hc_response_free(response), hc_error::HC_OK);
        }
    }
}

#[test]
fn a_short_body_lets_go_once_it_has_said_so() {
    let mut peer = Peer::sending(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    let response = response(&mut peer, c"GET");
    // SAFETY: a handle.
    unsafe {
        assert_eq!(hc_response_begin(response), hc_error::HC_OK);
        assert_eq!(rest(response), (hc_error::HC_ERR_INCOMPLETE_READ, b"hel".to_vec()));
        assert!(hc_response_is_closed(response));
        assert_eq!(rest(response), (hc_error::HC_ERR_INCOMPLETE_READ, Vec::new()));
        assert_eq!(hc_response_free(response), hc_error::HC_OK);
    }
    assert_eq!(peer.closed, 1);
}

#[test]
fn a_response_is_not_made_of_nothing() {
    let mut peer = Peer::default();
    let transport = peer.transport();
    let mut out = ptr::null_mut();
    // SAFETY: NULL is refused; the rest is whole.
    unsafe {
        let invalid = hc_error::HC_ERR_INVALID_ARGUMENT;
        assert_eq!(hc_response_new(ptr::null(), c"GET".as_ptr(), &mut out), invalid);
        assert_eq!(hc_response_new(&transport, c"GET".as_ptr(), ptr::null_mut()), invalid);
        let unread = hc_transport { read: None, ..transport };
        assert_eq!(hc_response_new(&unread, c"GET".as_ptr(), &mut out), invalid);
    }
    assert!(out.is_null());
    assert_eq!(peer.closed, 0);
}

#[test]
fn a_dialer_is_asked_at_every_opening() {
    let mut peer = Peer { answer: HC_DIAL_DONE, ..Peer::default() };
    let conn = connection(c"h.test", 8080, &mut peer);
    for _ in 0..2 {
        // SAFETY: a handle and texts.
        unsafe {
            let (method, target) = (c"GET".as_ptr(), c"/".as_ptr());
            let code = hc_request(conn, method, target, ptr::null(), ptr::null(), 0);
            assert_eq!(code, hc_error::HC_OK);
            httpclient::capi::api::connection::hc_conn_close(conn);
        }
    }
    // SAFETY: a handle.
    assert_eq!(unsafe { hc_conn_free(conn) }, hc_error::HC_OK);
    assert_eq!(peer.asked, [("h.test".to_string(), 8080), ("h.test".to_string(), 8080)]);
    assert_eq!((peer.writes.len(), peer.closed), (2, 2));
}

#[test]
fn a_dialer_can_fail_wait_or_leave_it_to_the_library() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = Peer::default();
    let conn = connection(c"127.0.0.1", listener.local_addr().unwrap().port(), &mut peer);
    for (answer, code) in [
        (-5, hc_error::HC_ERR_TRANSPORT),
        (HC_IO_WOULD_BLOCK, hc_error::HC_WOULD_BLOCK),
        (HC_DIAL_DEFAULT, hc_error::HC_OK),
    ] {
        peer.answer = answer;
        // SAFETY: a handle.
        assert_eq!(unsafe { hc_conn_connect(conn) }, code);
    }
    listener.accept().unwrap();
    // SAFETY: a handle.
    assert_eq!(unsafe { hc_conn_free(conn) }, hc_error::HC_OK);
    assert_eq!((peer.asked.len(), peer.closed), (3, 0));
}

#[test]
fn a_body_function_is_asked_for_blocks_of_the_block_size() {
    unsafe extern "C" fn body(context: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64 {
        // SAFETY: the context is a count that lives during the request; the buffer has this room.
        unsafe {
            let left = &mut *context.cast::<usize>();
            let count = capacity.min(*left);
            buffer.cast::<u8>().write_bytes(b'a', count);
            *left -= count;
            count as i64
        }
    }
    let mut peer = Peer { answer: HC_DIAL_DONE, ..Peer::default() };
    let conn = connection(c"h", 80, &mut peer);
    let mut left = 9usize;
    // SAFETY: a handle, texts, and a context that lives during the call.
    unsafe {
        assert_eq!(hc_conn_set_blocksize(conn, 0), hc_error::HC_ERR_INVALID_ARGUMENT);
        assert_eq!(hc_conn_set_blocksize(conn, 8), hc_error::HC_OK);
        let headers = [c"Content-Length".as_ptr(), c"9".as_ptr(), ptr::null()];
        let code = hc_request_callback(
            conn,
            c"PUT".as_ptr(),
            c"/".as_ptr(),
            headers.as_ptr(),
            Some(body),
            ptr::from_mut(&mut left).cast(),
            HC_LENGTH_UNKNOWN,
        );
        assert_eq!(code, hc_error::HC_OK);
        assert_eq!(hc_conn_free(conn), hc_error::HC_OK);
    }
    assert_eq!(peer.writes.len(), 3);
    assert_eq!(peer.writes[1..], [b"aaaaaaaa".to_vec(), b"a".to_vec()]);
}

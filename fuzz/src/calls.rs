//! Calls in any order on handles of C, whether they are good or not.
#![allow(unsafe_code)]

use super::number;
use core::ffi::{c_char, c_void};
use core::ptr::{null, null_mut};
use httpclient::capi::api::connection::{
    hc_conn_close, hc_conn_connect, hc_conn_free, hc_conn_is_open, hc_conn_state,
};
use httpclient::capi::api::request::{hc_request, hc_request_callback};
use httpclient::capi::api::response::{
    hc_getresponse, hc_response, hc_response_close, hc_response_free, hc_response_peek,
    hc_response_read, hc_response_read_all, hc_response_readline, hc_response_skip,
    hc_response_status,
};
use httpclient::capi::api::response_headers::hc_response_getheader;
use httpclient::capi::api::stepwise::{hc_endheaders, hc_putheader, hc_putrequest, hc_send};
use httpclient::capi::api::stream::{
    hc_response_detach, hc_stream, hc_stream_free, hc_stream_read,
};
use httpclient::capi::api::transport::hc_conn_new_with_transport;
use httpclient::capi::callbacks::transport::{HC_IO_WOULD_BLOCK, hc_transport};
use httpclient::capi::error::hc_error;
use httpclient::capi::objects::opaque::hc_conn;

/// A stream that gives what a script says, a piece of it at a time, and would block now and then.
struct Wire {
    script: Vec<u8>,
    at: usize,
    turns: usize,
}

unsafe extern "C" fn read(wire: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64 {
    // SAFETY: the context is the wire that the call below made, and is used by nobody else meanwhile.
    let wire = unsafe { &mut *wire.cast::<Wire>() };
    wire.turns += 1;
    if wire.turns % 5 == 0 {
        return HC_IO_WOULD_BLOCK;
    }
    let count = capacity.min(wire.script.len() - wire.at).min(wire.turns % 37);
    // SAFETY: the buffer has room for that, and the script so many bytes.
    unsafe { buffer.cast::<u8>().copy_from(wire.script.as_ptr().add(wire.at), count) };
    wire.at += count;
    count as i64
}

unsafe extern "C" fn write(_: *mut c_void, _: *const c_void, len: usize) -> i64 {
    len as i64
}

unsafe extern "C" fn close(wire: *mut c_void) {
    // SAFETY: the context is the box that the call below gave away, and this is the last use of it.
    drop(unsafe { Box::from_raw(wire.cast::<Wire>()) });
}

unsafe extern "C" fn give(left: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64 {
    // SAFETY: the context is the counter of the call, and the buffer has this room.
    unsafe {
        let left = &mut *left.cast::<usize>();
        *left = left.saturating_sub(1);
        buffer.cast::<u8>().write_bytes(b'x', capacity);
        if *left == 0 { 0 } else { capacity as i64 }
    }
}

/// A connection whose stream gives these bytes.
fn connect(script: &[u8]) -> *mut hc_conn {
    let wire = Box::into_raw(Box::new(Wire { script: script.to_vec(), at: 0, turns: 0 }));
    let transport = hc_transport {
        size: size_of::<hc_transport>(),
        context: wire.cast(),
        read: Some(read),
        write: Some(write),
        quiet: None,
        close: Some(close),
        fd: -1,
        writev: None,
    };
    let mut conn = null_mut();
    // SAFETY: a whole struct, a text, and a place for the handle.
    let code = unsafe { hc_conn_new_with_transport(&transport, c"a.test".as_ptr(), 80, &mut conn) };
    assert_eq!(code, hc_error::HC_OK);
    conn
}

/// Up to four handles of each kind, freed ones among them.
const PLACES: usize = 4;

/// The first half of the bytes says which calls are made, the second is what the streams give. Nothing may be
/// HC_ERR_PANIC, whatever the handle.
pub fn calls(data: &[u8]) {
    let (mut plan, script) = data.split_at(data.len() / 2);
    let mut conns: [*mut hc_conn; PLACES] = [null_mut(); PLACES];
    let mut responses: [*mut hc_response; PLACES] = [null_mut(); PLACES];
    let mut stream: *mut hc_stream = null_mut();
    let mut memory = [0u8; 64];
    while !plan.is_empty() {
        let (call, place) = (number(&mut plan), number(&mut plan));
        let (conn, response) = (conns[place % PLACES], responses[place / PLACES % PLACES]);
        let room = memory.as_mut_ptr().cast::<c_void>();
        let capacity = place % memory.len();
        let (mut count, mut text, mut left) = (0usize, null::<c_char>(), 3usize);
        let mut data = null::<c_void>();
        let field = [c"A".as_ptr(), c"b".as_ptr(), null()];
        // SAFETY: handles may be any number; all else is as the header asks for.
        let code = unsafe {
            match call % 24 {
                0 => {
                    if hc_conn_free(conn) == hc_error::HC_OK || conn.is_null() {
                        conns[place % PLACES] = connect(script);
                    }
                    hc_error::HC_OK
                }
                1 => hc_conn_free(conn),
                2 => hc_conn_close(conn),
                3 => hc_conn_connect(conn),
                4 => hc_request(conn, c"GET".as_ptr(), c"/".as_ptr(), null(), null(), 0),
                5 => hc_request(
                    conn,
                    c"POST".as_ptr(),
                    c"/".as_ptr(),
                    field.as_ptr(),
                    room,
                    capacity,
                ),
                6 => hc_request_callback(
                    conn,
                    c"PUT".as_ptr(),
                    c"/".as_ptr(),
                    null(),
                    Some(give),
                    (&raw mut left).cast(),
                    -1,
                ),
                7 | 8 => hc_getresponse(conn, &mut responses[place / PLACES % PLACES]),
                9 => hc_response_read(response, room, capacity, &mut count),
                10 => hc_response_read_all(response, place, &mut text, &mut count),
                11 => hc_response_peek(response, &mut data, &mut count),
                12 => hc_response_readline(response, room, capacity, &mut count),
                13 => hc_response_skip(response, place as u64),
                14 => hc_response_close(response),
                15 => hc_response_free(response),
                16 => {
                    hc_response_getheader(response, c"a".as_ptr(), &mut count);
                    hc_response_status(response);
                    hc_conn_state(conn);
                    hc_conn_is_open(conn);
                    hc_error::HC_OK
                }
                17 => hc_putrequest(conn, c"PUT".as_ptr(), c"/".as_ptr(), false, place % 2 == 0),
                18 => hc_putheader(conn, c"Content-Length".as_ptr(), c"5".as_ptr()),
                19 => hc_endheaders(conn, null(), 0, place % 3 == 0),
                20 => hc_send(conn, room, capacity),
                21 => {
                    hc_stream_free(stream);
                    hc_response_detach(response, &mut stream)
                }
                22 => hc_stream_read(stream, room, capacity, &mut count),
                // One kind of handle in the place of another.
                _ => hc_conn_close(response.cast()),
            }
        };
        assert_ne!(code, hc_error::HC_ERR_PANIC, "call {call} at {place}");
    }
    // SAFETY: as above; what was freed already is refused.
    unsafe {
        hc_stream_free(stream);
        for response in responses {
            hc_response_free(response);
        }
        for conn in conns {
            hc_conn_free(conn);
        }
    }
}

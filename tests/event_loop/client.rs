//! The program: exchanges over one connection, with an event loop of its own.
//!
//! What holds for every unsafe block: a handle lives until `Program::free`, a response's until it is set to
//! NULL; a pointer is to a value that lives until the call was repeated to its end.
#![allow(clippy::undocumented_unsafe_blocks)]

use super::plan::{Answer, Download, Exchange, Expect, Plan, Random, Upload};
use super::server::{Peer, Trust};
use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use httpclient::capi::api::connection::*;
use httpclient::capi::api::detail::hc_conn_error_message;
use httpclient::capi::api::event_loop::*;
use httpclient::capi::api::interim::hc_conn_set_expect_wait;
use httpclient::capi::api::proxy::{hc_conn_set_proxy_tls, hc_conn_set_tunnel};
use httpclient::capi::api::request::*;
use httpclient::capi::api::resolver::hc_conn_set_resolver;
use httpclient::capi::api::response::*;
use httpclient::capi::api::settings::*;
use httpclient::capi::api::tls::*;
use httpclient::capi::callbacks::body::HC_BODY_WOULD_BLOCK;
use httpclient::capi::error::hc_error::{self, HC_OK, HC_WOULD_BLOCK};
use httpclient::capi::objects::opaque::{hc_conn, hc_tls_config};
use std::ffi::CString;
use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd};

/// Nothing that a server does takes so long.
const HANG: i64 = 60_000;

/// A connection with what is being done on it. Every call of the library is one of its methods.
struct Program<'a> {
    /// What is being done, for when it fails.
    shown: &'a str,
    conn: *mut hc_conn,
    /// NULL, or what is being read.
    response: *mut hc_response,
    cancel: *mut hc_cancel_handle,
    waits: usize,
}

/// The context of a body's functions.
struct Body {
    left: usize,
    random: Random,
    /// The function had nothing: there is nothing to wait for but itself.
    paused: bool,
    memory: Vec<u8>,
}

impl Body {
    /// How much comes next; none: not now.
    fn next(&mut self, most: usize) -> Option<usize> {
        self.paused = self.random.once_in(5);
        let count = self.left.min(1 + self.random.below(most));
        if self.paused {
            return None;
        }
        self.left -= count;
        Some(count)
    }
}

unsafe extern "C" fn fill(context: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64 {
    // SAFETY: the context is a Body that nobody else looks at during the call.
    let body = unsafe { &mut *context.cast::<Body>() };
    let Some(count) = body.next(capacity) else { return HC_BODY_WOULD_BLOCK };
    // SAFETY: the buffer has that room.
    unsafe { ptr::write_bytes(buffer.cast::<u8>(), b'x', count) };
    count as i64
}

unsafe extern "C" fn lend(context: *mut c_void, piece: *mut *const c_void) -> i64 {
    // SAFETY: the context is a Body that nobody else looks at during the call.
    let body = unsafe { &mut *context.cast::<Body>() };
    let most = body.memory.len();
    let Some(count) = body.next(most) else { return HC_BODY_WOULD_BLOCK };
    if count > 0 {
        // SAFETY: the library gave the pointer; the memory stays.
        unsafe { piece.write(body.memory.as_ptr().cast()) };
    }
    count as i64
}

/// Two addresses, the first of which refuses.
unsafe extern "C" fn resolve(
    _: *mut c_void,
    _: *const c_char,
    addresses: *mut c_char,
    capacity: usize,
) -> i64 {
    let text = b"127.0.0.2 127.0.0.1";
    assert!(capacity > text.len());
    // SAFETY: the text fits.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), addresses.cast(), text.len()) };
    text.len() as i64
}

fn config(trust: &Trust) -> *mut hc_tls_config {
    let (mut builder, mut config) = (ptr::null_mut(), ptr::null_mut());
    unsafe {
        assert_eq!(hc_tls_builder_new(&mut builder), HC_OK);
        let pem = trust.pem.as_bytes();
        assert_eq!(hc_tls_builder_add_roots(builder, pem.as_ptr().cast(), pem.len()), HC_OK);
        assert_eq!(hc_tls_builder_build(builder, &mut config), HC_OK);
        assert_eq!(hc_tls_builder_free(builder), HC_OK);
    }
    config
}

/// Does all exchanges, and tells how often it had to wait.
pub fn run(plan: &Plan, peer: &Peer, trust: &Trust, shown: &str) -> usize {
    let mut program = Program::new(plan, peer, trust, shown);
    let mut random = Random::new(plan.seed ^ 0x1234);
    let mut forgiven = false;
    for (number, exchange) in plan.exchanges.iter().enumerate() {
        let outcome = program.exchange(number, exchange, &mut random);
        if let Err((what, code)) = outcome {
            // A connection that the server has closed may be found so too late.
            assert!(
                forgiven || exchange.is_nasty(),
                "{what} of exchange {number}: {code:?}, {:?} in {shown}",
                program.message()
            );
            program.close();
        }
        forgiven = exchange.hangs_up || exchange.is_nasty();
    }
    program.free();
    program.waits
}

impl Program<'_> {
    fn new<'a>(plan: &Plan, peer: &Peer, trust: &Trust, shown: &'a str) -> Program<'a> {
        let mut program = Program {
            shown,
            conn: ptr::null_mut(),
            response: ptr::null_mut(),
            cancel: ptr::null_mut(),
            waits: 0,
        };
        let (host, port) = (c"host.example", i32::from(peer.port));
        let dialed = if plan.proxy.is_some() { c"proxy.example" } else { host };
        let config = config(trust);
        unsafe {
            let made = if plan.tls {
                hc_conn_new_tls(dialed.as_ptr(), port, config, &mut program.conn)
            } else {
                hc_conn_new(dialed.as_ptr(), port, &mut program.conn)
            };
            assert_eq!(made, HC_OK);
            let conn = program.conn;
            assert_eq!(hc_conn_set_timeout(conn, 0), HC_OK);
            if plan.name {
                let (context, release) = (ptr::null_mut(), None);
                assert_eq!(hc_conn_set_resolver(conn, Some(resolve), context, release), HC_OK);
            } else {
                assert_eq!(hc_conn_set_address(conn, c"127.0.0.1".as_ptr(), port), HC_OK);
            }
            if let Some(tls) = plan.proxy {
                assert_eq!(hc_conn_set_tunnel(conn, host.as_ptr(), 99, ptr::null()), HC_OK);
                assert_eq!(if tls { hc_conn_set_proxy_tls(conn, config) } else { HC_OK }, HC_OK);
            }
            if plan.cancel {
                assert_eq!(hc_cancel_new(&mut program.cancel), HC_OK);
                assert_eq!(hc_conn_set_cancel(conn, program.cancel), HC_OK);
            }
            if plan.limits {
                assert_eq!(hc_conn_set_connect_timeout(conn, 2 * HANG), HC_OK);
                assert_eq!(hc_conn_set_deadline(conn, 9 * HANG), HC_OK);
            }
            hc_tls_config_free(config);
        }
        program.check_rest();
        program
    }

    fn exchange(
        &mut self,
        number: usize,
        exchange: &Exchange,
        random: &mut Random,
    ) -> Result<(), (&'static str, hc_error)> {
        let sent = self.send(number, exchange, random);
        if sent != HC_OK {
            return Err(("the request", sent));
        }
        let (conn, mut response) = (self.conn, ptr::null_mut());
        let code = self.drive(None, || unsafe { hc_getresponse(conn, &mut response) });
        if code != HC_OK {
            return Err(("the response", code));
        }
        self.response = response;
        let status = unsafe { hc_response_status(response) };
        let expected = match exchange.answer {
            _ if exchange.is_refused() => 417,
            Answer::Empty => 204,
            _ => 200,
        };
        assert_eq!(status, expected);
        let read = self.read(exchange.download, random);
        self.check_rest();
        if let Ok(Some(count)) = read {
            let size = match exchange.answer {
                _ if exchange.is_refused() => 2,
                Answer::Empty => 0,
                _ => exchange.answer_size,
            };
            assert!(
                count == size || exchange.is_nasty(),
                "{count} bytes of {size} in {}",
                self.shown
            );
        }
        assert_eq!(unsafe { hc_response_free(self.response) }, HC_OK);
        self.response = ptr::null_mut();
        self.check_rest();
        read.map(|_| ()).map_err(|code| ("the body", code))
    }

    fn send(&mut self, number: usize, exchange: &Exchange, random: &mut Random) -> hc_error {
        let (conn, size) = (self.conn, exchange.size);
        let target = CString::new(format!("/{number}")).unwrap();
        let expect = [c"Expect".as_ptr(), c"100-continue".as_ptr(), ptr::null()];
        let headers = if exchange.expect == Expect::None { &expect[2..] } else { &expect[..] };
        let wait = if exchange.expect == Expect::Silence { 4 } else { HANG };
        assert_eq!(unsafe { hc_conn_set_expect_wait(conn, wait) }, HC_OK);
        let (method, target, headers) = (c"PUT".as_ptr(), target.as_ptr(), headers.as_ptr());
        let length = if exchange.chunked { -1 } else { size as i64 };
        let memory = vec![b'x'; if exchange.upload == Upload::Pieces { 100_000 } else { 0 }];
        let mut body = Body { left: size, random: random.clone(), paused: false, memory };
        random.below(2);
        let context = ptr::from_mut(&mut body);
        match exchange.upload {
            Upload::None => self.drive(None, || unsafe {
                hc_request(conn, method, target, headers, ptr::null(), 0)
            }),
            Upload::Bytes => {
                let bytes = vec![b'x'; size];
                self.drive(None, || unsafe {
                    hc_request(conn, method, target, headers, bytes.as_ptr().cast(), size)
                })
            }
            Upload::File => {
                let file = file(size);
                self.drive(None, || unsafe {
                    hc_request_file(conn, method, target, headers, file.as_raw_fd())
                })
            }
            Upload::Function => self.drive(Some(context), || unsafe {
                let context = context.cast();
                hc_request_callback(conn, method, target, headers, Some(fill), context, length)
            }),
            Upload::Pieces => self.drive(Some(context), || unsafe {
                let context = context.cast();
                hc_request_pieces(conn, method, target, headers, Some(lend), context, length)
            }),
        }
    }

    /// Reads the body, and tells how long it was if all of it was read.
    fn read(&mut self, download: Download, random: &mut Random) -> Result<Option<usize>, hc_error> {
        let response = self.response;
        let mut total = 0;
        loop {
            let mut buffer = vec![0; 1 + random.below(70_000)];
            let (mut count, mut data) = (0, ptr::null());
            let (start, room) = (buffer.as_mut_ptr().cast(), buffer.len());
            let code = match download {
                Download::Read => self
                    .drive(None, || unsafe { hc_response_read(response, start, room, &mut count) }),
                Download::Read1 => self.drive(None, || unsafe {
                    hc_response_read1(response, start, room, &mut count)
                }),
                Download::Readline => self.drive(None, || unsafe {
                    hc_response_readline(response, start, room, &mut count)
                }),
                Download::Peek => {
                    let code = self.drive(None, || unsafe {
                        hc_response_peek(response, &mut data, &mut count)
                    });
                    let seen = count.min(room);
                    if code == HC_OK && seen > 0 {
                        // What was seen can be had without waiting.
                        let code = unsafe { hc_response_read1(response, start, seen, &mut count) };
                        assert_eq!((code, count), (HC_OK, seen));
                    }
                    code
                }
                Download::All => {
                    let mut body = ptr::null();
                    let code = self.drive(None, || unsafe {
                        hc_response_read_all(response, 1 << 30, &mut body, &mut count)
                    });
                    return if code == HC_OK { Ok(Some(count)) } else { Err(code) };
                }
                Download::Skip => {
                    match self.drive(None, || unsafe { hc_response_skip(response, 50_000) }) {
                        HC_OK => return Ok(None),
                        hc_error::HC_ERR_TOO_LARGE => continue,
                        code => return Err(code),
                    }
                }
                Download::Nothing => return Ok(None),
                Download::Close => {
                    self.close();
                    return Ok(None);
                }
            };
            match code {
                HC_OK if count == 0 => return Ok(Some(total)),
                HC_OK => assert!(buffer[..count].iter().all(|byte| *byte == b'y')),
                code => return Err(code),
            }
            total += count;
        }
    }

    /// Repeats a call until it is done. Where its body had nothing there is nothing to wait for.
    fn drive(&mut self, body: Option<*mut Body>, mut call: impl FnMut() -> hc_error) -> hc_error {
        loop {
            let code = call();
            if code != HC_WOULD_BLOCK {
                self.check_rest();
                return code;
            }
            // SAFETY: the body lives, and nobody else looks at it now.
            let paused = body.is_some_and(|body| unsafe { core::mem::take(&mut (*body).paused) });
            if !paused {
                self.wait();
            }
        }
    }

    /// Waits as the header says.
    fn wait(&mut self) {
        let (fd, interest, due) = unsafe {
            let due = hc_conn_next_timeout(self.conn);
            match self.response.is_null() {
                true => (hc_conn_fileno(self.conn), hc_conn_interest(self.conn), due),
                false => {
                    let response = self.response;
                    (hc_response_fileno(response), hc_response_interest(response), due)
                }
            }
        };
        self.waits += 1;
        assert!((fd >= 0 && interest != 0) || due >= 0, "nothing to wait for in {}", self.shown);
        let mut events = 0;
        if interest & HC_INTEREST_READ != 0 {
            events |= libc::POLLIN;
        }
        if interest & HC_INTEREST_WRITE != 0 {
            events |= libc::POLLOUT;
        }
        let fd = if interest == 0 { -1 } else { fd };
        let mut entry = libc::pollfd { fd, events, revents: 0 };
        let timeout = if due < 0 { HANG } else { due.min(HANG) };
        // SAFETY: the entry lives until the call is over.
        let ready = unsafe { libc::poll(&mut entry, 1, timeout as i32) };
        assert!(ready > 0 || timeout < HANG, "it hangs, interest {interest}, in {}", self.shown);
        assert_eq!(entry.revents & libc::POLLNVAL, 0, "the descriptor is closed");
    }

    /// No call is to be repeated, so there is nothing to wait for.
    fn check_rest(&self) {
        unsafe {
            assert_eq!(hc_conn_interest(self.conn), 0, "in {}", self.shown);
            if !self.response.is_null() {
                assert_eq!(hc_response_interest(self.response), 0, "in {}", self.shown);
            }
        }
    }

    fn message(&self) -> String {
        // SAFETY: the text is NUL-terminated.
        unsafe { CStr::from_ptr(hc_conn_error_message(self.conn)) }.to_string_lossy().into()
    }

    fn close(&mut self) {
        assert_eq!(unsafe { hc_conn_close(self.conn) }, HC_OK);
        self.check_rest();
    }

    fn free(&mut self) {
        unsafe {
            assert_eq!(hc_conn_free(self.conn), HC_OK);
            assert_eq!(hc_cancel_free(self.cancel), HC_OK);
        }
    }
}

/// A file in memory.
fn file(size: usize) -> File {
    // SAFETY: the name is NUL-terminated, and the descriptor nobody else's.
    let mut file = unsafe {
        let fd = libc::memfd_create(c"body".as_ptr(), libc::MFD_CLOEXEC);
        assert!(fd >= 0);
        File::from_raw_fd(fd)
    };
    file.write_all(&vec![b'x'; size]).unwrap();
    file.rewind().unwrap();
    file
}

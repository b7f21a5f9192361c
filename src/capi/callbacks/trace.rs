//! Functions that are told what a connection does.
#![allow(unsafe_code)]

use crate::client::{Event, Trace};
use crate::engine::error::Error;
use crate::memory::boxed;
use crate::uncancelled::uncancelled;
use alloc::boxed::Box;
use core::ffi::{c_char, c_void};

/// Family: Events of a trace.
///
/// A line of text about the connection.
pub const HC_TRACE_INFO: i32 = 0;
/// A block of bytes goes out: the head of a request, its body if that is bytes, a block or piece of one that
/// comes in parts, with its framing if it is a chunk. The connection may fail before it has taken the whole
/// block.
pub const HC_TRACE_SEND: i32 = 1;
/// The head of an interim (1xx) response came.
pub const HC_TRACE_INTERIM: i32 = 2;
/// The head of the final response came, its status line included.
pub const HC_TRACE_HEAD: i32 = 3;
/// The head of a proxy's answer to CONNECT came.
pub const HC_TRACE_TUNNEL: i32 = 4;
/// A line of text about the body of a request, in the words of http.client's debug output, such as "reading a
/// readable".
pub const HC_TRACE_BODY: i32 = 5;
/// The status line of a response came, interim or final, as it is and with its end, whatever is wrong with it;
/// or what came of it before the stream ended. Its head follows if it is good.
pub const HC_TRACE_STATUS: i32 = 6;

/// Is told what a connection does, while it does it.
///
/// `context` is what was given with it; `event` is one of HC_TRACE_, or one that a newer library has and a
/// program ignores; `data` has `len` bytes, not NUL-terminated, and is valid during the call only. An event for
/// which there is no memory is left out. Calls on the connection or its responses from here return HC_ERR_BUSY.
#[allow(non_camel_case_types)]
pub type hc_trace_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, event: i32, data: *const c_char, len: usize)>;

#[cfg(feature = "std")]
pub(crate) fn printer() -> Result<Box<dyn Trace>, Error> {
    Ok(boxed(super::printing::Printer)?)
}

#[cfg(not(feature = "std"))]
pub(crate) fn printer() -> Result<Box<dyn Trace>, Error> {
    Err(crate::engine::error::error!(
        crate::engine::error::Kind::Unsupported,
        "this build has no standard output"
    ))
}

/// The program's function, or none.
pub(crate) fn observer(
    callback: hc_trace_fn,
    context: *mut c_void,
) -> Result<Option<Box<dyn Trace>>, Error> {
    match callback {
        Some(callback) => Ok(Some(boxed(Observer { callback, context })?)),
        None => Ok(None),
    }
}

struct Observer {
    callback: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize),
    context: *mut c_void,
}

// SAFETY: the connection is used by one thread at a time, and the header says that it may move.
unsafe impl Send for Observer {}

impl Trace for Observer {
    fn event(&mut self, event: Event, data: &[u8]) {
        let event = match event {
            Event::Info => HC_TRACE_INFO,
            Event::Body => HC_TRACE_BODY,
            Event::Send | Event::Piece => HC_TRACE_SEND,
            Event::Status => HC_TRACE_STATUS,
            Event::Tunnel => HC_TRACE_TUNNEL,
            Event::Interim => HC_TRACE_INTERIM,
            Event::Head => HC_TRACE_HEAD,
        };
        // SAFETY: the caller vouched for the function and its context.
        uncancelled(|| unsafe {
            (self.callback)(self.context, event, data.as_ptr().cast(), data.len());
        });
    }
}

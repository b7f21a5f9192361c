//! What is known of the last failure of a call.
#![allow(unsafe_code)]

use crate::capi::callbacks::body::HC_LENGTH_UNKNOWN;
use crate::capi::error::{self, hc_error};
use crate::capi::kit::guard::guard;
use crate::capi::kit::memory::fill_struct;
use crate::client::Progress;
use crate::engine::error::{Error, Kind, LineKind, NO_MESSAGE_FOR_C};
use crate::memory::terminated;
use alloc::vec::Vec;
use core::ffi::c_char;
use core::mem::offset_of;
use core::ptr;

/// Family: Whether the request can be sent again: hc_error_detail.retry.
///
/// Nothing of the request was sent; it can be sent again.
pub const HC_RETRY_NOT_SENT: i32 = 0;
/// Some of the request was sent and the server may have acted on it; send it again only if doing it twice does
/// no harm (RFC 9110 section 9.2.2).
pub const HC_RETRY_MAYBE_PROCESSED: i32 = 1;
/// The response had begun; the server has acted on the request.
pub const HC_RETRY_RESPONSE_STARTED: i32 = 2;

/// Nothing of the request was sent, and to send it again will fail in the same way: there is no such host.
pub const HC_RETRY_FINAL: i32 = 3;

/// Family: What the connection was doing: hc_error_detail.phase.
///
/// Nothing; a call was refused before it did anything.
pub const HC_PHASE_NONE: i32 = 0;
/// Opening the connection, from the name lookup to the end of the TLS handshake.
pub const HC_PHASE_OPENING: i32 = 1;
/// Sending the request.
pub const HC_PHASE_SENDING: i32 = 2;
/// Waiting for the head of the response, or reading it.
pub const HC_PHASE_HEAD: i32 = 3;
/// Reading the body of the response.
pub const HC_PHASE_BODY: i32 = 4;

/// Family: Which line was too long: hc_error_detail.line_kind.
///
/// None: the failure is another one.
pub const HC_LINE_NONE: i32 = 0;
/// The status line.
pub const HC_LINE_STATUS: i32 = 1;
/// A header.
pub const HC_LINE_HEADER: i32 = 2;
/// The size of a chunk, with its extension.
pub const HC_LINE_CHUNK_SIZE: i32 = 3;
/// A trailer.
pub const HC_LINE_TRAILER: i32 = 4;

/// What is known of a failure. Set size to sizeof(hc_error_detail) before asking for it.
///
/// The pointers lead into the connection: they are valid until the next call on it or its responses that fails,
/// or until those are freed, and never freed by the program.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct hc_error_detail {
    /// sizeof(hc_error_detail), set by the caller.
    pub size: usize,
    /// The code, an hc_error; HC_OK if no call has failed yet.
    pub code: i32,
    /// errno of the system call that failed, or the code that a callback gave; for HC_ERR_NAME_LOOKUP what
    /// getaddrinfo returned (EAI_AGAIN, EAI_NONAME), or errno where that was EAI_SYSTEM. Else 0.
    pub os_error: i32,
    /// Whether the request can be sent again: HC_RETRY_NOT_SENT, HC_RETRY_MAYBE_PROCESSED,
    /// HC_RETRY_RESPONSE_STARTED or HC_RETRY_FINAL.
    pub retry: i32,
    /// What the connection was doing: one of HC_PHASE_.
    pub phase: i32,
    /// HC_ERR_INCOMPLETE_READ and other failures in a body: body bytes received.
    pub received: i64,
    /// The same: body bytes that are still missing, or HC_LENGTH_UNKNOWN.
    pub expected: i64,
    /// What happened, one line for a person; bytes from the server are escaped. NUL-terminated, never NULL, may
    /// be empty. At most 512 bytes: a longer one ends with three dots. Where there is no memory for it, it says
    /// that there was none, and `line` is NULL.
    pub message: *const c_char,
    /// Length of message without its NUL.
    pub message_len: usize,
    /// The bytes at fault as they are, where there are such bytes: the status line with its end of
    /// HC_ERR_BAD_STATUS_LINE, the version of HC_ERR_UNKNOWN_PROTOCOL, the line of HC_ERR_BAD_HEADER, that of
    /// HC_ERR_LINE_TOO_LONG as far as the limit goes. They may contain anything, NUL too. NULL if there are
    /// none.
    pub line: *const c_char,
    /// Length of line.
    pub line_len: usize,
    /// HC_ERR_LINE_TOO_LONG: which line it is, one of HC_LINE_; else HC_LINE_NONE.
    pub line_kind: i32,
}

/// The message that a handle has, or that of the code why it tells none: never NULL.
pub(crate) fn message_of(ask: impl FnOnce() -> Result<*const c_char, hc_error>) -> *const c_char {
    let text = |code: hc_error| error::string(code as i32);
    guard(text(hc_error::HC_ERR_PANIC), || ask().unwrap_or_else(text))
}

/// The values of hc_error_detail.phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    None = HC_PHASE_NONE as isize,
    Opening = HC_PHASE_OPENING as isize,
    Sending = HC_PHASE_SENDING as isize,
    Head = HC_PHASE_HEAD as isize,
    Body = HC_PHASE_BODY as isize,
}

/// The last failure of the calls on a connection and its responses, or on another handle.
#[derive(Default)]
pub(crate) struct LastError {
    error: Option<Error>,
    retry: Progress,
    phase: Phase,
    /// The message, NUL-terminated.
    message: Vec<u8>,
}

impl LastError {
    /// Keeps why a call failed, and gives its code.
    pub(crate) fn record(&mut self, error: Error, retry: Progress, phase: Phase) -> hc_error {
        let kind = error.kind();
        if kind != Kind::WouldBlock {
            self.retry = retry;
            self.phase = if is_refusal(kind) { Phase::None } else { phase };
            self.message = terminated(error.message().as_bytes()).unwrap_or_default();
            self.error = Some(error);
        }
        kind.into()
    }

    /// The code of the failure that is kept.
    #[cfg(feature = "tls")]
    pub(crate) fn code(&self) -> hc_error {
        self.error.as_ref().map_or(hc_error::HC_OK, |error| error.kind().into())
    }

    /// The message, NUL-terminated.
    pub(crate) fn message(&self) -> &[u8] {
        match self.message.split_last() {
            Some((_, text)) => text,
            None if self.error.is_some() => NO_MESSAGE_FOR_C.to_bytes(),
            None => c"".to_bytes(),
        }
    }

    /// Describes the failure.
    fn describe(&self) -> hc_error_detail {
        let error = self.error.as_ref();
        let line = error.map_or(&[][..], Error::line);
        hc_error_detail {
            size: 0,
            code: error.map_or(hc_error::HC_OK, |error| error.kind().into()) as i32,
            os_error: error.map_or(0, |error| error.os_error()),
            retry: match self.retry {
                Progress::NotSent if error.is_some_and(Error::is_final) => HC_RETRY_FINAL,
                Progress::NotSent => HC_RETRY_NOT_SENT,
                Progress::Sent => HC_RETRY_MAYBE_PROCESSED,
                Progress::Answered => HC_RETRY_RESPONSE_STARTED,
            },
            phase: self.phase as i32,
            received: error.map_or(0, |error| clamp(error.received())),
            expected: error.and_then(Error::expected).map_or(HC_LENGTH_UNKNOWN, clamp),
            message: self.message().as_ptr().cast(),
            message_len: self.message().len(),
            line: if line.is_empty() { ptr::null() } else { line.as_ptr().cast() },
            line_len: line.len(),
            line_kind: match error.and_then(Error::line_kind) {
                None => HC_LINE_NONE,
                Some(LineKind::Status) => HC_LINE_STATUS,
                Some(LineKind::Header) => HC_LINE_HEADER,
                Some(LineKind::ChunkSize) => HC_LINE_CHUNK_SIZE,
                Some(LineKind::Trailer) => HC_LINE_TRAILER,
            },
        }
    }

    /// Describes the failure to C.
    ///
    /// # Safety
    /// `out` is NULL, or has a size that can be read and room for so many bytes.
    pub(crate) unsafe fn write(&self, out: *mut hc_error_detail) -> hc_error {
        // SAFETY: the caller's promise is the same.
        match unsafe { fill_struct(out, &self.describe(), LEAST) } {
            Ok(()) => hc_error::HC_OK,
            Err(error) => error.kind().into(),
        }
    }
}

/// Whether a call fails so before it does anything.
fn is_refusal(kind: Kind) -> bool {
    let refusals = [
        Kind::InvalidArgument,
        Kind::Unsupported,
        Kind::Value,
        Kind::State,
        Kind::InvalidUrl,
        Kind::ImproperConnectionState,
        Kind::NotConnected,
        Kind::TlsConfig,
    ];
    refusals.into_iter().any(|base| kind.is(base))
}

/// The size of hc_error_detail before `line_kind` was there.
const LEAST: usize = offset_of!(hc_error_detail, line_kind);

/// C counts in 64 bits with a sign.
pub(crate) fn clamp(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

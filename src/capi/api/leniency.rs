//! Leniency.
//!
//! Every rule of HTTP holds by default, in both directions. Where an old server, or a program that was written
//! for http.client, needs one of them loosened, there is a flag for that rule alone, and hc_response_leniencies
//! says which of the flags a response really needed. HC_LENIENT_HTTP_CLIENT sets all of them but
//! HC_LENIENT_BARE_CR: then the answers are http.client's, except where one message could be taken for another.
//!
//! No flag lets one message be taken for another: a malformed header line that no flag names, a CR as a line's
//! end, a NUL, two lengths that differ, a transfer coding that only looks like chunked, chunks with false sizes
//! or ends, and a request whose headers and body disagree are refused whatever is set. If a flag is dangerous
//! only because the connection is used again, the connection is not used again: hc_response_will_close is true
//! then, or the connection is closed when the body has been read. The answer of a proxy to CONNECT, and what is
//! sent to it, are never loosened.
//!
//! The references are to docs/BEHAVIOUR.md (H: its hazards) and docs/CONFORMANCE.md (C: its rows) of the
//! library's source.
#![allow(unsafe_code)]

use crate::capi::api::connection::set;
use crate::capi::api::response::{hc_response, look};
use crate::capi::error::hc_error;
use crate::capi::kit::guard::guarded;
use crate::capi::kit::memory::bytes;
use crate::capi::objects::calls::{on_connection, on_response};
use crate::capi::objects::opaque::hc_conn;
use crate::engine::error::{Error, Kind, error};
use crate::engine::leniency::Leniency;
use core::ffi::c_char;

/// A response's head may be cut off by the end of the stream (H8, C33): what came of it is the head; a name
/// that is cut is dropped, and the body is empty. Instead of HC_ERR_INCOMPLETE_READ. Danger: headers may be
/// missing, and nothing else tells.
pub const HC_LENIENT_TRUNCATED_HEAD: u32 = 1 << 0;
/// A status may be written as Python's int() reads it: "+200", "2_00", "0200" (H11, C25). Instead of
/// HC_ERR_BAD_STATUS_LINE. The connection is not used again. Danger: a proxy in between may have read another
/// status.
pub const HC_LENIENT_STATUS_CODE: u32 = 1 << 1;
/// A version may be HTTP/0.9, which is taken for HTTP/1.0, or HTTP/1. and anything, which is taken for HTTP/1.1
/// (C28); in a 100 response, which is skipped, any version is accepted. Instead of HC_ERR_UNKNOWN_PROTOCOL.
/// Danger: such a server may mean something else by what follows.
pub const HC_LENIENT_VERSION: u32 = 1 << 2;
/// A 101 may come that was not asked for (C69): it is given out, with a length of 0, and ends the connection.
/// Instead of HC_ERR_UNEXPECTED_SWITCH. Danger: the request itself has no answer.
pub const HC_LENIENT_UNREQUESTED_SWITCH: u32 = 1 << 3;
/// A header may have no name, as in ": value" (C39): its line is dropped. Instead of HC_ERR_BAD_HEADER. Danger:
/// what the server meant to say is lost.
pub const HC_LENIENT_NAMELESS_FIELD: u32 = 1 << 4;
/// A header's name may have any visible ASCII character but a colon, as in "a/b: value" (C40). Instead of
/// HC_ERR_BAD_HEADER. Danger: a name that the program copies elsewhere may be refused or misread there.
pub const HC_LENIENT_FIELD_NAME: u32 = 1 << 5;
/// Among headers a line may begin with "From " (C41), as in a mailbox: it is dropped. Instead of
/// HC_ERR_BAD_HEADER. Danger: what the server meant to say is lost.
pub const HC_LENIENT_FROM_LINE: u32 = 1 << 6;
/// The first header may begin with a blank (C35): it is dropped, with all lines like it behind it. Instead of
/// HC_ERR_BAD_HEADER. The connection is not used again. Danger: a proxy in between may have taken the line for
/// a header.
pub const HC_LENIENT_LEADING_FOLD: u32 = 1 << 7;
/// Values of headers and the reason may have control bytes, but for NUL, CR and LF (H2, C31, C38), and any
/// white space of Python's may separate the parts of the status line. Instead of HC_ERR_BAD_HEADER and
/// HC_ERR_BAD_STATUS_LINE. Danger: they reach whatever the program does with the text; a terminal may obey
/// them.
pub const HC_LENIENT_CONTROL_BYTES: u32 = 1 << 8;
/// Values of headers keep the line breaks of obsolete folding and the blanks at their end (C34), and
/// hc_response_raw_head is as it came. Without the flag folding becomes blanks, and blanks around a value are
/// removed. How the body is delimited is decided as without it. Danger: a value that the program copies into
/// another message breaks that in two.
pub const HC_LENIENT_RAW_VALUES: u32 = 1 << 9;
/// A Content-Length may be negative (H11, C48): the body runs to the end of the stream. Instead of
/// HC_ERR_BAD_FRAMING. Danger: a body that is cut short cannot be told from a whole one.
pub const HC_LENIENT_NEGATIVE_LENGTH: u32 = 1 << 10;
/// A Content-Length may be no number at all: "abc", "", "0x5", "5, 19" (H11, C48): the body runs to the end of
/// the stream. It may also be a number that 64 bits do not hold (C49), which no body can have: it ends with
/// HC_ERR_INCOMPLETE_READ. Instead of HC_ERR_BAD_FRAMING. Danger: a body that is cut short cannot be told from
/// a whole one.
pub const HC_LENIENT_UNREADABLE_LENGTH: u32 = 1 << 11;
/// A Content-Length may be written as Python's int() reads it: "+5", "1_9" (H11, C48). Instead of
/// HC_ERR_BAD_FRAMING. The connection is not used again. Danger: a proxy in between may have seen another end
/// of the body.
pub const HC_LENIENT_INTEGER_LENGTH: u32 = 1 << 12;
/// A body of known length may be cut short by the end of the stream for every read but hc_response_read_all
/// (BEHAVIOUR 16.2, C50): reading gives what came, and then its end. Instead of HC_ERR_INCOMPLETE_READ behind
/// it. Danger: half a file is taken for a whole one, unless the program counts.
pub const HC_LENIENT_SHORT_BODY: u32 = 1 << 13;
/// A chunked body may be cut off behind the "0" of its last chunk (C63): it is complete, and has no trailers.
/// Instead of HC_ERR_INCOMPLETE_READ. Danger: if what was cut is a chunk whose size begins with 0, the body is
/// not complete.
pub const HC_LENIENT_LAST_CHUNK: u32 = 1 << 14;
/// Trailers may be malformed, or more than HC_LIMIT_HEADERS (H16, C64): all of them are dropped; the other
/// limits hold. Instead of HC_ERR_BAD_HEADER and HC_ERR_TOO_MANY_HEADERS. The connection is not used again.
/// Danger: a checksum in a trailer may be lost.
pub const HC_LENIENT_TRAILERS: u32 = 1 << 15;
/// A TLS session may end without its closing alert (H15, C56): that is the end of the stream. Instead of
/// HC_ERR_TLS_TRUNCATED, and HC_ERR_INCOMPLETE_READ for a body that runs until then. Danger: whoever can break
/// the connection can cut such a body where he likes.
pub const HC_LENIENT_TLS_TRUNCATION: u32 = 1 << 16;
/// A method may have any visible ASCII character, not those of a token alone (H12, C18); blanks and control
/// bytes never pass. Instead of HC_ERR_VALUE. Danger: the server may not know what to make of it.
pub const HC_LENIENT_METHOD: u32 = 1 << 17;
/// The name of a header that is sent may have any visible character but a colon, blanks behind the first of
/// them, and bytes beyond ASCII (H12, C17); not if it looks like one that frames the request. Instead of
/// HC_ERR_VALUE. Danger: the server may drop the blanks, and see a header that was not meant.
pub const HC_LENIENT_SENT_NAME: u32 = 1 << 18;
/// A value that is sent may have CR LF and a blank or tab in it (H12, C15), and several values of
/// hc_putheader_values are joined by CR LF TAB, as http.client does; not in headers that frame the request.
/// Instead of HC_ERR_VALUE, and values joined by ", ". Danger: a server or proxy that does not know folding
/// takes the rest for a header of its own.
pub const HC_LENIENT_SENT_FOLD: u32 = 1 << 19;
/// A value that is sent may have control bytes, but for NUL, CR and LF (H12, C16); not in headers that frame
/// the request. Instead of HC_ERR_VALUE. Danger: they reach the server's logs.
pub const HC_LENIENT_SENT_CONTROL_BYTES: u32 = 1 << 20;
/// "Expect: 100-continue" may be sent without content (C22). Instead of HC_ERR_VALUE. Danger: the server may
/// wait for content that never comes.
pub const HC_LENIENT_EXPECT: u32 = 1 << 21;
/// TRACE may have content (C23). Instead of HC_ERR_VALUE. Danger: it may come back, with what it has in it, or
/// be taken for the next request by a server that expects none.
pub const HC_LENIENT_TRACE_CONTENT: u32 = 1 << 22;
/// TE and Upgrade are sent without the options of Connection that they need, and TE may name chunked (C19 to
/// C21). Instead of the options being added, and HC_ERR_VALUE. Danger: a proxy may pass on what was meant for
/// itself.
pub const HC_LENIENT_CONNECTION_OPTIONS: u32 = 1 << 23;
/// All of the flags but HC_LENIENT_BARE_CR: the answers are http.client's wherever no message can be taken for
/// another by that.
pub const HC_LENIENT_HTTP_CLIENT: u32 = 0x18ff_ffff;

/// In a header's value, or a trailer's, a CR may stand that no LF follows (C38): it is read as a blank (RFC 9112
/// section 2.2), by hc_response_raw_head too. Instead of HC_ERR_BAD_HEADER. The connection is not used again. Not
/// one of http.client's, which ends the line there. Danger: a proxy in between may have seen the end of a line,
/// and what follows as a header of its own.
pub const HC_LENIENT_BARE_CR: u32 = 1 << 26;

/// CONNECT may have a target that is no "host:port" (C8), such as a path, as long as nothing is in it that no
/// target may have. Instead of HC_ERR_INVALID_URL. Danger: a proxy may not know what to make of it.
pub const HC_LENIENT_CONNECT_TARGET: u32 = 1 << 27;
/// A request of HTTP/1.1 may have no Host (hc_putrequest with skip_host), or one that is no host and port (C1 to
/// C3). Instead of HC_ERR_VALUE. Danger: a server has to refuse the first, and may take the second for another.
pub const HC_LENIENT_HOST: u32 = 1 << 28;

/// Family: Checks for hc_conn_dangerous_skip_checks.
///
/// The request target has neither blanks nor control bytes. Unchecked, its bytes go out as they are given,
/// fragment and user information included.
pub const HC_UNCHECKED_TARGET: u32 = 1 << 24;
/// Method and request target are ASCII.
pub const HC_UNCHECKED_ASCII: u32 = 1 << 25;

/// Sets which rules are loosened, any of the HC_LENIENT_ flags together; 0 for none, the default. It holds for
/// the requests and responses that begin from then on.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for an unknown flag.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_leniency(conn: *mut hc_conn, flags: u32) -> hc_error {
    replace(conn, Leniency::ALL, flags)
}

/// Sets which rules are loosened for a response made by hc_response_new, as hc_conn_set_leniency does for those
/// of a connection.
///
/// Errors: HC_ERR_STATE if hc_response_begin was called already, or the response is not one of hc_response_new;
/// HC_ERR_INVALID_ARGUMENT for an unknown flag.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_set_leniency(
    response: *mut hc_response,
    flags: u32,
) -> hc_error {
    guarded(|| {
        on_response(response, |connection, response| {
            let leniency = chosen(Leniency::ALL, flags)?;
            if response.head().status != 0 || !connection.is_before_response() {
                return Err(error!(Kind::State, "the head was received already"));
            }
            connection.settings.leniency = leniency;
            Ok(())
        })
    })
}

/// Which of the HC_LENIENT_ flags this response and its request needed: where without them they would have been
/// refused, or read otherwise. What concerns the body is there once the body was read to its end. 0 for an
/// invalid or busy handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_response_leniencies(response: *const hc_response) -> u32 {
    look(response, 0, |response| response.leniency().used() & Leniency::ALL.allowed())
}

/// Switches checks of requests off, any of HC_UNCHECKED_ together; 0 switches all on again: what a subclass of
/// http.client's connection does by overriding _validate_path and _encode_request. It holds for the requests
/// that begin from then on.
///
/// This is dangerous. Whoever chooses the target then chooses the whole request, and can put another one behind
/// it, in this connection's name. Only for targets that the program itself has made.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for an unknown check.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_dangerous_skip_checks(
    conn: *mut hc_conn,
    checks: u32,
) -> hc_error {
    replace(conn, Leniency::CHECKS, checks)
}

/// Has Host say `host_len` bytes of `host`, and the port unless it is the default, whatever the bytes are: what
/// a subclass of http.client's connection does by overriding _validate_host. NULL: the connection's host again.
/// What is connected to does not change. The bytes are copied.
///
/// This is dangerous. Whoever chooses the bytes can put headers and a whole request into this connection's
/// requests, and have a server answer for a host that it is not.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for a length that no memory has; HC_ERR_NO_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_dangerous_set_host(
    conn: *mut hc_conn,
    host: *const c_char,
    host_len: usize,
) -> hc_error {
    guarded(|| {
        on_connection(conn, |state| {
            // SAFETY: the caller's promise is that of `bytes`.
            let name = unsafe { bytes(host.cast(), host_len) }?;
            state.connection.set_unchecked_host((!host.is_null()).then_some(name))
        })
    })
}

/// Chooses anew among some of the rules.
fn replace(conn: *mut hc_conn, among: Leniency, bits: u32) -> hc_error {
    match chosen(among, bits) {
        Ok(chosen) => set(conn, |state| {
            let leniency = &mut state.connection.settings.leniency;
            *leniency = Leniency::of(leniency.allowed() & !among.allowed() | chosen.allowed());
        }),
        Err(error) => error.kind().into(),
    }
}

/// The rules with these bits, if they are among those.
pub(crate) fn chosen(among: Leniency, bits: u32) -> Result<Leniency, Error> {
    match bits & !among.allowed() {
        0 => Ok(Leniency::of(bits)),
        _ => Err(error!(Kind::InvalidArgument, "there is no such flag")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::leniency::Rule;

    #[test]
    fn the_flags_are_the_engine_s() {
        for (flag, rule) in [
            (HC_LENIENT_TRUNCATED_HEAD, Rule::TruncatedHead),
            (HC_LENIENT_STATUS_CODE, Rule::StatusCode),
            (HC_LENIENT_VERSION, Rule::Version),
            (HC_LENIENT_UNREQUESTED_SWITCH, Rule::UnrequestedSwitch),
            (HC_LENIENT_NAMELESS_FIELD, Rule::NamelessField),
            (HC_LENIENT_FIELD_NAME, Rule::FieldName),
            (HC_LENIENT_FROM_LINE, Rule::FromLine),
            (HC_LENIENT_LEADING_FOLD, Rule::LeadingFold),
            (HC_LENIENT_CONTROL_BYTES, Rule::ControlBytes),
            (HC_LENIENT_RAW_VALUES, Rule::RawValues),
            (HC_LENIENT_NEGATIVE_LENGTH, Rule::NegativeLength),
            (HC_LENIENT_UNREADABLE_LENGTH, Rule::UnreadableLength),
            (HC_LENIENT_INTEGER_LENGTH, Rule::IntegerLength),
            (HC_LENIENT_SHORT_BODY, Rule::ShortBody),
            (HC_LENIENT_LAST_CHUNK, Rule::LastChunk),
            (HC_LENIENT_TRAILERS, Rule::Trailers),
            (HC_LENIENT_TLS_TRUNCATION, Rule::TlsTruncation),
            (HC_LENIENT_METHOD, Rule::Method),
            (HC_LENIENT_SENT_NAME, Rule::SentName),
            (HC_LENIENT_SENT_FOLD, Rule::SentFold),
            (HC_LENIENT_SENT_CONTROL_BYTES, Rule::SentControlBytes),
            (HC_LENIENT_EXPECT, Rule::Expect),
            (HC_LENIENT_TRACE_CONTENT, Rule::TraceContent),
            (HC_LENIENT_CONNECTION_OPTIONS, Rule::ConnectionOptions),
            (HC_LENIENT_BARE_CR, Rule::BareCr),
            (HC_LENIENT_CONNECT_TARGET, Rule::ConnectTarget),
            (HC_LENIENT_HOST, Rule::Host),
            (HC_UNCHECKED_TARGET, Rule::Target),
            (HC_UNCHECKED_ASCII, Rule::Ascii),
        ] {
            assert_eq!(flag, rule as u32, "{rule:?}");
        }
        assert_eq!(HC_LENIENT_HTTP_CLIENT, Leniency::HTTP_CLIENT.allowed());
    }
}

//! Transports of the program: their functions, as the library's own stream.
#![allow(unsafe_code)]

use super::body::hc_slice;
use crate::engine::error::{Error, Kind, error};
use crate::memory::Room;
#[cfg(feature = "std")]
use crate::transport::{Deadline, cancel::Cancel, clock};
use crate::transport::{Dial, Interest, Limits, Transport};
use crate::uncancelled::uncancelled;
use alloc::boxed::Box;
use bytes::buf::UninitSlice;
use core::ffi::c_void;
use core::{mem, ptr};

/// What a function of a transport returns when it can do nothing now without waiting. The call of the library
/// then returns HC_WOULD_BLOCK, and is repeated later. A number that no function returns by accident: -1, which a
/// failed read(2) returns, is a failure as any other negative number is.
pub const HC_IO_WOULD_BLOCK: i64 = -1_073_741_824;

/// What a hc_read_fn returns where a stream that was secured ended without saying so, as TLS without close_notify
/// does: somebody may have cut it. That is HC_ERR_TLS_TRUNCATED, and HC_ERR_INCOMPLETE_READ in a body that runs to
/// the end of the stream, unless HC_LENIENT_TLS_TRUNCATION is set. 0 says that the end is the peer's.
pub const HC_IO_TRUNCATED: i64 = -1_073_741_825;

/// Receives at most `capacity` bytes, never 0, into `buffer`. Returns how many came, 0 at the end of the
/// stream, HC_IO_WOULD_BLOCK, HC_IO_TRUNCATED, or another negative number for a failure: it comes back as it is, as os_error
/// beside HC_ERR_TRANSPORT. May wait, or not, as the program likes. Calls on the connection from here return
/// HC_ERR_BUSY; so it is for all functions of a transport.
#[allow(non_camel_case_types)]
pub type hc_read_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64>;

/// Sends at most `len` bytes, never 0, of `data`. Returns how many were taken (at least 1), or a negative
/// number as hc_read_fn.
#[allow(non_camel_case_types)]
pub type hc_write_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, data: *const c_void, len: usize) -> i64>;

/// Sends from the front of `count` parts, one behind the other, as writev(2) does: `count` is 1 to 4, and no
/// part is empty. Returns how many bytes were taken of all parts together (at least 1), or a negative number as
/// hc_read_fn. The parts belong to the library, and are valid during the call.
#[allow(non_camel_case_types)]
pub type hc_writev_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, parts: *const hc_slice, count: usize) -> i64>;

/// Says whether the stream is quiet before it is used for another request: neither bytes to be read nor an end.
/// Never waits.
#[allow(non_camel_case_types)]
pub type hc_quiet_fn = Option<unsafe extern "C" fn(context: *mut c_void) -> bool>;

/// Closes the stream. Called once, when the library is done with the transport; nothing is called on it after
/// that. A fork's child that frees the handles it got from its parent calls it in the child.
#[allow(non_camel_case_types)]
pub type hc_close_fn = Option<unsafe extern "C" fn(context: *mut c_void)>;

/// A transport of the program. Set size to sizeof(hc_transport).
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct hc_transport {
    /// sizeof(hc_transport), set by the caller.
    pub size: usize,
    /// Given to each function of the transport. It must stay valid until close was called.
    pub context: *mut c_void,
    /// Receives; not NULL.
    pub read: hc_read_fn,
    /// Sends; not NULL.
    pub write: hc_write_fn,
    /// Looks before another request; NULL if the transport cannot: then a response that the peer sends unasked
    /// could be taken for the answer to the next request.
    pub quiet: hc_quiet_fn,
    /// Closes; NULL if there is nothing to do.
    pub close: hc_close_fn,
    /// The descriptor that hc_conn_fileno gives, or -1: then the program knows by itself when to repeat a call.
    pub fd: i32,
    /// Sends several parts in one go, a head and its body, in the place of write, which is then used for what
    /// is one part only; NULL if the transport cannot. Ignored if size is too small for this member.
    pub writev: hc_writev_fn,
}

impl hc_transport {
    /// A whole struct with nothing in it.
    pub(crate) const EMPTY: hc_transport = hc_transport {
        size: mem::size_of::<hc_transport>(),
        context: ptr::null_mut(),
        read: None,
        write: None,
        quiet: None,
        close: None,
        fd: -1,
        writev: None,
    };

    /// The size of the struct before `writev` was there.
    const LEAST: usize = mem::offset_of!(hc_transport, writev);

    /// As much of a struct of the program as its size says; the rest is empty.
    ///
    /// # Safety
    /// `from` is NULL or has a size, and is as long as that says.
    unsafe fn copy(from: *const hc_transport) -> Option<hc_transport> {
        // SAFETY: not NULL, and the caller vouches for the rest.
        let size = if from.is_null() { 0 } else { unsafe { (*from).size } };
        if size < Self::LEAST {
            return None;
        }
        let mut copy = Self::EMPTY;
        let count = size.min(mem::size_of::<hc_transport>());
        // SAFETY: both have so many bytes, and a value of ours does not overlap theirs.
        unsafe {
            ptr::copy_nonoverlapping(from.cast::<u8>(), ptr::from_mut(&mut copy).cast(), count);
        }
        Some(copy)
    }
}

/// A dialer that gives the program's transport, once.
///
/// # Safety
/// `transport` is NULL or has a size, and is as long as that says.
pub(crate) unsafe fn given(transport: *const hc_transport) -> Result<Box<dyn Dial>, Error> {
    let (dialer, room) = (Room::new()?, Room::new()?);
    // SAFETY: the caller's promise is the same.
    let functions = unsafe { Functions::new(transport) }?;
    Ok(dialer.fill(CallerTransport {
        transport: Some(room.fill(functions)),
        #[cfg(feature = "std")]
        cancel: None,
    }))
}

/// The functions of a transport that has to be closed.
pub(crate) struct Functions {
    context: *mut c_void,
    read: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> i64,
    write: unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> i64,
    quiet: hc_quiet_fn,
    close: hc_close_fn,
    fd: i32,
    writev: hc_writev_fn,
    limits: Limits,
    #[cfg(feature = "std")]
    cancel: Option<Cancel>,
    interest: Interest,
    /// A failure after part of a write was taken, for the next write to report.
    failure: Option<Error>,
}

/// The most parts of one write, as `Transport::write` says.
const MAX_PARTS: usize = 4;

// SAFETY: the connection is used by one thread at a time, and the header says that it may move.
unsafe impl Send for Functions {}

impl Functions {
    /// # Safety
    /// `transport` is NULL or has a size, and is as long as that says.
    pub(crate) unsafe fn new(transport: *const hc_transport) -> Result<Functions, Error> {
        const REFUSED: Error =
            error!(Kind::InvalidArgument, "a transport without its size, read or write");
        // SAFETY: the caller's promise is the same.
        let given = unsafe { hc_transport::copy(transport) }.ok_or(REFUSED)?;
        let hc_transport { context, read, write, quiet, close, fd, writev, .. } = given;
        let (Some(read), Some(write)) = (read, write) else { return Err(REFUSED) };
        Ok(Functions {
            context,
            read,
            write,
            quiet,
            close,
            fd,
            writev,
            limits: Limits::NONE,
            #[cfg(feature = "std")]
            cancel: None,
            interest: Interest::default(),
            failure: None,
        })
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.interest = Interest::default();
        #[cfg(feature = "std")]
        check(self.limits, self.cancel.as_ref())?;
        Ok(())
    }

    /// Has the program take the parts in one call.
    fn write_together(
        &mut self,
        writev: unsafe extern "C" fn(*mut c_void, *const hc_slice, usize) -> i64,
        parts: &[hc_slice],
    ) -> Result<usize, Error> {
        // SAFETY: the caller vouched for the function and its context; the parts are slices of ours.
        let answer = uncancelled(|| unsafe { writev(self.context, parts.as_ptr(), parts.len()) });
        let asked = parts.iter().map(|part| part.len).sum();
        self.outcome(answer, asked, Interest::WRITE)
    }

    /// Has the program take one part after the other, for as long as it takes them whole.
    fn write_one_by_one(&mut self, parts: &[hc_slice]) -> Result<usize, Error> {
        let mut sent = 0;
        for part in parts {
            // SAFETY: the caller vouched for the function and its context; the part is a slice of ours.
            let answer = uncancelled(|| unsafe { (self.write)(self.context, part.data, part.len) });
            match self.outcome(answer, part.len, Interest::WRITE) {
                Ok(count) if count == part.len => sent += count,
                Ok(count) => return Ok(sent + count),
                Err(error) if sent > 0 => {
                    self.put_off(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// What was taken before a failure counts, and the caller comes again for the rest: then the failure is
    /// told, or, where the program only was not ready, it is asked again.
    fn put_off(&mut self, error: Error) {
        self.interest = Interest::default();
        self.failure = Some(error).filter(|error| error.kind() != Kind::WouldBlock);
    }

    /// What a function's answer means, for a request of `asked` bytes.
    fn outcome(&mut self, answer: i64, asked: usize, waits_for: Interest) -> Result<usize, Error> {
        match answer {
            0.. if answer as u64 <= asked as u64 => Ok(answer as usize),
            0.. => Err(error!(
                Kind::Transport,
                "the transport claims more bytes than it was given room for"
            )),
            HC_IO_WOULD_BLOCK => {
                self.interest = waits_for;
                Err(error!(Kind::WouldBlock, "the transport is not ready"))
            }
            HC_IO_TRUNCATED if waits_for == Interest::READ => Err(error!(
                Kind::TlsTruncated,
                "the transport's secured stream ended without its closing alert"
            )),
            _ => {
                let code = i32::try_from(answer).unwrap_or(i32::MIN);
                Err(Error::os(
                    Kind::Transport,
                    code,
                    format_args!("the transport failed with {code}"),
                ))
            }
        }
    }
}

/// What ends an operation before it begins. The program's functions wait as long as they like, so this is the
/// only place to look.
#[cfg(feature = "std")]
pub(crate) fn check(limits: Limits, cancel: Option<&Cancel>) -> Result<(), Error> {
    if cancel.is_some_and(Cancel::is_cancelled) {
        return Err(error!(Kind::Cancelled, "cancelled while using the transport"));
    }
    match limits.deadline {
        Some(Deadline { at, kind }) if clock::now() >= at => Err(Error::new(
            kind,
            match kind {
                Kind::Deadline => "the deadline passed while using the transport",
                Kind::ConnectTimeout => "the connect timeout passed while using the transport",
                _ => "timed out while using the transport",
            },
        )),
        _ => Ok(()),
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        if let Some(close) = self.close {
            // SAFETY: the caller vouched for the function and its context; nothing uses them after this.
            uncancelled(|| unsafe { close(self.context) });
        }
    }
}

impl Transport for Functions {
    fn read(&mut self, buf: &mut UninitSlice, _: usize) -> Result<usize, Error> {
        self.begin()?;
        // SAFETY: the caller vouched for the function and its context; the buffer has this room.
        let answer = uncancelled(|| unsafe {
            (self.read)(self.context, buf.as_mut_ptr().cast(), buf.len())
        });
        self.outcome(answer, buf.len(), Interest::READ)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.begin()?;
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut slices = [hc_slice { data: ptr::null(), len: 0 }; MAX_PARTS];
        let mut filled = 0;
        for part in parts.iter().filter(|part| !part.is_empty()).take(MAX_PARTS) {
            slices[filled] = hc_slice { data: part.as_ptr().cast(), len: part.len() };
            filled += 1;
        }
        match (self.writev, &slices[..filled]) {
            (Some(writev), several @ [_, _, ..]) => self.write_together(writev, several),
            (_, slices) => self.write_one_by_one(slices),
        }
    }

    fn is_quiet(&mut self) -> bool {
        // SAFETY: the caller vouched for the function and its context.
        self.quiet.is_none_or(|quiet| uncancelled(|| unsafe { quiet(self.context) }))
    }

    fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    #[cfg(feature = "std")]
    fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.cancel = Some(cancel.clone());
        Ok(())
    }

    fn fileno(&self) -> Option<i32> {
        (self.fd >= 0).then_some(self.fd)
    }

    fn is_the_callers(&self) -> bool {
        true
    }

    fn interest(&self) -> Interest {
        self.interest
    }

    fn stop_waiting(&mut self) {
        self.interest = Interest::default();
    }

    fn wait(&mut self, interest: Interest, _: u64, _: Option<u64>) -> Result<(), Error> {
        self.begin()?;
        self.interest = interest;
        Err(error!(Kind::WouldBlock, "the transport is not ready"))
    }
}

/// A dialer that has one transport to give.
struct CallerTransport {
    transport: Option<Box<dyn Transport>>,
    #[cfg(feature = "std")]
    cancel: Option<Cancel>,
}

impl Dial for CallerTransport {
    #[cfg_attr(not(feature = "std"), expect(unused_variables, reason = "there is no clock"))]
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        const SPENT: Error =
            error!(Kind::NotConnected, "the transport has ended, and there is no other to open");
        #[cfg(feature = "std")]
        check(limits, self.cancel.as_ref())?;
        self.transport.take().ok_or(SPENT)
    }

    #[cfg(feature = "std")]
    fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.transport.iter_mut().try_for_each(|transport| transport.set_cancel(cancel))?;
        self.cancel = Some(cancel.clone());
        Ok(())
    }
}

//! Name lookup.
//!
//! Names are looked up by the system (getaddrinfo), unless the program brings a function of its own: a
//! resolver with other servers, a cache, or a table for a test. Where a call may not wait for ever (a
//! timeout, a deadline, or a cancel handle) the lookup goes on a thread of the library's own, which ends
//! when the lookup does; nothing waits for it. Addresses are never looked up.
#![allow(unsafe_code)]

use super::connection::hc_conn;
use super::entry::guarded;
use super::error::hc_error;
use core::ffi::{c_char, c_void};

/// Looks up a name.
///
/// Writes the addresses of `host`, in order of preference and as text ("192.0.2.1 2001:db8::1"), with
/// blanks or newlines between them, into `addresses`, which has room for `capacity` bytes. Returns how
/// many bytes that are, or a negative number for a failure: it comes back as os_error beside
/// HC_ERR_NAME_LOOKUP. 0 is no address, which is that error too.
///
/// May wait. May be called on a thread of the library's, on several at the same time, and after the
/// connection was freed. `host` is valid during the call; a name beyond ASCII is in its xn-- form.
///
/// Since 0.1.
#[allow(non_camel_case_types)]
pub type hc_resolve_fn = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        host: *const c_char,
        addresses: *mut c_char,
        capacity: usize,
    ) -> i64,
>;

/// Is told that the function given beside it will never be called again, so that its context may be
/// freed. May be called on a thread of the library's.
///
/// Since 0.1.
#[allow(non_camel_case_types)]
pub type hc_release_fn = Option<unsafe extern "C" fn(context: *mut c_void)>;

/// Sets who looks up the name that a connection goes to, from the next opening on: NULL for the system.
///
/// `context` is given to `function`. It must stay valid until `release` is called with it, once, when
/// neither the connection nor a lookup still under way needs it; also if this function fails. `release`
/// may be NULL. Never blocks.
///
/// Errors: HC_ERR_UNSUPPORTED for a connection that is not made by hc_conn_new or hc_conn_new_tls;
/// HC_ERR_INVALID_HANDLE, HC_ERR_BUSY, HC_ERR_NO_MEMORY.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_conn_set_resolver(
    conn: *mut hc_conn,
    function: hc_resolve_fn,
    context: *mut c_void,
    release: hc_release_fn,
) -> hc_error {
    guarded(|| system::set(conn, function, context, release))
}

#[cfg(feature = "std")]
mod system {
    use super::super::unit::on_connection;
    use super::{hc_conn, hc_error, hc_release_fn, hc_resolve_fn};
    use crate::engine::error::{Error, Escaped, Kind, error};
    use crate::transport::resolve::{Resolve, literal};
    use alloc::ffi::CString;
    use alloc::sync::Arc;
    use alloc::vec::Vec;
    use core::ffi::{c_char, c_void};
    use core::net::SocketAddr;

    /// Room for the addresses: more of them than are ever tried.
    const CAPACITY: usize = 4096;

    pub(super) fn set(
        conn: *mut hc_conn,
        function: hc_resolve_fn,
        context: *mut c_void,
        release: hc_release_fn,
    ) -> hc_error {
        let context = Context { pointer: context, release };
        let resolver = function.map(|function| {
            let resolver: Arc<dyn Resolve> = Arc::new(Callback { function, context });
            resolver
        });
        on_connection(conn, |state| state.dialing.set_resolver(&mut state.connection, resolver))
    }

    struct Callback {
        function: unsafe extern "C" fn(*mut c_void, *const c_char, *mut c_char, usize) -> i64,
        context: Context,
    }

    /// The program's context, which is told its end.
    struct Context {
        pointer: *mut c_void,
        release: hc_release_fn,
    }

    // SAFETY: the header says that the function is called on several threads.
    unsafe impl Send for Context {}
    // SAFETY: the same.
    unsafe impl Sync for Context {}

    impl Drop for Context {
        fn drop(&mut self) {
            if let Some(release) = self.release {
                // SAFETY: the caller vouched for the function and its context; this is the last use.
                unsafe { release(self.pointer) }
            }
        }
    }

    impl Resolve for Callback {
        fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
            let name = CString::new(host)
                .map_err(|_| error!(Kind::NameLookup, "the name has a NUL in it"))?;
            let mut text = Vec::new();
            text.try_reserve_exact(CAPACITY)?;
            text.resize(CAPACITY, 0);
            // SAFETY: the caller vouched for the function and its context; the text has this room.
            let count = unsafe {
                let room = text.as_mut_ptr().cast();
                (self.function)(self.context.pointer, name.as_ptr(), room, CAPACITY)
            };
            match count {
                0.. if count as u64 <= CAPACITY as u64 => parse(&text[..count as usize], port),
                0.. => Err(error!(
                    Kind::InvalidArgument,
                    "the resolver claims more than it has room for"
                )),
                _ => {
                    let code = i32::try_from(count).unwrap_or(i32::MIN);
                    let host = Escaped(host.as_bytes());
                    Err(Error::os(
                        Kind::NameLookup,
                        code,
                        format_args!("name lookup of {host} failed with {code}"),
                    ))
                }
            }
        }
    }

    fn parse(text: &[u8], port: u16) -> Result<Vec<SocketAddr>, Error> {
        let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.map(|word| address(word, port)).collect()
    }

    fn address(word: &[u8], port: u16) -> Result<SocketAddr, Error> {
        let found = core::str::from_utf8(word).ok().and_then(|word| literal(word, port));
        found.unwrap_or_else(|| {
            let word = Escaped(word);
            Err(Error::format(
                Kind::NameLookup,
                format_args!("the resolver gave {word}, which is no address"),
            ))
        })
    }
}

/// There are no names to look up in this build.
#[cfg(not(feature = "std"))]
mod system {
    use super::{c_void, hc_conn, hc_error, hc_release_fn, hc_resolve_fn};

    pub(super) fn set(
        _: *mut hc_conn,
        _: hc_resolve_fn,
        context: *mut c_void,
        release: hc_release_fn,
    ) -> hc_error {
        if let Some(release) = release {
            // SAFETY: the caller vouched for the function and its context.
            unsafe { release(context) }
        }
        hc_error::HC_ERR_UNSUPPORTED
    }
}

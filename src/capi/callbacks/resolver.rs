//! Resolvers of the program.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_void};

/// Looks up a name.
///
/// Writes the addresses of `host`, in order of preference and as text ("192.0.2.1 2001:db8::1"), with blanks or
/// newlines between them, into `addresses`, which has room for `capacity` bytes. Returns how many bytes that
/// are (those addresses that do not fit are left out), or a negative number for a failure: it comes back as it
/// is, as os_error beside HC_ERR_NAME_LOOKUP. 0 is no address, which is that error too.
///
/// May wait. May be called on a thread of the library's, on several at the same time, and after the connection
/// was freed. `host` is valid during the call; a name beyond ASCII is in its xn-- form.
#[allow(non_camel_case_types)]
pub type hc_resolve_fn = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        host: *const c_char,
        addresses: *mut c_char,
        capacity: usize,
    ) -> i64,
>;

/// Is told that the function given beside it will never be called again, so that its context may be freed. May
/// be called on a thread of the library's.
#[allow(non_camel_case_types)]
pub type hc_release_fn = Option<unsafe extern "C" fn(context: *mut c_void)>;

#[cfg(feature = "std")]
pub(crate) use self::system::resolver;

#[cfg(feature = "std")]
mod system {
    use super::{hc_release_fn, hc_resolve_fn};
    use crate::engine::error::{Error, Escaped, Kind, error};
    use crate::memory::{push, terminated};
    use crate::transport::resolve::{Resolve, Resolver, literal};
    use crate::uncancelled::uncancelled;
    use alloc::vec::Vec;
    use core::ffi::{c_char, c_void};
    use core::net::SocketAddr;

    /// Room for the addresses: more of them than are ever tried.
    const CAPACITY: usize = 4096;

    /// The program's function, or none; its context is told its end.
    pub(crate) fn resolver(
        callback: hc_resolve_fn,
        context: *mut c_void,
        release: hc_release_fn,
    ) -> Result<Option<Resolver>, Error> {
        let context = Context { pointer: context, release };
        match callback {
            Some(callback) => Resolver::new(Callback { callback, context }).map(Some),
            None => Ok(None),
        }
    }

    struct Callback {
        callback: unsafe extern "C" fn(*mut c_void, *const c_char, *mut c_char, usize) -> i64,
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
                uncancelled(|| unsafe { release(self.pointer) });
            }
        }
    }

    impl Resolve for Callback {
        fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
            if host.contains('\0') {
                return Err(error!(Kind::NameLookup, "the name has a NUL in it"));
            }
            let name = terminated(host.as_bytes())?;
            let mut text = [0_u8; CAPACITY];
            // SAFETY: the caller vouched for the function and its context; the text has this room.
            let count = uncancelled(|| unsafe {
                let room = text.as_mut_ptr().cast();
                (self.callback)(self.context.pointer, name.as_ptr().cast(), room, CAPACITY)
            });
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
        let mut addresses = Vec::new();
        for word in words {
            push(&mut addresses, address(word, port)?)?;
        }
        Ok(addresses)
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

//! Request bodies that come from C: a function, or an open file.

use super::detail::HC_LENGTH_UNKNOWN;
use super::request::HC_BODY_WOULD_BLOCK;
use crate::client::Source;
use crate::engine::error::{Error, Kind};
use core::ffi::c_void;

/// A function of the caller that gives blocks.
pub(super) struct Callback {
    function: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> i64,
    context: *mut c_void,
    size: Option<u64>,
    block_size: usize,
}

impl Callback {
    pub(super) fn new(
        function: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> i64,
        context: *mut c_void,
        length: i64,
        block_size: usize,
    ) -> Result<Callback, Error> {
        let size = match length {
            HC_LENGTH_UNKNOWN => None,
            0.. => Some(length as u64),
            _ => return Err(Error::new(Kind::InvalidArgument, "a length cannot be negative")),
        };
        Ok(Callback { function, context, size, block_size })
    }
}

impl Source for Callback {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn block_size(&self) -> usize {
        self.block_size
    }

    fn read(&mut self, block: &mut [u8]) -> Result<usize, Error> {
        // SAFETY: the caller vouched for the function and its context; the block has this room.
        let count =
            unsafe { (self.function)(self.context, block.as_mut_ptr().cast(), block.len()) };
        match usize::try_from(count) {
            Ok(count) if count <= block.len() => Ok(count),
            Ok(_) => Err(Error::new(
                Kind::InvalidArgument,
                "the body function claims more than it has room for",
            )),
            Err(_) if count == HC_BODY_WOULD_BLOCK => {
                Err(Error::new(Kind::WouldBlock, "the body has nothing yet"))
            }
            Err(_) => {
                let code = i32::try_from(count).unwrap_or(i32::MIN);
                Err(Error::os(
                    Kind::Transport,
                    code,
                    format_args!("the body function failed with {code}"),
                ))
            }
        }
    }
}

/// An open file of the caller, from its current offset.
#[cfg(feature = "std")]
pub(super) struct File {
    file: core::mem::ManuallyDrop<std::fs::File>,
    size: Option<u64>,
}

#[cfg(feature = "std")]
impl File {
    /// Measures the file: a regular one has a size.
    pub(super) fn new(fd: i32) -> Result<File, Error> {
        use std::io::Seek;
        use std::os::fd::FromRawFd;
        if fd < 0 {
            return Err(Error::new(Kind::InvalidArgument, "not a file descriptor"));
        }
        // SAFETY: the descriptor is the caller's, who lends it for the call; it is not closed here.
        let mut file = core::mem::ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(fd) });
        let metadata = file.metadata().map_err(|e| failed(&e))?;
        let size = match metadata.is_file() {
            true => {
                let offset = file.stream_position().map_err(|e| failed(&e))?;
                Some(metadata.len().saturating_sub(offset))
            }
            false => None,
        };
        Ok(File { file, size })
    }
}

#[cfg(feature = "std")]
impl Source for File {
    fn size(&self) -> Option<u64> {
        self.size
    }

    /// Large enough that the system calls do not count, small enough for the caches.
    fn block_size(&self) -> usize {
        self.size.map_or(512 << 10, |size| size.min(512 << 10) as usize)
    }

    fn read(&mut self, block: &mut [u8]) -> Result<usize, Error> {
        use std::io::{ErrorKind, Read};
        loop {
            match self.file.read(block) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(Error::new(Kind::WouldBlock, "the body file has nothing yet"));
                }
                outcome => return outcome.map_err(|error| failed(&error)),
            }
        }
    }
}

#[cfg(feature = "std")]
fn failed(error: &std::io::Error) -> Error {
    let errno = error.raw_os_error().unwrap_or(0);
    Error::os(Kind::Os, errno, format_args!("reading the body file: {error}"))
}

/// There are no files in this build.
#[cfg(not(feature = "std"))]
pub(super) enum File {}

#[cfg(not(feature = "std"))]
impl File {
    pub(super) fn new(_: i32) -> Result<File, Error> {
        Err(Error::new(Kind::Unsupported, "this build has no files"))
    }
}

#[cfg(not(feature = "std"))]
impl Source for File {
    fn size(&self) -> Option<u64> {
        match *self {}
    }

    fn block_size(&self) -> usize {
        match *self {}
    }

    fn read(&mut self, _: &mut [u8]) -> Result<usize, Error> {
        match *self {}
    }
}

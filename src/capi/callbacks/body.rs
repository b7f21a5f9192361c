//! Request bodies that come from C: a function that fills a buffer, one that lends pieces, an open file.

use crate::capi::kit::memory::{NULL, bytes};
use crate::client::{self, Source};
use crate::engine::error::{Error, Kind, error};
#[cfg(feature = "std")]
use crate::transport::OpenFile;
use crate::uncancelled::uncancelled;
use core::ffi::c_void;
use core::ptr;

/// A number of bytes that is not known.
pub const HC_LENGTH_UNKNOWN: i64 = -1;

/// Gives the next bytes of a request's body.
///
/// Fills `buffer`, which has room for `capacity` bytes, from its front; `context` is what was given with the
/// function. Returns how many bytes there are now, 0 at the end of the body, or a negative number to fail the
/// request: HC_BODY_WOULD_BLOCK if there is nothing yet (the call then returns HC_WOULD_BLOCK and is to be
/// repeated), else a code of its own, which comes back as os_error beside HC_ERR_TRANSPORT. It is called for
/// each block, when the one before it was sent, so a program can show from here how far the body came. It is
/// not called again where the server has answered already (see above). Calls on the connection from here return
/// HC_ERR_BUSY.
#[allow(non_camel_case_types)]
pub type hc_body_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, buffer: *mut c_void, capacity: usize) -> i64>;

/// Lends the next piece of a request's body: what an iterable is to http.client.
///
/// Sets `*piece`, which is NULL before, and returns the length of the piece; `context` is what was given with
/// the function. 0 with NULL is the end of the body; 0 with a pointer is an empty piece, which is skipped and
/// ends nothing. A negative number is as for hc_body_fn, HC_BODY_WOULD_BLOCK included. Calls on the connection
/// from here return HC_ERR_BUSY.
///
/// The piece is not copied: it must stay valid and unchanged until the function is called again, or the call
/// that sends it returns anything but HC_WOULD_BLOCK, or hc_conn_close or hc_conn_free is called.
#[allow(non_camel_case_types)]
pub type hc_pieces_fn =
    Option<unsafe extern "C" fn(context: *mut c_void, piece: *mut *const c_void) -> i64>;

/// Bytes of somebody else: `len` of them at `data`, which is not NULL unless `len` is 0.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct hc_slice {
    /// The first byte.
    pub data: *const c_void,
    /// How many there are.
    pub len: usize,
}

/// What a hc_body_fn or hc_pieces_fn returns when it has nothing yet but is not at its end.
pub const HC_BODY_WOULD_BLOCK: i64 = -1_073_741_824;

/// A function of the caller that gives blocks.
pub(crate) struct Callback {
    callback: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> i64,
    context: *mut c_void,
    size: Option<u64>,
    block_size: usize,
}

impl Callback {
    pub(crate) fn new(
        callback: hc_body_fn,
        context: *mut c_void,
        length: i64,
        block_size: usize,
    ) -> Result<Callback, Error> {
        let (callback, size) = (callback.ok_or(NULL)?, size(length)?);
        Ok(Callback { callback, context, size, block_size })
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
        let answer = uncancelled(|| unsafe {
            (self.callback)(self.context, block.as_mut_ptr().cast(), block.len())
        });
        match given(answer)? {
            count if count <= block.len() => Ok(count),
            _ => Err(error!(
                Kind::InvalidArgument,
                "the body function claims more than it has room for"
            )),
        }
    }
}

/// A function of the caller that lends pieces.
pub(crate) struct Pieces<'a> {
    callback: unsafe extern "C" fn(*mut c_void, *mut *const c_void) -> i64,
    context: *mut c_void,
    size: Option<u64>,
    lent: &'a mut Lent,
}

/// The piece that such a function lent last, kept from one call to its repetition.
pub(crate) struct Lent {
    data: *const c_void,
    len: usize,
}

// SAFETY: the connection is used by one thread at a time, and the header says that it may move.
unsafe impl Send for Lent {}

impl Lent {
    pub(crate) const NOTHING: Lent = Lent { data: ptr::null(), len: 0 };
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(
        callback: hc_pieces_fn,
        context: *mut c_void,
        length: i64,
        lent: &'a mut Lent,
    ) -> Result<Pieces<'a>, Error> {
        let (callback, size) = (callback.ok_or(NULL)?, size(length)?);
        Ok(Pieces { callback, context, size, lent })
    }
}

impl client::Pieces for Pieces<'_> {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn advance(&mut self) -> Result<bool, Error> {
        *self.lent = Lent::NOTHING;
        let mut data = ptr::null();
        // SAFETY: the caller vouched for the function and its context; `data` lives during the call.
        let len = given(uncancelled(|| unsafe { (self.callback)(self.context, &raw mut data) }))?;
        if len > isize::MAX as usize || (data.is_null() && len > 0) {
            return Err(error!(
                Kind::InvalidArgument,
                "the body function claims a piece that cannot be"
            ));
        }
        *self.lent = Lent { data, len };
        Ok(!data.is_null())
    }

    fn piece(&self) -> &[u8] {
        // SAFETY: the function vouched for these bytes until it is called again, or the call that sends
        // them has ended for good; and only a call that sends asks for them. The length was checked.
        unsafe { bytes(self.lent.data, self.lent.len) }.unwrap_or_default()
    }
}

/// The length of a body as C gives it.
fn size(length: i64) -> Result<Option<u64>, Error> {
    match length {
        HC_LENGTH_UNKNOWN => Ok(None),
        0.. => Ok(Some(length as u64)),
        _ => Err(error!(Kind::InvalidArgument, "a length cannot be negative")),
    }
}

/// The count that a body function answered, or what else it meant.
fn given(answer: i64) -> Result<usize, Error> {
    match usize::try_from(answer) {
        Ok(count) => Ok(count),
        Err(_) if answer == HC_BODY_WOULD_BLOCK => {
            Err(error!(Kind::WouldBlock, "the body has nothing yet"))
        }
        // More than a 32-bit system can have.
        Err(_) if answer > 0 => Ok(usize::MAX),
        Err(_) => {
            let code = i32::try_from(answer).unwrap_or(i32::MIN);
            Err(Error::os(
                Kind::Transport,
                code,
                format_args!("the body function failed with {code}"),
            ))
        }
    }
}

/// An open file of the caller, from its current offset.
#[cfg(feature = "std")]
pub(crate) struct File {
    file: core::mem::ManuallyDrop<std::fs::File>,
    size: Option<u64>,
}

#[cfg(feature = "std")]
impl File {
    /// Measures the file: a regular one has a size.
    pub(crate) fn new(fd: i32) -> Result<File, Error> {
        use std::os::fd::FromRawFd;
        if fd < 0 {
            return Err(error!(Kind::InvalidArgument, "not a file descriptor"));
        }
        // SAFETY: the descriptor is the caller's, who lends it for the call; it is not closed here.
        let file = core::mem::ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(fd) });
        let size = measure(&file).map_err(|error| failed(&error))?;
        Ok(File { file, size })
    }
}

/// How much of the file is to come, if that is known.
#[cfg(feature = "std")]
fn measure(mut file: &std::fs::File) -> std::io::Result<Option<u64>> {
    use std::io::Seek;
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let offset = file.stream_position()?;
    let left = metadata.len().saturating_sub(offset);
    // The files of /proc have content, and say 0; those of /sys say 4096, whatever they have, or as much as an
    // attribute may have. Such a file holds no blocks.
    let pseudo = metadata.blocks() == 0 && metadata.len() <= PSEUDO;
    if pseudo && !has_so_many(file, offset, left)? {
        return Ok(None);
    }
    Ok(Some(left))
}

/// The largest file of which is looked whether it has what it says.
#[cfg(feature = "std")]
const PSEUDO: u64 = 64 << 10;

/// Whether a file has so many bytes from its offset on, and no more.
#[cfg(feature = "std")]
fn has_so_many(file: &std::fs::File, offset: u64, left: u64) -> std::io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let byte_at = |at| uninterrupted(|| file.read_at(&mut [0], at)).map(|count| count > 0);
    Ok((left == 0 || byte_at(offset + left - 1)?) && !byte_at(offset + left)?)
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
        uncancelled(|| uninterrupted(|| self.file.read(block))).map_err(|error| {
            match error.kind() {
                ErrorKind::WouldBlock => error!(Kind::WouldBlock, "the body file has nothing yet"),
                _ => failed(&error),
            }
        })
    }

    fn notation(&self) -> &'static str {
        "<file>"
    }

    fn file(&self) -> Option<OpenFile<'_>> {
        use std::os::fd::AsFd;
        self.size.map(|_| self.file.as_fd())
    }
}

/// Makes a system call again while signals interrupt it.
#[cfg(feature = "std")]
fn uninterrupted(mut call: impl FnMut() -> std::io::Result<usize>) -> std::io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            outcome => return outcome,
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
pub(crate) enum File {}

#[cfg(not(feature = "std"))]
impl File {
    pub(crate) fn new(_: i32) -> Result<File, Error> {
        Err(error!(Kind::Unsupported, "this build has no files"))
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

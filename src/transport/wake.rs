//! Waking a thread out of `poll` from another one.

use super::sys::beyond_standard;
use crate::uncancelled::Closing;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

/// A bell that is rung once and then rings for ever: level-triggered for whoever polls it.
///
/// A socket pair does it everywhere, without unsafe code. It exists only while a connection is
/// being made, so its second descriptor does not matter.
pub(super) struct Wake {
    bell: Closing<UnixStream>,
    ear: Closing<UnixStream>,
}

impl Wake {
    pub(super) fn new() -> io::Result<Wake> {
        let (bell, ear) = UnixStream::pair()?;
        let (bell, ear) = (beyond_standard(bell)?, beyond_standard(ear)?);
        Ok(Wake { bell: Closing::new(bell), ear: Closing::new(ear) })
    }

    /// Makes the descriptor readable for good. From any thread; again has no further effect.
    pub(super) fn ring(&self) {
        // The end of a stream: needs no buffer, cannot block and raises no SIGPIPE. It fails only
        // where it was done before.
        let _ = self.bell.shutdown(Shutdown::Write);
    }

    /// Readable once rung.
    pub(super) fn fd(&self) -> RawFd {
        self.ear.as_raw_fd()
    }
}

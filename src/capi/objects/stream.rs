//! Streams that were taken out of a response.

use super::detail::LastError;
use crate::client::Stream;

/// A stream with the last failure of a call on it.
pub(crate) struct Detached {
    pub(crate) stream: Stream,
    /// A call is at work; still so in the next call only if it panicked.
    pub(crate) at_work: bool,
    pub(crate) error: LastError,
}

//! Streams that were taken out of a response.

use super::detail::LastError;
use crate::client::Stream;

/// A stream with the last failure of a call on it.
pub(crate) struct Detached {
    pub(crate) stream: Stream,
    pub(crate) error: LastError,
}

//! The stale check: whether a kept stream may carry another request.

use super::stream::Stream;
#[cfg(feature = "std")]
use crate::transport::clock;

/// When a kept stream is looked at before it is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleCheck {
    /// Before each request.
    Always,
    /// Only if the last exchange ended so many nanoseconds ago. Without a clock (`no_std`): always.
    AfterIdle(u64),
    /// Never.
    Never,
}

impl Stream {
    /// Whether another request may go out: nothing unsolicited has arrived, in the buffer or (one
    /// non-blocking look) behind it, and the peer has not hung up.
    pub(super) fn is_quiet(&mut self, stale_check: StaleCheck) -> bool {
        let trusted = match stale_check {
            StaleCheck::Always => false,
            StaleCheck::AfterIdle(limit) => self.rested_less_than(limit),
            StaleCheck::Never => true,
        };
        !self.ended && self.input.is_empty() && (trusted || self.transport.is_quiet())
    }

    #[cfg(feature = "std")]
    fn rested_less_than(&self, limit: u64) -> bool {
        self.rested.is_some_and(|since| clock::now().saturating_sub(since) < limit)
    }

    #[cfg(not(feature = "std"))]
    fn rested_less_than(&self, _: u64) -> bool {
        false
    }

    /// An exchange has ended.
    pub(super) fn rest(&mut self, stale_check: StaleCheck) {
        #[cfg(feature = "std")]
        {
            self.rested = matches!(stale_check, StaleCheck::AfterIdle(_)).then(clock::now);
        }
        #[cfg(not(feature = "std"))]
        let _ = stale_check;
    }
}

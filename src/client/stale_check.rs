//! The stale check: whether a kept stream may carry another request.

use super::settings::{Settings, StaleCheck};
use super::stream::Stream;
#[cfg(feature = "std")]
use crate::transport::clock;

impl Stream {
    /// Whether another request may go out: it has not been idle for too long, nothing unsolicited has arrived, in
    /// the buffer or (one non-blocking look) behind it, and the peer has not hung up.
    pub(super) fn may_be_used_again(&mut self, settings: &Settings) -> bool {
        let fresh =
            settings.max_idle.is_none_or(|limit| self.rested_less_than(limit).unwrap_or(true));
        fresh && self.is_quiet(settings.stale_check)
    }

    /// Whether nothing has arrived that nobody asked for, and the peer has not hung up.
    pub(super) fn is_quiet(&mut self, stale_check: StaleCheck) -> bool {
        let trusted = match stale_check {
            StaleCheck::Always => false,
            StaleCheck::AfterIdle(limit) => self.rested_less_than(limit).unwrap_or(false),
            StaleCheck::Never => true,
        };
        !self.ended && self.input.is_empty() && (trusted || self.transport.is_quiet())
    }

    /// Whether the last exchange ended less than so many nanoseconds ago, if that was noted.
    #[cfg(feature = "std")]
    #[inline(never)]
    fn rested_less_than(&self, limit: u64) -> Option<bool> {
        self.rested.map(|since| clock::now().saturating_sub(since) < limit)
    }

    #[cfg(not(feature = "std"))]
    fn rested_less_than(&self, _: u64) -> Option<bool> {
        None
    }

    /// An exchange has ended with its head.
    #[cold]
    pub(super) fn rest_without_body(&mut self, settings: &Settings) {
        self.rest(settings);
    }

    /// An exchange has ended.
    pub(super) fn rest(&mut self, settings: &Settings) {
        #[cfg(feature = "std")]
        {
            let timed = matches!(settings.stale_check, StaleCheck::AfterIdle(_))
                || settings.max_idle.is_some();
            self.rested = timed.then(clock::now);
        }
        #[cfg(not(feature = "std"))]
        let _ = settings;
    }
}

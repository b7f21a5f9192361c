//! Responses that nobody uses just now, for the memory of the next ones: a connection needs one while a
//! response is read, and none while it is idle. Without std a connection keeps its own.

use crate::client::Response;
#[cfg(feature = "std")]
use crate::pool::Pool;
use alloc::boxed::Box;

#[cfg(feature = "std")]
static SPARE: Pool<Box<Response>> = Pool::new();

/// Where a connection has them from.
#[derive(Default)]
pub(super) struct Spare {
    #[cfg(not(feature = "std"))]
    own: Option<Box<Response>>,
}

impl Spare {
    /// An empty response.
    pub(super) fn take(&mut self) -> Box<Response> {
        #[cfg(feature = "std")]
        let spare = SPARE.take();
        #[cfg(not(feature = "std"))]
        let spare = self.own.take();
        spare.unwrap_or_default()
    }

    /// Keeps a response that is closed, or frees it.
    pub(super) fn give(&mut self, mut response: Box<Response>) {
        response.rest();
        #[cfg(feature = "std")]
        SPARE.give(response);
        #[cfg(not(feature = "std"))]
        {
            self.own = Some(response);
        }
    }
}

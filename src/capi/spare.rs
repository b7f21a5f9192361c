//! Responses that nobody uses just now, for the memory of the next ones.
//!
//! A connection needs one while a response is read, and none while it is idle: so they are lent out, as
//! receive buffers are (`transport::spare`), and an idle connection does not keep one. Nobody waits here:
//! where another thread is at it, one is made and freed instead. Without std a connection keeps its own.

use crate::client::Response;
use alloc::boxed::Box;

/// How many are kept: more than are read at the same time, but for many threads.
#[cfg(feature = "std")]
const MOST: usize = 32;

#[cfg(feature = "std")]
#[allow(clippy::vec_box)] // the boxes are what is lent
static SPARE: std::sync::Mutex<alloc::vec::Vec<Box<Response>>> =
    std::sync::Mutex::new(alloc::vec::Vec::new());

/// Where a connection has them from.
#[derive(Default)]
pub(super) struct Spare {
    #[cfg(not(feature = "std"))]
    own: Option<Box<Response>>,
}

#[cfg(feature = "std")]
impl Spare {
    /// An empty response.
    pub(super) fn take(&mut self) -> Box<Response> {
        let spare = SPARE.try_lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_default()
    }

    /// Keeps a response that is closed, or frees it.
    pub(super) fn give(&mut self, mut response: Box<Response>) {
        response.rest();
        let Ok(mut spare) = SPARE.try_lock() else { return };
        if spare.len() < MOST && spare.try_reserve(1).is_ok() {
            spare.push(response);
        }
    }
}

#[cfg(not(feature = "std"))]
impl Spare {
    /// An empty response.
    pub(super) fn take(&mut self) -> Box<Response> {
        self.own.take().unwrap_or_default()
    }

    /// Keeps a response that is closed.
    pub(super) fn give(&mut self, mut response: Box<Response>) {
        response.rest();
        self.own = Some(response);
    }
}

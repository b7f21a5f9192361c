//! A connection with its responses, as the C layer holds them: one unit, used by one call at a time.

use super::detail::LastError;
use super::error::hc_error;
use super::handle::{self, Object, Opaque, Taken};
use crate::client::{Connection, Progress, Response};
use crate::engine::error::Error;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

/// What a connection's or response's handle stands for: its unit, and its place there.
pub(super) struct Member {
    unit: Arc<Unit>,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Connection,
    Response(usize),
}

struct Unit {
    busy: AtomicBool,
    /// A call panicked in here: nothing can be relied on but that it can be freed.
    dead: AtomicBool,
    state: UnsafeCell<State>,
}

// SAFETY: `state` is touched only by whoever changed `busy` from false to true, and State is Send.
unsafe impl Sync for Unit {}

/// What is in a unit.
pub(super) struct State {
    pub(super) connection: Connection,
    pub(super) error: LastError,
    /// Responses by place; a place stays empty after its response was freed, until it is used again.
    responses: Vec<Option<Box<Entry>>>,
    /// A freed response whose memory the next one uses.
    spare: Option<Box<Entry>>,
}

/// A response and the last failure of a call on it.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) response: Response,
    pub(super) error: LastError,
}

impl State {
    fn entry(&mut self, place: usize) -> Result<(&mut Connection, &mut Entry), hc_error> {
        let entry = self.responses.get_mut(place).and_then(Option::as_mut);
        Ok((&mut self.connection, entry.ok_or(hc_error::HC_ERR_INVALID_HANDLE)?))
    }

    /// An empty response, with the memory of a freed one where there is one.
    pub(super) fn blank(&mut self) -> Box<Entry> {
        self.spare.take().unwrap_or_default()
    }

    /// Keeps a response that is not in use any more for its memory.
    pub(super) fn keep(&mut self, mut entry: Box<Entry>) {
        entry.error.clear();
        entry.response.drop_body();
        self.spare = Some(entry);
    }

    fn place(&mut self, entry: Box<Entry>) -> Result<usize, Box<Entry>> {
        let free = self.responses.iter().position(Option::is_none);
        let place = free.unwrap_or(self.responses.len());
        if free.is_none() {
            if self.responses.try_reserve(1).is_err() {
                return Err(entry);
            }
            self.responses.push(None);
        }
        self.responses[place] = Some(entry);
        Ok(place)
    }
}

/// Makes a handle for a new connection.
pub(super) fn insert_connection<T: Opaque>(connection: Connection) -> Result<*mut T, hc_error> {
    let state =
        State { connection, error: LastError::default(), responses: Vec::new(), spare: None };
    let unit = Arc::new(Unit {
        busy: AtomicBool::new(false),
        dead: AtomicBool::new(false),
        state: UnsafeCell::new(state),
    });
    handle::insert(Object::Unit(T::TYPE, Member { unit, place: Place::Connection }))
}

impl Member {
    fn of(taken: &Taken) -> Result<&Member, hc_error> {
        match taken.get()? {
            Object::Unit(_, member) => Ok(member),
            #[cfg(feature = "tls")]
            _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
        }
    }

    /// Takes the unit for the length of a call.
    fn lock(&self) -> Result<Locked<'_>, hc_error> {
        if self.unit.busy.swap(true, Ordering::Acquire) {
            return Err(hc_error::HC_ERR_BUSY);
        }
        Ok(Locked { unit: &self.unit, at_work: false })
    }
}

struct Locked<'a> {
    unit: &'a Unit,
    /// Still true in `drop` only if the work panicked.
    at_work: bool,
}

impl Locked<'_> {
    fn is_dead(&self) -> bool {
        self.unit.dead.load(Ordering::Relaxed)
    }

    fn run<R>(&mut self, work: impl FnOnce(&mut State) -> R) -> Result<R, hc_error> {
        if self.is_dead() {
            return Err(hc_error::HC_ERR_PANIC);
        }
        self.at_work = true;
        // SAFETY: this call set `busy`, and clears it only in `drop`.
        let result = work(unsafe { &mut *self.unit.state.get() });
        self.at_work = false;
        Ok(result)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        if self.at_work {
            self.unit.dead.store(true, Ordering::Relaxed);
        }
        self.unit.busy.store(false, Ordering::Release);
    }
}

/// Runs `work` on the unit of a connection's handle.
pub(super) fn with_connection<T: Opaque, R>(
    handle: *const T,
    work: impl FnOnce(&mut State) -> R,
) -> Result<R, hc_error> {
    let taken = handle::take(handle)?;
    let mut locked = Member::of(&taken)?.lock()?;
    locked.run(work)
}

/// Runs `work` on a response's handle: the connection of its unit, and the response.
pub(super) fn with_response<T: Opaque, R>(
    handle: *const T,
    work: impl FnOnce(&mut Connection, &mut Entry) -> R,
) -> Result<R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let Place::Response(place) = member.place else { return Err(hc_error::HC_ERR_INVALID_HANDLE) };
    let mut locked = member.lock()?;
    locked.run(|state| state.entry(place).map(|(connection, entry)| work(connection, entry)))?
}

/// A call on a connection that can fail: the failure stays with the handle.
pub(super) fn on_connection<T: Opaque>(
    handle: *const T,
    work: impl FnOnce(&mut State) -> Result<(), Error>,
) -> hc_error {
    let outcome = with_connection(handle, |state| {
        let outcome = work(state);
        let progress = state.connection.progress();
        state.error.record(outcome, progress)
    });
    outcome.unwrap_or_else(|code| code)
}

/// A call on a response that can fail: the failure stays with the handle.
pub(super) fn on_response<T: Opaque>(
    handle: *const T,
    work: impl FnOnce(&mut Connection, &mut Response) -> Result<(), Error>,
) -> hc_error {
    let outcome = with_response(handle, |connection, entry| {
        let outcome = work(connection, &mut entry.response);
        entry.error.record(outcome, Progress::Answered)
    });
    outcome.unwrap_or_else(|code| code)
}

/// Receives a response and makes a handle for it.
pub(super) fn receive<C: Opaque, R: Opaque>(handle: *const C) -> Result<*mut R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let mut locked = member.lock()?;
    locked.run(|state| {
        let mut entry = state.blank();
        let outcome = state.connection.getresponse(&mut entry.response);
        let progress = state.connection.progress();
        match state.error.record(outcome, progress) {
            hc_error::HC_OK => state.hand_out(&member.unit, entry),
            code => {
                state.keep(entry);
                Err(code)
            }
        }
    })?
}

impl State {
    fn hand_out<R: Opaque>(
        &mut self,
        unit: &Arc<Unit>,
        entry: Box<Entry>,
    ) -> Result<*mut R, hc_error> {
        let place = match self.place(entry) {
            Ok(place) => place,
            Err(mut entry) => {
                entry.response.close(&mut self.connection);
                return Err(hc_error::HC_ERR_NO_MEMORY);
            }
        };
        let member = Member { unit: Arc::clone(unit), place: Place::Response(place) };
        let handle = handle::insert(Object::Unit(R::TYPE, member));
        if handle.is_err() {
            self.retire(place);
        }
        handle
    }

    /// Closes a response and keeps its memory for the next.
    fn retire(&mut self, place: usize) {
        if let Some(mut entry) = self.responses.get_mut(place).and_then(Option::take) {
            entry.response.close(&mut self.connection);
            self.keep(entry);
        }
    }

    /// The connection's handle ends: a response that is being read keeps the stream.
    fn end_connection(&mut self) {
        if let Some(stream) = self.connection.surrender() {
            let mut responses = self.responses.iter_mut().flatten();
            match responses.find(|entry| entry.response.shares(&stream)) {
                Some(entry) => entry.response.inherit(stream),
                None => drop(stream),
            }
        }
    }
}

/// Ends the handle of a connection or a response. A dead unit is freed without another look.
pub(super) fn free<T: Opaque>(handle: *const T) -> hc_error {
    let freed = handle::take(handle).and_then(|taken| {
        let member = Member::of(&taken)?;
        let mut locked = member.lock()?;
        if !locked.is_dead() {
            locked.run(|state| match member.place {
                Place::Connection => state.end_connection(),
                Place::Response(place) => state.retire(place),
            })?;
        }
        drop(locked);
        // The last member takes the unit with it.
        drop(taken.remove());
        Ok(())
    });
    freed.map_or_else(|code| code, |()| hc_error::HC_OK)
}

//! A connection with its responses, as the C layer holds them: one unit, used by one call at a time.

use super::detail::{LastError, Phase};
use super::dialing::Dialing;
use super::error::hc_error;
use super::handle::{self, Object, Opaque, Taken};
use super::source::Lent;
use crate::client::{Connection, Progress, Reply, Response, Stream};
use crate::engine::error::{Error, Kind, error};
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

// SAFETY: `state` is touched only by whoever changed `busy` from false to true.
unsafe impl Sync for Unit where State: Send {}

/// What is in a unit.
pub(super) struct State {
    pub(super) connection: Connection,
    pub(super) dialing: Dialing,
    pub(super) error: LastError,
    /// What a function lent of the body that is being sent.
    pub(super) lent: Lent,
    /// The addresses that were asked for last, each with a NUL behind it: theirs and ours.
    pub(super) addresses: [Vec<u8>; 2],
    /// Responses by place; a place stays empty after its response was freed, until it is used again.
    responses: Vec<Option<Reply>>,
}

/// What a call on a response works with.
pub(super) struct Parts<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) response: &'a mut Response,
    pub(super) error: &'a mut LastError,
}

impl State {
    fn response(&mut self, place: usize) -> Result<Parts<'_>, hc_error> {
        let response = self.responses.get_mut(place).and_then(Option::as_mut);
        let response = response.ok_or(hc_error::HC_ERR_INVALID_HANDLE)?;
        Ok(Parts { connection: &mut self.connection, response, error: &mut self.error })
    }

    fn place(&mut self, response: Reply) -> Result<usize, Reply> {
        let free = self.responses.iter().position(Option::is_none);
        let place = free.unwrap_or(self.responses.len());
        if free.is_none() {
            if self.responses.try_reserve(1).is_err() {
                return Err(response);
            }
            self.responses.push(None);
        }
        self.responses[place] = Some(response);
        Ok(place)
    }
}

/// Makes a handle for a new connection.
pub(super) fn insert_connection<T: Opaque>(
    connection: Connection,
    dialing: Dialing,
) -> Result<*mut T, hc_error> {
    let unit = unit(connection, dialing);
    handle::insert(Object::Unit(T::TYPE, Member { unit, place: Place::Connection }))
}

/// Makes a handle for a response whose connection has none.
pub(super) fn insert_response<T: Opaque>(connection: Connection) -> Result<*mut T, hc_error> {
    let unit = unit(connection, Dialing::Fixed);
    let member = Member { unit: Arc::clone(&unit), place: Place::Connection };
    let mut locked = member.lock()?;
    locked.run(|state| state.hand_out(&unit, Reply::new().map_err(|error| error.kind())?))?
}

fn unit(connection: Connection, dialing: Dialing) -> Arc<Unit> {
    let state = State {
        connection,
        dialing,
        error: LastError::default(),
        lent: Lent::NOTHING,
        addresses: [const { Vec::new() }; 2],
        responses: Vec::new(),
    };
    Arc::new(Unit {
        busy: AtomicBool::new(false),
        dead: AtomicBool::new(false),
        state: UnsafeCell::new(state),
    })
}

impl Member {
    fn of(taken: &Taken) -> Result<&Member, hc_error> {
        match taken.before_freeing()? {
            Object::Unit(_, member) => Ok(member),
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
    work: impl FnOnce(Parts<'_>) -> R,
) -> Result<R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let Place::Response(place) = member.place else { return Err(hc_error::HC_ERR_INVALID_HANDLE) };
    let mut locked = member.lock()?;
    locked.run(|state| state.response(place).map(work))?
}

/// A call on a connection that can fail: the failure stays with the handle.
pub(super) fn on_connection<T: Opaque>(
    handle: *const T,
    work: impl FnOnce(&mut State) -> Result<(), Error>,
) -> hc_error {
    let outcome = with_connection(handle, |state| {
        let outcome = work(state);
        let progress = state.connection.progress();
        let open = state.connection.stream().is_some();
        let phase = if open { Phase::Sending } else { Phase::Opening };
        state.error.record(outcome, progress, phase)
    });
    outcome.unwrap_or_else(|code| code)
}

/// A call on a response that can fail: the failure stays with the handle.
pub(super) fn on_response<T: Opaque>(
    handle: *const T,
    work: impl FnOnce(&mut Connection, &mut Response) -> Result<(), Error>,
) -> hc_error {
    let outcome = with_response(handle, |parts| {
        let outcome = work(parts.connection, parts.response);
        parts.error.record(outcome, Progress::Answered, Phase::Body)
    });
    outcome.unwrap_or_else(|code| code)
}

/// A setting of a response made without a connection, before its head is received.
pub(super) fn before_begin<T: Opaque>(
    handle: *const T,
    change: impl FnOnce(&mut Connection) -> Result<(), Error>,
) -> hc_error {
    const BEGUN: Error = error!(Kind::State, "the head of this response was received already");
    on_response(
        handle,
        |connection, response| {
            if response.has_begun() { Err(BEGUN) } else { change(connection) }
        },
    )
}

/// Takes the stream out of a response that ended HTTP on it.
pub(super) fn detach<T: Opaque>(handle: *const T) -> Result<Stream, hc_error> {
    const NOT_SWITCHED: Error =
        error!(Kind::State, "only an open response with 101, or 2xx to CONNECT, gives its stream");
    with_response(handle, |parts| match parts.response.detach() {
        Some(stream) => Ok(stream),
        None => Err(parts.error.record(Err(NOT_SWITCHED), Progress::Answered, Phase::None)),
    })?
}

/// Receives a response and makes a handle for it.
pub(super) fn receive<C: Opaque, R: Opaque>(handle: *const C) -> Result<*mut R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let mut locked = member.lock()?;
    locked.run(|state| {
        let error = match state.connection.receive() {
            Ok(response) => return state.hand_out(&member.unit, response),
            Err(error) => error,
        };
        let progress = state.connection.progress();
        Err(state.error.record(Err(error), progress, Phase::Head))
    })?
}

impl State {
    fn hand_out<R: Opaque>(
        &mut self,
        unit: &Arc<Unit>,
        response: Reply,
    ) -> Result<*mut R, hc_error> {
        let place = match self.place(response) {
            Ok(place) => place,
            Err(mut response) => {
                response.close(&mut self.connection);
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
        if let Some(mut response) = self.responses.get_mut(place).and_then(Option::take) {
            response.close(&mut self.connection);
            self.connection.take_back(response);
        }
    }

    /// The connection's handle ends: a response that is being read keeps the stream.
    fn end_connection(&mut self) {
        if let Some(stream) = self.connection.surrender() {
            let mut responses = self.responses.iter_mut().flatten();
            match responses.find(|response| response.shares(&stream)) {
                Some(response) => response.inherit(stream),
                None => drop(stream),
            }
        }
    }
}

/// Ends the handle of a connection or a response. A unit that is dead or the parent's is freed without
/// another look: nothing goes out on its stream.
pub(super) fn free<T: Opaque>(handle: *const T) -> hc_error {
    let freed = handle::take_to_free(handle).and_then(|taken| {
        let member = Member::of(&taken)?;
        if !taken.is_parents() {
            let mut locked = member.lock()?;
            if !locked.is_dead() {
                locked.run(|state| match member.place {
                    Place::Connection => state.end_connection(),
                    Place::Response(place) => state.retire(place),
                })?;
            }
        }
        // The last member takes the unit with it.
        drop(taken.remove());
        Ok(())
    });
    freed.map_or_else(|code| code, |()| hc_error::HC_OK)
}

//! A connection with its responses, as the C layer holds them: one unit, used by one call at a time.

use super::detail::{LastError, Phase};
use super::dialing::Dialing;
use super::error::hc_error;
use super::handle::{self, Object, Opaque, Resting, Taken, Type};
use super::source::Lent;
use crate::client::{Connection, Progress, Reply, Response, Stream};
use crate::engine::error::{Error, Kind, error};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicBool, Ordering};

/// What a connection's or response's handle stands for: its unit, and its place there.
struct Member<'a> {
    unit: &'a Arc<Unit>,
    place: Place,
}

/// What of a unit a handle stands for.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Connection,
    Response(Number),
}

impl Place {
    pub(super) fn of_type(self) -> Type {
        match self {
            Place::Connection => Type::Connection,
            Place::Response(_) => Type::Response,
        }
    }
}

/// Which of a unit's responses it is: one more than its index. With the niche that 0 is, a slot of the handle
/// table takes 32 bytes.
#[derive(Clone, Copy)]
pub(super) struct Number(NonZeroU32);

impl Number {
    const FIRST: Number = Number(NonZeroU32::MIN);

    fn of(index: usize) -> Option<Number> {
        u32::try_from(index).ok().and_then(|index| Number::FIRST.0.checked_add(index)).map(Number)
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

pub(super) struct Unit {
    busy: AtomicBool,
    /// A call panicked in here: nothing can be relied on but that it can be freed.
    dead: AtomicBool,
    /// The slot of a response that was freed, for the next: that has the same place.
    resting: Resting,
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
    /// The connection has a handle, with which the unit's resting slot ends.
    has_handle: bool,
    /// The number of the response whose slot rests.
    resting: Number,
}

/// What a call on a response works with.
pub(super) struct Parts<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) response: &'a mut Reply,
    pub(super) error: &'a mut LastError,
}

impl State {
    fn response(&mut self, number: Number) -> Result<Parts<'_>, hc_error> {
        let response = self.responses.get_mut(number.index()).and_then(Option::as_mut);
        let response = response.ok_or(hc_error::HC_ERR_INVALID_HANDLE)?;
        Ok(Parts { connection: &mut self.connection, response, error: &mut self.error })
    }

    fn place(&mut self, response: Reply) -> Result<Number, Reply> {
        let free = self.responses.iter().position(Option::is_none);
        let index = free.unwrap_or(self.responses.len());
        let Some(number) = Number::of(index) else { return Err(response) };
        if free.is_none() {
            if self.responses.try_reserve(1).is_err() {
                return Err(response);
            }
            self.responses.push(None);
        }
        self.responses[index] = Some(response);
        Ok(number)
    }
}

/// Makes a handle for a new connection.
pub(super) fn insert_connection<T: Opaque>(
    connection: Connection,
    dialing: Dialing,
) -> Result<*mut T, hc_error> {
    let unit = unit(connection, dialing, true);
    handle::insert(Object::Unit(unit, Place::Connection))
}

/// Makes a handle for a response whose connection has none.
pub(super) fn insert_response<T: Opaque>(connection: Connection) -> Result<*mut T, hc_error> {
    let unit = unit(connection, Dialing::Fixed, false);
    let member = Member { unit: &unit, place: Place::Connection };
    let mut locked = member.lock()?;
    locked.run(|state| state.hand_out(&unit, Reply::new().map_err(|error| error.kind())?))?
}

fn unit(connection: Connection, dialing: Dialing, has_handle: bool) -> Arc<Unit> {
    let state = State {
        connection,
        dialing,
        error: LastError::default(),
        lent: Lent::NOTHING,
        addresses: [const { Vec::new() }; 2],
        responses: Vec::new(),
        has_handle,
        resting: Number::FIRST,
    };
    Arc::new(Unit {
        busy: AtomicBool::new(false),
        dead: AtomicBool::new(false),
        resting: Resting::none(),
        state: UnsafeCell::new(state),
    })
}

impl<'a> Member<'a> {
    fn of(taken: &'a Taken) -> Result<Member<'a>, hc_error> {
        match taken.before_freeing()? {
            Object::Unit(unit, place) => Ok(Member { unit, place: *place }),
            _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
        }
    }

    /// Takes the unit for the length of a call.
    fn lock(&self) -> Result<Locked<'a>, hc_error> {
        if self.unit.busy.swap(true, Ordering::Acquire) {
            return Err(hc_error::HC_ERR_BUSY);
        }
        Ok(Locked { unit: self.unit, at_work: false })
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
    let Place::Response(number) = member.place else { return Err(hc_error::HC_ERR_INVALID_HANDLE) };
    let mut locked = member.lock()?;
    locked.run(|state| state.response(number).map(work))?
}

/// A call on a connection that can fail: the failure stays with the handle.
pub(super) fn on_connection<T: Opaque>(
    handle: *const T,
    work: impl FnOnce(&mut State) -> Result<(), Error>,
) -> hc_error {
    let outcome = with_connection(handle, |state| {
        let Err(error) = work(state) else { return hc_error::HC_OK };
        let progress = state.connection.progress();
        let open = state.connection.stream().is_some();
        let phase = if open { Phase::Sending } else { Phase::Opening };
        state.error.record(error, progress, phase)
    });
    outcome.unwrap_or_else(|code| code)
}

/// A call on a response that can fail: the failure stays with the handle.
pub(super) fn on_response<T: Opaque>(
    handle: *const T,
    work: impl FnOnce(&mut Connection, &mut Response) -> Result<(), Error>,
) -> hc_error {
    let outcome = with_response(handle, |parts| match work(parts.connection, parts.response) {
        Ok(()) => hc_error::HC_OK,
        Err(error) => parts.error.record(error, Progress::Answered, Phase::Body),
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
        None => Err(parts.error.record(NOT_SWITCHED, Progress::Answered, Phase::None)),
    })?
}

/// Receives a response and makes a handle for it.
pub(super) fn receive<C: Opaque, R: Opaque>(handle: *const C) -> Result<*mut R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let mut locked = member.lock()?;
    locked.run(|state| {
        let error = match state.connection.receive() {
            Ok(response) => return state.hand_out(member.unit, response),
            Err(error) => error,
        };
        let progress = state.connection.progress();
        Err(state.error.record(error, progress, Phase::Head))
    })?
}

impl State {
    fn hand_out<R: Opaque>(
        &mut self,
        unit: &Arc<Unit>,
        response: Reply,
    ) -> Result<*mut R, hc_error> {
        if let Some(handle) = unit.resting.wake() {
            self.responses[self.resting.index()] = Some(response);
            return Ok(handle);
        }
        let number = match self.place(response) {
            Ok(number) => number,
            Err(mut response) => {
                response.close(&mut self.connection);
                return Err(hc_error::HC_ERR_NO_MEMORY);
            }
        };
        let handle = handle::insert(Object::Unit(Arc::clone(unit), Place::Response(number)));
        if handle.is_err() {
            self.retire(number);
        }
        handle
    }

    /// Closes a response and keeps its memory for the next.
    fn retire(&mut self, number: Number) {
        if let Some(mut response) = self.responses.get_mut(number.index()).and_then(Option::take) {
            response.close(&mut self.connection);
            self.connection.take_back(response);
        }
    }

    /// Keeps the slot of a response that is retired for the next one.
    fn rest(&mut self, unit: &Unit, taken: &Taken, number: Number) -> bool {
        let kept = self.has_handle && unit.resting.keep(taken);
        if kept {
            self.resting = number;
        }
        kept
    }

    /// The connection's handle ends: a response that is being read keeps the stream.
    fn end_connection(&mut self) {
        self.has_handle = false;
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
    handle::take_to_free(handle).and_then(end).map_or_else(|code| code, |()| hc_error::HC_OK)
}

fn end(taken: Taken) -> Result<(), hc_error> {
    let member = Member::of(&taken)?;
    let mut rests = false;
    if !taken.is_parents() {
        let mut locked = member.lock()?;
        if !locked.is_dead() {
            locked.run(|state| match member.place {
                Place::Connection => state.end_connection(),
                Place::Response(number) => {
                    state.retire(number);
                    rests = state.rest(member.unit, &taken, number);
                }
            })?;
        }
    }
    if matches!(member.place, Place::Connection) {
        drop(member.unit.resting.remove());
    }
    if rests {
        // The slot is another response's by now, perhaps.
        core::mem::forget(taken);
    } else {
        // The last member takes the unit with it.
        drop(taken.remove());
    }
    Ok(())
}

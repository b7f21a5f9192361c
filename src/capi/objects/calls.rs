//! Calls on the handles of connections and responses: each takes the connection with all its responses for its
//! length, and leaves its failure there.

use super::conn::{Conn, Locked, Number, Parts, Role, State};
use super::connect_settings::ConnectSettings;
use super::detail::Phase;
use super::object::{Object, Opaque, Taken};
use crate::capi::error::hc_error;
use crate::capi::kit::handle::{self, Vacancy};
use crate::client::{Connection, Progress, Reply, Response, Stream};
use crate::engine::error::{Error, Kind, NO_MEMORY, error};
use crate::memory::{Counted, CountedRoom, push};
use alloc::vec::Vec;

/// What a connection's or response's handle stands for: its unit, and its place there.
struct Member<'a> {
    conn: &'a Counted<Conn>,
    role: Role,
}

impl<'a> Member<'a> {
    fn of(taken: &'a Taken) -> Result<Member<'a>, hc_error> {
        match taken.before_freeing()? {
            Object::Conn(conn, role) => Ok(Member { conn, role: *role }),
            _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
        }
    }

    fn lock(&self) -> Result<Locked<'a>, hc_error> {
        self.conn.lock()
    }
}

/// Room for a new connection and its handle. It is there before the connection is made, which may take
/// something of the program's for its own, and must not fail after that.
pub(crate) struct NewConn<T: Opaque> {
    handle: Vacancy<T>,
    memory: CountedRoom<Conn>,
}

impl<T: Opaque> NewConn<T> {
    pub(crate) fn new() -> Result<NewConn<T>, hc_error> {
        Ok(NewConn { handle: Vacancy::new()?, memory: CountedRoom::new()? })
    }

    /// Gives a connection a handle.
    pub(crate) fn fill(self, connection: Connection, connect: ConnectSettings) -> *mut T {
        let conn = Conn::new(self.memory, connection, connect, true);
        self.handle.fill(Object::Conn(conn, Role::Connection))
    }

    /// Gives a response a handle whose connection has none.
    pub(crate) fn fill_response(
        self,
        make: impl FnOnce() -> Result<Connection, Error>,
    ) -> Result<*mut T, hc_error> {
        let mut responses = Vec::new();
        push(&mut responses, Some(Reply::new().map_err(|error| error.kind())?))?;
        let connection = make().map_err(|error| error.kind())?;
        let conn = Conn::new(self.memory, connection, ConnectSettings::Fixed, false);
        let mut locked = conn.lock()?;
        locked.run(|state| {
            state.responses = responses;
            self.handle.fill(Object::Conn(conn.clone(), Role::Response(Number::FIRST)))
        })
    }
}

/// Runs `work` on the unit of a connection's handle.
pub(crate) fn with_connection<T: Opaque, R>(
    handle: *const T,
    work: impl FnOnce(&mut State) -> R,
) -> Result<R, hc_error> {
    let taken = handle::take(handle)?;
    let mut locked = Member::of(&taken)?.lock()?;
    locked.run(work)
}

/// Runs `work` on a response's handle: the connection of its unit, and the response.
pub(crate) fn with_response<T: Opaque, R>(
    handle: *const T,
    work: impl FnOnce(Parts<'_>) -> R,
) -> Result<R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let Role::Response(number) = member.role else { return Err(hc_error::HC_ERR_INVALID_HANDLE) };
    let mut locked = member.lock()?;
    locked.run(|state| state.response(number).map(work))?
}

/// A call on a connection that can fail: the failure stays with the handle.
pub(crate) fn on_connection<T: Opaque>(
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
pub(crate) fn on_response<T: Opaque>(
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
pub(crate) fn before_begin<T: Opaque>(
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
pub(crate) fn detach<T: Opaque>(handle: *const T) -> Result<Stream, hc_error> {
    const NOT_SWITCHED: Error =
        error!(Kind::State, "only an open response with 101, or 2xx to CONNECT, gives its stream");
    with_response(handle, |parts| match parts.response.detach() {
        Some(stream) => Ok(stream),
        None => Err(parts.error.record(NOT_SWITCHED, Progress::Answered, Phase::None)),
    })?
}

/// Receives a response and makes a handle for it.
pub(crate) fn receive<C: Opaque, R: Opaque>(handle: *const C) -> Result<*mut R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let mut locked = member.lock()?;
    locked.run(|state| {
        if member.conn.resting.is_there() {
            let response = received(state)?;
            state.place(state.resting, response);
            return member.conn.resting.wake().ok_or(hc_error::HC_ERR_PANIC);
        }
        receive_anew(state, member.conn, Phase::Head, received)
    })?
}

/// Makes a handle for the answer of a proxy that refused to connect.
pub(crate) fn receive_refusal<C: Opaque, R: Opaque>(handle: *const C) -> Result<*mut R, hc_error> {
    let taken = handle::take(handle)?;
    let member = Member::of(&taken)?;
    let mut locked = member.lock()?;
    locked.run(|state| {
        receive_anew(state, member.conn, Phase::None, |state| {
            let refusal = state.connection.take_refusal();
            refusal.map_err(|error| state.error.record(error, Progress::NotSent, Phase::None))
        })
    })?
}

/// Receives a response; the failure stays with the handle.
#[inline]
fn received(state: &mut State) -> Result<Reply, hc_error> {
    state.connection.receive().map_err(|error| {
        let progress = state.connection.progress();
        state.error.record(error, progress, Phase::Head)
    })
}

/// The same where no slot rests. Room for the response and its handle is there before it is received, since it must
/// not be lost.
#[cold]
fn receive_anew<R: Opaque>(
    state: &mut State,
    conn: &Counted<Conn>,
    phase: Phase,
    receive: impl FnOnce(&mut State) -> Result<Reply, hc_error>,
) -> Result<*mut R, hc_error> {
    let handle = Vacancy::new().map_err(|_| NO_MEMORY);
    let room = handle.and_then(|handle| Ok((handle, state.find_place()?)));
    let (handle, number) = room.map_err(|error| {
        let progress = state.connection.progress();
        state.error.record(error, progress, phase)
    })?;
    let response = receive(state)?;
    state.place(number, response);
    Ok(handle.fill(Object::Conn(conn.clone(), Role::Response(number))))
}

/// Ends the handle of a connection or a response. A unit that is dead or the parent's is freed without another
/// look: nothing goes out on its stream.
pub(crate) fn free<T: Opaque>(handle: *const T) -> hc_error {
    handle::take_to_free(handle).and_then(end).map_or_else(|code| code, |()| hc_error::HC_OK)
}

fn end(taken: Taken) -> Result<(), hc_error> {
    let member = Member::of(&taken)?;
    let mut rests = false;
    if !taken.is_parents() {
        let mut locked = member.lock()?;
        // One that a panic has ended is freed without another look.
        let _ = locked.run(|state| match member.role {
            Role::Connection => state.end_connection(),
            Role::Response(number) => {
                state.retire(number);
                rests = rest(state, member.conn, &taken, number);
            }
        });
    }
    if matches!(member.role, Role::Connection) {
        drop(member.conn.resting.remove::<Object>());
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

/// Keeps the slot of a response that is retired for the next one.
fn rest(state: &mut State, conn: &Conn, taken: &Taken, number: Number) -> bool {
    let kept = state.has_handle && conn.resting.keep(taken);
    if kept {
        state.resting = number;
    }
    kept
}

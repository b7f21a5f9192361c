//! Calls on the handles of connections and responses: each takes the connection with all its responses for its
//! length, and leaves its failure there.

use super::conn::{Conn, Locked, Number, Parts, Role, State};
use super::connect_settings::ConnectSettings;
use super::detail::Phase;
use super::object::{Object, Opaque, Taken};
use crate::capi::error::hc_error;
use crate::capi::kit::handle;
use crate::client::{Connection, Progress, Reply, Response, Stream};
use crate::engine::error::{Error, Kind, error};
use alloc::sync::Arc;

/// What a connection's or response's handle stands for: its unit, and its place there.
struct Member<'a> {
    conn: &'a Arc<Conn>,
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

/// Makes a handle for a new connection.
pub(crate) fn insert_connection<T: Opaque>(
    connection: Connection,
    connect: ConnectSettings,
) -> Result<*mut T, hc_error> {
    handle::insert(Object::Conn(Conn::new(connection, connect, true), Role::Connection))
}

/// Makes a handle for a response whose connection has none.
pub(crate) fn insert_response<T: Opaque>(connection: Connection) -> Result<*mut T, hc_error> {
    let conn = Conn::new(connection, ConnectSettings::Fixed, false);
    let mut locked = conn.lock()?;
    locked.run(|state| hand_out(state, &conn, Reply::new().map_err(|error| error.kind())?))?
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
        let error = match state.connection.receive() {
            Ok(response) => return hand_out(state, member.conn, response),
            Err(error) => error,
        };
        let progress = state.connection.progress();
        Err(state.error.record(error, progress, Phase::Head))
    })?
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

/// Makes a handle for a response.
fn hand_out<R: Opaque>(
    state: &mut State,
    conn: &Arc<Conn>,
    response: Reply,
) -> Result<*mut R, hc_error> {
    if let Some(handle) = conn.resting.wake() {
        state.responses[state.resting.index()] = Some(response);
        return Ok(handle);
    }
    let number = match state.place(response) {
        Ok(number) => number,
        Err(mut response) => {
            response.close(&mut state.connection);
            return Err(hc_error::HC_ERR_NO_MEMORY);
        }
    };
    let handle = handle::insert(Object::Conn(Arc::clone(conn), Role::Response(number)));
    if handle.is_err() {
        state.retire(number);
    }
    handle
}

/// Keeps the slot of a response that is retired for the next one.
fn rest(state: &mut State, conn: &Conn, taken: &Taken, number: Number) -> bool {
    let kept = state.has_handle && conn.resting.keep(taken);
    if kept {
        state.resting = number;
    }
    kept
}

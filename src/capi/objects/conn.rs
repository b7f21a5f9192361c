//! A connection with its responses, which calls take as one: one call at a time.
#![allow(unsafe_code)]

use super::connect_settings::ConnectSettings;
use super::detail::LastError;
use crate::capi::callbacks::body::Lent;
use crate::capi::error::hc_error;
use crate::capi::kit::handle::Resting;
use crate::capi::kit::poison::Poison;
use crate::client::{Connection, Reply, Response};
use crate::engine::error::{Error, NO_MEMORY};
use crate::memory::{Counted, CountedRoom, push};
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicBool, Ordering};

/// What of a unit a handle stands for.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    Connection,
    Response(Number),
}

/// Which of a unit's responses it is: one more than its index. With the niche that 0 is, a slot of the handle
/// table takes 32 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Number(NonZeroU32);

impl Number {
    pub(super) const FIRST: Number = Number(NonZeroU32::MIN);

    fn of(index: usize) -> Option<Number> {
        u32::try_from(index).ok().and_then(|index| Number::FIRST.0.checked_add(index)).map(Number)
    }

    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

pub(crate) struct Conn {
    busy: AtomicBool,
    /// The slot of a response that was freed, for the next: that has the same place.
    pub(super) resting: Resting,
    state: UnsafeCell<Poison<State>>,
}

// SAFETY: `state` is touched only by whoever changed `busy` from false to true.
unsafe impl Sync for Conn where State: Send {}

/// What calls work with.
pub(crate) struct State {
    pub(crate) connection: Connection,
    pub(crate) connect: ConnectSettings,
    pub(crate) error: LastError,
    /// What a function lent of the body that is being sent.
    pub(crate) lent: Lent,
    /// The addresses that were asked for last, each with a NUL behind it: theirs and ours.
    pub(crate) addresses: [Vec<u8>; 2],
    /// Responses by place; a place stays empty after its response was freed, until it is used again.
    pub(super) responses: Vec<Option<Reply>>,
    /// The connection has a handle, with which the unit's resting slot ends.
    pub(super) has_handle: bool,
    /// The number of the response whose slot rests.
    pub(super) resting: Number,
}

/// What a call on a response works with.
pub(crate) struct Parts<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) response: &'a mut Reply,
    pub(crate) error: &'a mut LastError,
}

impl State {
    pub(super) fn response(&mut self, number: Number) -> Result<Parts<'_>, hc_error> {
        let response = self.responses.get_mut(number.index()).and_then(Option::as_mut);
        let response = response.ok_or(hc_error::HC_ERR_INVALID_HANDLE)?;
        Ok(Parts { connection: &mut self.connection, response, error: &mut self.error })
    }

    /// All responses.
    pub(crate) fn responses(&mut self) -> impl Iterator<Item = &mut Response> {
        self.responses.iter_mut().flatten().map(|reply| &mut **reply)
    }

    /// A place for a response.
    pub(super) fn find_place(&mut self) -> Result<Number, Error> {
        let free = self.responses.iter().position(Option::is_none);
        let index = free.unwrap_or(self.responses.len());
        let number = Number::of(index).ok_or(NO_MEMORY)?;
        if free.is_none() {
            push(&mut self.responses, None)?;
        }
        Ok(number)
    }

    /// Puts a response there.
    #[inline]
    pub(super) fn place(&mut self, number: Number, response: Reply) {
        if let Some(place) = self.responses.get_mut(number.index()) {
            *place = Some(response);
        }
    }
}

impl Conn {
    /// A connection that nobody has a handle of yet.
    pub(super) fn new(
        room: CountedRoom<Conn>,
        connection: Connection,
        connect: ConnectSettings,
        has_handle: bool,
    ) -> Counted<Conn> {
        let state = State {
            connection,
            connect,
            error: LastError::default(),
            lent: Lent::NOTHING,
            addresses: [const { Vec::new() }; 2],
            responses: Vec::new(),
            has_handle,
            resting: Number::FIRST,
        };
        room.fill(Conn {
            busy: AtomicBool::new(false),
            resting: Resting::none(),
            state: UnsafeCell::new(Poison::new(state)),
        })
    }

    /// Takes it for the length of a call.
    pub(super) fn lock(&self) -> Result<Locked<'_>, hc_error> {
        if self.busy.swap(true, Ordering::Acquire) {
            return Err(hc_error::HC_ERR_BUSY);
        }
        Ok(Locked { conn: self })
    }
}

/// A connection that this call has taken; it is given back at the end.
pub(super) struct Locked<'a> {
    conn: &'a Conn,
}

impl Locked<'_> {
    fn state(&mut self) -> &mut Poison<State> {
        // SAFETY: this call set `busy`, and clears it only in `drop`; `self` is borrowed mutably.
        unsafe { &mut *self.conn.state.get() }
    }

    pub(super) fn run<R>(&mut self, work: impl FnOnce(&mut State) -> R) -> Result<R, hc_error> {
        self.state().run(work)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.conn.busy.store(false, Ordering::Release);
    }
}

impl State {
    /// Closes a response and keeps its memory for the next.
    pub(super) fn retire(&mut self, number: Number) {
        if let Some(mut response) = self.responses.get_mut(number.index()).and_then(Option::take) {
            response.close(&mut self.connection);
            self.connection.take_back(response);
        }
    }

    /// The connection's handle ends: a response that is being read keeps the stream.
    pub(super) fn end_connection(&mut self) {
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

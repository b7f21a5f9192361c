//! Limits in time: how long an operation may wait, by when all must be done, and which error ends it.

use crate::engine::error::Kind;
use core::time::Duration;

/// How long operations may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For each single operation, as Python's `socket.settimeout`.
    pub timeout: Timeout,
    /// For everything.
    pub deadline: Option<Deadline>,
}

/// A moment at which any operation under way ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Nanoseconds of the monotonic clock (`transport::clock`).
    pub at: u64,
    /// Which limit it is: the error's kind.
    pub kind: Kind,
}

impl Deadline {
    /// The end of everything.
    pub fn of_all(at: u64) -> Deadline {
        Deadline { at, kind: Kind::Deadline }
    }

    /// The end of what opens a connection.
    pub fn of_opening(at: u64) -> Deadline {
        Deadline { at, kind: Kind::ConnectTimeout }
    }
}

/// Python's `socket.settimeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// Block for ever.
    Never,
    /// Never block: `Kind::WouldBlock`.
    Nonblocking,
    /// At most so long (never zero), then `Kind::Timeout`.
    After(Duration),
}

impl Timeout {
    /// As [`Timeout::from_milliseconds`] takes it; a time beyond that is its end.
    pub fn milliseconds(self) -> i64 {
        match self {
            Timeout::Never => -1,
            Timeout::Nonblocking => 0,
            Timeout::After(limit) => i64::try_from(limit.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// From milliseconds, as C gives them: -1 for ever, 0 never.
    pub fn from_milliseconds(milliseconds: i64) -> Option<Timeout> {
        match milliseconds {
            -1 => Some(Timeout::Never),
            0 => Some(Timeout::Nonblocking),
            _ => {
                u64::try_from(milliseconds).ok().map(|ms| Timeout::After(Duration::from_millis(ms)))
            }
        }
    }
}

impl Limits {
    /// Block for ever.
    pub const NONE: Limits = Limits { timeout: Timeout::Never, deadline: None };

    /// The moment at which an operation begun at `started` must end, and as which error: the
    /// earlier one of timeout and deadline. `None` where only events end it.
    pub fn expiry(&self, started: u64) -> Option<(u64, Kind)> {
        let timeout = match self.timeout {
            Timeout::After(limit) => Some((later(started, limit), Kind::Timeout)),
            Timeout::Never | Timeout::Nonblocking => None,
        };
        let deadline = self.deadline.map(|deadline| (deadline.at, deadline.kind));
        // The deadline first: where both fall on one moment, it is the one that counts.
        deadline.into_iter().chain(timeout).min_by_key(|(at, _)| *at)
    }

    /// The same for what is left of an operation begun at `started`, so that its parts do not have the whole
    /// timeout each.
    pub fn within(self, started: u64) -> Limits {
        let deadline = self.expiry(started).map(|(at, kind)| Deadline { at, kind });
        Limits { deadline, ..self }
    }
}

/// The clock's value `duration` after `start`; a time beyond the clock is its end.
pub fn later(start: u64, duration: Duration) -> u64 {
    start.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

//! What can be set on a connection.

use crate::engine::buffer::HeadLimits;
use crate::engine::leniency::Leniency;
use crate::transport::Limits;
use core::time::Duration;

/// What can be set on a connection.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Time limits of each operation that follows.
    pub limits: Limits,
    /// How long opening a connection may take as a whole.
    pub connect_timeout: Option<Duration>,
    /// Bounds of response heads.
    pub head_limits: HeadLimits,
    /// Open by itself when something is to be sent.
    pub auto_open: bool,
    /// StaleCheck for unsolicited bytes or an end of stream before a kept connection is used again.
    pub stale_check: StaleCheck,
    /// The longest that a kept connection may have been idle, in nanoseconds.
    pub max_idle: Option<u64>,
    /// Send a request once more where that is safe: see the module `retry`.
    pub retry: bool,
    /// The same where the method is not idempotent.
    pub retry_any_method: bool,
    /// Speak HTTP/1.0.
    pub http10: bool,
    /// Bytes that a body function is asked for at a time.
    pub block_size: usize,
    /// Rules that are loosened for the requests and responses that begin from now on.
    pub leniency: Leniency,
    /// How long a body waits where the request says `Expect: 100-continue`.
    pub expect_wait: ExpectWait,
    /// Note when the steps of an exchange are done.
    pub timings: bool,
    /// http.client's debuglevel, for those who ask: what is shown is up to the observer.
    pub debug_level: i32,
}

impl Settings {
    /// http.client's defaults.
    pub const DEFAULT: Settings = Settings {
        limits: Limits::NONE,
        connect_timeout: None,
        head_limits: HeadLimits::DEFAULT,
        auto_open: true,
        stale_check: StaleCheck::Always,
        max_idle: None,
        retry: false,
        retry_any_method: false,
        http10: false,
        block_size: 8192,
        leniency: Leniency::STRICT,
        expect_wait: ExpectWait::No,
        timings: false,
        debug_level: 0,
    };
}

/// When a kept stream is looked at before it is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleCheck {
    /// Before each request.
    Always,
    /// Only if the last exchange ended so many nanoseconds ago. Without a clock (`no_std`): always.
    AfterIdle(u64),
    /// Never.
    Never,
}

/// How long the body of a request with `Expect: 100-continue` waits for the server's go-ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectWait {
    /// It does not: http.client's way.
    No,
    /// So many nanoseconds.
    AtMost(u64),
    /// Until the server answers, or the limits end it.
    Forever,
}

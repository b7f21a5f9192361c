//! A request that is under way, with the head of its response, and the memory that they need. A connection has
//! one from the first call for a request until its response is handed out, and none while it is idle.

use super::Connection;
use super::receive::Incoming;
use crate::client::repeat::Repeat;
use crate::client::sending::{Owed, Sending};
use crate::engine::buffer::Buffer;
use crate::engine::error::{Error, NO_MEMORY};
use crate::engine::leniency::Leniency;
use crate::engine::memory::{One, one};
use crate::engine::request::RequestHead;
use crate::engine::state::Phase;
#[cfg(feature = "std")]
use crate::pool::Pool;

/// What a transaction that is spare keeps of each of its texts.
const KEPT: usize = 4096;

/// A request and the head of its response.
#[derive(Default)]
pub(super) struct Transaction {
    /// What the request's head has said so far.
    pub(super) head: RequestHead,
    /// What the request needed of the rules that are loosened.
    pub(super) leniency: Leniency,
    /// What the request is about, for its response; a NUL stands behind it.
    pub(super) url: Buffer,
    /// The lines of the head.
    pub(super) out: Buffer,
    /// A block of the body.
    pub(super) block: Buffer,
    pub(super) sending: Option<Sending>,
    pub(super) owed: Owed,
    /// When a wait for what the server may say or take ends.
    pub(super) patience: Option<u64>,
    /// Bytes of a body that were sent since the last look at what has arrived.
    pub(super) unheard: u64,
    /// The request as it was sent, if it may be sent again.
    pub(super) repeat: Option<Repeat>,
    pub(super) incoming: Incoming,
}

impl Transaction {
    /// Nothing is under way any more; the memory stays, but for what only a large one needed.
    pub(super) fn clear(&mut self) {
        self.sending = None;
        self.owed = Owed::Nothing;
        self.patience = None;
        self.unheard = 0;
        self.repeat = None;
        self.incoming.clear();
        self.block = Buffer::new();
        for text in [&mut self.out, &mut self.url] {
            text.clear();
            text.release(KEPT);
        }
    }
}

/// A connection at work on a transaction.
pub(super) struct Active<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) transaction: &'a mut Transaction,
}

impl Active<'_> {
    /// Nothing is under way any more.
    pub(super) fn become_idle(&mut self) {
        self.connection.phase = Phase::Idle;
        self.transaction.clear();
    }
}

#[cfg(feature = "std")]
static SPARE: Pool<One<Transaction>> = Pool::new();

impl Connection {
    /// Does `work` on the transaction that is under way, or on a new one.
    pub(super) fn with_transaction<R>(
        &mut self,
        work: impl FnOnce(&mut Active<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let under_way = self.transaction.take();
        #[cfg(feature = "std")]
        let under_way = under_way.or_else(|| SPARE.take());
        let mut lent = match under_way {
            Some(transaction) => transaction,
            None => one(Transaction::default()).ok_or(NO_MEMORY)?,
        };
        let [transaction] = &mut *lent;
        let outcome = work(&mut Active { connection: self, transaction });
        if self.phase == Phase::Idle && transaction.sending.is_none() {
            transaction.clear();
            self.lend(lent);
        } else {
            self.transaction = Some(lent);
        }
        outcome
    }

    /// Ends the transaction that is under way.
    pub(super) fn end_transaction(&mut self) {
        self.phase = Phase::Idle;
        if let Some(mut lent) = self.transaction.take() {
            let [transaction] = &mut *lent;
            transaction.clear();
            self.lend(lent);
        }
    }

    /// Gives what nothing is under way on to others; without std there are none.
    fn lend(&mut self, transaction: One<Transaction>) {
        #[cfg(feature = "std")]
        SPARE.give(transaction);
        #[cfg(not(feature = "std"))]
        {
            self.transaction = Some(transaction);
        }
    }
}

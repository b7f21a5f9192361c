//! A request that is under way, with the head of its response, and the memory that they need. A connection has
//! one from the first call for a request until its response is handed out, which takes it along, and none while it
//! is idle.

use super::Connection;
use super::receive::Incoming;
use crate::client::repeat::Repeat;
use crate::client::response::Response;
use crate::client::sending::{Owed, Sending};
use crate::engine::buffer::Buffer;
use crate::engine::error::{Error, NO_MEMORY};
use crate::engine::leniency::Leniency;
use crate::engine::memory::{One, one};
use crate::engine::request::RequestHead;
use crate::engine::state::Phase;
#[cfg(feature = "std")]
use crate::pool::Pool;
use core::ops::{Deref, DerefMut};

/// What a transaction that is spare keeps of the head of its request.
const KEPT: usize = 4096;

/// A request and the head of its response.
#[derive(Default)]
pub(super) struct Transaction {
    /// What the request's head has said so far.
    pub(super) head: RequestHead,
    /// What the request needed of the rules that are loosened.
    pub(super) leniency: Leniency,
    /// Its response in the making.
    pub(super) response: Response,
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
        self.head = RequestHead::default();
        self.leniency = Leniency::STRICT;
        self.sending = None;
        self.owed = Owed::Nothing;
        self.patience = None;
        self.unheard = 0;
        self.repeat = None;
        self.incoming.clear();
        self.drop_request();
        self.response.rest();
    }

    /// The request is out, or will never be: what it took is not needed any more.
    pub(super) fn drop_request(&mut self) {
        self.block = Buffer::new();
        self.out.clear();
        self.out.release(KEPT);
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

/// A response, with the memory of its whole exchange: see [`Connection::take_back`].
pub struct Reply(One<Transaction>);

impl Reply {
    /// An empty one.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn new() -> Result<Reply, Error> {
        #[cfg(feature = "std")]
        let spare = SPARE.take();
        #[cfg(not(feature = "std"))]
        let spare = None;
        let lent = spare.or_else(|| one(Transaction::default()));
        Ok(Reply(lent.ok_or(NO_MEMORY)?))
    }
}

impl Deref for Reply {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.0[0].response
    }
}

impl DerefMut for Reply {
    fn deref_mut(&mut self) -> &mut Response {
        &mut self.0[0].response
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
        let mut lent = self.borrow_transaction()?;
        let [transaction] = &mut *lent;
        let outcome = work(&mut Active { connection: self, transaction });
        self.return_transaction(lent);
        outcome
    }

    fn borrow_transaction(&mut self) -> Result<One<Transaction>, Error> {
        if self.at_work {
            // A panic ended the last call. How much of a request it has sent is not known any more.
            self.close();
        }
        let lent = match self.transaction.take() {
            Some(under_way) => under_way,
            None => Reply::new()?.0,
        };
        self.at_work = true;
        Ok(lent)
    }

    fn return_transaction(&mut self, lent: One<Transaction>) {
        self.at_work = false;
        if self.phase == Phase::Idle && lent[0].sending.is_none() {
            self.take_back(Reply(lent));
        } else {
            self.transaction = Some(lent);
        }
    }

    /// Receives the head of the response to the last request: http.client's getresponse().
    pub fn receive(&mut self) -> Result<Reply, Error> {
        let mut lent = self.borrow_transaction()?;
        let [transaction] = &mut *lent;
        match (Active { connection: self, transaction }).getresponse() {
            Ok(()) => {
                self.at_work = false;
                Ok(Reply(lent))
            }
            Err(error) => {
                self.return_transaction(lent);
                Err(error)
            }
        }
    }

    /// Ends the transaction that is under way.
    pub(super) fn end_transaction(&mut self) {
        self.phase = Phase::Idle;
        self.at_work = false;
        if let Some(lent) = self.transaction.take() {
            self.take_back(Reply(lent));
        }
    }

    /// Takes the memory of a response that is closed, for the next exchange of any connection; without std, of
    /// this one.
    pub fn take_back(&mut self, mut reply: Reply) {
        reply.0[0].clear();
        #[cfg(feature = "std")]
        SPARE.give(reply.0);
        #[cfg(not(feature = "std"))]
        {
            self.transaction = self.transaction.take().or(Some(reply.0));
        }
    }
}

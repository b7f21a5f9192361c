//! A connection at work: it borrows a transaction for each call, and keeps it while something is under way.

use super::Connection;
use super::transaction::{Reply, Transaction};
use crate::engine::error::Error;
use crate::engine::state::Phase;
use alloc::boxed::Box;

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

impl Connection {
    /// Does `work` on the transaction that is under way, or on a new one.
    pub(super) fn with_transaction<R>(
        &mut self,
        work: impl FnOnce(&mut Active<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut lent = self.borrow_transaction()?;
        let outcome = work(&mut Active { connection: self, transaction: &mut lent });
        self.return_transaction(lent);
        outcome
    }

    pub(super) fn borrow_transaction(&mut self) -> Result<Box<Transaction>, Error> {
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

    pub(super) fn return_transaction(&mut self, lent: Box<Transaction>) {
        self.at_work = false;
        if self.phase == Phase::Idle && lent.sending.is_none() {
            self.take_back(Reply(lent));
        } else {
            self.transaction = Some(lent);
        }
    }
}

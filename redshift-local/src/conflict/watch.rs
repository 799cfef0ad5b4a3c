//! One session's part in the order of transactions: what its transaction touches, and how it ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::precedence::{Cycle, Precedence, TableId, TransactionId};

/// The order that all sessions share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order(Arc<Mutex<Precedence>>);

impl Order {
    fn lock(&self) -> MutexGuard<'_, Precedence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session's open transaction, from its first access to a table on. A session that vanishes is rolled back.
#[derive(Debug)]
pub(crate) struct Watch {
    order: Order,
    current: Option<TransactionId>,
    /// Its COMMIT is on the way.
    leaving: Option<TransactionId>,
}

impl Watch {
    pub(crate) fn new(order: Order) -> Self {
        Self { order, current: None, leaving: None }
    }

    /// Notes an access, before PostgreSQL does it and after every wait for a lock: the first one is the snapshot.
    pub(crate) fn access(&mut self, reads: &[TableId], writes: &[TableId]) -> Result<(), Cycle> {
        if reads.is_empty() && writes.is_empty() {
            return Ok(());
        }
        let mut order = self.order.lock();
        let id = *self.current.get_or_insert_with(|| order.begin());
        order.access(id, reads, writes)
    }

    /// Before COMMIT is sent: whoever waits for a lock of ours takes its snapshot as soon as PostgreSQL lets go of it,
    /// which is before we hear of it.
    pub(crate) fn committing(&mut self) {
        self.leaving = self.current.take();
        if let Some(id) = self.leaving {
            self.order.lock().commit(id);
        }
    }

    /// COMMIT failed.
    pub(crate) fn not_committed(&mut self) {
        if let Some(id) = self.leaving.take() {
            self.order.lock().roll_back(id);
        }
    }

    /// No transaction is open any more. What was not committed until now never will be.
    pub(crate) fn settle(&mut self) {
        self.leaving = None;
        if let Some(id) = self.current.take() {
            self.order.lock().roll_back(id);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.settle();
    }
}

//! Who must come before whom, for the transactions to have an order at all. No I/O.
//!
//! A transaction sees what was committed before its snapshot. So whoever reads a table comes after the writers it
//! sees, and before those it does not see. When that makes a circle there is no order, and the access that closed it
//! is refused. Writers that do not read have no order among themselves: rows are added, whichever comes first.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type TransactionId = u32;
pub(crate) type TableId = u32;

#[derive(Debug, Default)]
struct Transaction {
    /// When its snapshot was taken; times are counted, not measured.
    began: u64,
    committed: Option<u64>,
    reads: BTreeSet<TableId>,
    writes: BTreeSet<TableId>,
}

impl Transaction {
    /// What `self` wrote is in the snapshot of `other`.
    fn is_seen_by(&self, other: &Self) -> bool {
        self.committed.is_some_and(|committed| committed < other.began)
    }

    fn comes_before(&self, other: &Self) -> bool {
        let shared = |one: &BTreeSet<TableId>, two: &BTreeSet<TableId>| !one.is_disjoint(two);
        (!other.is_seen_by(self) && shared(&self.reads, &other.writes))
            || (self.is_seen_by(other) && shared(&self.writes, &other.reads))
    }
}

/// No order is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// The table whose access closed it.
    pub table: TableId,
    /// In the order in which each must come before the next; the one refused is first.
    pub transactions: Vec<TransactionId>,
}

/// The open transactions, and the committed ones that can still be part of a circle.
#[derive(Debug, Default)]
pub(crate) struct Precedence {
    clock: u64,
    last_id: TransactionId,
    transactions: BTreeMap<TransactionId, Transaction>,
}

impl Precedence {
    /// A transaction whose snapshot is taken now.
    pub(crate) fn begin(&mut self) -> TransactionId {
        self.last_id = self.last_id.wrapping_add(1);
        let began = self.tick();
        self.transactions.insert(self.last_id, Transaction { began, ..Transaction::default() });
        self.last_id
    }

    /// Notes what the transaction is about to do, unless that leaves no order. A refused transaction stays as it was,
    /// until it is rolled back.
    pub(crate) fn access(
        &mut self,
        id: TransactionId,
        reads: &[TableId],
        writes: &[TableId],
    ) -> Result<(), Cycle> {
        let reads = reads.iter().map(|&table| (table, true));
        for (table, is_read) in reads.chain(writes.iter().map(|&table| (table, false))) {
            let Some(own) = self.transactions.get_mut(&id) else { return Ok(()) };
            let tables = if is_read { &mut own.reads } else { &mut own.writes };
            if !tables.insert(table) {
                continue;
            }
            if let Some(transactions) = self.circle_through(id) {
                let own = self.transactions.get_mut(&id).expect("it is there, as just seen");
                let tables = if is_read { &mut own.reads } else { &mut own.writes };
                tables.remove(&table);
                return Err(Cycle { table, transactions });
            }
        }
        Ok(())
    }

    pub(crate) fn commit(&mut self, id: TransactionId) {
        let now = self.tick();
        if let Some(own) = self.transactions.get_mut(&id) {
            own.committed = Some(now);
        }
        self.forget_the_past();
    }

    /// Whatever it did is undone, also when it was thought to be committed.
    pub(crate) fn roll_back(&mut self, id: TransactionId) {
        self.transactions.remove(&id);
        self.forget_the_past();
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// The shortest circle, if there is one.
    fn circle_through(&self, start: TransactionId) -> Option<Vec<TransactionId>> {
        let mut paths = vec![vec![start]];
        let mut visited = BTreeSet::new();
        while !paths.is_empty() {
            let mut longer = Vec::new();
            for path in paths {
                let last = &self.transactions[path.last()?];
                for (&id, next) in &self.transactions {
                    if std::ptr::eq(last, next) || !last.comes_before(next) {
                        continue;
                    }
                    if id == start {
                        return Some(path);
                    }
                    if visited.insert(id) {
                        longer.push([path.as_slice(), &[id]].concat());
                    }
                }
            }
            paths = longer;
        }
        None
    }

    /// Drops what ended before everything that can still take part in a circle began: the open transactions, those
    /// that ran beside them, those that ran beside these, and so on.
    fn forget_the_past(&mut self) {
        let open = self.transactions.values().filter(|own| own.committed.is_none());
        let Some(mut horizon) = open.map(|own| own.began).min() else {
            self.transactions.clear();
            return;
        };
        let reaches = |own: &Transaction, horizon: u64| own.committed.is_none_or(|end| end > horizon);
        while let Some(earlier) = self
            .transactions
            .values()
            .filter(|own| reaches(own, horizon) && own.began < horizon)
            .map(|own| own.began)
            .min()
        {
            horizon = earlier;
        }
        self.transactions.retain(|_, own| reaches(own, horizon));
    }
}

#[cfg(test)]
mod tests;

//! The turn of an order: the right to load its table, and what becomes of the others when the load has ended.

use std::sync::Arc;

use crate::daemon::lanes::covering::{of_covered, whom_it_covers};
use crate::daemon::lanes::{Call, Lanes, LoadResult};
use crate::daemon::schedule::Covered;
use crate::model::target_table::TargetTable;
use crate::request::order::Announced;

/// The right to load one table now. Dropped without an end, it passes on to the next in line.
pub(in crate::daemon) struct Turn {
    pub(super) lanes: Lanes,
    pub(super) target: TargetTable,
    /// The messages whose orders this load covers too.
    pub(in crate::daemon) covered: Vec<String>,
    /// The files of the other orders that this load is to load along with the leader's, in order of arrival; only if the leader
    /// announces files.
    pub(in crate::daemon) gathered: Vec<Arc<Announced>>,
    pub(super) has_ended: bool,
}

impl Turn {
    /// Ends the turn, and tells those whom the load has covered with this result.
    pub(in crate::daemon) fn end(mut self, result: &LoadResult) {
        self.has_ended = true;
        for (_, caller) in self.lanes.end(&self.target, whom_it_covers(result)) {
            // Who has left needs not be told.
            drop(caller.send(Call::Covered(of_covered(result))));
        }
    }

    /// Ends the turn of a load of announced files, and tells each of the gathered orders what has become of its own files. A load that
    /// has failed as a whole, or was not carried out, ends with [`Turn::end`].
    pub(in crate::daemon) fn end_gathered(mut self, call: impl Fn(&Announced) -> Call) {
        self.has_ended = true;
        for (order, caller) in self.lanes.end(&self.target, Covered::All) {
            if let Some(announced) = &order.announced {
                drop(caller.send(call(announced)));
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Once it has ended, the load that runs under this name may be somebody else's.
        if !self.has_ended {
            self.lanes.end(&self.target, Covered::Nobody);
        }
        self.lanes.call_next();
    }
}

//! Loads that somebody may stop by hand, each by the token that stops it and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::daemon::lanes::LoadResult;
use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind};
use crate::model::pause::WhoAndWhy;
use crate::model::target_table::TargetTable;
use crate::request::order::Order;

/// The running loads of this process. A table has one at most.
#[derive(Clone, Default)]
pub(super) struct Aborts(Arc<Mutex<HashMap<TargetTable, Running>>>);

struct Running {
    message_id: String,
    abort: CancellationToken,
    /// Who has stopped it by hand.
    aborted: Option<WhoAndWhy>,
}

/// A running load, for as long as it runs.
pub(super) struct Abortable {
    aborts: Aborts,
    target: TargetTable,
    /// Stops this load alone; fires with the token of its message.
    pub(super) abort: CancellationToken,
}

impl Aborts {
    /// The load of an order begins, which `abort` stops too.
    pub(super) fn begins(&self, order: &Order, abort: &CancellationToken) -> Abortable {
        let (target, abort) = (order.target.clone(), abort.child_token());
        let running = Running { message_id: order.message_id.clone(), abort: abort.clone(), aborted: None };
        self.running().insert(target.clone(), running);
        Abortable { aborts: self.clone(), target, abort }
    }

    /// Stops the load of a table that a message asks for; false when it does not run any more.
    pub(super) fn abort(&self, target: &TargetTable, message_id: &str, who: WhoAndWhy) -> bool {
        let mut running = self.running();
        let Some(load) = running.get_mut(target).filter(|load| load.message_id == message_id) else {
            return false;
        };
        load.aborted.get_or_insert(who);
        load.abort.cancel();
        true
    }

    fn running(&self) -> MutexGuard<'_, HashMap<TargetTable, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Abortable {
    /// How the load ended, if somebody has stopped it: what is committed is committed, and what nobody knows is still to be
    /// found out.
    pub(super) fn ends(&self, result: LoadResult) -> LoadResult {
        let aborted = self.aborts.running().get(&self.target).and_then(|load| load.aborted.clone());
        let Some(WhoAndWhy { by, reason }) = aborted else { return result };
        result.map_err(|failure| match failure.kind {
            FailureKind::CommitUnknown => failure,
            _ => {
                let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
                Failure { kind: FailureKind::AbortedByOperator, ..failure }
                    .and(&format!("it was aborted by {by}{why}"))
                    .advised(&Advice::RedriveWhenWanted)
            }
        })
    }
}

impl Drop for Abortable {
    fn drop(&mut self) {
        self.aborts.running().remove(&self.target);
    }
}

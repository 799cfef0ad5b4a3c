//! An order: what a request asks for one of its tables. Everything from the lanes to the plan speaks of these.

use std::sync::Arc;

use crate::model::target_table::TargetTable;
use crate::request::LoadRequest;

/// What a request asks for one of its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// One of the request's.
    pub target: TargetTable,
    /// The message's id, or one of its own for a load without a message.
    pub message_id: String,
    /// Ids of the messages that ask the same and are covered by the load of this order.
    pub covered: Vec<String>,
    /// Shared by the orders for all of its tables: thousands may wait.
    pub request: Arc<LoadRequest>,
}

impl Order {
    /// The orders of a request, a table each.
    pub fn all_of(request: LoadRequest, message_id: &str) -> Vec<Self> {
        let request = Arc::new(request);
        let order = |target: &TargetTable| Self {
            target: target.clone(),
            message_id: message_id.to_owned(),
            covered: Vec::new(),
            request: Arc::clone(&request),
        };
        request.targets.iter().map(order).collect()
    }

    /// Whether both orders look for files and configs in the same places.
    pub fn reads_the_same(&self, other: &Self) -> bool {
        (&self.request.source, &self.request.config) == (&other.request.source, &other.request.config)
    }

    /// Whether a load for this order leaves nothing to do for `other`, if `other` was there before the load began:
    /// both ask the same, but that a load by force also does what one without it would do.
    pub fn covers(&self, other: &Self) -> bool {
        let LoadRequest { targets: _, source, truncate, force, date, config, expected_rows } =
            other.request.as_ref();
        let ours = self.request.as_ref();
        self.target == other.target
            && (&ours.source, ours.truncate, ours.date, &ours.config, ours.expected_rows)
                == (source, *truncate, *date, config, *expected_rows)
            && (ours.force || !force)
    }
}

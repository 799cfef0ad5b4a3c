//! An order: what a request asks for one of its tables. Everything from the lanes to the plan speaks of these.

use std::sync::Arc;

use crate::failure::Failure;
use crate::model::announced_file::AnnouncedFile;
use crate::model::batch_limits::BatchLimits;
use crate::model::target_table::TargetTable;
use crate::request::LoadRequest;
use crate::request::terms::Terms;

/// What a request asks for one of its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub target: TargetTable,
    /// Load even when the table has this or newer data.
    pub force: bool,
    /// Shared by the orders for all tables of the request: thousands may wait.
    pub terms: Arc<Terms>,
    /// The message's id, or one of its own for a load without a message.
    pub message_id: String,
    /// Ids of the messages that ask the same and are covered by the load of this order.
    pub covered: Vec<String>,
    /// The files that are to be loaded; `None` for a load message, whose file is looked for.
    pub announced: Option<Arc<Announced>>,
}

/// Files of one table that an event, or several, have announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Never empty, none twice.
    pub files: Vec<AnnouncedFile>,
    /// With how many others they may be loaded, and when.
    pub limits: BatchLimits,
    /// Of the same message, those that an earlier turn has set aside, which ended before it was known what becomes of `files`; `None`
    /// while there was no such turn.
    pub set_aside: Option<Vec<(AnnouncedFile, Failure)>>,
}

impl Order {
    /// The orders of a request, a table each.
    pub fn all_of(request: LoadRequest, message_id: &str) -> Vec<Self> {
        let LoadRequest { targets, force, terms } = request;
        let terms = Arc::new(terms);
        let order = |target| Self {
            target,
            force,
            terms: Arc::clone(&terms),
            message_id: message_id.to_owned(),
            covered: Vec::new(),
            announced: None,
        };
        targets.into_iter().map(order).collect()
    }
}

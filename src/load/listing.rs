//! The objects of several prefixes, page by page.

use std::collections::VecDeque;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::object::ListedObject;
use crate::routing::walk::KeyPrefix;
use crate::storage::failure::failure_of;
use crate::storage::{ObjectStore, PageEnd};

/// Lists one prefix after another.
pub(super) struct Listing<'a> {
    store: &'a dyn ObjectStore,
    /// The one that is being listed, and those behind it.
    prefixes: VecDeque<KeyPrefix>,
    behind: Option<PageEnd>,
}

impl<'a> Listing<'a> {
    pub(super) fn of(store: &'a dyn ObjectStore, prefixes: Vec<KeyPrefix>) -> Self {
        Self { store, prefixes: prefixes.into(), behind: None }
    }

    /// `None` behind the last one.
    pub(super) async fn next_page(&mut self) -> Result<Option<Vec<ListedObject>>, Failure> {
        let Some(KeyPrefix { bucket, prefix }) = self.prefixes.front() else { return Ok(None) };
        let page = self.store.list_page(bucket, prefix, self.behind.as_ref()).await;
        let page = page.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile))?;
        self.behind = page.end;
        if self.behind.is_none() {
            self.prefixes.pop_front();
        }
        Ok(Some(page.objects))
    }
}

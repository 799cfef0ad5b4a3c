//! Removes what has done its work: old rows of the ledger, and old manifests and files of JSON paths of our own.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::failure::{Failure, FailureKind, Stage};
use crate::load::Loader;
use crate::model::object::{ListedObject, ObjectMeta, SourceBucket};
use crate::model::table_filter::TableFilter;
use crate::model::target_table::TargetTable;
use crate::source::generated;
use crate::storage::failure::failure_of;
use crate::storage::{MOST_DELETED, ObjectStore};
use crate::warehouse::old_rows::{OldLoad, OldRows};

/// SQS keeps no message longer than this (`MessageRetentionPeriod`), so that none older can be delivered again.
const LONGEST_REDELIVERY: Duration = Duration::from_secs(14 * DAY);
/// For clocks that differ, and for the messages that were in hand at the end of that time.
const MARGIN: Duration = Duration::from_secs(DAY);
/// Seconds.
pub const DAY: u64 = 24 * 60 * 60;
/// As many of them as one run looks after.
const MOST_MANIFESTS: usize = 100_000;

/// The shortest time that everything must be kept, where a load may take as long as `longest_load`: what a running load has
/// counted, and the manifest that it has written, must stay.
pub fn shortest(longest_load: Duration) -> Duration {
    LONGEST_REDELIVERY.max(longest_load) + MARGIN
}

/// The shortest age at which a file may be forgotten whose rows are in place: far longer than any queue keeps the message that has
/// announced it, also when that was parked and sent again.
pub const YOUNGEST_FORGOTTEN: Duration = Duration::from_secs(90 * DAY);

/// Files that are forgotten by their age: whoever asks knows that nobody announces them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgottenFiles {
    /// Recorded before this moment.
    pub before: DateTime<Utc>,
    /// Of every table when it is `None`.
    pub table: Option<TableFilter>,
}

/// What may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    pub before: DateTime<Utc>,
    pub rows: OldRows,
    pub manifests: Manifests,
}

/// Manifests that loads have generated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifests {
    /// A bucket, and keys in it.
    pub keys: Vec<(String, Vec<String>)>,
    /// Whether there may be more of them.
    pub are_all: bool,
}

impl Old {
    /// Number, first and last end of the loads of each table.
    pub fn loads_of_tables(&self) -> BTreeMap<&TargetTable, (usize, DateTime<Utc>, DateTime<Utc>)> {
        let mut tables = BTreeMap::new();
        for OldLoad { target, finished_at, .. } in &self.rows.loads {
            let (count, first, last) = tables.entry(target).or_insert((0, *finished_at, *finished_at));
            *count += 1;
            *first = (*first).min(*finished_at);
            *last = (*last).max(*finished_at);
        }
        tables
    }
}

impl Manifests {
    pub fn count(&self) -> usize {
        self.keys.iter().map(|(_, keys)| keys.len()).sum()
    }
}

impl Loader {
    /// What was done with before a moment, in the ledger and in these folders of manifests; and files that are to be forgotten.
    /// Changes nothing.
    pub async fn find_old(
        &self,
        before: DateTime<Utc>,
        forgotten: Option<&ForgottenFiles>,
        folders: &[SourceBucket],
    ) -> Result<Old, Failure> {
        let (mut rows, manifests) = tokio::try_join!(
            self.warehouse.old_rows(before, forgotten.map(|files| files.before)),
            old_manifests(self.store.as_ref(), before, folders)
        )?;
        if let Some(table) = forgotten.and_then(|files| files.table.as_ref()) {
            rows.files.retain(|files| files.replacing.is_some() || table.takes(&files.target.to_string()));
        }
        Ok(Old { before, rows, manifests })
    }

    /// Safe to repeat, also after an error.
    pub async fn remove_old_rows(&self, old: &Old) -> Result<(), Failure> {
        self.warehouse.remove_old_rows(&old.rows, old.before).await
    }

    /// Safe to repeat, also after an error.
    pub async fn remove_old_manifests(&self, old: &Old) -> Result<(), Failure> {
        remove_manifests(self.store.as_ref(), &old.manifests).await
    }
}

/// Manifests and files of JSON paths of our own that were last written before a moment. Every load writes those that it needs anew.
pub async fn old_manifests(
    store: &dyn ObjectStore,
    before: DateTime<Utc>,
    folders: &[SourceBucket],
) -> Result<Manifests, Failure> {
    let mut found = Manifests { keys: Vec::new(), are_all: true };
    let mut room = MOST_MANIFESTS;
    for folder in folders {
        let mut keys = Vec::new();
        let mut behind = None;
        loop {
            let page = store.list_page(&folder.bucket, &folder.prefix, behind.as_ref()).await;
            let page =
                page.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::StorageDenied))?;
            for ListedObject { meta: ObjectMeta { uri, .. }, last_modified } in page.objects {
                let is_young = last_modified.is_none_or(|at| at >= before);
                if is_young || !generated::is_generated(&folder.prefix, &uri.key) {
                    continue;
                }
                match room.checked_sub(1) {
                    Some(left) => {
                        room = left;
                        keys.push(uri.key);
                    }
                    None => found.are_all = false,
                }
            }
            behind = page.end;
            if behind.is_none() {
                break;
            }
        }
        found.keys.push((folder.bucket.clone(), keys));
    }
    Ok(found)
}

pub async fn remove_manifests(store: &dyn ObjectStore, manifests: &Manifests) -> Result<(), Failure> {
    for (bucket, keys) in &manifests.keys {
        for batch in keys.chunks(MOST_DELETED) {
            let deleted = store.delete(bucket, batch).await;
            deleted.map_err(|error| failure_of(&error, Stage::Record, FailureKind::StorageDenied))?;
        }
    }
    Ok(())
}

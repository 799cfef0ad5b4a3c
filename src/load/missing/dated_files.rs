//! Walks the routes for files of a range of dates.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::Failure;
use crate::load::Loader;
use crate::load::gather::MANIFEST_FOLDER;
use crate::load::listing::Listing;
use crate::missing::announced::why_missing;
use crate::missing::chunks::Chunks;
use crate::missing::date_range::DateRange;
use crate::missing::dated_files::{DatedFile, FileSink, KnownFile, Place};
use crate::missing::routed::{Passed, RoutedObject, Router};
use crate::missing::scope::Scope;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::target_table::TargetTable;
use crate::routing::Routes;

/// What a walk has shown besides the files that it was for.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    pub passed: Passed,
    /// Of the tables that were asked about, those of which it has shown a file at all.
    pub tables: BTreeMap<TargetTable, Shown>,
}

/// Files of one table, of whatever date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    pub dated: u64,
    /// Those whose rules give them no date.
    pub undated: u64,
}

impl Loader {
    /// Tells of every object that the routes take for data of one of these tables and of a date of the range, with what the ledger
    /// says of it. Dates without an offset are compared as they are written. Counts what it has looked at, for whoever waits.
    pub async fn find_files_of_dates(
        &self,
        routes: &Routes,
        (targets, range): (&[TargetTable], DateRange),
        looked_at: &AtomicU64,
        sink: &mut dyn FileSink,
    ) -> Result<Walked, Failure> {
        let (scope, configured_folder) = (Scope::default(), self.settings.manifest_folder.as_ref());
        let router = Router { routes, scope: &scope, manifest_folder: MANIFEST_FOLDER, configured_folder };
        let (mut walked, mut chunks) = (Walked::default(), Chunks::default());
        let mut listing = Listing::of(self.store.as_ref(), routes.walk().prefixes);
        while let Some(objects) = listing.next_page().await? {
            for object in objects {
                looked_at.fetch_add(1, Ordering::Relaxed);
                let Some((target, data)) = router.data_of(object, &mut walked.passed) else { continue };
                let RoutedObject { object, date } = data;
                if !targets.contains(&target) {
                    continue;
                }
                let shown = walked.tables.entry(target.clone()).or_default();
                let Some(date) = date else {
                    shown.undated += 1;
                    continue;
                };
                shown.dated += 1;
                let is_wanted = range.contains(date.as_written())
                    && sink.wants(&Place::of(date, &target, &object.meta.uri));
                if !is_wanted {
                    continue;
                }
                if let Some((target, chunk)) = chunks.add(target, DatedFile { date, object }) {
                    sink.take(&target, self.known(&target, chunk).await?);
                }
            }
        }
        for (target, chunk) in chunks.rest() {
            sink.take(&target, self.known(&target, chunk).await?);
        }
        Ok(walked)
    }

    async fn known(&self, target: &TargetTable, files: Vec<DatedFile>) -> Result<Vec<KnownFile>, Failure> {
        let metas: Vec<ObjectMeta> = files.iter().map(|file| file.object.meta.clone()).collect();
        let known = self.warehouse.known_files(target, &metas).await?;
        let mut etags: HashMap<ObjectUri, String> =
            known.into_iter().map(|known| (known.uri, known.etag)).collect();
        let with_load = |file: DatedFile| {
            let loaded_etag = etags.remove(&file.object.meta.uri);
            let why = why_missing(&file.object, loaded_etag.as_deref());
            KnownFile { file, why, loaded_etag }
        };
        Ok(files.into_iter().map(with_load).collect())
    }
}

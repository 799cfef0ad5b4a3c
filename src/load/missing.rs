//! Walks S3 and asks the ledger what of it it knows. Page by page: memory holds little of it at a time.

mod dated_files;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::failure::Failure;
use crate::load::Loader;
use crate::load::gather::MANIFEST_FOLDER;
use crate::load::listing::Listing;
use crate::missing::chunks::{CHUNK, Chunks};
use crate::missing::date_range::DateRange;
use crate::missing::dated::{DateOnS3, Dates};
use crate::missing::routed::{Passed, RoutedObject, Router};
use crate::missing::scope::Scope;
use crate::missing::{Missing, announced};
use crate::model::data_date::DataDate;
use crate::model::load_of_date::LoadOfDate;
use crate::model::object::{ObjectMeta, SourceBucket};
use crate::model::target_table::TargetTable;
use crate::routing::Routes;
use crate::routing::walk::KeyPrefix;
use crate::source::layout;

pub use dated_files::{Shown, Walked};

/// Who is told what is missing.
#[async_trait]
pub trait MissingSink: Send {
    /// Is told of some that are missing of one table; the walk waits until it returns, and ends when it says so.
    async fn tell(&mut self, missing: Vec<Missing>) -> ControlFlow<()>;
}

/// What S3 has of each date of a table, and the loads of these dates.
pub struct DatesOfTable {
    pub target: TargetTable,
    pub dates: BTreeMap<DataDate, DateOnS3>,
    /// Whether S3 has data of other dates, too.
    pub has_others: bool,
    loads: BTreeMap<DataDate, Vec<LoadOfDate>>,
}

impl DatesOfTable {
    /// All loads of a date.
    pub fn loads_of(&self, date: DataDate) -> Vec<&LoadOfDate> {
        self.loads.get(&date).into_iter().flatten().collect()
    }
}

impl Loader {
    /// Tells of every object that the routes take for data, lies in the scope, and is not in the ledger as it is. Counts what it
    /// has looked at, for whoever waits.
    pub async fn find_missing_of_routes(
        &self,
        routes: &Routes,
        scope: &Scope,
        looked_at: &AtomicU64,
        sink: &mut dyn MissingSink,
    ) -> Result<Passed, Failure> {
        let configured_folder = self.settings.manifest_folder.as_ref();
        let router = Router { routes, scope, manifest_folder: MANIFEST_FOLDER, configured_folder };
        let (mut passed, mut chunks) = (Passed::default(), Chunks::default());
        let mut listing = Listing::of(self.store.as_ref(), routes.walk().prefixes);
        while let Some(objects) = listing.next_page().await? {
            for object in objects {
                looked_at.fetch_add(1, Ordering::Relaxed);
                let Some((target, data)) = router.data_of(object, &mut passed) else { continue };
                let Some((target, chunk)) = chunks.add(target, data) else { continue };
                if self.tell_missing_of(&target, chunk, sink).await?.is_break() {
                    return Ok(passed);
                }
            }
        }
        for (target, chunk) in chunks.rest() {
            if self.tell_missing_of(&target, chunk, sink).await?.is_break() {
                break;
            }
        }
        Ok(passed)
    }

    async fn tell_missing_of(
        &self,
        target: &TargetTable,
        chunk: Vec<RoutedObject>,
        sink: &mut dyn MissingSink,
    ) -> Result<ControlFlow<()>, Failure> {
        let metas: Vec<ObjectMeta> = chunk.iter().map(|data| data.object.meta.clone()).collect();
        let known = self.warehouse.known_files(target, &metas).await?;
        let missing = announced::missing(target, chunk, &known);
        if missing.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        Ok(sink.tell(missing).await)
    }

    /// Tells of every date in the dated layouts of a table whose data is not in the ledger as it is, the oldest first.
    pub async fn find_missing_dates(
        &self,
        source: &SourceBucket,
        target: &TargetTable,
        scope: &Scope,
        looked_at: &AtomicU64,
        sink: &mut dyn MissingSink,
    ) -> Result<ControlFlow<()>, Failure> {
        let of_table = self.dates_of(source, target, None, looked_at).await?;
        let mut missing = Vec::new();
        for (date, on_s3) in &of_table.dates {
            let Some(why) = on_s3.why_missing(&of_table.loads_of(*date)) else { continue };
            if scope.takes(&on_s3.preferred().object) {
                missing.push(on_s3.missing(target, *date, why));
            }
        }
        if missing.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        Ok(sink.tell(missing).await)
    }

    /// The dates of a table in the dated layouts, and what the ledger says of them.
    pub async fn dates_of(
        &self,
        source: &SourceBucket,
        target: &TargetTable,
        range: Option<DateRange>,
        looked_at: &AtomicU64,
    ) -> Result<DatesOfTable, Failure> {
        let mut dates = Dates::of(source, target, range);
        let prefixes = layout::listing_prefixes(source, target);
        let prefixes = prefixes.into_iter().map(|prefix| KeyPrefix { bucket: source.bucket.clone(), prefix });
        let mut listing = Listing::of(self.store.as_ref(), prefixes.collect());
        while let Some(objects) = listing.next_page().await? {
            looked_at.fetch_add(objects.len() as u64, Ordering::Relaxed);
            objects.into_iter().for_each(|object| dates.see(object));
        }
        let has_others = dates.has_others();
        let dates = dates.finish();
        let all: Vec<DataDate> = dates.keys().copied().collect();
        let mut loads: BTreeMap<DataDate, Vec<LoadOfDate>> = BTreeMap::new();
        for chunk in all.chunks(CHUNK) {
            for load in self.warehouse.loads_of_dates(target, chunk).await? {
                loads.entry(load.date).or_default().push(load);
            }
        }
        Ok(DatesOfTable { target: target.clone(), dates, has_others, loads })
    }
}

//! Loads files that were announced: those of one table together, each once.
//!
//! A file that cannot be loaded is set aside, and the others are loaded without it. What is committed stays, and the ledger
//! knows each file of it. When many have failed, the rest is put off, so that the table's other work gets its turn.

mod ends;
mod look;
mod groups;
mod dated;
mod facts;
mod preview;
mod reload;
mod together;

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, warn};

use crate::failure::Failure;
use crate::failure::disposition::ends_all_work;
use crate::load::Loader;
use crate::load::attempt::unless_stopped;
use crate::load::loader::timed_out;
use crate::model::announced_file::AnnouncedFile;
use crate::model::rewritten::OnRewritten;
use crate::request::order::{Announced, Order};
use crate::routing::Routes;
use crate::telemetry::labels::Outcome;
use crate::telemetry::spans;

pub use ends::{BatchEnd, FileEnd};
pub use preview::FilePreview;

use dated::{Dated, by_window, within};
use facts::{Common, rewritten};
use groups::{Group, groups};
use look::{FileThere, Found, all_files, config_of};

/// COPYs of one batch that may fail, more or less: each may be one file that is set aside. More than
/// [`MOST_IN_VAIN`](together::MOST_IN_VAIN), so that each turn finds out what becomes of some file.
const MOST_FAILED: usize = 24;

/// The load of one batch while it is under way.
struct Batch<'a> {
    loader: &'a Loader,
    order: &'a Order,
    /// By which files of a window are found.
    routes: Option<Arc<Routes>>,
    cancel: &'a CancellationToken,
    end: BatchEnd,
    /// COPYs that have failed.
    failed: usize,
    /// What has ended it as a whole.
    stopped: Option<Failure>,
}

impl Loader {
    /// Loads the files of an order, and those of others of the same table and terms along with them. `routes` are the rules of now.
    ///
    /// Firing `abort` stops it and rolls back what is not committed; the future must still be awaited.
    pub async fn load_announced(
        &self,
        order: &Order,
        gathered: &[Arc<Announced>],
        routes: Option<Arc<Routes>>,
        abort: &CancellationToken,
    ) -> BatchEnd {
        let _in_progress = self.metrics.load_started();
        let (start, cancel) = (Instant::now(), abort.child_token());
        let files = all_files(order.announced.iter().chain(gathered).map(AsRef::as_ref));
        let end = BatchEnd::new();
        let batch = Batch { loader: self, order, routes, cancel: &cancel, end, failed: 0, stopped: None };
        let span = spans::of_load(Some(&order.message_id), &order.target);
        let mut work = Box::pin(batch.load(files).instrument(span));
        let end = tokio::select! {
            end = &mut work => end,
            () = tokio::time::sleep(self.settings.timeout) => {
                cancel.cancel();
                let stopped = work.await;
                stopped.with_stopped_told(|failure| timed_out(order, failure, self.settings.timeout))
            }
        };
        if end.reports().is_empty() {
            let has_failed = end.files.values().any(|end| matches!(end, FileEnd::Failed(_)));
            let outcome = if has_failed { Outcome::Failed } else { Outcome::Skipped };
            self.metrics.load_ended(&order.target, outcome, start.elapsed());
        }
        end
    }
}

impl Batch<'_> {
    async fn load(mut self, files: Vec<AnnouncedFile>) -> BatchEnd {
        let files = self.look(files).await;
        let terms = &self.order.terms;
        let groups = groups(files.into_iter().map(|file| (config_of(terms, &file.object.uri), file)));
        for group in groups {
            self.load_group(group).await;
        }
        let put_off = self.end.files.values().filter(|end| matches!(end, FileEnd::PutOff)).count();
        if put_off > 0 {
            warn!(
                "{} COPYs of announced files into {} have failed in one turn: the rest is put off, {put_off} files, behind what else waits for the table",
                self.failed, self.order.target
            );
        }
        self.end
    }

    /// What is still to be loaded of these: they are there, and not in the table with the content that they have by now.
    async fn look(&mut self, files: Vec<AnnouncedFile>) -> Vec<FileThere> {
        let looking = look::look(self.loader, &self.order.target, &files);
        let looked = match unless_stopped(self.cancel, self.order, looking).await {
            Ok(looked) => looked,
            Err(failure) => {
                self.stop(&files, &failure);
                return Vec::new();
            }
        };
        let mut there = Vec::new();
        for (file, found) in files.iter().zip(looked) {
            match found {
                Found::New(found) => there.push(*found),
                Found::Loaded(load_id) => self.end.is_known(file, &load_id),
                Found::Unusable(failure) => self.end.fail(file, failure),
            }
        }
        there
    }

    async fn load_group(&mut self, group: Group) {
        let files: Vec<AnnouncedFile> = group.files.iter().map(|file| file.announced.clone()).collect();
        if let Some(failure) = self.stopped.clone() {
            return self.fail_all(&files, &failure);
        }
        if self.is_over() {
            return self.put_off(&files);
        }
        let reading = Common::of(self.loader, self.order, &group);
        let common = match unless_stopped(self.cancel, self.order, reading).await {
            Ok(common) => common,
            Err(failure) => return self.stop(&files, &failure),
        };
        let mut dated = self.dated(&common, group.files);
        if common.on_rewritten() == OnRewritten::Replace {
            let (rewritten, new) = dated.into_iter().partition(Dated::is_rewritten);
            for of_window in by_window(rewritten) {
                self.reload(&common, of_window).await;
            }
            dated = new;
            // A new file of such a window has been loaded with it.
            dated.retain(|file| !self.end.files.contains_key(&file.file.object.uri));
        }
        let parts = if common.keeps_windows_apart() { by_window(dated) } else { vec![dated] };
        let limits = self.order.announced.as_ref().map(|announced| announced.limits).unwrap_or_default();
        // One message may announce more than a COPY is to load.
        for part in parts.into_iter().flat_map(|part| within(limits, part)) {
            self.load_part(&common, part).await;
        }
    }

    /// The files that are to be added to the table, each with its date.
    fn dated(&mut self, common: &Common, files: Vec<FileThere>) -> Vec<Dated> {
        let mut dated = Vec::new();
        for file in files {
            match common.date_of(&file, (self.loader.now)()) {
                Ok((date, window)) => {
                    dated.extend(
                        self.unless_rewritten(common, Dated { file, date, window, has_changed: false }),
                    );
                }
                Err(failure) => self.end.fail(&file.announced, failure),
            }
        }
        dated
    }

    /// A file, unless it was loaded before with another content and nobody has said what becomes of that.
    fn unless_rewritten(&mut self, common: &Common, file: Dated) -> Option<Dated> {
        match &file.file.loaded {
            Some(loaded) if file.is_rewritten() && common.on_rewritten() == OnRewritten::Park => {
                self.end.fail(&file.file.announced, rewritten(&file.file, loaded));
                None
            }
            _ => Some(file),
        }
    }

    /// Whether so much has failed that the table's other work is to have its turn.
    fn is_over(&self) -> bool {
        self.failed >= MOST_FAILED
    }

    fn put_off(&mut self, files: &[AnnouncedFile]) {
        for file in files {
            self.end.files.insert(file.uri.clone(), FileEnd::PutOff);
        }
    }

    /// Fails these files, and with a failure that is not theirs all that is left.
    fn stop(&mut self, files: &[AnnouncedFile], failure: &Failure) {
        if ends_all_work(failure.kind) {
            self.stopped = Some(failure.clone());
        }
        self.fail_all(files, failure);
    }

    fn fail_all(&mut self, files: &[AnnouncedFile], failure: &Failure) {
        for file in files {
            self.end.fail(file, failure.clone());
        }
    }
}

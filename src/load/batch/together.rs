//! Loads files by one COPY, and without those that keep it from loading the others.
//!
//! COPY names a file of which it refuses a row: that one is set aside. Where nothing is named, both halves of the files are
//! loaded apart, and theirs, until the one that is to blame is alone.

use std::collections::HashMap;

use tokio::time::Instant;
use tracing::info;

use crate::failure::{Failure, FailureKind, Stage};
use crate::load::attempt::{Attempt, EarlierAttempts, new_load_id, unless_stopped};
use crate::load::batch::dated::Dated;
use crate::load::batch::facts::{Common, consider};
use crate::load::batch::{Batch, FileEnd};
use crate::load::gather::survey;
use crate::load::loader::{ATTEMPTS, changed_too_often};
use crate::load::{LoadOutcome, LoadReport, Loader};
use crate::model::announced_file::AnnouncedFile;
use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;
use crate::model::shown::shown;
use crate::model::window::Window;
use crate::request::order::Order;
use crate::telemetry::labels::Outcome;

/// COPYs that may fail one after another for what may be the fault of none of the files, as a missing right is. Until one file that
/// is to blame is alone, fewer fail.
pub(super) const MOST_IN_VAIN: usize = 20;

impl Batch<'_> {
    /// Loads files that may be loaded by one COPY, and gives each an end.
    pub(super) async fn load_part(&mut self, common: &Common, files: Vec<Dated>) {
        let (mut parts, mut in_vain) = (vec![files], 0);
        while let Some(files) = parts.pop() {
            if let Some(failure) = self.stopped.clone() {
                self.fail_all(&announced(&files), &failure);
                continue;
            }
            if self.is_over() {
                self.put_off(&announced(&files));
                continue;
            }
            let Err((files, failure)) = self.load_together(common, files).await else {
                in_vain = 0;
                continue;
            };
            self.failed += 1;
            in_vain += 1;
            match blamed(files, &failure) {
                Blamed::Files { named, rest } => {
                    for file in &named {
                        self.end.fail(&file.file.announced, of_file(&failure, file));
                    }
                    parts.extend(Some(rest).filter(|rest| !rest.is_empty()));
                }
                Blamed::OneOf(halves) if in_vain <= MOST_IN_VAIN || is_of_data(failure.kind) => {
                    // The first half is tried first.
                    parts.extend(halves.into_iter().rev());
                }
                Blamed::OneOf(halves) => self.give_up(halves, &mut parts, &failure),
                Blamed::Nobody(files) => self.give_up([files], &mut parts, &failure),
            }
        }
    }

    fn give_up(
        &mut self,
        files: impl IntoIterator<Item = Vec<Dated>>,
        others: &mut Vec<Vec<Dated>>,
        failure: &Failure,
    ) {
        for files in files.into_iter().chain(others.drain(..)) {
            self.stop(&announced(&files), failure);
        }
    }

    /// With as many attempts as the facts need.
    async fn load_together(
        &mut self,
        common: &Common,
        mut files: Vec<Dated>,
    ) -> Result<(), (Vec<Dated>, Failure)> {
        let (mut stale, mut earlier, mut looked_again) = (0, EarlierAttempts::default(), false);
        while !files.is_empty() {
            if stale == ATTEMPTS {
                // Those that go on changing keep nobody else waiting.
                let (changed, others): (Vec<Dated>, Vec<Dated>) =
                    files.into_iter().partition(|file| file.has_changed);
                if changed.is_empty() {
                    return Err((others, changed_too_often(self.order)));
                }
                self.fail_all(&announced(&changed), &changed_too_often(self.order));
                (files, stale) = (others, 0);
                continue;
            }
            let (start, load_id) = (Instant::now(), new_load_id());
            let attempt = Box::pin(attempt(self, common, (&files, None), &load_id, &earlier));
            match self.loader.followed(&load_id, self.order, attempt).await {
                Ok(Attempt::Ended(LoadOutcome::Loaded(report))) => {
                    self.note_loaded(&files, report, start);
                    return Ok(());
                }
                Ok(Attempt::Ended(LoadOutcome::Skipped(reason))) => {
                    let failure = Failure::new(FailureKind::InternalError, Stage::Plan, reason.to_string());
                    return Err((files, failure));
                }
                Ok(Attempt::DoesNotFit(planned, refused)) => {
                    // Only once: after it COPY may cut.
                    earlier = EarlierAttempts { has_cuts: true, widened: planned.widened };
                    info!(%refused, "not all data fits {}: loading again, counting what is cut, replaced or skipped", self.order.target);
                }
                Ok(Attempt::FactsWereStale(planned)) => {
                    (stale, earlier.widened) = (stale + 1, planned.widened);
                    files = self.look_again(common, files).await;
                }
                // One may have been removed since it was looked at, which COPY says in words of its own.
                Err(failure) if !looked_again && may_be_of_lost_file(&failure) => {
                    looked_again = true;
                    let count = files.len();
                    files = self.look_again(common, files).await;
                    if files.len() == count {
                        return Err((files, failure));
                    }
                }
                Err(failure) => return Err((files, failure)),
            }
        }
        Ok(())
    }

    async fn look_again(&mut self, common: &Common, files: Vec<Dated>) -> Vec<Dated> {
        let there = self.look(announced(&files)).await;
        let before: HashMap<ObjectUri, String> =
            files.into_iter().map(|file| (file.file.object.uri, file.file.object.etag)).collect();
        let mut files = self.dated(common, there);
        for file in &mut files {
            let object = &file.file.object;
            file.has_changed = before.get(&object.uri).is_some_and(|etag| *etag != object.etag);
        }
        files
    }

    pub(super) fn note_loaded(&mut self, files: &[Dated], report: LoadReport, start: Instant) {
        let LoadReport { load_id, rows, source_url, .. } = &report;
        // Of one file the message tells.
        if files.len() > 1 {
            info!(
                load.id = %load_id,
                "loaded {rows} rows of {} announced files into {}: {}{}",
                files.len(),
                self.order.target,
                shown(&source_url.to_string()),
                report.other_rows()
            );
        }
        for file in files {
            self.end.files.insert(file.file.object.uri.clone(), FileEnd::Loaded(load_id.clone()));
        }
        self.loader.note_committed(self.order, &report);
        self.loader.metrics.load_ended(&self.order.target, Outcome::Loaded, start.elapsed());
        self.end.reports.push(report);
    }
}

/// Whom a failure of several files is to be laid at.
enum Blamed {
    /// COPY has refused rows of `named`.
    Files { named: Vec<Dated>, rest: Vec<Dated> },
    /// Perhaps a file of one of the halves.
    OneOf([Vec<Dated>; 2]),
    /// Without any of them it would have failed as well.
    Nobody(Vec<Dated>),
}

fn blamed(mut files: Vec<Dated>, failure: &Failure) -> Blamed {
    if !may_be_of_one_file(failure) {
        return Blamed::Nobody(files);
    }
    if files.len() == 1 {
        return Blamed::Files { named: files, rest: Vec::new() };
    }
    let is_named = |file: &Dated| {
        let address = file.file.object.uri.to_string();
        // As the error shows it.
        failure.load_errors.iter().any(|error| error.file == shown(&address))
    };
    let (named, rest): (Vec<Dated>, Vec<Dated>) = files.iter().cloned().partition(is_named);
    if !named.is_empty() {
        return Blamed::Files { named, rest };
    }
    let second = files.split_off(files.len() / 2);
    Blamed::OneOf([files, second])
}

/// Whether what has failed may succeed without one of the files.
fn may_be_of_one_file(failure: &Failure) -> bool {
    let is_of_copy = failure.stage == Stage::Copy && failure.kind == FailureKind::StatementRefused;
    // A bug may be one that a single file brings out, and a key of KMS that of one file.
    let may_be = matches!(failure.kind, FailureKind::StorageDenied | FailureKind::InternalError);
    is_of_data(failure.kind) || is_of_copy || may_be
}

fn may_be_of_lost_file(failure: &Failure) -> bool {
    let is_of_copy = failure.stage == Stage::Copy
        && matches!(failure.kind, FailureKind::StorageDenied | FailureKind::StatementRefused);
    failure.kind == FailureKind::NoDataFile || is_of_copy
}

/// Whether the data of some file is to blame, and no right or setting.
fn is_of_data(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::DataRejected
            | FailureKind::UnusableDataFile
            | FailureKind::ImplausibleDate
            | FailureKind::OutsideWindow
            | FailureKind::DuplicateKeys
    )
}

/// What a failure of several files says of one of them.
fn of_file(failure: &Failure, file: &Dated) -> Failure {
    let address = file.file.object.uri.to_string();
    let mut load_errors = failure.load_errors.clone();
    load_errors.retain(|error| error.file == shown(&address));
    let of_file = Failure { load_errors, ..failure.clone() };
    of_file.of_data(file.date, &file.file.object.uri)
}

pub(super) fn announced(files: &[Dated]) -> Vec<AnnouncedFile> {
    files.iter().map(|file| file.file.announced.clone()).collect()
}

/// One attempt at one COPY; of files that replace the rows of a window, or are added.
pub(super) async fn attempt(
    batch: &Batch<'_>,
    common: &Common,
    (files, window): (&[Dated], Option<Window>),
    load_id: &LoadId,
    earlier: &EarlierAttempts,
) -> Result<Attempt, Failure> {
    let Batch { loader, order, cancel, .. } = batch;
    let (loader, order, cancel): (&Loader, &Order, _) = (loader, order, *cancel);
    let surveying = survey(loader, order, Some(&order.message_id));
    let mut surveyed = unless_stopped(cancel, order, surveying).await?;
    earlier.are_known_to(&mut surveyed);
    loader.progress.enters(&order.target, Stage::Discover);
    let facts = Box::pin(consider(loader, order, common, files, (load_id.clone(), surveyed), window));
    let considered = unless_stopped(cancel, order, facts).await?;
    loader.attempt_decided(load_id, order, considered, cancel).await
}

//! What became of the files of a batch, and what that is for each message that has announced some of them.

use std::collections::HashMap;

use crate::failure::disposition::{Scope, ends_all_work, hope, scope};
use crate::failure::{FailedFile, Failure, FailureKind, Stage};
use crate::load::{LoadOutcome, LoadReport};
use crate::model::announced_file::AnnouncedFile;
use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;
use crate::plan::decision::SkipReason;
use crate::request::order::Announced;

/// As many refused rows of all its files as a failure has with it.
const MOST_LOAD_ERRORS: usize = 10;
/// Other files that the sentence of a failure names.
const NAMED: usize = 3;

/// How the load of a batch ended, file by file.
#[derive(Debug)]
pub struct BatchEnd {
    pub(super) files: HashMap<ObjectUri, FileEnd>,
    /// Of each COPY that is committed.
    pub(super) reports: Vec<LoadReport>,
    /// Of a file that has no end.
    nothing_known: Failure,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEnd {
    /// By this load of the batch.
    Loaded(LoadId),
    /// By an earlier load, in place and with the same content.
    Known(LoadId),
    Failed(Box<Failure>),
    /// Nothing is known yet, and another turn is to find it out.
    PutOff,
}

impl BatchEnd {
    pub(super) fn new() -> Self {
        let sentence = "a bug in this program left an announced file without an end, please report it";
        let nothing_known = Failure::new(FailureKind::InternalError, Stage::Unknown, sentence);
        Self { files: HashMap::new(), reports: Vec::new(), nothing_known }
    }

    pub(super) fn fail(&mut self, file: &AnnouncedFile, failure: Failure) {
        self.files.insert(file.uri.clone(), FileEnd::Failed(Box::new(failure)));
    }

    pub(super) fn is_known(&mut self, file: &AnnouncedFile, load_id: &LoadId) {
        self.files.insert(file.uri.clone(), FileEnd::Known(load_id.clone()));
    }

    /// The failure that has ended the batch as a whole, before anything of it was loaded: it says nothing of any file.
    pub fn stopped(&self) -> Option<&Failure> {
        if !self.reports.is_empty() {
            return None;
        }
        let of_whole = |end: &'_ FileEnd| match end {
            FileEnd::Failed(failure) => ends_all_work(failure.kind),
            FileEnd::Loaded(_) | FileEnd::Known(_) | FileEnd::PutOff => false,
        };
        if !self.files.values().all(of_whole) {
            return None;
        }
        self.failures().next()
    }

    /// Whether it was stopped when some of it was loaded.
    pub fn was_stopped_midway(&self) -> bool {
        self.stopped().is_none() && self.failures().any(|failure| failure.kind == FailureKind::Aborted)
    }

    /// A failure of the warehouse that has ended the batch before its end, if one did.
    pub fn outage(&self) -> Option<&Failure> {
        self.failures().find(|failure| scope(failure.kind) == Scope::Warehouse)
    }

    /// What it is for a message that has announced these files. The `leader`'s tells of the load, the others' that it was made
    /// along with it.
    ///
    /// Not for one of which files are [put off](Self::put_off). A message stays in the queue as long as one of its files may still be loaded, so its most hopeful failure decides.
    pub fn result_of(&self, announced: &Announced, leads: bool) -> Result<LoadOutcome, Failure> {
        let mut failed: Vec<(&AnnouncedFile, &Failure)> = Vec::new();
        failed.extend(announced.set_aside.iter().flatten().map(|(file, failure)| (file, failure)));
        let (mut loaded, mut known) = (None, None);
        for file in &announced.files {
            match self.files.get(&file.uri) {
                Some(FileEnd::Loaded(load_id)) => loaded = loaded.or(Some(load_id)),
                Some(FileEnd::Known(load_id)) => known = known.or(Some(load_id)),
                Some(FileEnd::Failed(failure)) => failed.push((file, failure)),
                Some(FileEnd::PutOff) | None => failed.push((file, &self.nothing_known)),
            }
        }
        if let Some(failure) = joined(&failed) {
            return Err(failure);
        }
        let report = |load_id: &LoadId| self.reports.iter().find(|report| report.load_id == *load_id);
        Ok(match (loaded, known) {
            (Some(load_id), _) => match report(load_id).filter(|_| leads) {
                Some(report) => LoadOutcome::Loaded(report.clone()),
                None => LoadOutcome::Skipped(SkipReason::Gathered { load_id: load_id.clone() }),
            },
            (None, Some(load_id)) => {
                LoadOutcome::Skipped(SkipReason::FilesKnown { load_id: load_id.clone() })
            }
            (None, None) => return Err(self.nothing_known.clone()),
        })
    }

    /// What is left for another turn of a message that has announced these files; `None` when all of them have an end.
    pub fn put_off(&self, announced: &Announced) -> Option<Announced> {
        let end = |file: &AnnouncedFile| self.files.get(&file.uri);
        let is_put_off = |file: &&AnnouncedFile| matches!(end(file), Some(FileEnd::PutOff));
        let files: Vec<AnnouncedFile> = announced.files.iter().filter(is_put_off).cloned().collect();
        if files.is_empty() {
            return None;
        }
        let failed = announced.files.iter().filter_map(|file| match end(file) {
            Some(FileEnd::Failed(failure)) => Some((file.clone(), (**failure).clone())),
            Some(FileEnd::Loaded(_) | FileEnd::Known(_) | FileEnd::PutOff) | None => None,
        });
        let set_aside = announced.set_aside.iter().flatten().cloned().chain(failed).collect();
        Some(Announced { files, limits: announced.limits, set_aside: Some(set_aside) })
    }

    /// The reports of all COPYs that are committed.
    pub fn reports(&self) -> &[LoadReport] {
        &self.reports
    }

    /// The same with the failures of what was stopped told anew.
    pub(super) fn with_stopped_told(mut self, tell: impl Fn(Failure) -> Failure) -> Self {
        for end in self.files.values_mut() {
            if let FileEnd::Failed(failure) = end
                && failure.kind == FailureKind::Aborted
            {
                **failure = tell((**failure).clone());
            }
        }
        self
    }

    fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.files.values().filter_map(|end| match end {
            FileEnd::Failed(failure) => Some(failure.as_ref()),
            FileEnd::Loaded(_) | FileEnd::Known(_) | FileEnd::PutOff => None,
        })
    }
}

/// One failure for all of them; `None` when there are none.
fn joined(failed: &[(&AnnouncedFile, &Failure)]) -> Option<Failure> {
    // Of several the first.
    let (_, main) = failed.iter().rev().max_by_key(|(_, failure)| hope(failure.kind))?;
    let others: Vec<&AnnouncedFile> =
        failed.iter().filter(|(_, failure)| failure != main).map(|(file, _)| *file).collect();
    let load_errors = failed.iter().flat_map(|(_, failure)| &failure.load_errors);
    let all = Failure {
        files: failed
            .iter()
            .map(|(file, failure)| FailedFile { file: (*file).clone(), kind: failure.kind })
            .collect(),
        load_errors: load_errors.take(MOST_LOAD_ERRORS).cloned().collect(),
        ..(*main).clone()
    };
    if others.is_empty() {
        return Some(all);
    }
    let named: Vec<String> = others.iter().take(NAMED).map(|file| file.uri.to_string()).collect();
    let more = if others.len() > NAMED { ", …" } else { "" };
    Some(all.and(&format!(
        "other files of the message failed too, each for a reason of its own ({}): {}{more}",
        others.len(),
        named.join(", ")
    )))
}

#[cfg(test)]
mod tests;

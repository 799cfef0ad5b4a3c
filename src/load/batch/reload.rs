//! Loads the window of a file anew that was written again: its rows go, and all files that its rule finds for the window now are
//! loaded in their place, in one transaction.

use std::sync::Arc;

use tokio::time::Instant;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::LoadOutcome;
use crate::load::attempt::{Attempt, EarlierAttempts, new_load_id, unless_stopped};
use crate::load::batch::Batch;
use crate::load::batch::dated::Dated;
use crate::load::batch::facts::Common;
use crate::load::batch::look::there;
use crate::load::batch::together::{announced, attempt};
use crate::load::listing::Listing;
use crate::load::loader::{ATTEMPTS, changed_too_often};
use crate::model::announced_file::AnnouncedFile;
use crate::model::object::{ListedObject, ObjectUri};
use crate::model::window::Window;
use crate::routing::walk::KeyPrefix;
use crate::routing::{Routed, Routes};
use crate::source::beside::is_beside_data;
use crate::source::manifest::MAX_FILES;

impl Batch<'_> {
    /// Loads the window of these rewritten files anew, and gives each file of the batch an end that is loaded by it.
    pub(super) async fn reload(&mut self, common: &Common, rewritten: Vec<Dated>) {
        let all = announced(&rewritten);
        if self.is_over() {
            return self.put_off(&all);
        }
        if let Err(failure) = self.reload_window(common, rewritten).await {
            self.failed += 1;
            self.stop(&all, &failure);
        }
    }

    async fn reload_window(&mut self, common: &Common, rewritten: Vec<Dated>) -> Result<(), Failure> {
        let first = rewritten.first().expect("a window is loaded anew for a file");
        let (window, uri) = (first.window.clone(), first.file.object.uri.clone());
        let mut earlier = EarlierAttempts::default();
        for _ in 0..ATTEMPTS {
            let finding = self.files_of(common, &uri, &window);
            let files = unless_stopped(self.cancel, self.order, finding).await?;
            let (start, load_id) = (Instant::now(), new_load_id());
            let attempt = attempt(self, common, (&files, Some(window.clone())), &load_id, &earlier);
            match self.loader.followed(&load_id, self.order, Box::pin(attempt)).await? {
                Attempt::Ended(LoadOutcome::Loaded(report)) => {
                    self.note_loaded(&files, report, start);
                    return Ok(());
                }
                Attempt::Ended(LoadOutcome::Skipped(reason)) => {
                    return Err(Failure::new(FailureKind::InternalError, Stage::Plan, reason.to_string()));
                }
                Attempt::DoesNotFit(planned, _) => {
                    earlier = EarlierAttempts { has_cuts: true, widened: planned.widened };
                }
                Attempt::FactsWereStale(planned) => earlier.widened = planned.widened,
            }
        }
        Err(changed_too_often(self.order))
    }

    /// All files that are there now of a window, by the rule of one of them.
    async fn files_of(
        &self,
        common: &Common,
        uri: &ObjectUri,
        window: &Window,
    ) -> Result<Vec<Dated>, Failure> {
        let routes = self.routes.as_ref().map(Arc::clone).ok_or_else(|| no_rule(uri))?;
        let line = line_of(&routes, uri).ok_or_else(|| no_rule(uri))?;
        let mut found: Vec<AnnouncedFile> = Vec::new();
        let mut prefixes = routes.walk().prefixes;
        prefixes.retain(|KeyPrefix { bucket, prefix }| *bucket == uri.bucket && uri.key.starts_with(prefix));
        let mut listing = Listing::of(self.loader.store.as_ref(), prefixes);
        while let Some(objects) = listing.next_page().await? {
            found.extend(objects.into_iter().filter_map(|ListedObject { meta: object, .. }| {
                let routed =
                    Some(&object.uri).filter(|uri| !is_beside_data(uri)).map(|uri| routes.route(uri));
                let Some(Routed::Load(matched, load)) = routed else { return None };
                let is_of_table = matched.line == line && load.request.targets.contains(&self.order.target);
                let date = load.date.filter(|_| is_of_table)?;
                (common.window_of(date) == *window).then(|| AnnouncedFile::listed(&object, Some(date)))
            }));
            if found.len() > MAX_FILES {
                return Err(too_many(uri, window));
            }
        }
        let files = there(self.loader, &self.order.target, &found).await?;
        let mut dated = Vec::new();
        for file in files {
            let file = file?;
            if file.stored != common.stored {
                return Err(other_format(&file.object.uri, uri, window));
            }
            let (date, window) = common.date_of(&file, (self.loader.now)())?;
            dated.push(Dated { file, date, window, has_changed: false });
        }
        Ok(dated)
    }
}

fn line_of(routes: &Routes, uri: &ObjectUri) -> Option<u32> {
    match routes.route(uri) {
        Routed::Load(matched, _) => Some(matched.line),
        Routed::Unrouted | Routed::Ignored(_) | Routed::Invalid(..) => None,
    }
}

/// The rules have changed since it was announced.
fn no_rule(uri: &ObjectUri) -> Failure {
    let sentence = format!("{uri} was written again, and by now no rule says which files are of its window");
    Failure::new(FailureKind::Rewritten, Stage::Discover, sentence).advised(&Advice::AddRoute)
}

fn too_many(uri: &ObjectUri, window: &Window) -> Failure {
    let sentence = format!(
        "{uri} was written again, and {window} has more than the {MAX_FILES} files that one COPY of ours loads; load the window by a \
         load message with a manifest"
    );
    Failure::new(FailureKind::Rewritten, Stage::Discover, sentence)
}

fn other_format(other: &ObjectUri, uri: &ObjectUri, window: &Window) -> Failure {
    let sentence = format!(
        "{uri} was written again, and {other}, which is of {window} too, is written or packed in another way, so that no COPY loads \
         both; write them alike"
    );
    Failure::new(FailureKind::Rewritten, Stage::Discover, sentence)
}

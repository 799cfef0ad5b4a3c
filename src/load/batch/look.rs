//! What is on S3 by now of files that were announced.

use std::collections::{HashMap, HashSet};

use futures_util::stream::{self, StreamExt};

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::Loader;
use crate::load::gather::timed;
use crate::load::readable::check_readable;
use crate::load::unusable::not_loadable;
use crate::model::announced_file::AnnouncedFile;
use crate::model::load_id::LoadId;
use crate::model::loaded_file::LoadedFile;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::table::TableState;
use crate::model::target_table::TargetTable;
use crate::request::order::Announced;
use crate::request::terms::{ConfigLocation, Terms};
use crate::source::layout;
use crate::source::suffix::{Stored, Suffix, suffix_of_part};
use crate::storage::ObjectStore;
use crate::storage::failure::failure_of;
use crate::warehouse::survey::SurveyQuestion;

/// Files that are looked at side by side: each costs a request, and a batch has a thousand.
const CONCURRENT_LOOKS: usize = 64;

/// Every file that one of the orders names, once.
pub(super) fn all_files<'a>(of: impl IntoIterator<Item = &'a Announced>) -> Vec<AnnouncedFile> {
    let mut seen = HashSet::new();
    let files = of.into_iter().flat_map(|announced| &announced.files);
    files.filter(|file| seen.insert(&file.uri)).cloned().collect()
}

/// How the name of a file says that it is written and packed.
///
/// # Errors
/// When no COPY can load it.
fn stored_as(uri: &ObjectUri) -> Result<Stored, Failure> {
    match suffix_of_part(uri.file_name()) {
        Some(Suffix::Data(stored)) => Ok(stored),
        Some(Suffix::NotSupported(reason)) => Err(not_loadable(uri, &reason)),
        Some(Suffix::Manifest) | None => {
            let sentence = format!("{uri} is announced as data, and its name says that it is none");
            let failure = Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence);
            Err(failure.advised(&Advice::IgnoreKeys))
        }
    }
}

/// Where the table config of a file is: where its rule says, or beside it.
pub(super) fn config_of(terms: &Terms, uri: &ObjectUri) -> ConfigLocation {
    terms.config.clone().unwrap_or_else(|| ConfigLocation::S3(layout::config_beside(&layout::stem(uri))))
}

/// An announced file as S3 has it by now: it may have been written again, and then that is what is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileThere {
    pub(super) announced: AnnouncedFile,
    pub(super) object: ObjectMeta,
    pub(super) stored: Stored,
    /// Of this content, in a bucket with versions, where the event has told it.
    pub(super) version_id: Option<String>,
    /// The last load of the key that is in place, as the ledger says.
    pub(super) loaded: Option<LoadedFile>,
}

/// What a look at a file has found.
pub(super) enum Found {
    New(Box<FileThere>),
    /// Its content is in the table.
    Loaded(LoadId),
    Unusable(Failure),
}

/// What is to be loaded of each file, in their order.
///
/// # Errors
/// When the ledger or the table cannot be asked.
pub(super) async fn look(
    loader: &Loader,
    target: &TargetTable,
    files: &[AnnouncedFile],
) -> Result<Vec<Found>, Failure> {
    let there = there(loader, target, files).await?;
    let are_known = there.iter().flatten().any(|file| file.loaded.is_some());
    let counts = are_known && has_rows(loader, target).await?;
    let found = |file: Result<FileThere, Failure>| match file {
        Err(failure) => Found::Unusable(failure),
        Ok(file) => match &file.loaded {
            Some(loaded) if counts && loaded.etag == file.object.etag => {
                Found::Loaded(loaded.load_id.clone())
            }
            _ => Found::New(Box::new(file)),
        },
    };
    Ok(there.into_iter().map(found).collect())
}

/// Looks at each file, and at what the ledger knows of it; in their order.
///
/// # Errors
/// When the ledger cannot be asked.
pub(super) async fn there(
    loader: &Loader,
    target: &TargetTable,
    files: &[AnnouncedFile],
) -> Result<Vec<Result<FileThere, Failure>>, Failure> {
    // Made before they are polled: a closure in the stream would have to work for every lifetime.
    let looks: Vec<_> = files.iter().map(|file| look_at(loader.store.as_ref(), file)).collect();
    let there: Vec<Result<FileThere, Failure>> = timed(loader, Stage::Discover, async {
        Ok(stream::iter(looks).buffered(CONCURRENT_LOOKS).collect().await)
    })
    .await?;
    let objects: Vec<ObjectMeta> = there.iter().flatten().map(|file| file.object.clone()).collect();
    let known = timed(loader, Stage::Inspect, loader.warehouse.known_files(target, &objects)).await?;
    let mut known: HashMap<ObjectUri, LoadedFile> =
        known.into_iter().map(|file| (file.uri.clone(), file)).collect();
    let with_load = |file: Result<FileThere, Failure>| {
        file.map(|mut file| {
            file.loaded = known.remove(&file.object.uri);
            file
        })
    };
    Ok(there.into_iter().map(with_load).collect())
}

/// Whether the table has rows: in one that somebody has emptied or dropped, nothing of earlier loads is in place.
async fn has_rows(loader: &Loader, target: &TargetTable) -> Result<bool, Failure> {
    let question = SurveyQuestion { message_id: None, since: (loader.now)(), row_counts: false };
    match loader.warehouse.survey(target, &question).await?.table {
        TableState::Table(_) => Ok(loader.warehouse.table_rows(target, None).await?.has_any),
        TableState::Missing | TableState::SchemaMissing | TableState::NotATable(_) => Ok(false),
    }
}

async fn look_at(store: &dyn ObjectStore, file: &AnnouncedFile) -> Result<FileThere, Failure> {
    let stored = stored_as(&file.uri)?;
    let looked = store.inspect(&file.uri).await;
    let object = looked.map_err(|error| {
        let failure = failure_of(&error, Stage::Discover, FailureKind::NoDataFile);
        if failure.kind != FailureKind::NoDataFile {
            return failure;
        }
        let sentence = format!("{} was announced, and is not there", file.uri);
        failure.told(&sentence).advised(&Advice::UploadAgain)
    })?;
    check_readable(store, &object).await?;
    // The version is that of the event's content, and of no other.
    let version_id = file.version_id.clone().filter(|_| file.etag.as_ref() == Some(&object.etag));
    Ok(FileThere { announced: file.clone(), object, stored, version_id, loaded: None })
}

//! Finds the data of an order on S3, and its table config.

use futures_util::stream::{StreamExt, TryStreamExt};

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::readable::check_readable;
use crate::model::format::Compression;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::plan::input::{DataForm, DataSet, Misnamed};
use crate::request::order::Order;
use crate::request::terms::{ConfigLocation, Terms};
use crate::source::content;
use crate::source::layout::{self, DataFile};
use crate::source::manifest::{ListedFile, Manifest};
use crate::source::select::select;
use crate::source::suffix::{Stored, Suffix};
use crate::storage::failure::failure_of;
use crate::storage::{CONCURRENT_LOOKS, ObjectStore, StorageError, local_file};

/// Far above any real config or manifest; a wrong address must not fill the memory.
const MAX_CONFIG_BYTES: usize = 1 << 20;
const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// The data file that the order means: of its date, or the newest.
pub(super) struct Discovered {
    pub(super) file: DataFile,
    /// How it is written and packed; `None` for a manifest, of whose files only it tells.
    pub(super) stored: Option<Stored>,
    /// Whether other keys start with the file's key.
    has_longer_neighbours: bool,
    pub(super) misnamed: Misnamed,
}

pub(super) async fn discover(store: &dyn ObjectStore, order: &Order) -> Result<Discovered, Failure> {
    let [flat, partitioned] = layout::listing_prefixes(&order.terms.source, &order.target);
    let storage = |error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile);
    let (flat, partitioned) =
        tokio::try_join!(search(store, order, &flat), search(store, order, &partitioned)).map_err(storage)?;
    let mut misnamed = flat.misnamed;
    misnamed.add(partitioned.misnamed);
    let best = flat.best.iter().chain(&partitioned.best).cloned().collect();
    let file = select(best, order.terms.selection.date()).ok_or_else(|| nothing_found(order, &misnamed))?;
    let loadable = match &file.suffix {
        Suffix::Manifest => Ok(None),
        Suffix::Data(stored) => stored.loaded_yet().map(Some),
        Suffix::NotSupported(reason) => Err(reason.clone()),
    };
    let stored = loadable.map_err(|reason| {
        let sentence = format!("{} cannot be loaded: {reason}", file.object.uri);
        Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence)
    })?;
    let neighbours = if flat.best.as_ref() == Some(&file) { flat.neighbours } else { partitioned.neighbours };
    let has_longer_neighbours = match neighbours {
        Some(known) => known,
        None => has_longer_neighbours(store, &file.object.uri).await.map_err(storage)?,
    };
    Ok(Discovered { file, stored, has_longer_neighbours, misnamed })
}

/// What the listing of a layout says of the file that an order means. Only the best so far is kept: there may be any number.
struct Search<'a> {
    order: &'a Order,
    best: Option<DataFile>,
    /// Whether other keys start with the best one's. `None` for a listing that was not in order, where they may have come
    /// before it.
    neighbours: Option<bool>,
    misnamed: Misnamed,
    /// The key that was listed last.
    last: String,
}

async fn search<'a>(
    store: &dyn ObjectStore,
    order: &'a Order,
    prefix: &str,
) -> Result<Search<'a>, StorageError> {
    let mut search = Search::new(order);
    store.list(&order.terms.source.bucket, prefix, &mut |object| search.see(object)).await?;
    Ok(search)
}

impl<'a> Search<'a> {
    fn new(order: &'a Order) -> Self {
        let (misnamed, last) = (Misnamed::default(), String::new());
        Self { order, best: None, neighbours: Some(false), misnamed, last }
    }

    fn see(&mut self, object: ObjectMeta) {
        let (order, Terms { source, selection, .. }) = (self.order, self.order.terms.as_ref());
        let key = object.uri.key.clone();
        let is_neighbour = self.best.as_ref().is_some_and(|best| key.starts_with(&best.object.uri.key));
        self.neighbours = match self.neighbours {
            Some(known) if key > self.last => Some(known || is_neighbour),
            _ => None,
        };
        if let Some(name) = layout::misnamed(&object, source, &order.target) {
            let digits = name.chars().filter(char::is_ascii_digit).take(8).collect();
            self.misnamed.add(Misnamed { count: 1, newest: Some((digits, object.uri)) });
        } else if let Some(candidate) = layout::data_file(object, source, &order.target) {
            self.best = select(self.best.take().into_iter().chain([candidate]).collect(), selection.date());
            if self.best.as_ref().is_some_and(|best| best.object.uri.key == key) {
                self.neighbours = self.neighbours.map(|_| false);
            }
        }
        self.last = key;
    }
}

async fn has_longer_neighbours(store: &dyn ObjectStore, uri: &ObjectUri) -> Result<bool, StorageError> {
    let mut found = false;
    let mut look = |object: ObjectMeta| found |= object.uri.key.len() > uri.key.len();
    store.list(&uri.bucket, &uri.key, &mut look).await?;
    Ok(found)
}

/// The text of the config that the order names, or of the one beside the data file.
pub(super) async fn read_config(
    store: &dyn ObjectStore,
    order: &Order,
    discovered: &Discovered,
) -> Result<(String, String), Failure> {
    let beside = || ConfigLocation::S3(layout::config_beside(&discovered.file));
    let location = order.terms.config.clone().unwrap_or_else(beside);
    let (name, content) = match &location {
        ConfigLocation::S3(uri) => (uri.to_string(), store.read(uri, MAX_CONFIG_BYTES).await),
        ConfigLocation::Local(path) => {
            (path.display().to_string(), local_file::read(path, MAX_CONFIG_BYTES).await)
        }
        ConfigLocation::InDirectory { directory, file } => {
            let name = format!("{} (in TABLE_CONFIG_DIR)", file.display());
            (name, local_file::read_within(directory, file, MAX_CONFIG_BYTES).await)
        }
    };
    let content = content.map_err(|error| {
        let failure = failure_of(&error, Stage::Config, FailureKind::NoTableConfig);
        if failure.kind != FailureKind::NoTableConfig {
            return failure;
        }
        failure.told(&format!("the table config {name} does not exist")).advised(&Advice::PutTableConfig)
    })?;
    let text = content::text(content).map_err(|reason| {
        let sentence = format!("the table config {name} {reason}");
        Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence).advised(&Advice::WriteAgain)
    })?;
    Ok((name, text))
}

/// The data set of a file that is no manifest: known without another look at it.
pub(super) async fn lone_file(
    store: &dyn ObjectStore,
    discovered: &Discovered,
) -> Result<Option<DataSet>, Failure> {
    let Discovered { file, stored, has_longer_neighbours, .. } = discovered;
    let Some(stored) = stored else { return Ok(None) };
    let form = match has_longer_neighbours {
        true => DataForm::ObjectWithLongerNeighbours,
        false => DataForm::LoneObject,
    };
    let region = region_of(store, discovered).await?;
    Ok(Some(DataSet {
        files: vec![file.object.clone()],
        form,
        gzip: stored.compression == Compression::Gzip,
        region,
    }))
}

/// Reads the chosen manifest, and looks at every file that it lists.
pub(super) async fn files_of_manifest(
    store: &dyn ObjectStore,
    discovered: &Discovered,
) -> Result<DataSet, Failure> {
    let chosen = &discovered.file.object.uri;
    let storage = |error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile);
    let text = store.read(chosen, MAX_MANIFEST_BYTES).await.map_err(storage)?;
    let manifest = Manifest::parse(&text).map_err(|error| {
        let sentence = format!("the manifest {chosen} cannot be loaded: {error}");
        Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence).advised(&Advice::WriteAgain)
    })?;
    drop(text);
    let form = if manifest.is_strict { DataForm::StrictManifest } else { DataForm::LenientManifest };
    let looks = futures_util::stream::iter(manifest.files).map(|listed| look_at(store, listed));
    let files = looks.buffered(CONCURRENT_LOOKS).try_collect().await?;
    let gzip = manifest.stored.compression == Compression::Gzip;
    Ok(DataSet { files, form, gzip, region: region_of(store, discovered).await? })
}

async fn look_at(store: &dyn ObjectStore, listed: ListedFile) -> Result<ObjectMeta, Failure> {
    let ListedFile { uri, content_length } = listed;
    let object = store.inspect(&uri).await;
    let object = object.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile))?;
    match content_length {
        Some(length) if length != object.size => {
            let sentence = format!(
                "{uri} has {} bytes, and its manifest says {length}: it was written again",
                object.size
            );
            Err(Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence)
                .advised(&Advice::WriteManifestAgain))
        }
        _ => {
            check_readable(store, &object).await?;
            Ok(object)
        }
    }
}

async fn region_of(store: &dyn ObjectStore, discovered: &Discovered) -> Result<String, Failure> {
    let region = store.region(&discovered.file.object.uri.bucket).await;
    region.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile))
}

fn nothing_found(order: &Order, misnamed: &Misnamed) -> Failure {
    let (target, Terms { source, selection, .. }) = (&order.target, order.terms.as_ref());
    let (asked, example) = match selection.date() {
        Some(date) => (format!(" of {date}"), date.to_string()),
        None => (String::new(), "2015-07-01T00:00:00Z".to_owned()),
    };
    let sentence = format!(
        "no data file for {target}{asked} under {source}: expected a name such as {}_{}_{example}.json.gz",
        target.schema, target.table
    );
    let failure =
        Failure::new(FailureKind::NoDataFile, Stage::Discover, sentence).advised(&Advice::UploadFile);
    match misnamed.words() {
        Some(words) => failure.and(&words),
        None => failure,
    }
}

#[cfg(test)]
mod tests;

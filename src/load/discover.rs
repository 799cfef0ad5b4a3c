//! Finds the data of a wish on S3, and its table config.

use futures_util::stream::{StreamExt, TryStreamExt};

use crate::failure::{Failure, FailureKind, Stage};
use crate::load::TableWish;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::plan::input::{DataForm, DataSet};
use crate::request::ConfigLocation;
use crate::source::layout::{self, DataFile, Suffix};
use crate::source::manifest::Manifest;
use crate::source::select::select;
use crate::storage::failure::failure;
use crate::storage::{ObjectStore, StorageError, local_file};

/// Far above any real config or manifest; a wrong address must not fill the memory.
const MAX_CONFIG_BYTES: usize = 1 << 20;
const MAX_MANIFEST_BYTES: usize = 64 << 20;
/// Files of a manifest that are looked at together.
const CONCURRENT_LOOKS: usize = 16;

/// The data file that the wish means: of its date, or the newest.
pub(super) struct Discovered {
    file: DataFile,
    /// Whether other keys start with the file's key.
    has_longer_neighbours: bool,
}

pub(super) async fn discover(store: &dyn ObjectStore, wish: &TableWish) -> Result<Discovered, Failure> {
    let [flat, partitioned] = layout::listing_prefixes(&wish.source, &wish.target);
    let storage = |error| failure(&error, Stage::Discover, FailureKind::NoDataFile);
    let (flat, partitioned) =
        tokio::try_join!(best_under(store, wish, &flat), best_under(store, wish, &partitioned))
            .map_err(storage)?;
    let best = flat.into_iter().chain(partitioned).collect();
    let file = select(best, wish.date).ok_or_else(|| nothing_found(wish))?;
    if let Suffix::NotSupported(suffix) = &file.suffix {
        return Err(Failure::new(
            FailureKind::UnusableDataFile,
            Stage::Discover,
            format!("{} cannot be loaded: `{suffix}` is not supported yet; write .json.gz", file.object.uri),
        ));
    }
    let ObjectUri { bucket, key } = &file.object.uri;
    let mut has_longer_neighbours = false;
    let mut look = |object: ObjectMeta| has_longer_neighbours |= object.uri.key.len() > key.len();
    store.list(bucket, key, &mut look).await.map_err(storage)?;
    Ok(Discovered { file, has_longer_neighbours })
}

/// The file that the wish means among those under `prefix`. Only the best so far is kept: there may be any number.
async fn best_under(
    store: &dyn ObjectStore,
    wish: &TableWish,
    prefix: &str,
) -> Result<Option<DataFile>, StorageError> {
    let mut best = None;
    let mut consider = |object: ObjectMeta| {
        let candidate = layout::data_file(object, &wish.source, &wish.target);
        best = select(best.take().into_iter().chain(candidate).collect(), wish.date);
    };
    store.list(&wish.source.bucket, prefix, &mut consider).await?;
    Ok(best)
}

/// The text of the config that the wish names, or of the one beside the data file.
pub(super) async fn read_config(
    store: &dyn ObjectStore,
    wish: &TableWish,
    discovered: &Discovered,
) -> Result<(String, String), Failure> {
    let beside = || ConfigLocation::S3(layout::config_beside(&discovered.file));
    let location = wish.config.clone().unwrap_or_else(beside);
    let (name, content) = match &location {
        ConfigLocation::S3(uri) => (uri.to_string(), store.read(uri, MAX_CONFIG_BYTES).await),
        ConfigLocation::Local(path) => {
            (path.display().to_string(), local_file::read(path, MAX_CONFIG_BYTES).await)
        }
    };
    let content = content.map_err(|error| {
        let mut failure = failure(&error, Stage::Config, FailureKind::NoTableConfig);
        if failure.kind == FailureKind::NoTableConfig {
            failure.sentence = format!(
                "the table config {name} does not exist; put it there, or name another with `config`"
            );
        }
        failure
    })?;
    let text = String::from_utf8(content).map_err(|_| {
        let sentence = format!("the table config {name} is not UTF-8 text; write it anew");
        Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence)
    })?;
    Ok((name, text))
}

/// Everything that is to be copied, and how COPY can be pointed at it.
pub(super) async fn data_set(store: &dyn ObjectStore, discovered: Discovered) -> Result<DataSet, Failure> {
    let Discovered { file, has_longer_neighbours } = discovered;
    let chosen = file.object.uri.clone();
    let storage = |error| failure(&error, Stage::Discover, FailureKind::NoDataFile);
    let region = store.region(&chosen.bucket).await.map_err(storage)?;
    let (files, form, gzip) = match file.suffix {
        Suffix::Manifest => {
            let text = store.read(&chosen, MAX_MANIFEST_BYTES).await.map_err(storage)?;
            let manifest = Manifest::parse(&text).map_err(|error| {
                let sentence = format!("the manifest {chosen} cannot be loaded: {error}; write it anew");
                Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence)
            })?;
            let form = if manifest.is_strict { DataForm::StrictManifest } else { DataForm::LenientManifest };
            let looks = futures_util::stream::iter(manifest.files)
                .map(|uri| async move { store.inspect(&uri).await });
            let files = looks.buffered(CONCURRENT_LOOKS).try_collect().await.map_err(storage)?;
            (files, form, manifest.gzip)
        }
        suffix => {
            let form = if has_longer_neighbours {
                DataForm::ObjectWithLongerNeighbours
            } else {
                DataForm::LoneObject
            };
            (vec![file.object], form, suffix == Suffix::JsonGz)
        }
    };
    Ok(DataSet { date: file.date, chosen, files, form, gzip, region })
}

fn nothing_found(wish: &TableWish) -> Failure {
    let TableWish { target, source, date, .. } = wish;
    let (asked, example) = match date {
        Some(date) => (format!(" of {date}"), date.to_string()),
        None => (String::new(), "2015-07-01T00:00:00Z".to_owned()),
    };
    Failure::new(
        FailureKind::NoDataFile,
        Stage::Discover,
        format!(
            "no data file for {target}{asked} under {source}: expected a name such as {}_{}_{example}.json.gz; upload it, or check `bucket` and `date`",
            target.schema, target.table
        ),
    )
}

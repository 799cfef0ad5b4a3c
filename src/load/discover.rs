//! Finds the data of an order on S3, and its table config.

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::unusable::{not_loadable, unusable_parts};
use crate::model::data_date::DataDate;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::plan::input::Misnamed;
use crate::request::order::Order;
use crate::request::terms::{ConfigLocation, Terms};
use crate::source::content;
use crate::source::layout::{self, DataFile};
use crate::source::parts::PartSet;
use crate::source::parts::whole::Unusable;
use crate::source::select::{Best, Candidate};
use crate::source::suffix::{Stored, Suffix};
use crate::storage::failure::failure_of;
use crate::storage::{ObjectStore, StorageError, local_file};

/// Far above any real config; a wrong address must not fill the memory.
const MAX_CONFIG_BYTES: usize = 1 << 20;

/// The data that the order means: of its date, or the newest.
pub(super) struct Discovered {
    /// The file, the manifest, or the address of the parts.
    pub(super) chosen: ObjectMeta,
    pub(super) date: DataDate,
    /// The address up to the date.
    stem: ObjectUri,
    pub(super) form: Form,
    pub(super) misnamed: Misnamed,
}

/// What is known of the files before the table config is read.
pub(super) enum Form {
    File {
        stored: Stored,
        /// Whether other keys start with the file's key.
        has_longer_neighbours: bool,
    },
    /// Only it tells of its files.
    Manifest,
    /// The config may say how many they must be.
    Parts(Box<PartSet>),
}

pub(super) async fn discover(store: &dyn ObjectStore, order: &Order) -> Result<Discovered, Failure> {
    let [flat, partitioned] = layout::listing_prefixes(&order.terms.source, &order.target);
    let storage = |error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile);
    let (flat, partitioned) =
        tokio::try_join!(search(store, order, &flat), search(store, order, &partitioned)).map_err(storage)?;
    let mut misnamed = flat.misnamed.clone();
    misnamed.add(partitioned.misnamed.clone());
    let of_both = if flat.best.is_before(&partitioned.best) { flat } else { partitioned };
    let neighbours = of_both.neighbours;
    let found = of_both.best.found.ok_or_else(|| nothing_found(order, &misnamed))?;
    let date = found.date();
    let (chosen, stem, form) = match found {
        Candidate::Parts(set) => parts_or_their_manifest(set)?,
        Candidate::File(DataFile { object, suffix, stem, .. }) => match suffix {
            Suffix::Manifest => (object, stem, Form::Manifest),
            Suffix::NotSupported(reason) => return Err(not_loadable(&object.uri, &reason)),
            Suffix::Data(stored) => {
                let has_longer_neighbours = match neighbours {
                    Some(known) => known,
                    None => has_longer_neighbours(store, &object.uri).await.map_err(storage)?,
                };
                (object, stem, Form::File { stored, has_longer_neighbours })
            }
        },
    };
    Ok(Discovered { chosen, date, stem, form, misnamed })
}

/// A manifest in a directory says more than a look at the directory does.
fn parts_or_their_manifest(set: Box<PartSet>) -> Result<(ObjectMeta, ObjectUri, Form), Failure> {
    let stem = set.name.stem.clone();
    match set.manifests.as_slice() {
        [] => Ok((set.object(), stem, Form::Parts(set))),
        [manifest] => Ok((manifest.clone(), stem, Form::Manifest)),
        [one, another, ..] => {
            let why = Unusable::TwoManifests(one.uri.clone(), another.uri.clone());
            Err(unusable_parts(&set.name.address, &why))
        }
    }
}

/// What the listing of a layout says of the data that an order means.
struct Search<'a> {
    order: &'a Order,
    best: Best,
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
        let Terms { selection, files, .. } = order.terms.as_ref();
        let best = Best::of(selection.date(), files.format_said());
        Self { order, best, neighbours: Some(false), misnamed: Misnamed::default(), last: String::new() }
    }

    fn see(&mut self, object: ObjectMeta) {
        let (order, source) = (self.order, &self.order.terms.source);
        let key = object.uri.key.clone();
        let is_neighbour = match &self.best.found {
            Some(Candidate::File(best)) => key.starts_with(&best.object.uri.key),
            Some(Candidate::Parts(_)) | None => false,
        };
        self.neighbours = match self.neighbours {
            Some(known) if key > self.last => Some(known || is_neighbour),
            _ => None,
        };
        if let Some(name) = layout::misnamed(&object, source, &order.target) {
            let digits = name.chars().filter(char::is_ascii_digit).take(8).collect();
            self.misnamed.add(Misnamed { count: 1, newest: Some((digits, object.uri)) });
        } else if let Some(named) = layout::named(object, source, &order.target)
            && self.best.see(named)
        {
            self.neighbours = self.neighbours.map(|_| false);
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

impl Discovered {
    /// Where the table config is, unless the order names one.
    pub(super) fn config_beside(&self) -> ConfigLocation {
        ConfigLocation::S3(layout::config_beside(&self.stem))
    }
}

/// The name and the text of a table config.
pub(super) async fn read_config(
    store: &dyn ObjectStore,
    location: &ConfigLocation,
) -> Result<(String, String), Failure> {
    let (name, content) = match location {
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

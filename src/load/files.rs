//! The files that a load copies: one, those of a manifest, or the parts of a date.

use futures_util::stream::{StreamExt, TryStreamExt};

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::discover::{Discovered, Form};
use crate::load::readable::check_readable;
use crate::load::unusable::unusable_parts;
use crate::model::object::{Access, ObjectMeta, ObjectUri};
use crate::plan::data_set::{DataForm, DataSet};
use crate::source::manifest::{ListedFile, Manifest};
use crate::source::parts::SetKind;
use crate::source::parts::whole::{Missing, NotWhole, Whole};
use crate::storage::failure::failure_of;
use crate::storage::{CONCURRENT_LOOKS, ObjectStore};

/// Far above any real manifest; a wrong address must not fill the memory.
const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// The files of an order, as far as the listing tells of them.
pub(super) enum KnownFiles {
    All(DataSet),
    /// They are to be read from the manifest.
    OfManifest,
    /// Parts that are not to be loaded as they are; unless they have been, and only their mark is gone.
    Unfinished(DataSet, Failure),
}

impl KnownFiles {
    pub(super) fn data(&self) -> Option<&DataSet> {
        match self {
            Self::All(data) | Self::Unfinished(data, _) => Some(data),
            Self::OfManifest => None,
        }
    }
}

/// `wanted` is how many parts the table config says make a date whole.
pub(super) async fn known_files(
    store: &dyn ObjectStore,
    discovered: &Discovered,
    wanted: Option<u32>,
) -> Result<KnownFiles, Failure> {
    let mut unfinished = None;
    let (files, form, stored) = match &discovered.form {
        Form::Manifest => return Ok(KnownFiles::OfManifest),
        Form::File { stored, has_longer_neighbours } => {
            let form = match has_longer_neighbours {
                true => DataForm::ObjectWithLongerNeighbours,
                false => DataForm::LoneObject,
            };
            (vec![discovered.chosen.clone()], form, *stored)
        }
        Form::Parts(set) => {
            let Whole { files, stored, counted } = match set.whole(wanted) {
                Ok(whole) => whole,
                Err(NotWhole::Unusable(why)) => return Err(unusable_parts(&set.name.address, &why)),
                Err(NotWhole::Unfinished { found, missing }) => {
                    let failure = incomplete(&set.name.address, found, missing);
                    let Ok(there) = set.as_found(wanted) else { return Err(failure) };
                    unfinished = Some(failure);
                    there
                }
            };
            (files, DataForm::Parts(Box::new(counted)), stored)
        }
    };
    let data = DataSet { files, form, stored, region: region_of(store, discovered).await?, look: None };
    Ok(match unfinished {
        None => KnownFiles::All(data),
        Some(failure) => KnownFiles::Unfinished(data, failure),
    })
}

fn incomplete(address: &ObjectUri, found: u64, missing: Missing) -> Failure {
    let (what, advice) = match missing {
        Missing::Parts(wanted) => {
            (format!("{found} of {wanted} parts (`meta.parts`) are there"), Advice::UploadParts)
        }
        Missing::Mark(SetKind::Directory) => (
            format!("parts there: {found}, and neither `_SUCCESS` nor a manifest says that these are all"),
            Advice::MarkParts,
        ),
        Missing::Mark(SetKind::Unload) => (
            format!("parts there: {found}, and no {address}manifest says that these are all"),
            Advice::UnloadWithManifest,
        ),
    };
    let sentence = format!("{address} is not whole ({what}), and no older data is loaded instead");
    Failure::new(FailureKind::IncompleteData, Stage::Discover, sentence).advised(&advice)
}

/// Refuses data that nothing can read, by its first such file.
pub(super) async fn check_all_readable(
    store: &dyn ObjectStore,
    chosen: &ObjectMeta,
    data: Option<&DataSet>,
) -> Result<(), Failure> {
    check_readable(store, chosen).await?;
    let files = match data {
        Some(DataSet { files, form: DataForm::Parts(_), .. }) => files.as_slice(),
        _ => &[],
    };
    let doubtful: Vec<ObjectMeta> =
        files.iter().filter(|file| file.access != Access::AtOnce).cloned().collect();
    let look = |file: ObjectMeta| async move { check_readable(store, &file).await };
    let looks = futures_util::stream::iter(doubtful).map(look);
    looks.buffered(CONCURRENT_LOOKS).try_collect().await
}

/// Reads the chosen manifest, and looks at every file that it lists.
pub(super) async fn files_of_manifest(
    store: &dyn ObjectStore,
    discovered: &Discovered,
) -> Result<DataSet, Failure> {
    let chosen = &discovered.chosen.uri;
    let storage = |error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile);
    let text = store.read(chosen, MAX_MANIFEST_BYTES).await.map_err(storage)?;
    let manifest = Manifest::parse(&text).map_err(|error| {
        let sentence = format!("the manifest {chosen} cannot be loaded: {error}");
        Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence).advised(&Advice::WriteAgain)
    })?;
    drop(text);
    let form = if manifest.is_strict { DataForm::StrictManifest } else { DataForm::LenientManifest };
    let look = |listed: ListedFile| async move {
        let looked = look_at(store, listed).await;
        looked.map_err(|failure| failure.and(&format!("the manifest {chosen} lists it")))
    };
    let looks = futures_util::stream::iter(manifest.files).map(look);
    let files = looks.buffered(CONCURRENT_LOOKS).try_collect().await?;
    let region = region_of(store, discovered).await?;
    Ok(DataSet { files, form, stored: manifest.stored, region, look: None })
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
    let region = store.region(&discovered.chosen.uri.bucket).await;
    region.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile))
}

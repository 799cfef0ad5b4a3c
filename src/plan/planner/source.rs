//! What COPY is pointed at, so that it reads exactly the files that were chosen.

use crate::model::load_id::LoadKey;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::plan::data_set::{DataForm, DataSet};
use crate::plan::input::PlanningInput;
use crate::plan::reading::Reading;
use crate::plan::step::{CopySource, FilesAsListed, Preparation};
use crate::source::generated;
use crate::source::manifest::ListedFile;
use crate::source::parts::whole::Whole;

pub(super) fn files_as_listed(input: &PlanningInput, data: &DataSet, source: &CopySource) -> FilesAsListed {
    match (source, &data.form) {
        (CopySource::Object(_), _) => FilesAsListed::Prefix(input.chosen.clone()),
        (CopySource::Manifest(_), DataForm::StrictManifest | DataForm::LenientManifest) => {
            FilesAsListed::Each([&input.chosen].into_iter().chain(&data.files).cloned().collect())
        }
        (CopySource::Manifest(_), DataForm::Parts(counted)) => {
            let (files, counted) = (data.files.clone(), counted.clone());
            FilesAsListed::Parts(Box::new(Whole { files, stored: data.stored, counted: *counted }))
        }
        (CopySource::Manifest(_), _) => FilesAsListed::Each(data.files.clone()),
    }
}

/// COPY takes the path of an object for a prefix (redshift-facts 0.13), and passes over a missing file of a manifest
/// unless its entry is mandatory: wherever that could change what is loaded, a manifest of our own names the files.
///
/// Of columnar files COPY wants to know the sizes, which a producer's manifest may lack (redshift-facts 1.9).
pub(super) fn copy_source(
    input: &PlanningInput,
    data: &DataSet,
    reading: &Reading,
    key: &LoadKey,
) -> (CopySource, Option<Preparation>) {
    let chosen = input.chosen.uri.clone();
    let with_sizes = reading.format.is_columnar();
    match &data.form {
        DataForm::LoneObject => (CopySource::Object(chosen), None),
        DataForm::StrictManifest if !with_sizes => (CopySource::Manifest(chosen), None),
        DataForm::ObjectWithLongerNeighbours
        | DataForm::StrictManifest
        | DataForm::LenientManifest
        | DataForm::Announced(_)
        | DataForm::Parts(_) => {
            let folder = &input.manifest_folder;
            let uri = ObjectUri {
                bucket: folder.bucket.clone(),
                key: generated::manifest_key(&folder.key, &key.target, &key.fingerprint),
            };
            let listed = |file: &ObjectMeta| ListedFile {
                uri: file.uri.clone(),
                content_length: with_sizes.then_some(file.size),
            };
            let files = data.files.iter().map(listed).collect();
            let region = data.region.clone();
            (CopySource::Manifest(uri.clone()), Some(Preparation::WriteManifest { uri, files, region }))
        }
    }
}

/// JSON whose objects are kept whole is read by paths of our own.
pub(super) fn rescuing(
    input: &PlanningInput,
    data: &DataSet,
    reading: Reading,
    key: &LoadKey,
) -> (Reading, Option<Preparation>) {
    let Some(rescue) = input.spec.rescue.as_ref().filter(|_| reading.can_rescue()) else {
        return (reading, None);
    };
    let folder = &input.manifest_folder;
    let uri = ObjectUri {
        bucket: folder.bucket.clone(),
        key: generated::paths_key(&folder.key, &key.target, &input.config_fingerprint),
    };
    let paths =
        Preparation::WritePaths { uri: uri.clone(), keys: rescue.keys.clone(), region: data.region.clone() };
    (Reading { json_paths: Some(uri), ..reading }, Some(paths))
}

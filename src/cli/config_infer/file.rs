//! The file that a sample is taken of: on S3, or on the local disk.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use crate::model::object::{Access, ObjectUri};
use crate::model::shown::shown;
use crate::storage::s3::S3;
use crate::storage::{ObjectStore as _, StorageError, StorageErrorKind, local_file};

/// A file of which parts are read. What cannot be read is told in a sentence.
pub(super) struct SampledFile {
    place: Place,
    /// Bytes.
    pub(super) size: u64,
}

enum Place {
    S3(Box<S3>, ObjectUri),
    Local(PathBuf),
}

impl SampledFile {
    pub(super) async fn on_s3(store: S3, uri: ObjectUri) -> Result<Self, String> {
        let meta = store.inspect(&uri).await.map_err(told)?;
        if let Access::Archived { class, .. } = meta.access {
            let object = uri.to_string();
            let kind = StorageErrorKind::Archived;
            return Err(told(StorageError { kind, action: "read", object, detail: class }));
        }
        Ok(Self { size: meta.size, place: Place::S3(Box::new(store), uri) })
    }

    pub(super) async fn local(path: PathBuf) -> Result<Self, String> {
        Ok(Self { size: local_file::size(&path).await.map_err(told_of_disk)?, place: Place::Local(path) })
    }

    /// The name behind the last slash.
    pub(super) fn name(&self) -> &str {
        match &self.place {
            Place::S3(_, uri) => uri.file_name(),
            Place::Local(path) => path.file_name().and_then(|name| name.to_str()).unwrap_or_default(),
        }
    }

    /// The first bytes: so many, or all there are.
    pub(super) async fn head(&self, bytes: usize) -> Result<Vec<u8>, String> {
        match &self.place {
            Place::S3(store, uri) => store.read_head(uri, bytes).await.map_err(told),
            Place::Local(_) => self.range(0..u64::try_from(bytes).unwrap_or(u64::MAX)).await,
        }
    }

    /// These bytes, as far as they are there. The range is not empty.
    pub(super) async fn range(&self, range: Range<u64>) -> Result<Vec<u8>, String> {
        match &self.place {
            Place::S3(store, uri) => store.read_range(uri, range).await.map_err(told),
            Place::Local(path) => local_file::read_range(path, range).await.map_err(told_of_disk),
        }
    }
}

fn told(error: StorageError) -> String {
    error.to_string()
}

/// What to do about it is said of S3 only.
fn told_of_disk(error: StorageError) -> String {
    error.what()
}

impl fmt::Display for SampledFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::S3(_, uri) => f.write_str(&shown(&uri.to_string())),
            Place::Local(path) => f.write_str(&shown(&path.display().to_string())),
        }
    }
}

//! A file that is on S3, as an event says.

use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::routed_date::RoutedDate;

/// A file as an event announces it, and as a rule reads its key. By the time it is loaded, it may have been written again, or be
/// gone: only a look at S3 tells what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedFile {
    pub uri: ObjectUri,
    /// Bytes as stored; `None` where the event does not say.
    pub size: Option<u64>,
    pub etag: Option<String>,
    /// Of a bucket with versions.
    pub version_id: Option<String>,
    /// The date of the data, where the key tells it.
    pub date: Option<RoutedDate>,
}

impl AnnouncedFile {
    /// A file as a listing shows it. That is its last version, which is loaded without its name.
    pub fn listed(object: &ObjectMeta, date: Option<RoutedDate>) -> Self {
        let ObjectMeta { uri, etag, size, .. } = object;
        Self { uri: uri.clone(), size: Some(*size), etag: Some(etag.clone()), version_id: None, date }
    }

    /// Bytes of memory that it takes.
    pub fn bytes_kept(&self) -> usize {
        let texts =
            [Some(&self.uri.bucket), Some(&self.uri.key), self.etag.as_ref(), self.version_id.as_ref()];
        size_of::<Self>() + texts.into_iter().flatten().map(String::capacity).sum::<usize>()
    }
}

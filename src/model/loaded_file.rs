//! Files of loads of announced files, as the ledger knows them.

use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;

/// One file of a load, as the ledger records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOfLoad {
    pub uri: ObjectUri,
    /// Of a bucket with versions, where it is known.
    pub version_id: Option<String>,
    pub etag: String,
    /// As stored.
    pub bytes: u64,
}

/// The last load of a key that is in place: no later load has replaced all rows of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedFile {
    pub uri: ObjectUri,
    /// Of what was loaded.
    pub etag: String,
    pub load_id: LoadId,
}

//! Objects: the port to a store, S3 behind it, and files on the local disk for configs under test.
//!
//! Nothing here knows what a key means.

pub(crate) mod answer;
pub mod s3;
pub mod local_file;
pub(crate) mod failure;

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;

use crate::failure::advice::Advice;
use crate::failure::unreachable::{Server, Unreachable};
use crate::model::object::{ListedObject, ObjectMeta, ObjectUri};
use crate::model::secret::Secret;
use crate::model::shown::shown;

/// Objects that one load looks at together.
pub const CONCURRENT_LOOKS: usize = 16;

/// Objects that one request deletes at most.
pub const MOST_DELETED: usize = 1000;

/// A store of objects. Every method may be repeated; transport errors and throttling were already retried below.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Shows `each` object of the bucket whose key starts with `prefix`, in no promised order. There may be more than
    /// memory holds; after an error, some were shown. A key that is no text is passed over, and the log says so.
    async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        each: &mut (dyn FnMut(ObjectMeta) + Send),
    ) -> Result<(), StorageError>;

    /// A page of the objects of the bucket whose keys start with `prefix`: the first one, or the one behind another. For whoever
    /// has something to wait for between pages, as memory does not hold all of them. A key that is no text is passed over, and
    /// the log says so.
    async fn list_page(
        &self,
        bucket: &str,
        prefix: &str,
        behind: Option<&PageEnd>,
    ) -> Result<Page, StorageError>;

    /// Deletes up to [`MOST_DELETED`] objects; one that is not there counts as deleted. After an error some may be gone.
    async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StorageError>;

    /// What a listing would say of one object, and whether it can be read.
    async fn inspect(&self, uri: &ObjectUri) -> Result<ObjectMeta, StorageError>;

    /// The whole content, which must not be longer than `max_bytes`.
    async fn read(&self, uri: &ObjectUri, max_bytes: usize) -> Result<Vec<u8>, StorageError>;

    /// The first bytes of the content: so many, or all there are.
    async fn read_head(&self, uri: &ObjectUri, bytes: usize) -> Result<Vec<u8>, StorageError>;

    /// These bytes of the content, as far as they are there. The range is not empty.
    async fn read_range(&self, uri: &ObjectUri, range: Range<u64>) -> Result<Vec<u8>, StorageError>;

    /// Creates or replaces the object.
    async fn write(&self, uri: &ObjectUri, content: Vec<u8>) -> Result<(), StorageError>;

    /// The region that COPY must be told for the bucket.
    async fn region(&self, bucket: &str) -> Result<String, StorageError>;

    /// The keys that this store reads with now, for a COPY without an IAM role. Temporary keys expire: ask before
    /// each use.
    async fn access_keys(&self) -> Result<AccessKeys, StorageError>;
}

/// Some of the objects under a prefix: a thousand at most, on S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub objects: Vec<ListedObject>,
    /// Where the next page begins; `None` of the last one.
    pub end: Option<PageEnd>,
}

/// Where a page ends, in the store's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageEnd(pub String);

/// AWS credentials in the form that COPY takes.
#[derive(Debug, Clone)]
pub struct AccessKeys {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: Option<Secret>,
}

/// A request to the store that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageError {
    pub kind: StorageErrorKind,
    /// The verb: `list`, `read`.
    pub action: &'static str,
    /// The address that was asked for.
    pub object: String,
    /// What the store said; may be empty.
    pub detail: String,
}

/// What the caller may do about a [`StorageError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageErrorKind {
    /// The object is not there.
    NotFound,
    /// The bucket is not there.
    NoSuchBucket,
    /// Credentials are missing, or do not allow this.
    Denied,
    /// The credentials are not known, or do not fit together.
    WrongKeys,
    /// The credentials were good for a time that is over.
    ExpiredKeys,
    /// The request is dated too far from the time of the store.
    WrongClock,
    /// The bucket is in another region than the one that was asked.
    WrongRegion,
    /// Nobody says which region to ask.
    NoRegion,
    /// In a storage class that cannot be read, until it is restored.
    Archived,
    /// Longer than the caller is willing to read.
    TooLarge,
    /// Throttling, or an internal error of the store.
    Unavailable,
    /// No answer.
    Unreachable(Unreachable),
}

/// Who reads from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Loader,
    /// With the role or the keys that it is given.
    Copy,
}

impl StorageErrorKind {
    /// What the reader's owner can do about it.
    pub(crate) fn advice(self, reader: Reader) -> Option<Advice> {
        let of_keys = |loaders, copys| match reader {
            Reader::Loader => loaders,
            Reader::Copy => copys,
        };
        Some(match self {
            Self::NoSuchBucket => Advice::CheckBucket,
            Self::Denied => of_keys(Advice::CheckLoadersRights, Advice::CheckCopysRights),
            Self::WrongKeys => of_keys(Advice::CheckLoadersKeys, Advice::CheckCopysRights),
            Self::ExpiredKeys => of_keys(Advice::RenewLoadersKeys, Advice::RenewCopysKeys),
            Self::WrongClock => Advice::SetClock,
            Self::WrongRegion => Advice::CheckRegion,
            Self::NoRegion => Advice::SetRegion,
            Self::Archived => Advice::Restore,
            Self::Unreachable(why) => Advice::Reach(Server::S3, why),
            Self::NotFound | Self::TooLarge | Self::Unavailable => return None,
        })
    }
}

impl StorageError {
    /// What was wrong, without what to do about it.
    pub(crate) fn what(&self) -> String {
        let Self { kind, action, object, detail } = self;
        let why = match kind {
            StorageErrorKind::NotFound => "it does not exist".to_owned(),
            StorageErrorKind::NoSuchBucket => "the bucket does not exist".to_owned(),
            StorageErrorKind::Archived => "it is archived in a storage class that cannot be read".to_owned(),
            StorageErrorKind::TooLarge => format!("it is too large ({detail})"),
            StorageErrorKind::Denied
            | StorageErrorKind::WrongKeys
            | StorageErrorKind::ExpiredKeys
            | StorageErrorKind::WrongClock => format!("access denied ({detail})"),
            StorageErrorKind::WrongRegion => format!("it is not in the region that was asked ({detail})"),
            StorageErrorKind::NoRegion => "no AWS region is configured".to_owned(),
            StorageErrorKind::Unavailable => format!("S3 cannot answer now ({detail})"),
            StorageErrorKind::Unreachable(_) => format!("S3 did not answer ({detail})"),
        };
        format!("cannot {action} {}: {why}", shown(object))
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        match self.kind.advice(Reader::Loader) {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StorageError {}

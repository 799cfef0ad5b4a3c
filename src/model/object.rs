//! Objects on S3: where they are, and what a listing says of them.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::model::shown::excerpt;

/// `s3://bucket/key`. The key is kept byte for byte as S3 listed it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectUri {
    pub bucket: String,
    pub key: String,
}

/// The text does not name an object on S3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an object address such as s3://bucket/key", excerpt(.0))]
pub struct InvalidObjectUri(String);

impl ObjectUri {
    pub fn parse(text: &str) -> Result<Self, InvalidObjectUri> {
        match text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
                Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
            }
            _ => Err(InvalidObjectUri(text.to_owned())),
        }
    }

    /// The key up to and including its last slash, empty for a key at the top of the bucket.
    pub fn folder(&self) -> &str {
        self.key.rfind('/').and_then(|slash| self.key.get(..=slash)).unwrap_or("")
    }

    /// The part of the key behind its last slash.
    pub fn file_name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }
}

impl fmt::Display for ObjectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// One object as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    pub uri: ObjectUri,
    /// Changes whenever the content does.
    pub etag: String,
    /// Bytes as stored, that is, compressed.
    pub size: u64,
    pub access: Access,
}

/// An object, and when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    pub meta: ObjectMeta,
    /// In whole seconds, by the store's clock; `None` where it does not say.
    pub last_modified: Option<DateTime<Utc>>,
}

/// Whether the content of an object can be read now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    AtOnce,
    /// Listed in a storage class of which only the object itself can tell.
    Unclear,
    Archived {
        /// `GLACIER`, `DEEP_ARCHIVE`, or a tier of `INTELLIGENT_TIERING`.
        class: String,
        is_being_restored: bool,
    },
}

/// A bucket and the folder in it that producers write to: `analytics` or `analytics/some/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceBucket {
    pub bucket: String,
    /// Empty, or ending in a slash.
    pub prefix: String,
}

impl SourceBucket {
    /// `None` when the part before the first slash cannot be the name of a bucket.
    pub fn parse(text: &str) -> Option<Self> {
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_outer = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        // The loosest rules that S3 ever had, as old buckets keep their names.
        let is_name = bucket.len() <= 255
            && bucket.chars().all(is_inner)
            && is_outer(bucket.chars().next())
            && is_outer(bucket.chars().next_back());
        is_name.then(|| Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for SourceBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_uri_keeps_its_key_verbatim() {
        let uri = ObjectUri::parse("s3://b/a%2Fb/x y+z.json.gz").unwrap();
        assert_eq!((uri.bucket.as_str(), uri.folder(), uri.file_name()), ("b", "a%2Fb/", "x y+z.json.gz"));
        assert_eq!(uri.to_string(), "s3://b/a%2Fb/x y+z.json.gz");
    }

    #[test]
    fn a_uri_without_bucket_or_key_is_refused() {
        for text in ["s3://b", "s3://b/", "s3:///k", "http://b/k", ""] {
            assert!(ObjectUri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_source_bucket_takes_a_folder_with_or_without_slashes() {
        for text in ["analytics/a/b", "analytics/a/b/", "analytics//a/b"] {
            assert_eq!(SourceBucket::parse(text).unwrap().to_string(), "s3://analytics/a/b/", "{text}");
        }
        assert_eq!(SourceBucket::parse("analytics").unwrap().prefix, "");
        for text in ["/x", "s3://analytics/a", "", "a b/c"] {
            assert_eq!(SourceBucket::parse(text), None, "{text}");
        }
    }
}

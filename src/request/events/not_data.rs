//! Events for which nothing is loaded.

use std::fmt;

use strum::EnumIter;

/// Why nothing is loaded for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumIter)]
pub enum NotData {
    /// The file is gone, or a marker says so.
    Deletion,
    /// Of an archived file, which is not there yet.
    RestoreStarted,
    /// The copy of an archived file is gone again.
    RestoreEnded,
    /// By a lifecycle rule, or intelligent tiering.
    StorageClass,
    Tags,
    Acl,
    /// A key that ends with a slash, as consoles make them.
    Folder,
    /// A mark, a checksum, a table config, or a file that is not finished, by its name.
    Beside,
    /// A manifest, or JSON paths, that this program has written.
    Generated,
    /// Notifications were set up.
    Test,
    /// Of a failed replication, say, or of a kind that came later.
    Other,
}

impl fmt::Display for NotData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deletion => "a deletion",
            Self::RestoreStarted => "a restore that has begun",
            Self::RestoreEnded => "a restored copy that is gone",
            Self::StorageClass => "another storage class",
            Self::Tags => "tags",
            Self::Acl => "an ACL",
            Self::Folder => "a folder marker",
            Self::Beside => "an object beside data",
            Self::Generated => "a manifest of our own",
            Self::Test => "a test event",
            Self::Other => "an event of another kind",
        })
    }
}

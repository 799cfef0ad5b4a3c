//! What is said of a set of parts: that it is whole, and how that is known, or why it is not loaded.

use std::fmt;

use crate::model::object::{ObjectMeta, ObjectUri};
use crate::source::manifest::MAX_FILES;
use crate::source::parts::{SetKind, SetName};
use crate::source::suffix::{NotSupported, Stored};

/// Parts that are whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Those that are not empty, by key; never none.
    pub files: Vec<ObjectMeta>,
    /// How each is written and packed.
    pub stored: Stored,
    pub counted: Counted,
}

/// How it is known that parts are whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub set: SetName,
    /// All parts, with the empty ones.
    pub parts: u64,
    /// Parts of 0 bytes. COPY refuses one that should be packed, and loads nothing from any other.
    pub empty: u64,
    pub mark: Option<ObjectMeta>,
    /// What the table config says.
    pub wanted: Option<u32>,
}

/// Why parts are not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotWhole {
    /// More may come.
    Unfinished {
        found: u64,
        missing: Missing,
    },
    Unusable(Unusable),
}

/// What parts wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Mark(SetKind),
    /// Of so many.
    Parts(u32),
}

/// Why parts cannot be loaded, whatever may come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error(
        "it holds {0}, so it is a Delta or Hudi table, of which some files may hold rows that were removed"
    )]
    TableLog(ObjectUri),
    #[error(
        "{0} is in a directory of its own, and what the names of such directories say is not in the rows"
    )]
    Inner(ObjectUri),
    #[error("its part {0} cannot be loaded: {1}")]
    Unreadable(ObjectUri, NotSupported),
    #[error("{0} and {1} are both manifests")]
    TwoManifests(ObjectUri, ObjectUri),
    #[error("it has {found} parts, and `meta.parts` says {wanted}")]
    TooMany { found: u64, wanted: u32 },
    #[error("it has {0} parts, at most {MAX_FILES} are allowed")]
    Unbounded(u64),
    #[error("{0} and {1} differ in format or compression, and one COPY reads one kind")]
    Mixed(ObjectUri, ObjectUri),
    #[error("it is whole, and there is nothing in it: {0} parts, all of them empty")]
    Nothing(u64),
}

/// For the person who asks `plan`.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parts, empty, mark, wanted, .. } = self;
        match (mark, wanted) {
            (Some(mark), _) => write!(f, "{parts}, and {} says that these are all", mark.uri.file_name())?,
            (None, Some(wanted)) if u64::from(*wanted) == *parts => {
                write!(f, "{parts}, as `meta.parts` says")?;
            }
            (None, _) => write!(f, "{parts}, and nothing says that these are all")?,
        }
        match (mark, wanted) {
            (Some(_), Some(wanted)) if u64::from(*wanted) != *parts => {
                write!(f, ", though `meta.parts` says {wanted}")?;
            }
            _ => {}
        }
        match empty {
            0 => Ok(()),
            empty => write!(f, "; {empty} of 0 bytes left out"),
        }
    }
}

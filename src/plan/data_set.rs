//! The files of a load, and what was seen of their columns.

use crate::model::format::Compression;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::source::head::avro::AvroField;
use crate::source::head::keys::Keys;
use crate::source::parquet::columns::ParquetColumn;
use crate::source::parts::whole::Counted;
use crate::source::suffix::Stored;

/// The files that one load copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    /// Never empty.
    pub files: Vec<ObjectMeta>,
    pub form: DataForm,
    /// By their suffix.
    pub stored: Stored,
    pub region: String,
    /// `None` when their format calls for no look, or there is nothing in them.
    pub look: Option<Look>,
}

/// What was seen of the columns of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The first one, or the one that something is wrong with.
    pub file: ObjectUri,
    pub seen: Seen,
}

/// What a look at a file has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The names in the last line that is skipped.
    Header(Vec<String>),
    /// The schema at the end.
    Parquet(Vec<ParquetColumn>),
    /// The same, of ORC.
    Orc(Vec<ParquetColumn>),
    /// The schema at the beginning.
    Avro(Vec<AvroField>),
    /// The keys of JSON objects at the beginning of the files.
    Keys(SeenKeys),
    /// The number of paths in a file of paths.
    Paths(usize),
    /// That there is a schema, packed as we do not unpack it.
    Packed,
    /// Nothing, as a clause that follows the name of the file.
    Odd(String),
}

/// Keys of JSON objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenKeys {
    pub keys: Keys,
    /// Whose heads were looked at, by their number; a load of very many files is looked at in part.
    pub files: Vec<ObjectUri>,
    /// The first of them in whose head no key could be seen, or not all.
    pub unseen: Option<ObjectUri>,
    /// The first of them that COPY refuses for how it begins, and why, as a clause that follows its name.
    pub odd: Option<(ObjectUri, String)>,
}

impl DataSet {
    /// A file that COPY will refuse as far as is seen, and why, as a clause that follows its name.
    pub fn refused_by_copy(&self) -> Option<(&ObjectUri, &str)> {
        if let Some(Look { seen: Seen::Keys(SeenKeys { odd: Some((file, clause)), .. }), .. }) = &self.look {
            return Some((file, clause));
        }
        let is_empty = |file: &&ObjectMeta| file.size == 0 && self.stored.compression != Compression::None;
        self.files.iter().find(is_empty).map(|file| (&file.uri, "is empty"))
    }
}

/// How COPY can be pointed at the files of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataForm {
    /// The chosen object alone, and no other key starts with its key.
    LoneObject,
    /// The chosen object, but other keys start with its key, and COPY would load them too.
    ObjectWithLongerNeighbours,
    /// A producer's manifest, which COPY can read as it is.
    StrictManifest,
    /// A producer's manifest with entries that COPY would pass over when they are missing.
    LenientManifest,
    /// Files that were announced, in the order of the data set's, each with the version that it has in a bucket of versions, where
    /// the event has told it.
    Announced(Vec<Option<String>>),
    /// Parts that are whole. COPY of what their keys start with would load what lies beside them, too.
    Parts(Box<Counted>),
}

//! What a file holds, by the end of its name.

use std::cmp::Ordering;
use std::fmt;

use strum::IntoEnumIterator as _;

use crate::model::format::{Compression, Format};
use crate::source::format::facts;

/// What a data file holds, by its suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suffix {
    /// A list of the files to load.
    Manifest,
    Data(Stored),
    /// Data of the target that cannot be loaded. It counts all the same, so that the newest file is never passed over for
    /// an older one.
    NotSupported(NotSupported),
}

/// How data is written and packed, as far as the name of its file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stored {
    /// `None` for a name that leaves it to the field `format`.
    pub format: Option<Format>,
    pub compression: Compression,
}

/// Why data of a target cannot be loaded, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotSupported {
    #[error("`{0}` is no suffix of a format that is loaded; write .json.gz, .csv.gz or .parquet")]
    Suffix(String),
}

/// Ends of names that say nothing of a format, besides no end at all. `.tsv` has two dialects that read each other wrong.
const OPEN: [&str; 4] = ["", "txt", "dat", "tsv"];

/// Suffixes of what lies beside data and is none: checksums, signatures, marks, and uploads that are not complete.
const COMPANIONS: [&str; 18] = [
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "sha256sum",
    "crc",
    "sig",
    "asc",
    "ok",
    "done",
    "success",
    "tmp",
    "part",
    "partial",
    "filepart",
    "inprogress",
    "lock",
    "bak",
];

impl Suffix {
    /// `None` for what is no data. The case of letters does not matter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        if lower == "manifest" {
            return Some(Self::Manifest);
        }
        if let Some(stored) = Stored::parse(&lower) {
            return Some(Self::Data(stored));
        }
        let last = lower.rsplit('.').next().unwrap_or_default();
        let is_companion = COMPANIONS.contains(&last);
        (!is_companion).then(|| Self::NotSupported(NotSupported::Suffix(text.to_owned())))
    }

    /// For one date: the manifest, `json.gz`, `json`, and then the others, in an order that is only fixed.
    fn preference(&self) -> (u8, Option<Format>, u8) {
        match self {
            Self::Manifest => (0, None, 0),
            Self::Data(Stored { format, compression }) => {
                let packed = match compression {
                    Compression::Gzip => 0,
                    Compression::None => 1,
                    Compression::Bzip2 => 2,
                    Compression::Zstd => 3,
                };
                // What its name does not say comes last.
                (if format.is_some() { 1 } else { 2 }, *format, packed)
            }
            Self::NotSupported(_) => (3, None, 0),
        }
    }

    fn reason(&self) -> Option<&NotSupported> {
        match self {
            Self::NotSupported(reason) => Some(reason),
            Self::Manifest | Self::Data(_) => None,
        }
    }
}

impl Ord for Suffix {
    fn cmp(&self, other: &Self) -> Ordering {
        self.preference().cmp(&other.preference()).then_with(|| self.reason().cmp(&other.reason()))
    }
}

impl PartialOrd for Suffix {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Stored {
    /// Of a suffix in lower case, with all of its dots but the first.
    fn parse(lower: &str) -> Option<Self> {
        let packed = |compression: Compression| {
            let (rest, last) = lower.rsplit_once('.').unwrap_or(("", lower));
            compression.suffixes().contains(&last).then_some((rest, compression))
        };
        let (rest, compression) = Compression::iter().find_map(packed).unwrap_or((lower, Compression::None));
        if OPEN.contains(&rest) {
            return Some(Self { format: None, compression });
        }
        let format = Format::iter().find(|format| {
            let facts = facts(*format);
            let (codec, suffix) = rest.rsplit_once('.').unwrap_or(("", rest));
            facts.suffixes.contains(&suffix) && (codec.is_empty() || facts.inner_codecs.contains(&codec))
        })?;
        let is_packed = compression != Compression::None;
        (!is_packed || facts(format).is_packed_whole).then_some(Self { format: Some(format), compression })
    }
}

/// `json.gz`: the usual spelling of the suffix.
impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = self.format.and_then(|format| facts(format).suffixes.first());
        let parts = format.into_iter().chain(self.compression.suffixes().first());
        f.write_str(&parts.copied().collect::<Vec<_>>().join("."))
    }
}

/// What a file holds by the end of its name alone: the longest suffix that is known.
pub fn suffix_of(file_name: &str) -> Option<Suffix> {
    let suffixes = suffix_splits(file_name).map(|(_, suffix)| suffix);
    suffixes.filter_map(Suffix::parse).find(|suffix| !matches!(suffix, Suffix::NotSupported(_)))
}

/// What a part of a set, or a file of a manifest, holds. Its name may have any dots: only its last suffix says that it is no
/// data, or of a kind that COPY cannot read. The number that UNLOAD puts at the end of a name is no suffix.
pub(crate) fn suffix_of_part(file_name: &str) -> Option<Suffix> {
    let last = || file_name.rsplit_once('.').map_or("", |(_, last)| last);
    let said = || if ends_with_number_of_unload(last()) { "" } else { last() };
    suffix_of(file_name).or_else(|| Suffix::parse(said()))
}

/// `0000_part_00`, or all of it `000` as of an UNLOAD with PARALLEL OFF.
fn ends_with_number_of_unload(text: &str) -> bool {
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match text.rsplit_once("_part_") {
        Some((slice, part)) => {
            let slice = slice.len().checked_sub(4).and_then(|at| slice.get(at..));
            part.len() >= 2 && are_digits(part) && slice.is_some_and(are_digits)
        }
        None => text.len() == 3 && are_digits(text),
    }
}

/// Every way to part a name into a stem and a suffix, the longest suffix first.
pub(crate) fn suffix_splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('.').filter_map(|(dot, _)| Some((text.get(..dot)?, text.get(dot + 1..)?)))
}

#[cfg(test)]
mod tests;

//! What a file holds, by the end of its name.

/// What a data file holds, by its suffix, in order of preference for one date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suffix {
    /// A list of the files to load.
    Manifest,
    JsonGz,
    Json,
    /// Data of the target that cannot be loaded. It counts all the same, so that the newest file is never passed over for
    /// an older one.
    NotSupported(NotSupported),
}

/// Why data of a target cannot be loaded, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotSupported {
    #[error("`{0}` is not supported yet; write .json.gz")]
    Suffix(String),
    #[error("its name does not say its format; write .json.gz")]
    NoSuffix,
    #[error("a directory of parts is not supported yet; write one file, or a manifest that lists them")]
    Directory,
}

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
        let (format, is_gzipped) = match lower.rsplit_once('.') {
            Some((format, "gz" | "gzip")) => (format, true),
            _ => (lower.as_str(), false),
        };
        match (format, is_gzipped) {
            ("manifest", false) => Some(Self::Manifest),
            ("json" | "jsonl" | "ndjson", true) => Some(Self::JsonGz),
            ("json" | "jsonl" | "ndjson", false) => Some(Self::Json),
            _ if lower.rsplit('.').next().is_some_and(|last| COMPANIONS.contains(&last)) => None,
            ("", false) => Some(Self::NotSupported(NotSupported::NoSuffix)),
            _ => Some(Self::NotSupported(NotSupported::Suffix(text.to_owned()))),
        }
    }
}

/// What a file holds by the end of its name alone: the longest suffix that can be loaded.
pub fn suffix_of(file_name: &str) -> Option<Suffix> {
    let suffixes = suffix_splits(file_name).map(|(_, suffix)| suffix);
    suffixes.filter_map(Suffix::parse).find(|suffix| !matches!(suffix, Suffix::NotSupported(_)))
}

/// Every way to part a name into a stem and a suffix, the longest suffix first.
pub(crate) fn suffix_splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('.').filter_map(|(dot, _)| Some((text.get(..dot)?, text.get(dot + 1..)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_suffixes_of_a_name_the_longest_that_can_be_loaded_counts() {
        for (name, suffix) in [
            ("a.json.gz", Some(Suffix::JsonGz)),
            ("a.b.JSON", Some(Suffix::Json)),
            ("a.json.manifest", Some(Suffix::Manifest)),
            ("a.json.md5", None),
            ("a.csv", None),
            ("json", None),
        ] {
            assert_eq!(suffix_of(name), suffix, "{name}");
        }
    }
}

//! COPY manifests: reading a producer's, writing our own (redshift-facts 1.9).

use std::borrow::Cow;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::model::object::{InvalidObjectUri, ObjectUri};
use crate::source::suffix::{Stored, Suffix, suffix_of_part};

/// What a manifest loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Never empty; in the order of the file.
    pub files: Vec<ListedFile>,
    /// How all files are written and packed: one COPY has one format and one compression.
    pub stored: Stored,
    /// Whether COPY fails when any of the files is missing.
    pub is_strict: bool,
}

/// A file of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    pub uri: ObjectUri,
    /// What the manifest says of its size in bytes, which COPY holds against the object.
    pub content_length: Option<u64>,
}

/// Why COPY could not load this manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    /// What it is.
    #[error(
        r#"it is {0}, and a COPY manifest is an object such as {{"entries": [{{"url": "s3://bucket/key", "mandatory": true}}]}}"#
    )]
    NotAnObject(&'static str),
    #[error("it is not a COPY manifest: {0}")]
    Malformed(String),
    #[error("it lists no files")]
    Empty,
    #[error("it lists {0} files, at most {MAX_FILES} are allowed")]
    TooMany(usize),
    #[error("{0}")]
    Address(#[from] InvalidObjectUri),
    #[error("it lists {0} twice, and COPY would load that file twice")]
    Twice(ObjectUri),
    #[error("it mixes files of different formats or compressions, which one COPY cannot read")]
    Mixed,
    #[error("{0} has no suffix of a format that is loaded, such as .json.gz or .csv")]
    UnsupportedFormat(ObjectUri),
}

/// Every file is looked at before the load and after COPY, and several loads keep their lists in memory at one time.
pub const MAX_FILES: usize = 10_000;

#[derive(Serialize, Deserialize)]
struct ManifestFile<'a> {
    #[serde(borrow)]
    entries: Vec<ManifestEntry<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "an object with a `url`")]
struct ManifestEntry<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    /// Without it COPY passes over a missing file in silence.
    #[serde(default)]
    mandatory: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meta: Option<ManifestMeta>,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "an object with a `content_length`")]
struct ManifestMeta {
    content_length: Option<u64>,
}

impl Manifest {
    pub fn parse(text: &[u8]) -> Result<Self, InvalidManifest> {
        // The reader of JSON takes a list for an object whose keys are left away.
        match text.trim_ascii().first() {
            Some(b'{') => {}
            Some(b'[') => return Err(InvalidManifest::NotAnObject("a JSON array")),
            Some(_) => return Err(InvalidManifest::NotAnObject("no JSON object")),
            None => return Err(InvalidManifest::NotAnObject("empty")),
        }
        let file: ManifestFile<'_> =
            serde_json::from_slice(text).map_err(|error| InvalidManifest::Malformed(error.to_string()))?;
        let is_strict = file.entries.iter().all(|entry| entry.mandatory);
        if file.entries.len() > MAX_FILES {
            return Err(InvalidManifest::TooMany(file.entries.len()));
        }
        let listed = |entry: &ManifestEntry<'_>| {
            let content_length = entry.meta.as_ref().and_then(|meta| meta.content_length);
            Ok(ListedFile { uri: ObjectUri::parse(&entry.url)?, content_length })
        };
        let files: Vec<ListedFile> =
            file.entries.iter().map(listed).collect::<Result<_, InvalidManifest>>()?;
        drop(file);
        let mut seen = HashSet::new();
        if let Some(twice) = files.iter().find(|file| !seen.insert(&file.uri)) {
            return Err(InvalidManifest::Twice(twice.uri.clone()));
        }
        let stored = stored(&files.first().ok_or(InvalidManifest::Empty)?.uri)?;
        for file in &files {
            if self::stored(&file.uri)? != stored {
                return Err(InvalidManifest::Mixed);
            }
        }
        Ok(Self { files, stored, is_strict })
    }
}

/// A name without a suffix leaves the format to who asks for the load, as the names of UNLOAD do.
fn stored(uri: &ObjectUri) -> Result<Stored, InvalidManifest> {
    match suffix_of_part(uri.file_name()) {
        Some(Suffix::Data(stored)) if !uri.file_name().is_empty() => Ok(stored),
        _ => Err(InvalidManifest::UnsupportedFormat(uri.clone())),
    }
}

/// The manifest text that makes COPY load exactly `files`, and fail when one is missing.
pub fn render(files: &[ListedFile]) -> String {
    let entry = |ListedFile { uri, content_length }: &ListedFile| ManifestEntry {
        url: Cow::Owned(uri.to_string()),
        mandatory: true,
        meta: content_length.map(|length| ManifestMeta { content_length: Some(length) }),
    };
    let entries = files.iter().map(entry).collect();
    serde_json::to_string_pretty(&ManifestFile { entries }).expect("strings and booleans are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format::{Compression, Format};

    fn uri(text: &str) -> ObjectUri {
        ObjectUri::parse(text).unwrap()
    }

    const JSON_GZ: Stored = Stored { format: Some(Format::Json), compression: Compression::Gzip };

    #[test]
    fn what_is_written_is_read_back() {
        let files = vec![
            ListedFile { uri: uri("s3://b/x.json.gz"), content_length: None },
            ListedFile { uri: uri("s3://b/y \"quoted\".json.gz"), content_length: Some(7) },
        ];
        let manifest = Manifest::parse(render(&files).as_bytes()).unwrap();
        assert_eq!(manifest, Manifest { files, stored: JSON_GZ, is_strict: true });
    }

    #[test]
    fn files_that_unload_names_without_a_suffix_leave_the_format_open() {
        let stored = |names: [&str; 2]| {
            let entries = names.map(|name| format!(r#"{{"url":"s3://b/s_t_2015-07-01T00:00:00Z{name}"}}"#));
            Manifest::parse(format!(r#"{{"entries":[{}]}}"#, entries.join(",")).as_bytes())
                .map(|manifest| manifest.stored)
        };
        let open = |compression| Ok(Stored { format: None, compression });
        assert_eq!(stored([".0000_part_00", ".0001_part_00"]), open(Compression::None));
        assert_eq!(stored(["0000_part_00", "_0001_part_00"]), open(Compression::None));
        assert_eq!(stored([".000", ".001"]), open(Compression::None));
        assert_eq!(stored([".0000_part_00.gz", ".0001_part_00.gz"]), open(Compression::Gzip));
        let parquet = Stored { format: Some(Format::Parquet), compression: Compression::None };
        assert_eq!(stored([".0000_part_00.parquet", ".0001_part_00.parquet"]), Ok(parquet));
        assert_eq!(stored([".0000_part_00", ".0001_part_00.gz"]), Err(InvalidManifest::Mixed));
    }

    #[test]
    fn a_manifest_with_an_optional_file_is_not_strict() {
        let text = br#"{"entries":[{"url":"s3://b/x.json","mandatory":true},{"url":"s3://b/y.json"}]}"#;
        assert!(!Manifest::parse(text).unwrap().is_strict);
    }

    #[test]
    fn manifests_that_copy_would_load_wrongly_are_refused() {
        let refusal =
            |entries: &str| Manifest::parse(format!(r#"{{"entries":[{entries}]}}"#).as_bytes()).unwrap_err();
        assert_eq!(refusal(""), InvalidManifest::Empty);
        let (gzip, plain) = (r#"{"url":"s3://b/x.json.gz"}"#, r#"{"url":"s3://b/x.json"}"#);
        assert_eq!(refusal(&format!("{gzip},{plain}")), InvalidManifest::Mixed);
        assert!(matches!(refusal(&format!("{plain},{plain}")), InvalidManifest::Twice(_)));
        for name in ["x.xml", "x.md5", "x.manifest", "folder/"] {
            let entry = format!(r#"{{"url":"s3://b/{name}"}}"#);
            assert!(matches!(refusal(&entry), InvalidManifest::UnsupportedFormat(_)), "{name}");
        }
        assert!(matches!(refusal(r#"{"url":"x.json"}"#), InvalidManifest::Address(_)));
        for text in [br#"["s3://b/x.json"]"#.as_slice(), br#" [[{"url": "s3://b/x.json"}]]"#] {
            let refused = Manifest::parse(text).unwrap_err();
            assert_eq!(refused, InvalidManifest::NotAnObject("a JSON array"));
            assert!(
                refused.to_string().starts_with(
                    r#"it is a JSON array, and a COPY manifest is an object such as {"entries": "#
                )
            );
        }
    }
}

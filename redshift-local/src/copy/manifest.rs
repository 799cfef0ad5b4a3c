//! The manifest: a JSON file that names the objects in full (fact 1.9).

use serde::Deserialize;

use super::grammar::location::Location;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub location: Location,
    pub mandatory: bool,
    /// What the columnar formats need, in bytes.
    pub content_length: Option<u64>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("Manifest file is not in correct json format")]
pub(crate) struct NotAManifest;

#[derive(Deserialize)]
struct File {
    entries: Vec<FileEntry>,
}

#[derive(Deserialize)]
struct FileEntry {
    url: String,
    #[serde(default)]
    mandatory: bool,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    content_length: Option<u64>,
}

/// The entries in order; one that is there twice is loaded twice.
pub(crate) fn parse(text: &[u8]) -> Result<Vec<Entry>, NotAManifest> {
    let file: File = serde_json::from_slice(text).map_err(|_| NotAManifest)?;
    let entry = |entry: FileEntry| {
        let location = Location::parse(&entry.url).ok_or(NotAManifest)?;
        Ok(Entry { location, mandatory: entry.mandatory, content_length: entry.meta.content_length })
    };
    file.entries.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_optional_unless_they_say_mandatory() {
        let text = br#"{"entries":[{"url":"s3://b/k","mandatory":true,"meta":{"content_length":3}},{"url":"s3://b/l/m"}]}"#;
        let entries = parse(text).expect("it is a manifest");
        assert_eq!(entries.iter().map(|entry| entry.mandatory).collect::<Vec<_>>(), [true, false]);
        assert_eq!(entries.iter().map(|entry| entry.content_length).collect::<Vec<_>>(), [Some(3), None]);
        assert_eq!(entries[1].location.to_string(), "s3://b/l/m");
    }

    #[test]
    fn anything_else_is_no_manifest() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"entries":{}}"#,
            r#"{"entries":["s3://b/k"]}"#,
            r#"{"entries":[{"mandatory":true}]}"#,
            r#"{"entries":[{"url":"b/k"}]}"#,
            r#"{"entries":[{"url":"s3://b/k","mandatory":"yes"}]}"#,
            r#"{"entries":[{"url":"s3://b/k","meta":{"content_length":-1}}]}"#,
            r#"{"entries":[{"url":"s3://b/k"}]"#,
        ] {
            assert_eq!(parse(text.as_bytes()), Err(NotAManifest), "{text}");
        }
    }
}

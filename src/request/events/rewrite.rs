//! A notification of some files of a message: what is parked when the others are loaded.

use serde::Serialize;

use crate::model::announced_file::AnnouncedFile;
use crate::request::events::form_key;

#[derive(Serialize)]
struct Notification<'a> {
    #[serde(rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(rename = "eventSource")]
    source: &'static str,
    #[serde(rename = "eventName")]
    name: &'static str,
    s3: OfFile<'a>,
}

#[derive(Serialize)]
struct OfFile<'a> {
    bucket: Bucket<'a>,
    object: Object<'a>,
}

#[derive(Serialize)]
struct Bucket<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Object<'a> {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(rename = "eTag", skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(rename = "versionId", skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

/// The body of a message that announces these files, as S3 would.
pub fn notification_of<'a>(files: impl IntoIterator<Item = &'a AnnouncedFile>) -> String {
    let record = |file: &'a AnnouncedFile| Record {
        source: "aws:s3",
        name: "ObjectCreated:Put",
        s3: OfFile {
            bucket: Bucket { name: &file.uri.bucket },
            object: Object {
                key: form_key::encoded(&file.uri.key),
                size: file.size,
                etag: file.etag.as_deref(),
                version_id: file.version_id.as_deref(),
            },
        },
    };
    let notification = Notification { records: files.into_iter().map(record).collect() };
    serde_json::to_string(&notification).expect("text and numbers are always JSON")
}

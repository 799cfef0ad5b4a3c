//! A notification of some files of a message: what is parked when the others are loaded.

use serde::Serialize;

use crate::model::announced_file::AnnouncedFile;
use crate::request::events::{LONGEST_BODY, form_key};

#[derive(Serialize)]
struct Notification<'a> {
    #[serde(rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    s3: OfFile<'a>,
}

/// What tells people, and others who read notifications, that a file is there.
#[derive(Serialize)]
struct Kind {
    #[serde(rename = "eventSource")]
    source: &'static str,
    #[serde(rename = "eventName")]
    name: &'static str,
}

const CREATED: Kind = Kind { source: "aws:s3", name: "ObjectCreated:Put" };

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
///
/// Where that is longer than a message may be, as little is said of each as is understood, so that the files of a message that was
/// received fit into one.
pub fn notification_of<'a>(files: impl IntoIterator<Item = &'a AnnouncedFile>) -> String {
    let files: Vec<&AnnouncedFile> = files.into_iter().collect();
    let as_s3 = body(&files, |file| record(file, Some(CREATED), form_key::encoded));
    if as_s3.len() <= LONGEST_BODY {
        return as_s3;
    }
    body(&files, |file| record(file, None, form_key::shortest))
}

fn body<'a>(files: &[&'a AnnouncedFile], record: impl Fn(&'a AnnouncedFile) -> Record<'a>) -> String {
    let notification = Notification { records: files.iter().map(|file| record(file)).collect() };
    serde_json::to_string(&notification).expect("text and numbers are always JSON")
}

fn record(file: &AnnouncedFile, kind: Option<Kind>, encoded: fn(&str) -> String) -> Record<'_> {
    let object = Object {
        key: encoded(&file.uri.key),
        size: file.size,
        etag: file.etag.as_deref(),
        version_id: file.version_id.as_deref(),
    };
    Record { kind, s3: OfFile { bucket: Bucket { name: &file.uri.bucket }, object } }
}

//! Notifications of S3, and of stores that send the same (`MinIO`, Ceph and others), whose `eventSource` is `minio:s3` and so on, and
//! whose event names may begin with `s3:`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::shown::excerpt;
use crate::request::events::not_data::NotData;
use crate::request::events::{Event, MOST_EVENTS, form_key, of_file};

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(rename = "eventSource", alias = "EventSource", default)]
    source: Option<String>,
    #[serde(rename = "eventName", default)]
    name: Option<String>,
    #[serde(borrow, default)]
    s3: Option<&'a RawValue>,
}

/// What a record says of the file.
#[derive(Deserialize)]
struct OfFile {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
pub(super) struct Bucket {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Object {
    pub(super) key: String,
    /// Some stores write it as a text.
    #[serde(default, deserialize_with = "number")]
    pub(super) size: Option<u64>,
    #[serde(default, rename = "eTag", alias = "etag", deserialize_with = "text")]
    pub(super) etag: Option<String>,
    #[serde(default, rename = "versionId", alias = "version-id", deserialize_with = "text")]
    pub(super) version_id: Option<String>,
}

/// Reads `Records`.
///
/// # Errors
/// Names the first record that cannot be read, or that is of another service.
pub(super) fn read(records: &RawValue) -> Result<Vec<Event>, String> {
    let records: Vec<&RawValue> = serde_json::from_str(records.get())
        .map_err(|_| "`Records` of the notification must be a list".to_owned())?;
    if records.len() > MOST_EVENTS {
        return Err(format!(
            "the notification has {} records, at most {MOST_EVENTS} are taken",
            records.len()
        ));
    }
    let event = |(index, record): (usize, &&RawValue)| {
        event(record).map_err(|problem| format!("record {} of the notification {problem}", index + 1))
    };
    records.iter().enumerate().map(event).collect()
}

fn event(record: &RawValue) -> Result<Event, String> {
    let unreadable = |error: serde_json::Error| format!("cannot be read: {}", excerpt(&error.to_string()));
    let record: Record<'_> = serde_json::from_str(record.get()).map_err(unreadable)?;
    if let Some(source) = record.source.filter(|source| !is_s3(source)) {
        return Err(format!(
            "is an event of the service `{}`, and only those of S3 tell of files; do not send it to this queue",
            excerpt(&source)
        ));
    }
    // Whoever makes records of other events may leave it out.
    if let Some(what) = record.name.as_deref().and_then(not_data) {
        return Ok(Event::NotData(what));
    }
    let Some(s3) = record.s3 else { return Err("has no `s3`".to_owned()) };
    let OfFile { bucket, object } = serde_json::from_str(s3.get()).map_err(unreadable)?;
    let Some(key) = form_key::decoded(&object.key) else {
        return Err(format!("has a key that is not UTF-8: `{}`", excerpt(&object.key)));
    };
    of_file(bucket.name, key, object.size, object.etag, object.version_id)
        .map_err(|problem| format!("is not usable: {problem}"))
}

fn is_s3(source: &str) -> bool {
    source.ends_with(":s3")
}

/// `None` for an event of a file that is there. A file that was restored from an archive is there from then on.
fn not_data(name: &str) -> Option<NotData> {
    let name = name.strip_prefix("s3:").unwrap_or(name);
    let (group, what) = name.split_once(':').unwrap_or((name, ""));
    match (group, what) {
        ("ObjectCreated", _) | ("ObjectRestore", "Completed") => None,
        ("ObjectRemoved" | "LifecycleExpiration", _) => Some(NotData::Deletion),
        ("ObjectRestore", "Post") => Some(NotData::RestoreStarted),
        ("ObjectRestore", _) => Some(NotData::RestoreEnded),
        ("LifecycleTransition" | "IntelligentTiering", _) => Some(NotData::StorageClass),
        ("ObjectTagging", _) => Some(NotData::Tags),
        ("ObjectAcl", _) => Some(NotData::Acl),
        ("TestEvent", _) => Some(NotData::Test),
        _ => Some(NotData::Other),
    }
}

/// What is no number is as good as not there.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// What is no text is as good as not there.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

//! Events of EventBridge. Their keys are as they are, where those of notifications are encoded.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::shown::excerpt;
use crate::request::events::not_data::NotData;
use crate::request::events::notification::{Bucket, Object};
use crate::request::events::{Event, of_file};

const SOURCE: &str = "aws.s3";
/// Reasons of `Object Created`.
const CREATED_BY: [&str; 4] = ["PutObject", "POST Object", "CopyObject", "CompleteMultipartUpload"];

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Object,
}

/// By what a detail without its envelope tells its kind.
#[derive(Deserialize)]
struct Marks<'a> {
    #[serde(default)]
    reason: Option<String>,
    #[serde(rename = "deletion-type", borrow, default)]
    deletion: Option<&'a RawValue>,
    #[serde(rename = "destination-storage-class", borrow, default)]
    storage_class: Option<&'a RawValue>,
    #[serde(rename = "destination-access-tier", borrow, default)]
    access_tier: Option<&'a RawValue>,
    #[serde(rename = "source-storage-class", borrow, default)]
    restored_from: Option<&'a RawValue>,
    #[serde(rename = "restore-expiry-time", borrow, default)]
    restored_until: Option<&'a RawValue>,
}

/// Reads the event of a kind (`detail-type`); without one, the detail tells.
///
/// # Errors
/// When it is of another service, or cannot be read.
pub(super) fn read(
    source: Option<&str>,
    kind: Option<&str>,
    detail: &RawValue,
) -> Result<Vec<Event>, String> {
    let source = source.unwrap_or_default();
    if source != SOURCE {
        return Err(format!(
            "this is an event of the service `{}` from EventBridge, and only those of `{SOURCE}` tell of files; narrow the rule that sends it",
            excerpt(source)
        ));
    }
    let Some(kind) = kind else { return read_detail(detail.get()).map(|event| vec![event]) };
    let event = match kind {
        "Object Created" | "Object Restore Completed" => file(detail.get())?,
        "Object Deleted" => Event::NotData(NotData::Deletion),
        "Object Restore Initiated" => Event::NotData(NotData::RestoreStarted),
        "Object Restore Expired" => Event::NotData(NotData::RestoreEnded),
        "Object Storage Class Changed" | "Object Access Tier Changed" => {
            Event::NotData(NotData::StorageClass)
        }
        "Object ACL Updated" => Event::NotData(NotData::Acl),
        "Object Tags Added" | "Object Tags Deleted" => Event::NotData(NotData::Tags),
        // Of CloudTrail, which tells of files in another way, under the name of S3.
        kind if kind.contains("CloudTrail") => {
            return Err(format!(
                "this is `{}` from EventBridge, which is not read; turn on EventBridge for the bucket, and send `Object Created`",
                excerpt(kind)
            ));
        }
        _ => Event::NotData(NotData::Other),
    };
    Ok(vec![event])
}

/// Reads a detail without its envelope. Unless it tells that nothing was created, a file is there: details of tags, of an ACL and of a
/// restored copy that is gone tell nothing, and so do those that somebody has written by hand. The daemon looks at such a file, and
/// loads it if it never has.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read_detail(body: &str) -> Result<Event, String> {
    let marks: Marks<'_> = serde_json::from_str(body).map_err(|error| unreadable(&error))?;
    let not_data = match &marks {
        Marks { deletion: Some(_), .. } => Some(NotData::Deletion),
        Marks { storage_class: Some(_), .. } | Marks { access_tier: Some(_), .. } => {
            Some(NotData::StorageClass)
        }
        Marks { restored_from: Some(_), restored_until: None, .. } => Some(NotData::RestoreStarted),
        Marks { reason: Some(reason), .. } if !CREATED_BY.contains(&reason.as_str()) => Some(NotData::Other),
        _ => None,
    };
    not_data.map_or_else(|| file(body), |what| Ok(Event::NotData(what)))
}

fn file(detail: &str) -> Result<Event, String> {
    let Detail { bucket, object } = serde_json::from_str(detail).map_err(|error| unreadable(&error))?;
    of_file(bucket.name, object.key, object.size, object.etag, object.version_id)
        .map_err(|problem| format!("the event is not usable: {problem}"))
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("the event of EventBridge cannot be read: {}", excerpt(&error.to_string()))
}

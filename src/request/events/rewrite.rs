//! Notifications of some files of a message: what is parked when the others are loaded.

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

/// Bodies of messages that announce these files, in their order: one, unless that would be longer than `longest` bytes. A single file is
/// never divided.
pub fn notifications_of<'a>(
    files: impl IntoIterator<Item = &'a AnnouncedFile>,
    longest: usize,
) -> Vec<String> {
    let (mut parts, mut bytes) = (vec![Vec::new()], 0);
    for file in files {
        // With what surrounds one record, which is more than what divides it from others.
        let length = notification_of([file]).len();
        let part = parts.last_mut().expect("there is a first part");
        if bytes + length > longest && !part.is_empty() {
            parts.push(vec![file]);
            bytes = length;
        } else {
            part.push(file);
            bytes += length;
        }
    }
    parts.into_iter().map(notification_of).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectUri;
    use crate::request::events::{Content, Event, read};

    fn file(key: String) -> AnnouncedFile {
        let uri = ObjectUri { bucket: "b".to_owned(), key };
        AnnouncedFile { uri, size: Some(1), etag: None, version_id: None, date: None }
    }

    fn read_again(bodies: &[String]) -> Vec<AnnouncedFile> {
        let events = bodies.iter().flat_map(|body| match read(body) {
            Ok(Content::Events(events)) => events,
            _ => panic!("{body}"),
        });
        let file = |event| match event {
            Event::File(file) => file,
            Event::NotData(_) => panic!("it is data"),
        };
        events.map(file).collect()
    }

    #[test]
    fn files_that_are_too_much_for_one_message_are_announced_by_several_and_none_is_lost() {
        let files: Vec<AnnouncedFile> =
            (0..1_000).map(|number| file(format!("{}{number}", "ä".repeat(200)))).collect();
        let bodies = notifications_of(&files, 100_000);
        assert!(bodies.len() > 10 && bodies.iter().all(|body| body.len() <= 100_000), "{}", bodies.len());
        assert_eq!(read_again(&bodies), files);
        assert_eq!(notifications_of(&files[..2], 100_000), [notification_of(&files[..2])]);
        assert_eq!(notifications_of(&files[..2], 1).len(), 2);
    }
}

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

/// Bytes of a body of ours: with all that goes with it, it is within the 256 KiB that queues take which are set up as they were before they
/// took 1 MiB. A single file is far below it.
pub const LONGEST_BODY: usize = 200 * 1024;

/// The body of a message that announces files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub text: String,
    /// How many it announces.
    pub files: usize,
}

/// Bodies of messages that announce these files, in their order: no more than `most_files` in each, and no more than `longest` bytes, but for
/// a single file. One body without files when there are none.
pub fn notifications_of<'a>(
    files: impl IntoIterator<Item = &'a AnnouncedFile>,
    most_files: usize,
    longest: usize,
) -> Vec<Body> {
    let (mut parts, mut bytes) = (vec![Vec::new()], 0);
    for file in files {
        // With what surrounds one record, which is more than what divides it from others.
        let length = notification_of([file]).len();
        let part = parts.last_mut().expect("there is a first part");
        if part.len() == most_files || (bytes + length > longest && !part.is_empty()) {
            parts.push(vec![file]);
            bytes = length;
        } else {
            part.push(file);
            bytes += length;
        }
    }
    parts.into_iter().map(|files| Body { files: files.len(), text: notification_of(files) }).collect()
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

    fn read_again(bodies: &[Body]) -> Vec<AnnouncedFile> {
        let events = bodies.iter().flat_map(|body| match read(&body.text) {
            Ok(Content::Events(events)) => events,
            _ => panic!("{body:?}"),
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
        let bodies = notifications_of(&files, usize::MAX, 100_000);
        assert!(
            bodies.len() > 10 && bodies.iter().all(|body| body.text.len() <= 100_000),
            "{}",
            bodies.len()
        );
        assert_eq!(read_again(&bodies), files);
        let together = Body { text: notification_of(&files[..2]), files: 2 };
        assert_eq!(notifications_of(&files[..2], usize::MAX, 100_000), [together]);
        assert_eq!(notifications_of(&files[..2], usize::MAX, 1).len(), 2);
    }
}

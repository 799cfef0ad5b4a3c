//! Messages that tell of files: events of S3, as S3 itself, EventBridge and SNS deliver them.
//!
//! They are read by what a load needs of them, as AWS's crate for their shapes demands fields that other stores leave out
//! (`eventTime`, `userIdentity`, `requestParameters`). What else they say is passed over, as AWS asks for: fields are added without
//! notice. When an event happened decides nothing, nor does its `sequencer`: a load takes what is there.

mod outline;
mod notification;
mod bridge;
mod form_key;
pub mod not_data;
pub mod rewrite;

use crate::model::announced_file::AnnouncedFile;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::shown::excerpt;
use crate::request::decode::{decode, one};
use crate::request::events::not_data::NotData;
use crate::request::events::outline::{Outline, Shape};
use crate::request::{InvalidRequest, LoadRequest};

/// Bytes of a message of events: the most that SQS takes.
const LONGEST_BODY: usize = 1 << 20;
/// Events of one message.
const MOST_EVENTS: usize = 10_000;
/// Envelopes of SNS around a message: a topic may hand on what another has wrapped.
const MOST_ENVELOPES: usize = 2;
/// Bytes of a key of S3.
const LONGEST_KEY: usize = 1024;

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Load(Box<LoadRequest>),
    /// In their order; none in a message that tells of nothing.
    Events(Vec<Event>),
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file is there, new, written again, or restored from an archive. Its date is not known yet.
    File(AnnouncedFile),
    /// It is acknowledged, and nothing is loaded for it.
    NotData(NotData),
}

/// Reads the body of a message, whatever envelope it came in.
///
/// # Errors
/// Says what is wrong with it, or that it is of another service. One event that cannot be read refuses all of its message: nothing
/// of that could be told apart in the dead-letter queue.
pub fn read(body: &str) -> Result<Content, InvalidRequest> {
    read_within(body, MOST_ENVELOPES)
}

fn read_within(body: &str, envelopes: usize) -> Result<Content, InvalidRequest> {
    // What is longer, or no object, is no load message either, which is said there.
    let outline = if body.len() > LONGEST_BODY { None } else { Outline::of(body) };
    let Some(shape) = outline.and_then(Outline::shape) else {
        return decode(body).map(Box::new).map(Content::Load);
    };
    let events = match shape {
        Shape::Notification(records) => notification::read(records),
        Shape::TestEvent => Ok(vec![Event::NotData(NotData::Test)]),
        Shape::Envelope(message) => {
            let Some(left) = envelopes.checked_sub(1) else {
                return Err(one(format!(
                    "the message has more than {MOST_ENVELOPES} envelopes of SNS around it; subscribe the queue to the first topic, or turn on raw message delivery"
                )));
            };
            return read_within(&message, left);
        }
        Shape::Confirmation => Err(
            "this is a question of SNS whether the queue is to be subscribed; subscribe it as the owner of both, or confirm by the SubscribeURL"
                .to_owned(),
        ),
        Shape::BridgeEvent { source, kind, detail } => bridge::read(source.as_deref(), kind.as_deref(), detail),
        Shape::Detail(body) => bridge::read_detail(body).map(|event| vec![event]),
    };
    events.map(Content::Events).map_err(one)
}

/// The event that a file is there.
///
/// # Errors
/// When bucket or key cannot be ones of S3.
fn of_file(
    bucket: String,
    key: String,
    size: Option<u64>,
    etag: Option<String>,
    version_id: Option<String>,
) -> Result<Event, String> {
    let is_bucket = SourceBucket::parse(&bucket).is_some_and(|source| source.bucket == bucket);
    if !is_bucket {
        return Err(format!("`{}` is not the name of a bucket", excerpt(&bucket)));
    }
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(format!("a key has 1 to {LONGEST_KEY} bytes, not {}", key.len()));
    }
    if key.ends_with('/') {
        return Ok(Event::NotData(NotData::Folder));
    }
    let etag = etag.map(|etag| etag.trim_matches('"').to_owned());
    Ok(Event::File(AnnouncedFile {
        uri: ObjectUri { bucket, key },
        size,
        etag: etag.filter(|etag| !etag.is_empty()),
        version_id: version_id.filter(|version| !version.is_empty()),
        date: None,
    }))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod properties;

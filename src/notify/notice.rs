//! A notice, and how it is written.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use strum::IntoStaticStr;

use crate::model::shown::{shown, shown_within};
use crate::model::target_table::TargetTable;
use crate::queue::group::GroupId;

/// What became of one table of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub event: Event,
    pub load_id: Option<String>,
    pub message_id: String,
    /// `None` when the message cannot be understood and names no table.
    pub target: Option<TargetTable>,
    /// RFC 3339.
    pub data_date: Option<String>,
    /// Of a load.
    pub rows: Option<u64>,
    /// Of a load: compressed, of all files.
    pub bytes: Option<u64>,
    /// Of a load: the data file, or the producer's manifest.
    pub source: Option<String>,
    /// Of a failure its class; of a skipped table why.
    pub kind: Option<&'static str>,
    /// The same in a sentence.
    pub reason: Option<String>,
    /// When the message was settled, RFC 3339.
    pub at: String,
}

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// It was loaded, and is committed.
    Loaded,
    /// There was nothing to do.
    Skipped,
    /// It cannot be loaded as it stands; its message is still in the queue, for another table's sake or for want of a
    /// dead-letter queue.
    Refused,
    /// It failed, and its message is in the dead-letter queue.
    Parked,
}

/// Bytes of a sentence.
const LONGEST_REASON: usize = 4096;

/// The JSON of a notice, in this order.
#[derive(Serialize)]
struct Body<'a> {
    event: Event,
    load_id: Option<&'a str>,
    message_id: &'a str,
    schema: Option<&'a str>,
    table: Option<&'a str>,
    data_date: Option<&'a str>,
    rows: Option<u64>,
    bytes: Option<u64>,
    source: Option<&'a str>,
    kind: Option<&'a str>,
    reason: Option<String>,
    at: &'a str,
}

impl Notice {
    /// JSON of a few kilobytes at most; SNS and SQS take 256 KiB.
    pub fn body(&self) -> String {
        let body = Body {
            event: self.event,
            load_id: self.load_id.as_deref(),
            message_id: &self.message_id,
            schema: self.target.as_ref().map(|target| target.schema.as_str()),
            table: self.target.as_ref().map(|target| target.table.as_str()),
            data_date: self.data_date.as_deref(),
            rows: self.rows,
            bytes: self.bytes,
            source: self.source.as_deref(),
            kind: self.kind,
            reason: self.reason.as_deref().map(|reason| shown_within(reason, LONGEST_REASON)),
            at: &self.at,
        };
        serde_json::to_string(&body).expect("texts and numbers are always JSON")
    }

    /// What subscriptions filter by; what is not known is left out.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let event: &'static str = self.event.into();
        let of_target = self.target.as_ref().map(|target| {
            [("schema", shown(target.schema.as_str())), ("table", shown(target.table.as_str()))]
        });
        let of_target = of_target.into_iter().flatten().map(|(name, text)| (name, text.into_owned()));
        let kind = self.kind.map(|kind| ("kind", kind.to_owned()));
        [("event", event.to_owned())].into_iter().chain(of_target).chain(kind).collect()
    }

    /// In FIFO topics and queues: notices of one table keep their order.
    pub fn group(&self) -> String {
        self.target
            .as_ref()
            .map_or_else(|| "no-table".to_owned(), |target| GroupId::of(target).as_str().to_owned())
    }

    /// The same for every attempt to send it, and another one's is another.
    pub fn deduplication_id(&self) -> String {
        Sha256::digest(self.body()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Keys by which a notice is known.
const KNOWN_BY: [&str; 6] = ["event", "load_id", "message_id", "schema", "table", "at"];

/// Whether the body of a message is a notice, bare or in the envelope of a topic: of such a message no notice may tell, as
/// that one would come back as a message too, and so on for ever.
pub fn is_notice(body: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let is_one = |value: &Value| KNOWN_BY.iter().all(|key| value.get(key).is_some());
    let Some(value) = read(body) else { return false };
    let enveloped = value.get("Message").and_then(Value::as_str).and_then(read);
    is_one(&value) || enveloped.as_ref().is_some_and(is_one)
}

#[cfg(test)]
mod document;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ident::Ident;

    fn notice() -> Notice {
        Notice {
            event: Event::Parked,
            load_id: Some("load".to_owned()),
            message_id: "message".to_owned(),
            target: Some(TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new("t").unwrap() }),
            data_date: None,
            rows: None,
            bytes: None,
            source: None,
            kind: Some("data_rejected"),
            reason: Some("x".to_owned()),
            at: "2015-07-01T00:00:00Z".to_owned(),
        }
    }

    #[test]
    fn what_is_not_known_is_null_and_no_attribute() {
        let body = r#"{"event":"parked","load_id":"load","message_id":"message","schema":"s","table":"t","data_date":null,"rows":null,"bytes":null,"source":null,"kind":"data_rejected","reason":"x","at":"2015-07-01T00:00:00Z"}"#;
        assert_eq!(notice().body(), body);
        let nobody = Notice { target: None, kind: None, ..notice() };
        assert_eq!(nobody.attributes(), [("event", "parked".to_owned())]);
        assert_eq!(nobody.group(), "no-table");
    }

    #[test]
    fn a_notice_is_known_when_it_comes_back_as_a_message() {
        let body = notice().body();
        let envelope = serde_json::json!({"Type": "Notification", "TopicArn": "arn", "Message": body});
        assert!(is_notice(&body) && is_notice(&envelope.to_string()));
        let message = r#"{"schema": "s", "tables": ["t"], "bucket": "b"}"#;
        for other in [message, "", "not json", "[1]", r#"{"Message": "not json"}"#] {
            assert!(!is_notice(other), "{other}");
        }
    }

    #[test]
    fn however_much_there_is_to_tell_it_is_taken() {
        let name = || Ident::new(&"\u{1}ä\"".repeat(30)).or_else(|_| Ident::new(&"ä\"".repeat(40))).unwrap();
        let long = Notice {
            target: Some(TargetTable { schema: name(), table: name() }),
            source: Some(format!("s3://{}/{}", "b".repeat(63), "\"".repeat(1024))),
            reason: Some("\u{0}".repeat(1_000_000)),
            ..notice()
        };
        assert!(long.body().len() < 16 * 1024, "{}", long.body().len());
        assert!(long.attributes().iter().all(|(_, value)| !value.is_empty() && value.len() < 1024));
        assert_eq!(long.deduplication_id().len(), 64);
        assert_eq!(long.deduplication_id(), long.clone().deduplication_id());
        assert_ne!(long.deduplication_id(), notice().deduplication_id());
    }
}

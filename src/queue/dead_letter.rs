//! A message in the dead-letter queue, as people ask for it.

pub mod filter;
pub(crate) mod batch;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::queue::ReceiptHandle;
use crate::queue::group::GroupId;

/// What a parked message has with it: the id that it had in the queue.
pub(crate) const MESSAGE_ID: &str = "message_id";
/// What a message has with it that was sent back: the id that it had at first. It stays when it is parked again.
pub(crate) const ORIGINAL_MESSAGE_ID: &str = "original_message_id";
/// What a parked message has with it: the queue that the daemon took it from. Others may share its dead-letter queue.
pub(crate) const QUEUE_URL: &str = "queue_url";

/// A message in the dead-letter queue, which the daemon has parked, or SQS by the redrive policy: then it has no attributes
/// but those of its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id in the dead-letter queue.
    pub id: String,
    pub receipt_handle: ReceiptHandle,
    pub body: String,
    /// When it was parked; of one that SQS moved, when it was first sent.
    pub parked_at: Option<DateTime<Utc>>,
    pub group: Option<GroupId>,
    /// The ARN of the queue that SQS itself has moved it from. Of a message that was sent here, as the daemon does, SQS tells
    /// none.
    pub moved_from: Option<String>,
    pub attributes: BTreeMap<String, String>,
}

/// A queue by the names under which parked messages know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueNames {
    pub url: String,
    /// `None` where the queue does not tell it.
    pub arn: Option<String>,
}

impl DeadLetter {
    /// The id that it was parked with, which SQS keeps when it moves one by itself.
    pub fn message_id(&self) -> &str {
        self.attribute(MESSAGE_ID).unwrap_or(&self.id)
    }

    /// The id that it had before it was ever sent back.
    pub fn original_id(&self) -> &str {
        self.attribute(ORIGINAL_MESSAGE_ID).unwrap_or_else(|| self.message_id())
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The failed tables, `schema.table`.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        items(self.attribute("tables"))
    }

    /// The failures of its tables, by the label `kind`.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        items(self.attribute("kind"))
    }

    /// The name of the queue that it came from; `None` of one that somebody has sent here by hand, that an earlier version
    /// has parked, or whose body left no room for it.
    pub fn queue_name(&self) -> Option<&str> {
        let address = self.moved_from.as_deref().or_else(|| self.attribute(QUEUE_URL))?;
        address.rsplit(['/', ':']).next()
    }

    /// Whether it is known to have come from another queue than this one.
    pub fn is_of_another_queue(&self, ours: &QueueNames) -> bool {
        match (&self.moved_from, self.attribute(QUEUE_URL)) {
            (Some(arn), _) => match &ours.arn {
                Some(ours) => ours != arn,
                None => self.queue_name() != ours.url.rsplit('/').next(),
            },
            // One queue has several hosts: of a region, of an endpoint in a VPC.
            (None, Some(url)) => path(url) != path(&ours.url),
            (None, None) => false,
        }
    }
}

/// Account and name of a queue in its URL.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(_, path)| path)
}

fn items(attribute: Option<&str>) -> impl Iterator<Item = &str> {
    attribute.into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn letter(attributes: &[(&str, &str)]) -> DeadLetter {
        DeadLetter {
            id: "dead-1".to_owned(),
            receipt_handle: ReceiptHandle("r".to_owned()),
            body: "{}".to_owned(),
            parked_at: None,
            group: None,
            moved_from: None,
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn a_message_knows_the_queue_that_it_came_from_whoever_has_parked_it() {
        let ours = QueueNames {
            url: "https://sqs.eu-west-1.amazonaws.com/1/loads".to_owned(),
            arn: Some("arn:aws:sqs:eu-west-1:1:loads".to_owned()),
        };
        let parked = |url: &str| letter(&[(MESSAGE_ID, "m"), (QUEUE_URL, url)]);
        let moved = |arn: &str| DeadLetter { moved_from: Some(arn.to_owned()), ..letter(&[]) };
        for (letter, name, is_of_another) in [
            (parked("https://sqs.eu-west-1.amazonaws.com/1/loads"), Some("loads"), false),
            (parked("https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/1/loads"), Some("loads"), false),
            (parked("https://sqs.eu-west-1.amazonaws.com/1/orders"), Some("orders"), true),
            (parked("https://sqs.eu-west-1.amazonaws.com/2/loads"), Some("loads"), true),
            (moved("arn:aws:sqs:eu-west-1:1:loads"), Some("loads"), false),
            (moved("arn:aws:sqs:eu-west-1:1:orders"), Some("orders"), true),
            (moved("arn:aws:sqs:eu-west-1:2:loads"), Some("loads"), true),
            // SQS has moved it after a daemon of another queue had parked it, and somebody sent it to ours.
            (
                DeadLetter {
                    moved_from: ours.arn.clone(),
                    ..parked("https://sqs.eu-west-1.amazonaws.com/1/orders")
                },
                Some("loads"),
                false,
            ),
            (letter(&[]), None, false),
        ] {
            assert_eq!((letter.queue_name(), letter.is_of_another_queue(&ours)), (name, is_of_another));
        }
        let without_arn = QueueNames { arn: None, ..ours };
        assert!(moved("arn:aws:sqs:eu-west-1:1:orders").is_of_another_queue(&without_arn));
        assert!(!moved("arn:aws:sqs:eu-west-1:1:loads").is_of_another_queue(&without_arn));
    }
}

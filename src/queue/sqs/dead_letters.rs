//! Where messages go that cannot be loaded: how the dead-letter queue is found, and what a parked message has with it.

use std::borrow::Cow;
use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::model::shown::shown_within;
use crate::queue::dead_letter::{MESSAGE_ID, ORIGINAL_MESSAGE_ID, QUEUE_URL};
use crate::queue::group::GroupId;
use crate::queue::sqs::is_fifo;
use crate::queue::sqs::refusal::AskedQueue;
use crate::queue::{LONGEST_ATTRIBUTE, Message, QueueError, WhyParked};

/// Bytes. Body and attributes share the room that SQS gives a message.
const SHORTENED_ATTRIBUTE: usize = 256;

/// The dead-letter queue of one queue.
pub(super) struct DeadLetters {
    /// Asked for by the user; found through the queue's redrive policy otherwise.
    url: OnceCell<String>,
}

impl DeadLetters {
    pub(super) fn new(url: Option<String>) -> Self {
        Self { url: url.map(OnceCell::from).unwrap_or_default() }
    }

    /// Looked for until there is one: an operator may add it while the daemon runs.
    pub(super) async fn url(&self, client: &Client, queue_url: &str) -> Result<Option<&str>, QueueError> {
        if let Some(known) = self.url.get() {
            return Ok(Some(known));
        }
        let Some(found) = find(client, queue_url).await? else { return Ok(None) };
        Ok(Some(self.url.get_or_init(async || found).await))
    }
}

/// The redrive policy names the dead-letter queue by ARN, `arn:aws:sqs:<region>:<account>:<name>`.
async fn find(client: &Client, queue_url: &str) -> Result<Option<String>, QueueError> {
    let request = client.get_queue_attributes().queue_url(queue_url);
    let request = request.attribute_names(QueueAttributeName::RedrivePolicy);
    let answer = request.send().await.map_err(|error| QueueError::DeadLetterQueueUnknown {
        by_queue: Box::new(AskedQueue::main(queue_url).refused(&error)),
    })?;
    let attributes = answer.attributes.unwrap_or_default();
    let policy = redrive_policy(&attributes);
    let arn = policy.as_ref().and_then(|policy| policy.get("deadLetterTargetArn")?.as_str());
    let mut parts = arn.unwrap_or_default().rsplit(':');
    let (Some(name), Some(account)) = (parts.next(), parts.next()) else { return Ok(None) };
    let request = client.get_queue_url().queue_name(name).queue_owner_aws_account_id(account);
    let answer = request.send().await.map_err(|error| AskedQueue::dead_letter(name).refused(&error))?;
    Ok(answer.queue_url)
}

/// What a queue says of its redrive policy, if it has one.
pub(super) fn redrive_policy(attributes: &HashMap<QueueAttributeName, String>) -> Option<Value> {
    serde_json::from_str(attributes.get(&QueueAttributeName::RedrivePolicy)?).ok()
}

/// Sends a copy of `message` with each of these bodies to the dead-letter queue at `url`, with what is known about it as attributes.
pub(super) async fn send(
    client: &Client,
    url: &str,
    queue_url: &str,
    (message, bodies): (&Message, &[Cow<'_, str>]),
    why: &WhyParked,
) -> Result<(), QueueError> {
    for (part, body) in bodies.iter().enumerate() {
        let target = Target::new(url, message, part, why.group.as_ref());
        let mut sent = Ok(());
        for attributes in attempts(queue_url, message, why) {
            sent = send_with(client, &target, body, attributes).await;
            if !matches!(sent, Err(QueueError::Refused { .. })) {
                break;
            }
        }
        sent?;
    }
    Ok(())
}

type Attributes = Vec<(&'static str, String)>;

/// What to send with a message, the most first. A long body leaves no room for everything, and the longest for nothing: the log
/// has told the reason. The ids, by which it is found, go last.
fn attempts(queue_url: &str, message: &Message, why: &WhyParked) -> [Attributes; 4] {
    let WhyParked { reason, kind, tables, load_ids, load_errors, group: _ } = why;
    let ids = [
        (MESSAGE_ID, message.id.as_str()),
        (ORIGINAL_MESSAGE_ID, message.original_id.as_deref().unwrap_or_default()),
        (QUEUE_URL, queue_url),
    ];
    let reason = [("reason", reason.as_str())];
    let rest =
        [("kind", kind.as_str()), ("tables", tables), ("load_id", load_ids), ("load_errors", load_errors)];
    let within = |longest: usize, all: &[&[(&'static str, &str)]]| {
        let shortened = |(name, value): &(&'static str, &str)| (*name, shown_within(value, longest));
        all.iter().copied().flatten().map(shortened).filter(|(_, value)| !value.is_empty()).collect()
    };
    [
        within(LONGEST_ATTRIBUTE, &[&ids, &reason, &rest]),
        within(SHORTENED_ATTRIBUTE, &[&ids, &reason]),
        within(SHORTENED_ATTRIBUTE, &[&ids]),
        Vec::new(),
    ]
}

/// The dead-letter queue, and what it is to be told of the place of one message in it.
struct Target<'a> {
    url: &'a str,
    group: Option<GroupId>,
    deduplication_id: Option<Cow<'a, str>>,
}

impl<'a> Target<'a> {
    /// A FIFO queue takes no message without a group: that of the table, which does not depend on how producers divide
    /// their messages into groups; that of the message where its table is not known; else one of its own. A standard
    /// queue is told only what the message had.
    ///
    /// The message's id keeps a message that was sent, but not yet deleted when the daemon was killed, from being
    /// there twice, for the five minutes that SQS remembers it. Its second part, and those behind it, are others.
    fn new(url: &'a str, message: &'a Message, part: usize, of_table: Option<&GroupId>) -> Self {
        if !is_fifo(url) {
            return Self { url, group: message.group.clone(), deduplication_id: None };
        }
        let group = of_table.cloned().or_else(|| message.group.clone());
        let group = group.unwrap_or_else(|| GroupId::told_by_queue(&message.id));
        let deduplication_id = match part {
            0 => Cow::Borrowed(message.id.as_str()),
            part => Cow::Owned(format!("{}-{part}", message.id)),
        };
        Self { url, group: Some(group), deduplication_id: Some(deduplication_id) }
    }
}

async fn send_with(
    client: &Client,
    target: &Target<'_>,
    body: &str,
    attributes: Attributes,
) -> Result<(), QueueError> {
    let attribute = |value: String| {
        let builder = MessageAttributeValue::builder().data_type("String").string_value(value);
        builder.build().expect("a data type is set")
    };
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), attribute(value)));
    let request = client.send_message().queue_url(target.url).message_body(body);
    let request = request
        .set_message_group_id(target.group.as_ref().map(|group| group.as_str().to_owned()))
        .set_message_deduplication_id(target.deduplication_id.as_deref().map(str::to_owned));
    let sent = request.set_message_attributes(Some(attributes.collect())).send().await;
    sent.map(drop).map_err(|error| AskedQueue::dead_letter(target.url).message_refused(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::ReceiptHandle;

    fn message(original_id: Option<&str>) -> Message {
        Message {
            id: "second".to_owned(),
            receipt_handle: ReceiptHandle("r".to_owned()),
            body: "{}".to_owned(),
            receive_count: 1,
            first_received_at: None,
            group: None,
            original_id: original_id.map(str::to_owned),
        }
    }

    fn of_reason(reason: &str) -> WhyParked {
        WhyParked { reason: reason.to_owned(), kind: "data_rejected".to_owned(), ..WhyParked::default() }
    }

    #[test]
    fn an_attribute_is_cut_between_characters_and_has_none_that_sqs_refuses_and_none_is_empty() {
        let reason = |text: &str, attempt: usize| {
            let attributes =
                attempts("u", &message(None), &of_reason(text)).into_iter().nth(attempt).unwrap();
            attributes.into_iter().find(|(name, _)| *name == "reason").map(|(_, value)| value)
        };
        assert_eq!(reason("a\u{1}b\u{ffff}ä", 0).as_deref(), Some(r"a\u{1}b\u{ffff}ä"));
        assert_eq!(reason("", 0), None);
        let cut = reason(&format!("a{}", "ä".repeat(300)), 1).unwrap();
        assert!(cut.len() <= SHORTENED_ATTRIBUTE && cut.ends_with("ä …"), "{cut}");
    }

    #[test]
    fn what_goes_with_a_message_last_is_how_it_is_found_again() {
        let names = |attributes: &Attributes| attributes.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let ids = ["message_id", "original_message_id", "queue_url"];
        let [all, fewer, least, none] =
            attempts("https://host/1/loads", &message(Some("first")), &of_reason("why"));
        assert_eq!(names(&all), [&ids[..], &["reason", "kind"]].concat());
        assert_eq!(names(&fewer), [&ids[..], &["reason"]].concat());
        assert_eq!(names(&least), ids);
        assert_eq!(least[1].1, "first");
        assert_eq!(none, []);
        assert_eq!(names(&attempts("u", &message(None), &of_reason("why"))[2]), ["message_id", "queue_url"]);
    }
}

//! Where messages go that cannot be loaded: how the dead-letter queue is found, and what a parked message has with it.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::model::shown::shown_within;
use crate::queue::dead_letter::ORIGINAL_MESSAGE_ID;
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

/// Sends a copy of `message` to the dead-letter queue at `url`, with what is known about it as attributes.
pub(super) async fn send(
    client: &Client,
    url: &str,
    message: &Message,
    why: &WhyParked,
) -> Result<(), QueueError> {
    let WhyParked { reason, kind, tables, load_ids, load_errors, group } = why;
    let target = Target::new(url, message, group.as_ref());
    let essential = [("message_id", message.id.as_str()), ("reason", reason)];
    let original = message.original_id.clone().unwrap_or_default();
    let rest = [
        ("kind", kind),
        ("tables", tables),
        ("load_id", load_ids),
        (ORIGINAL_MESSAGE_ID, &original),
        ("load_errors", load_errors),
    ];
    let all: Vec<(&str, &str)> =
        essential.into_iter().chain(rest.map(|(name, value)| (name, value.as_str()))).collect();
    // A long body leaves no room for everything, and the longest for nothing: the log has told the reason.
    let attempts: [(&[(&str, &str)], usize); 3] =
        [(&all, LONGEST_ATTRIBUTE), (&essential, SHORTENED_ATTRIBUTE), (&[], 0)];
    let mut sent = Ok(());
    for (attributes, longest) in attempts {
        sent = send_with(client, &target, message, attributes, longest).await;
        if !matches!(sent, Err(QueueError::Refused { .. })) {
            break;
        }
    }
    sent
}

/// The dead-letter queue, and what it is to be told of the place of one message in it.
struct Target<'a> {
    url: &'a str,
    group: Option<GroupId>,
    deduplication_id: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// A FIFO queue takes no message without a group: that of the table, which does not depend on how producers divide
    /// their messages into groups; that of the message where its table is not known; else one of its own. A standard
    /// queue is told only what the message had.
    ///
    /// The message's id keeps a message that was sent, but not yet deleted when the daemon was killed, from being
    /// there twice, for the five minutes that SQS remembers it.
    fn new(url: &'a str, message: &'a Message, of_table: Option<&GroupId>) -> Self {
        if !is_fifo(url) {
            return Self { url, group: message.group.clone(), deduplication_id: None };
        }
        let group = of_table.cloned().or_else(|| message.group.clone());
        let group = group.unwrap_or_else(|| GroupId::told_by_queue(&message.id));
        Self { url, group: Some(group), deduplication_id: Some(&message.id) }
    }
}

async fn send_with(
    client: &Client,
    target: &Target<'_>,
    message: &Message,
    attributes: &[(&str, &str)],
    longest: usize,
) -> Result<(), QueueError> {
    let attributes =
        attributes.iter().filter_map(|(name, value)| Some(((*name).to_owned(), attribute(value, longest)?)));
    let request = client.send_message().queue_url(target.url).message_body(&message.body);
    let request = request
        .set_message_group_id(target.group.as_ref().map(|group| group.as_str().to_owned()))
        .set_message_deduplication_id(target.deduplication_id.map(str::to_owned));
    let sent = request.set_message_attributes(Some(attributes.collect())).send().await;
    sent.map(drop).map_err(|error| AskedQueue::dead_letter(target.url).message_refused(&error))
}

/// SQS takes attribute values of its own characters only, and none that is empty.
fn attribute(value: &str, longest: usize) -> Option<MessageAttributeValue> {
    let value = shown_within(value, longest);
    let builder = MessageAttributeValue::builder().data_type("String").string_value(value.as_str());
    let attribute = builder.build().expect("a data type is set");
    (longest > 0 && !value.is_empty()).then_some(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_cut_between_characters_and_has_none_that_sqs_refuses() {
        let value = |text: &str, longest| attribute(text, longest).and_then(|made| made.string_value);
        assert_eq!(value("a\u{1}b\u{ffff}ä", 99).as_deref(), Some(r"a\u{1}b\u{ffff}ä"));
        assert_eq!(value("aä", 3).as_deref(), Some("aä"));
        assert_eq!(value("aäää", 6).as_deref(), Some("a …"));
        assert_eq!(value("", 9), None);
    }
}

//! Where notices of what became of tables go.

use crate::config::address::{is_queue_url, queue_url_of_arn};
use crate::config::environment::Environment;
use crate::config::queue::QueueSettings;
use crate::model::shown::shown;

/// Where notices go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyTarget {
    /// An SNS topic.
    Topic { arn: String, region: String },
    /// The URL of an SQS queue.
    Queue(String),
}

/// Reads where notices go; `None`: nowhere.
pub fn read(environment: &mut Environment, queue: &QueueSettings) -> Option<NotifyTarget> {
    let text = environment.setting("NOTIFY_URL")?;
    if [Some(&queue.url), queue.dead_letter_url.as_ref()].contains(&Some(&text)) {
        // Each notice would be taken for a message, parked, and told of by a notice.
        environment
            .problem("NOTIFY_URL must be another queue than QUEUE_URL and DEAD_LETTER_QUEUE_URL".to_owned());
        return None;
    }
    if let Some(region) = region_of_topic(&text) {
        return Some(NotifyTarget::Topic { region: region.to_owned(), arn: text });
    }
    if is_queue_url(&text) {
        return Some(NotifyTarget::Queue(text));
    }
    match queue_url_of_arn(&text) {
        Some(url) => environment
            .problem(format!("NOTIFY_URL must be the URL of a queue, not its ARN; that is {}", shown(&url))),
        None => {
            let expected = "the ARN of an SNS topic such as arn:aws:sns:eu-west-1:111122223333:loads, or the URL of an SQS queue";
            environment.must_be("NOTIFY_URL", expected, &text);
        }
    }
    None
}

/// The region in `arn:aws:sns:<region>:<account>:<name>`.
fn region_of_topic(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "sns", region, account, name] = parts[..] else { return None };
    let is_sound = partition.starts_with("aws")
        && !region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_sound.then_some(region)
}

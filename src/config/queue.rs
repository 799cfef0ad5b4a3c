//! Where the queue is.

use crate::config::address::{is_queue_url, queue_url_of_arn};
use crate::config::environment::Environment;
use crate::model::shown::shown;

/// Where the queue is. Needed by `serve` and `enqueue`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    pub url: String,
    /// `None`: found through the queue's redrive policy.
    pub dead_letter_url: Option<String>,
}

/// Reads what the queue needs.
pub fn read(environment: &mut Environment) -> QueueSettings {
    let url = environment.required("QUEUE_URL");
    let dead_letter_url = environment.setting("DEAD_LETTER_QUEUE_URL");
    check(environment, "QUEUE_URL", &url);
    if let Some(dead_letter_url) = &dead_letter_url {
        check(environment, "DEAD_LETTER_QUEUE_URL", dead_letter_url);
        if *dead_letter_url == url {
            // What is parked would come again for ever.
            environment.problem("DEAD_LETTER_QUEUE_URL must be another queue than QUEUE_URL".to_owned());
        }
    }
    QueueSettings { url, dead_letter_url }
}

fn check(environment: &mut Environment, name: &str, url: &str) {
    if url.is_empty() || is_queue_url(url) {
        return;
    }
    match queue_url_of_arn(url) {
        Some(its_url) => environment
            .problem(format!("{name} must be the URL of a queue, not its ARN; that is {}", shown(&its_url))),
        None => {
            let expected = "the URL of a queue such as https://sqs.eu-west-1.amazonaws.com/111122223333/loads \
                            (`aws sqs get-queue-url` tells it)";
            environment.must_be(name, expected, url);
        }
    }
}

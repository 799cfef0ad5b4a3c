//! Notices to an SQS queue. SDK types end here.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;

use crate::aws_calls::AwsCalls;
use crate::aws_error::AwsError;
use crate::notify::notice::Notice;
use crate::notify::outbox::{retries, timeouts};
use crate::notify::{NoticeSink, at_once, is_fifo};

/// One SQS queue.
pub struct Sqs {
    client: Client,
    queue_url: String,
}

impl Sqs {
    pub fn new(sdk_config: &SdkConfig, queue_url: String, calls: &AwsCalls) -> Self {
        let config = aws_sdk_sqs::config::Builder::from(sdk_config)
            .timeout_config(timeouts())
            .retry_config(retries())
            .interceptor(calls.clone());
        Self { client: Client::from_conf(config.build()), queue_url }
    }
}

#[async_trait]
impl NoticeSink for Sqs {
    async fn send(&self, notice: &Notice) -> Result<(), String> {
        let mut request = self.client.send_message().queue_url(&self.queue_url).message_body(notice.body());
        for (name, value) in notice.attributes() {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value);
            request = request.message_attributes(name, value.build().expect("a data type is set"));
        }
        if is_fifo(&self.queue_url) {
            request = request.message_group_id(notice.group());
            request = request.message_deduplication_id(notice.deduplication_id());
        }
        let sent = request.send().await;
        sent.map(drop)
            .map_err(|error| format!("the queue {} says: {}", self.queue_url, AwsError::of(&error).detail))
    }

    fn at_once(&self) -> usize {
        at_once(&self.queue_url)
    }
}

//! Notices to an SNS topic. SDK types end here.

use async_trait::async_trait;
use aws_config::{Region, SdkConfig};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::aws_calls::AwsCalls;
use crate::aws_error::AwsError;
use crate::notify::notice::Notice;
use crate::notify::outbox::{retries, timeouts};
use crate::notify::{NoticeSink, at_once, is_fifo};

/// One SNS topic.
pub struct Sns {
    client: Client,
    topic_arn: String,
}

impl Sns {
    /// The topic is asked for in its own region, whatever that of the queue is.
    pub fn new(sdk_config: &SdkConfig, topic_arn: String, region: String, calls: &AwsCalls) -> Self {
        let config = aws_sdk_sns::config::Builder::from(sdk_config)
            .region(Region::new(region))
            .timeout_config(timeouts())
            .retry_config(retries())
            .interceptor(calls.clone());
        Self { client: Client::from_conf(config.build()), topic_arn }
    }
}

#[async_trait]
impl NoticeSink for Sns {
    async fn send(&self, notice: &Notice) -> Result<(), String> {
        let mut request = self.client.publish().topic_arn(&self.topic_arn).message(notice.body());
        for (name, value) in notice.attributes() {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value);
            request = request.message_attributes(name, value.build().expect("a data type is set"));
        }
        if is_fifo(&self.topic_arn) {
            request = request.message_group_id(notice.group());
            request = request.message_deduplication_id(notice.deduplication_id());
        }
        let sent = request.send().await;
        sent.map(drop)
            .map_err(|error| format!("the topic {} says: {}", self.topic_arn, AwsError::of(&error).detail))
    }

    fn at_once(&self) -> usize {
        at_once(&self.topic_arn)
    }
}

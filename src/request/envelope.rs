//! Messages that are no load messages, but that a queue for loads is likely to get: known by their fields.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a body is when it is an envelope of AWS's; `None` when it may be a load message.
pub(super) fn kind_of(fields: &BTreeMap<String, Value>) -> Option<&'static str> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str);
    let is_s3_record = |record: &Value| record.get("eventSource").and_then(Value::as_str) == Some("aws:s3");
    let records = fields.get("Records").and_then(Value::as_array);
    if text("Event") == Some("s3:TestEvent")
        || records.is_some_and(|records| records.first().is_none_or(is_s3_record))
    {
        return Some("an event notification of S3");
    }
    if text("Type").is_some_and(|kind| kind.ends_with("Notification")) && fields.contains_key("TopicArn") {
        return Some("a notification of SNS");
    }
    (fields.contains_key("detail-type") && fields.contains_key("detail")).then_some("an event of EventBridge")
}

//! What a body is, by the fields at its top. The rest is looked at by whoever knows what it is.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The fields by which bodies are told apart, unread.
#[derive(Deserialize)]
pub(super) struct Outline<'a> {
    #[serde(rename = "Records", borrow, default)]
    records: Option<&'a RawValue>,
    #[serde(rename = "Event", borrow, default)]
    event: Option<&'a RawValue>,
    #[serde(rename = "Type", borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(rename = "Message", borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(rename = "detail-type", borrow, default)]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow, default)]
    source: Option<&'a RawValue>,
    #[serde(borrow, default)]
    detail: Option<&'a RawValue>,
    #[serde(borrow, default)]
    bucket: Option<&'a RawValue>,
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
    #[serde(skip)]
    body: &'a str,
}

/// What a body is, if it is no load message.
pub(super) enum Shape<'a> {
    /// What S3 sends, and what other stores send like it: its records.
    Notification(&'a RawValue),
    /// What S3 sends when notifications are set up.
    TestEvent,
    /// Of SNS: the message in it.
    Envelope(String),
    /// SNS asks whether it is to send to this queue.
    Confirmation,
    /// Of EventBridge. Security Lake tells its subscribers without the kind.
    BridgeEvent { source: Option<String>, kind: Option<String>, detail: &'a RawValue },
    /// The detail of an event of EventBridge alone, as a target with the input path `$.detail` gets it.
    Detail(&'a str),
}

impl<'a> Outline<'a> {
    /// `None` when the body is no object, or says one of these fields twice.
    pub(super) fn of(body: &'a str) -> Option<Self> {
        // An array would be read as the fields in their order.
        if !body.trim_start().starts_with('{') {
            return None;
        }
        serde_json::from_str(body).ok().map(|outline: Self| Self { body, ..outline })
    }

    /// `None` when it may be a load message.
    pub(super) fn shape(self) -> Option<Shape<'a>> {
        if let Some(records) = self.records {
            return Some(Shape::Notification(records));
        }
        if text(self.event).as_deref() == Some("s3:TestEvent") {
            return Some(Shape::TestEvent);
        }
        if let (Some(kind), Some(message)) = (text(self.kind), text(self.message)) {
            match kind.as_str() {
                "Notification" => return Some(Shape::Envelope(message)),
                "SubscriptionConfirmation" | "UnsubscribeConfirmation" => return Some(Shape::Confirmation),
                _ => {}
            }
        }
        let (kind, source) = (text(self.detail_type), text(self.source));
        if let Some(detail) = self.detail.filter(|_| kind.is_some() || source.is_some()) {
            return Some(Shape::BridgeEvent { source, kind, detail });
        }
        // The bucket of a load message is a text.
        (is_object(self.bucket) && is_object(self.object)).then_some(Shape::Detail(self.body))
    }
}

fn text(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

fn is_object(raw: Option<&RawValue>) -> bool {
    raw.is_some_and(|raw| raw.get().starts_with('{'))
}

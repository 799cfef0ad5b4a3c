//! The requests that this program makes of others, each by a name of ours: what `calls_total` counts.

use strum::{EnumIter, EnumString, IntoStaticStr};

/// A request to a service, by the name that the service itself has for it, if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter, EnumString)]
pub enum Call {
    ListObjectsV2,
    HeadBucket,
    HeadObject,
    GetObject,
    PutObject,
    DeleteObjects,
    CreateMultipartUpload,
    AbortMultipartUpload,
    ReceiveMessage,
    ChangeMessageVisibility,
    ChangeMessageVisibilityBatch,
    DeleteMessage,
    DeleteMessageBatch,
    SendMessage,
    SendMessageBatch,
    GetQueueAttributes,
    GetQueueUrl,
    Publish,
    /// A session with Redshift: TCP, TLS, the login and the first settings together.
    #[strum(serialize = "login")]
    Login,
    /// A statement that is none of the others, or several that are sent together.
    #[strum(serialize = "statement")]
    Statement,
    #[strum(serialize = "COPY")]
    Copy,
    #[strum(serialize = "COMMIT")]
    Commit,
}

impl Call {
    pub fn service(self) -> &'static str {
        match self {
            Self::ListObjectsV2
            | Self::HeadBucket
            | Self::HeadObject
            | Self::GetObject
            | Self::PutObject
            | Self::DeleteObjects
            | Self::CreateMultipartUpload
            | Self::AbortMultipartUpload => "s3",
            Self::ReceiveMessage
            | Self::ChangeMessageVisibility
            | Self::ChangeMessageVisibilityBatch
            | Self::DeleteMessage
            | Self::DeleteMessageBatch
            | Self::SendMessage
            | Self::SendMessageBatch
            | Self::GetQueueAttributes
            | Self::GetQueueUrl => "sqs",
            Self::Publish => "sns",
            Self::Login | Self::Statement | Self::Copy | Self::Commit => "redshift",
        }
    }

    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// What became of one request. A request that is repeated counts each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum CallResult {
    Ok,
    /// The service has said no: a right, an object or a table is missing, or the request makes no sense to it. Also a request
    /// that was not sent, as there are no credentials.
    Refused,
    /// No answer, or one that the service is out of order.
    Unreachable,
    /// The service has said that there are too many requests, or too many sessions.
    Throttled,
}

impl CallResult {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

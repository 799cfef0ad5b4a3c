//! What an error of the AWS SDK says, in one short line, for the adapters of queue and store.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// The parts of an SDK error that decide what it means.
pub(crate) struct AwsError {
    /// The service's own code, such as `NoSuchBucket`; empty when the service did not answer.
    pub(crate) code: String,
    /// The HTTP status, when there was an answer.
    pub(crate) status: Option<u16>,
    /// Whether the request was never sent, because no credentials were found.
    pub(crate) lacks_credentials: bool,
    /// One line for people.
    pub(crate) detail: String,
}

impl AwsError {
    pub(crate) fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let code = error.code().unwrap_or_default().to_owned();
        let causes = causes_of(error);
        let lacks_credentials = code.is_empty() && causes.iter().any(|cause| cause.contains("credential"));
        let detail = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            _ if lacks_credentials => "no AWS credentials were found".to_owned(),
            // The outer layers only say that the inner ones failed.
            _ => causes.last().cloned().unwrap_or_default(),
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        Self { code, status, lacks_credentials, detail }
    }
}

/// The first line of the error and of each of its causes, outermost first.
fn causes_of(error: &dyn Error) -> Vec<String> {
    let first_line = |error: &dyn Error| error.to_string().lines().next().unwrap_or_default().to_owned();
    let mut causes = vec![first_line(error)];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(first_line(cause));
        source = cause.source();
    }
    causes
}

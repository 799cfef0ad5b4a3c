//! Counts every request to AWS, those that the SDK repeats by itself included, whoever makes it. SDK types end here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_sdk_s3::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::retries::classifiers::RetryReason;

use crate::telemetry::calls::{Call, CallResult};
use crate::telemetry::metrics::Metrics;

/// To be given to each client of an AWS service when it is made.
#[derive(Clone)]
pub struct AwsCalls(Arc<Metrics>);

impl AwsCalls {
    pub fn counted_in(metrics: Arc<Metrics>) -> Self {
        Self(metrics)
    }
}

impl fmt::Debug for AwsCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AwsCalls").finish_non_exhaustive()
    }
}

impl Intercept for AwsCalls {
    fn name(&self) -> &'static str {
        "AwsCalls"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("none", Metadata::name);
        let call = Call::from_str(operation);
        debug_assert!(call.is_ok(), "an operation of AWS that `Call` does not know: {operation}");
        if let Ok(call) = call {
            self.0.called(call, result_of(context, components));
        }
        Ok(())
    }
}

fn result_of(context: &FinalizerInterceptorContextRef<'_>, components: &RuntimeComponents) -> CallResult {
    let error = match context.output_or_error() {
        Some(Ok(_)) => return CallResult::Ok,
        Some(Err(error)) => error,
        None => return CallResult::Unreachable,
    };
    // The SDK knows the codes with which each service says so.
    let mut classifiers = components.retry_classifiers();
    if classifiers.any(|classifier| is_throttled(&classifier.classify_retry(context.inner()))) {
        return CallResult::Throttled;
    }
    match context.response().map(|response| response.status().as_u16()) {
        Some(429) => CallResult::Throttled,
        Some(status) if status < 500 => CallResult::Refused,
        Some(_) => CallResult::Unreachable,
        // Not sent: without credentials, or without a region.
        None if !(error.is_timeout_error() || error.is_connector_error() || error.is_response_error()) => {
            CallResult::Refused
        }
        None => CallResult::Unreachable,
    }
}

fn is_throttled(opinion: &RetryAction) -> bool {
    matches!(
        opinion,
        RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. })
    )
}

#[cfg(test)]
mod tests;

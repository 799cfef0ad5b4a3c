//! Where buckets live: S3 refuses requests that arrive at another region than the bucket's.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;

use crate::aws_calls::AwsCalls;
use crate::storage::s3::refused::{missing_bucket, refused};
use crate::storage::{StorageError, StorageErrorKind};

const REGION_HEADER: &str = "x-amz-bucket-region";

/// A client of each region that a bucket lives in.
pub(super) struct Regions {
    sdk_config: SdkConfig,
    /// Buckets by name rather than by host name, as stand-ins on a local port need it.
    path_style: bool,
    calls: AwsCalls,
    /// Of our own region.
    pub(super) home: Client,
    /// Where each bucket lives; a bucket never moves.
    of_buckets: Mutex<HashMap<String, String>>,
    /// Clients of regions other than our own, with their connections.
    abroad: Mutex<HashMap<String, Client>>,
}

impl Regions {
    pub(super) fn new(sdk_config: SdkConfig, path_style: bool, calls: AwsCalls) -> Self {
        let home = client(&sdk_config, path_style, &calls, None);
        Self { sdk_config, path_style, calls, home, of_buckets: Mutex::default(), abroad: Mutex::default() }
    }

    /// A client of the region that the bucket lives in.
    pub(super) async fn client_for(&self, bucket: &str) -> Result<Client, StorageError> {
        let region = self.of_bucket(bucket).await?;
        Ok(self.client_in(&region))
    }

    pub(super) fn client_in(&self, region: &str) -> Client {
        if self.sdk_config.region().is_some_and(|home| home.as_ref() == region) {
            return self.home.clone();
        }
        let mut abroad = self.abroad.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || client(&self.sdk_config, self.path_style, &self.calls, Some(region.to_owned()));
        abroad.entry(region.to_owned()).or_insert_with(make).clone()
    }

    /// Asks with HEAD, whose answer names the region even when it refuses the request
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>).
    pub(super) async fn of_bucket(&self, bucket: &str) -> Result<String, StorageError> {
        if let Some(region) = self.known(bucket) {
            return Ok(region);
        }
        let named = match self.home.head_bucket().bucket(bucket).send().await {
            Ok(answer) => answer.bucket_region,
            Err(error) => {
                let header = error.raw_response().and_then(|response| response.headers().get(REGION_HEADER));
                match header {
                    Some(region) => Some(region.to_owned()),
                    None => return Err(missing_bucket(refused("look up", format!("s3://{bucket}"), &error))),
                }
            }
        };
        let home = || self.sdk_config.region().map(ToString::to_string);
        let region = named.or_else(home).ok_or_else(|| StorageError {
            kind: StorageErrorKind::NoRegion,
            action: "look up",
            object: format!("s3://{bucket}"),
            detail: String::new(),
        })?;
        self.lives_in(bucket, &region);
        Ok(region)
    }

    /// Notes that our own region has answered for the bucket, which it does only where the bucket lives.
    pub(super) fn lives_at_home(&self, bucket: &str) {
        if let Some(home) = self.sdk_config.region() {
            self.lives_in(bucket, home.as_ref());
        }
    }

    fn lives_in(&self, bucket: &str, region: &str) {
        let mut regions = self.of_buckets.lock().unwrap_or_else(PoisonError::into_inner);
        regions.insert(bucket.to_owned(), region.to_owned());
    }

    /// Where the bucket lives, as far as it was asked before.
    pub(super) fn known(&self, bucket: &str) -> Option<String> {
        self.of_buckets.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }
}

fn client(sdk_config: &SdkConfig, path_style: bool, calls: &AwsCalls, region: Option<String>) -> Client {
    let builder = aws_sdk_s3::config::Builder::from(sdk_config).force_path_style(path_style);
    let mut builder = builder.interceptor(calls.clone());
    if let Some(region) = region {
        builder = builder.region(Region::new(region));
    }
    Client::from_conf(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::s3::tests::sdk_config;

    #[tokio::test]
    async fn buckets_of_one_region_share_a_client() {
        let regions = Regions::new(sdk_config(), false, AwsCalls::counted_in(std::sync::Arc::default()));
        for (bucket, region) in
            [("a", "us-east-1"), ("b", "us-east-1"), ("c", "us-west-2"), ("d", "eu-west-1")]
        {
            regions.lives_in(bucket, region);
        }
        let client = async |bucket| regions.client_for(bucket).await.unwrap();
        let (a, b, c, d) = (client("a").await, client("b").await, client("c").await, client("d").await);
        assert!(std::ptr::eq(a.config(), b.config()));
        assert!(!std::ptr::eq(a.config(), c.config()));
        assert!(std::ptr::eq(d.config(), regions.home.config()));
        assert_eq!(c.config().region().map(AsRef::as_ref), Some("us-west-2"));
    }
}

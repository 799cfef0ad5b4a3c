//! A bucket of the test's own.

use std::io::Write as _;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::StorageClass;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::servers::s3;

pub(crate) struct Bucket {
    client: Client,
    pub name: String,
}

impl Bucket {
    pub(crate) async fn create(name: &str) -> Self {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .endpoint_url(&s3().url)
            .force_path_style(true)
            .build();
        let client = Client::from_conf(config);
        client.create_bucket().bucket(name).send().await.expect("a bucket can be made");
        Self { client, name: name.to_owned() }
    }

    pub(crate) async fn put(&self, key: &str, body: impl Into<Vec<u8>>) {
        let body = body.into().into();
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .body(body)
            .send()
            .await
            .expect("an object can be put");
    }

    /// In a storage class that S3 does not read from.
    pub(crate) async fn put_archived(&self, key: &str, body: &str) {
        let body = body.as_bytes().to_vec().into();
        let request = self.client.put_object().bucket(&self.name).key(key).body(body);
        request.storage_class(StorageClass::Glacier).send().await.expect("an object can be put");
    }

    pub(crate) async fn put_gzip(&self, key: &str, body: &str) {
        self.put(key, gzip(body)).await;
    }

    pub(crate) fn url(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.name)
    }
}

pub(crate) fn gzip(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body.as_bytes()).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

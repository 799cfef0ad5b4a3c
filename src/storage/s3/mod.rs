//! The object store on S3. SDK types end here.

mod access;
mod key;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{ProvideCredentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, EncodingType, Object, ObjectIdentifier};
use chrono::{DateTime, Utc};
use tracing::warn;

use crate::aws_error::AwsError;
use crate::causes;
use crate::failure::unreachable::Unreachable;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::secret::Secret;
use crate::model::shown::shown;
use crate::storage::answer::meaning;
use crate::storage::{AccessKeys, ObjectStore, StorageError, StorageErrorKind};

const REGION_HEADER: &str = "x-amz-bucket-region";

/// S3, or whatever speaks its protocol at the endpoint that the environment names.
pub struct S3 {
    sdk_config: SdkConfig,
    /// Buckets by name rather than by host name, as stand-ins on a local port need it.
    path_style: bool,
    home: Client,
    /// Where each bucket lives; a bucket never moves.
    regions: Mutex<HashMap<String, String>>,
    /// Clients of regions other than our own, with their connections.
    abroad: Mutex<HashMap<String, Client>>,
}

impl S3 {
    pub fn new(sdk_config: SdkConfig, path_style: bool) -> Self {
        let home = client(&sdk_config, path_style, None);
        Self { sdk_config, path_style, home, regions: Mutex::default(), abroad: Mutex::default() }
    }

    /// A client of the region that the bucket lives in: S3 refuses requests that arrive at another one.
    async fn client_for(&self, bucket: &str) -> Result<Client, StorageError> {
        let region = self.region(bucket).await?;
        Ok(self.client_in(&region))
    }

    fn client_in(&self, region: &str) -> Client {
        if self.sdk_config.region().is_some_and(|home| home.as_ref() == region) {
            return self.home.clone();
        }
        let mut abroad = self.abroad.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || client(&self.sdk_config, self.path_style, Some(region.to_owned()));
        abroad.entry(region.to_owned()).or_insert_with(make).clone()
    }

    /// One page of a listing. A listing is how a load begins, so it also tells where the bucket lives: our own region is
    /// asked while that is not known, and only where the bucket lives would it answer.
    async fn page(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<String>,
    ) -> Result<ListObjectsV2Output, SdkError<ListObjectsV2Error>> {
        let ask = |client: Client| {
            let request = client.list_objects_v2().bucket(bucket).prefix(prefix);
            request.encoding_type(EncodingType::Url).set_continuation_token(after.clone()).send()
        };
        let known = self.known_region(bucket);
        let answer = ask(known.as_deref().map_or_else(|| self.home.clone(), |region| self.client_in(region)));
        let answer = answer.await;
        if known.is_some() {
            return answer;
        }
        match &answer {
            Ok(_) => {
                if let Some(home) = self.sdk_config.region() {
                    self.lives_in(bucket, home.as_ref());
                }
            }
            Err(error) if is_misdirected(error) => {
                if let Ok(region) = self.region(bucket).await {
                    return ask(self.client_in(&region)).await;
                }
            }
            Err(_) => {}
        }
        answer
    }

    /// Shows each object under a prefix, with its key as it is.
    async fn each(
        &self,
        bucket: &str,
        prefix: &str,
        each: &mut (dyn FnMut(String, Object) + Send),
    ) -> Result<(), StorageError> {
        let at = || format!("s3://{bucket}/{prefix}*");
        let (mut no_text, mut after) = (None, None);
        loop {
            let page = self.page(bucket, prefix, after.clone()).await;
            let page = page.map_err(|error| no_such_bucket(refused("list", at(), &error), bucket))?;
            let next = page.next_continuation_token;
            // A server that does not know the encoding says so by not naming it.
            let is_encoded = page.encoding_type == Some(EncodingType::Url);
            for mut object in page.contents.unwrap_or_default() {
                let Some(listed) = object.key.take() else { continue };
                let key = if is_encoded { key::decoded(&listed) } else { Some(listed.clone()) };
                match key {
                    Some(key) => each(key, object),
                    None => no_text.get_or_insert((listed, 0_u64)).1 += 1,
                }
            }
            if next.is_none() {
                break;
            }
            if next == after {
                let detail = "its listing does not go on".to_owned();
                let kind = StorageErrorKind::Unavailable;
                return Err(StorageError { kind, action: "list", object: at(), detail });
            }
            after = next;
        }
        if let Some((first, count)) = no_text {
            let (at, first) = (at(), shown(&first).into_owned());
            warn!("{count} keys under {} are not UTF-8 text and were ignored, such as {first}", shown(&at));
        }
        Ok(())
    }

    fn lives_in(&self, bucket: &str, region: &str) {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.insert(bucket.to_owned(), region.to_owned());
    }

    fn known_region(&self, bucket: &str) -> Option<String> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }
}

/// Whether the bucket may live elsewhere: `PermanentRedirect`, `TemporaryRedirect`, or a signature for another region.
fn is_misdirected<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| matches!(response.status().as_u16(), 301 | 307 | 400))
}

fn client(sdk_config: &SdkConfig, path_style: bool, region: Option<String>) -> Client {
    let mut builder = aws_sdk_s3::config::Builder::from(sdk_config).force_path_style(path_style);
    if let Some(region) = region {
        builder = builder.region(Region::new(region));
    }
    Client::from_conf(builder.build())
}

#[async_trait]
impl ObjectStore for S3 {
    async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        each: &mut (dyn FnMut(ObjectMeta) + Send),
    ) -> Result<(), StorageError> {
        self.each(bucket, prefix, &mut |key, object| {
            each(ObjectMeta {
                uri: ObjectUri { bucket: bucket.to_owned(), key },
                etag: bare_etag(object.e_tag),
                size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                access: access::of_listed(object.storage_class.as_ref()),
            });
        })
        .await
    }

    async fn list_with_times(
        &self,
        bucket: &str,
        prefix: &str,
        each: &mut (dyn FnMut(String, DateTime<Utc>) + Send),
    ) -> Result<(), StorageError> {
        self.each(bucket, prefix, &mut |key, object| {
            let written = object.last_modified.and_then(|at| DateTime::from_timestamp(at.secs(), 0));
            if let Some(written) = written {
                each(key, written);
            }
        })
        .await
    }

    async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StorageError> {
        let at = || format!("s3://{bucket}");
        let client = self.client_for(bucket).await?;
        let named = |key: &String| ObjectIdentifier::builder().key(key).build();
        let objects = keys.iter().map(named).collect::<Result<_, _>>().expect("each has a key");
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let delete = delete.expect("it has objects");
        let answer = client.delete_objects().bucket(bucket).delete(delete).send().await;
        let answer = answer.map_err(|error| refused("delete objects in", at(), &error))?;
        match answer.errors().first() {
            None => Ok(()),
            Some(error) => Err(StorageError {
                kind: StorageErrorKind::Denied,
                action: "delete",
                object: format!("s3://{bucket}/{}", error.key().unwrap_or_default()),
                detail: error.message().or(error.code()).unwrap_or_default().to_owned(),
            }),
        }
    }

    async fn inspect(&self, uri: &ObjectUri) -> Result<ObjectMeta, StorageError> {
        let client = self.client_for(&uri.bucket).await?;
        let head = client.head_object().bucket(&uri.bucket).key(&uri.key).send().await;
        let head = head.map_err(|error| refused("inspect", uri.to_string(), &error))?;
        Ok(ObjectMeta {
            uri: uri.clone(),
            access: access::of_head(&head),
            etag: bare_etag(head.e_tag),
            size: head.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        })
    }

    async fn read(&self, uri: &ObjectUri, max_bytes: usize) -> Result<Vec<u8>, StorageError> {
        let client = self.client_for(&uri.bucket).await?;
        let answer = client.get_object().bucket(&uri.bucket).key(&uri.key).send().await;
        let answer = answer.map_err(|error| refused("read", uri.to_string(), &error))?;
        let content = up_to(max_bytes.saturating_add(1), answer, uri).await?;
        if content.len() > max_bytes {
            let detail = format!("more than {max_bytes} bytes");
            return Err(unreadable(uri, StorageErrorKind::TooLarge, detail));
        }
        Ok(content)
    }

    async fn read_head(&self, uri: &ObjectUri, bytes: usize) -> Result<Vec<u8>, StorageError> {
        let client = self.client_for(&uri.bucket).await?;
        let range = format!("bytes=0-{}", bytes.saturating_sub(1));
        let answer = client.get_object().bucket(&uri.bucket).key(&uri.key).range(range).send().await;
        match answer {
            Ok(answer) => up_to(bytes, answer, uri).await,
            // There is no first byte of nothing (RFC 9110, 416).
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 416) => {
                Ok(Vec::new())
            }
            Err(error) => Err(refused("read", uri.to_string(), &error)),
        }
    }

    async fn write(&self, uri: &ObjectUri, content: Vec<u8>) -> Result<(), StorageError> {
        let client = self.client_for(&uri.bucket).await?;
        let request = client.put_object().bucket(&uri.bucket).key(&uri.key).body(ByteStream::from(content));
        request.send().await.map_err(|error| refused("write", uri.to_string(), &error))?;
        Ok(())
    }

    /// Asks with HEAD, whose answer names the region even when it refuses the request
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>).
    async fn region(&self, bucket: &str) -> Result<String, StorageError> {
        if let Some(region) = self.known_region(bucket) {
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

    async fn access_keys(&self) -> Result<AccessKeys, StorageError> {
        let error = |detail| StorageError {
            kind: StorageErrorKind::Denied,
            action: "find",
            object: "AWS credentials for COPY".to_owned(),
            detail,
        };
        let provider = self.sdk_config.credentials_provider();
        let provider = provider.ok_or_else(|| error("none are configured".to_owned()))?;
        let keys = provider.provide_credentials().await;
        let keys =
            keys.map_err(|source| error(source.to_string().lines().next().unwrap_or_default().to_owned()))?;
        Ok(AccessKeys {
            access_key_id: keys.access_key_id().to_owned(),
            secret_access_key: Secret::new(keys.secret_access_key()),
            session_token: keys.session_token().map(Secret::new),
        })
    }
}

/// As much of the content as `bytes`; what follows is not waited for.
async fn up_to(bytes: usize, mut answer: GetObjectOutput, uri: &ObjectUri) -> Result<Vec<u8>, StorageError> {
    let mut content = Vec::new();
    while content.len() < bytes {
        let Some(chunk) = answer.body.next().await else { break };
        let chunk = chunk.map_err(|source| broken_off(uri, &source))?;
        content.extend_from_slice(&chunk);
    }
    content.truncate(bytes);
    Ok(content)
}

/// The content ended before its end.
fn broken_off(uri: &ObjectUri, source: &(dyn std::error::Error + 'static)) -> StorageError {
    let kind = StorageErrorKind::Unreachable(causes::unreachable(source));
    unreadable(uri, kind, causes::in_words(source))
}

fn unreadable(uri: &ObjectUri, kind: StorageErrorKind, detail: String) -> StorageError {
    StorageError { kind, action: "read", object: uri.to_string(), detail }
}

/// Without its quotes, which stores other than AWS's write in one answer and not in the next.
fn bare_etag(etag: Option<String>) -> String {
    etag.unwrap_or_default().trim_start_matches("W/").trim_matches('"').to_owned()
}

/// HEAD has no body, so a bucket that is not there says no more than 404.
fn missing_bucket(error: StorageError) -> StorageError {
    match error.kind {
        StorageErrorKind::NotFound => StorageError { kind: StorageErrorKind::NoSuchBucket, ..error },
        _ => error,
    }
}

/// Whichever of several listings has found it out.
fn no_such_bucket(error: StorageError, bucket: &str) -> StorageError {
    match error.kind {
        StorageErrorKind::NoSuchBucket => {
            StorageError { action: "look up", object: format!("s3://{bucket}"), ..error }
        }
        _ => error,
    }
}

fn refused<E>(action: &'static str, object: String, error: &SdkError<E>) -> StorageError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let AwsError { code, status, lacks_credentials, detail } = AwsError::of(error);
    let kind = match error {
        _ if lacks_credentials => StorageErrorKind::Denied,
        SdkError::TimeoutError(_) => StorageErrorKind::Unreachable(Unreachable::NoAnswer),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            StorageErrorKind::Unreachable(Unreachable::NoAnswer)
        }
        SdkError::DispatchFailure(_) => StorageErrorKind::Unreachable(causes::unreachable(error)),
        _ => meaning(&code, status),
    };
    StorageError { kind, action, object, detail }
}

#[cfg(test)]
mod tests {
    use aws_config::BehaviorVersion;
    use aws_config::credential_process::CredentialProcessProvider;
    use aws_sdk_s3::config::SharedCredentialsProvider;

    use super::*;

    fn test_s3() -> S3 {
        let no_credentials = CredentialProcessProvider::new("false".to_owned());
        let sdk_config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(no_credentials));
        S3::new(sdk_config.build(), false)
    }

    #[tokio::test]
    async fn without_credentials_access_is_denied_in_one_short_line() {
        let refused = test_s3().list("b", "p", &mut drop).await.unwrap_err();
        assert_eq!(refused.kind, StorageErrorKind::Denied, "{refused}");
        let line = refused.to_string();
        assert!(!line.contains('\n') && line.len() < 250, "{line}");
    }

    #[test]
    fn an_etag_is_one_however_an_answer_spells_it() {
        for spelling in ["\"abc-2\"", "abc-2", "W/\"abc-2\""] {
            assert_eq!(bare_etag(Some(spelling.to_owned())), "abc-2");
        }
    }

    #[tokio::test]
    async fn buckets_of_one_region_share_a_client() {
        let s3 = test_s3();
        let regions = [("a", "us-east-1"), ("b", "us-east-1"), ("c", "us-west-2"), ("d", "eu-west-1")];
        let regions = regions.map(|(bucket, region)| (bucket.to_owned(), region.to_owned()));
        s3.regions.lock().unwrap().extend(regions);
        let client = async |bucket| s3.client_for(bucket).await.unwrap();
        let (a, b, c, d) = (client("a").await, client("b").await, client("c").await, client("d").await);
        assert!(std::ptr::eq(a.config(), b.config()));
        assert!(!std::ptr::eq(a.config(), c.config()));
        assert!(std::ptr::eq(d.config(), s3.home.config()));
        assert_eq!(c.config().region().map(AsRef::as_ref), Some("us-west-2"));
    }
}

//! The object store on S3. SDK types end here.

mod access;
mod key;
mod listing;
mod refused;
mod regions;

use std::ops::Range;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::config::ProvideCredentials;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, Object, ObjectIdentifier};
use chrono::DateTime;

use crate::aws_calls::AwsCalls;
use crate::model::object::{ListedObject, ObjectMeta, ObjectUri};
use crate::model::secret::Secret;
use crate::storage::answer::meaning;
use crate::storage::s3::refused::{broken_off, refused, unreadable};
use crate::storage::s3::regions::Regions;
use crate::storage::{AccessKeys, ObjectStore, Page, PageEnd, StorageError, StorageErrorKind};

/// S3, or whatever speaks its protocol at the endpoint that the environment names.
pub struct S3 {
    sdk_config: SdkConfig,
    regions: Regions,
}

impl S3 {
    /// `path_style` names buckets in the path rather than in the host name, as stand-ins on a local port need it.
    pub fn new(sdk_config: SdkConfig, path_style: bool, calls: AwsCalls) -> Self {
        Self { regions: Regions::new(sdk_config.clone(), path_style, calls), sdk_config }
    }
}

impl S3 {
    /// Ok when an object could be written there. Nothing is: an upload is begun and given up, for which the right to write is
    /// enough.
    pub async fn may_write(&self, uri: &ObjectUri) -> Result<(), StorageError> {
        let client = self.regions.client_for(&uri.bucket).await?;
        let begun = client.create_multipart_upload().bucket(&uri.bucket).key(&uri.key).send().await;
        let begun = begun.map_err(|error| refused("write", uri.to_string(), &error))?;
        let given_up = client.abort_multipart_upload().bucket(&uri.bucket).key(&uri.key);
        let given_up = given_up.set_upload_id(begun.upload_id).send().await;
        given_up.map(drop).map_err(|error| refused("give up an upload to", uri.to_string(), &error))
    }
}

#[async_trait]
impl ObjectStore for S3 {
    async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        each: &mut (dyn FnMut(ObjectMeta) + Send),
    ) -> Result<(), StorageError> {
        listing::each_object(&self.regions, bucket, prefix, &mut |key, object| {
            each(meta(bucket, key, object));
        })
        .await
    }

    async fn list_page(
        &self,
        bucket: &str,
        prefix: &str,
        behind: Option<&PageEnd>,
    ) -> Result<Page, StorageError> {
        let after = behind.map(|end| end.0.clone());
        let listing::ListingPage { objects, no_text, next } =
            listing::page(&self.regions, bucket, prefix, after).await?;
        if let Some(no_text) = no_text {
            no_text.tell(bucket, prefix);
        }
        let listed = |(key, object): (String, Object)| {
            let last_modified = object.last_modified.and_then(|at| DateTime::from_timestamp(at.secs(), 0));
            ListedObject { meta: meta(bucket, key, object), last_modified }
        };
        Ok(Page { objects: objects.into_iter().map(listed).collect(), end: next.map(PageEnd) })
    }

    async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StorageError> {
        let at = || format!("s3://{bucket}");
        let client = self.regions.client_for(bucket).await?;
        let named = |key: &String| ObjectIdentifier::builder().key(key).build();
        let objects = keys.iter().map(named).collect::<Result<_, _>>().expect("each has a key");
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let delete = delete.expect("it has objects");
        let answer = client.delete_objects().bucket(bucket).delete(delete).send().await;
        let answer = answer.map_err(|error| refused("delete objects in", at(), &error))?;
        match answer.errors().first() {
            None => Ok(()),
            Some(error) => Err(StorageError {
                kind: meaning(error.code().unwrap_or_default(), None),
                action: "delete",
                object: format!("s3://{bucket}/{}", error.key().unwrap_or_default()),
                detail: error.message().or(error.code()).unwrap_or_default().to_owned(),
            }),
        }
    }

    async fn inspect(&self, uri: &ObjectUri) -> Result<ObjectMeta, StorageError> {
        let client = self.regions.client_for(&uri.bucket).await?;
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
        let client = self.regions.client_for(&uri.bucket).await?;
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
        self.read_range(uri, 0..u64::try_from(bytes).unwrap_or(u64::MAX)).await
    }

    async fn read_range(&self, uri: &ObjectUri, range: Range<u64>) -> Result<Vec<u8>, StorageError> {
        let client = self.regions.client_for(&uri.bucket).await?;
        let bytes = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let range = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let answer = client.get_object().bucket(&uri.bucket).key(&uri.key).range(range).send().await;
        match answer {
            Ok(answer) => up_to(bytes, answer, uri).await,
            // None of them is there (RFC 9110, 416).
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 416) => {
                Ok(Vec::new())
            }
            Err(error) => Err(refused("read", uri.to_string(), &error)),
        }
    }

    async fn write(&self, uri: &ObjectUri, content: Vec<u8>) -> Result<(), StorageError> {
        let client = self.regions.client_for(&uri.bucket).await?;
        let request = client.put_object().bucket(&uri.bucket).key(&uri.key).body(ByteStream::from(content));
        request.send().await.map_err(|error| refused("write", uri.to_string(), &error))?;
        Ok(())
    }

    async fn region(&self, bucket: &str) -> Result<String, StorageError> {
        self.regions.of_bucket(bucket).await
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

fn meta(bucket: &str, key: String, object: Object) -> ObjectMeta {
    ObjectMeta {
        uri: ObjectUri { bucket: bucket.to_owned(), key },
        etag: bare_etag(object.e_tag),
        size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        access: access::of_listed(object.storage_class.as_ref()),
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

/// Without its quotes, which stores other than AWS's write in one answer and not in the next.
fn bare_etag(etag: Option<String>) -> String {
    etag.unwrap_or_default().trim_start_matches("W/").trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests;

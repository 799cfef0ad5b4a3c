//! Listings, page by page, with keys as they are.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_sdk_s3::types::{EncodingType, Object};
use tracing::warn;

use crate::model::shown::shown;
use crate::storage::s3::key;
use crate::storage::s3::refused::{no_such_bucket, refused};
use crate::storage::s3::regions::Regions;
use crate::storage::{StorageError, StorageErrorKind};

/// Shows each object under a prefix, with its key as it is.
pub(super) async fn each_object(
    regions: &Regions,
    bucket: &str,
    prefix: &str,
    show: &mut (dyn FnMut(String, Object) + Send),
) -> Result<(), StorageError> {
    let at = || format!("s3://{bucket}/{prefix}*");
    let (mut no_text, mut after) = (None, None);
    loop {
        let page = page(regions, bucket, prefix, after.clone()).await;
        let page = page.map_err(|error| no_such_bucket(refused("list", at(), &error), bucket))?;
        let next = page.next_continuation_token;
        // A server that does not know the encoding says so by not naming it.
        let is_encoded = page.encoding_type == Some(EncodingType::Url);
        for mut object in page.contents.unwrap_or_default() {
            let Some(listed) = object.key.take() else { continue };
            let key = if is_encoded { key::decoded(&listed) } else { Some(listed.clone()) };
            match key {
                Some(key) => show(key, object),
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

/// One page of a listing. A listing is how a load begins, so it also tells where the bucket lives: our own region is
/// asked while that is not known, and only where the bucket lives would it answer.
async fn page(
    regions: &Regions,
    bucket: &str,
    prefix: &str,
    after: Option<String>,
) -> Result<ListObjectsV2Output, SdkError<ListObjectsV2Error>> {
    let ask = |client: Client| {
        let request = client.list_objects_v2().bucket(bucket).prefix(prefix);
        request.encoding_type(EncodingType::Url).set_continuation_token(after.clone()).send()
    };
    let known = regions.known(bucket);
    let answer =
        ask(known.as_deref().map_or_else(|| regions.home.clone(), |region| regions.client_in(region)));
    let answer = answer.await;
    if known.is_some() {
        return answer;
    }
    match &answer {
        Ok(_) => regions.lives_at_home(bucket),
        Err(error) if is_misdirected(error) => {
            if let Ok(region) = regions.of_bucket(bucket).await {
                return ask(regions.client_in(&region)).await;
            }
        }
        Err(_) => {}
    }
    answer
}

/// Whether the bucket may live elsewhere: `PermanentRedirect`, `TemporaryRedirect`, or a signature for another region.
fn is_misdirected<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| matches!(response.status().as_u16(), 301 | 307 | 400))
}

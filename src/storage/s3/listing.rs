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
    let (mut all_no_text, mut after) = (None::<NoText>, None);
    loop {
        let ListingPage { objects, no_text, next } = page(regions, bucket, prefix, after).await?;
        objects.into_iter().for_each(|(key, object)| show(key, object));
        match (&mut all_no_text, no_text) {
            (Some(all), Some(more)) => all.count += more.count,
            (all, more) => *all = all.take().or(more),
        }
        if next.is_none() {
            break;
        }
        after = next;
    }
    if let Some(no_text) = all_no_text {
        no_text.tell(bucket, prefix);
    }
    Ok(())
}

/// What one request tells of a listing.
pub(super) struct ListingPage {
    /// With their keys as they are.
    pub(super) objects: Vec<(String, Object)>,
    pub(super) no_text: Option<NoText>,
    /// The token of the next page.
    pub(super) next: Option<String>,
}

/// Keys that are not UTF-8 text.
pub(super) struct NoText {
    first: String,
    count: u64,
}

impl NoText {
    pub(super) fn tell(&self, bucket: &str, prefix: &str) {
        let (count, first, at) = (self.count, shown(&self.first), format!("s3://{bucket}/{prefix}*"));
        warn!("{count} keys under {} are not UTF-8 text and were ignored, such as {first}", shown(&at));
    }
}

/// The first page of a listing, or the one of a token.
pub(super) async fn page(
    regions: &Regions,
    bucket: &str,
    prefix: &str,
    after: Option<String>,
) -> Result<ListingPage, StorageError> {
    let at = || format!("s3://{bucket}/{prefix}*");
    let answer = ask(regions, bucket, prefix, after.clone()).await;
    let answer = answer.map_err(|error| no_such_bucket(refused("list", at(), &error), bucket))?;
    let next = answer.next_continuation_token;
    if next.is_some() && next == after {
        let detail = "its listing does not go on".to_owned();
        let kind = StorageErrorKind::Unavailable;
        return Err(StorageError { kind, action: "list", object: at(), detail });
    }
    // A server that does not know the encoding says so by not naming it.
    let is_encoded = answer.encoding_type == Some(EncodingType::Url);
    let (mut objects, mut no_text) = (Vec::new(), None::<NoText>);
    for mut object in answer.contents.unwrap_or_default() {
        let Some(listed) = object.key.take() else { continue };
        let key = if is_encoded { key::decoded(&listed) } else { Some(listed.clone()) };
        match key {
            Some(key) => objects.push((key, object)),
            None => no_text.get_or_insert(NoText { first: listed, count: 0 }).count += 1,
        }
    }
    Ok(ListingPage { objects, no_text, next })
}

/// A listing is how a load begins, so it also tells where the bucket lives: our own region is
/// asked while that is not known, and only where the bucket lives would it answer.
async fn ask(
    regions: &Regions,
    bucket: &str,
    prefix: &str,
    after: Option<String>,
) -> Result<ListObjectsV2Output, SdkError<ListObjectsV2Error>> {
    let ask_of = |client: Client| {
        let request = client.list_objects_v2().bucket(bucket).prefix(prefix);
        request.encoding_type(EncodingType::Url).set_continuation_token(after.clone()).send()
    };
    let known = regions.known(bucket);
    let answer =
        ask_of(known.as_deref().map_or_else(|| regions.home.clone(), |region| regions.client_in(region)));
    let answer = answer.await;
    if known.is_some() {
        return answer;
    }
    match &answer {
        Ok(_) => regions.lives_at_home(bucket),
        Err(error) if is_misdirected(error) => {
            if let Ok(region) = regions.of_bucket(bucket).await {
                return ask_of(regions.client_in(&region)).await;
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

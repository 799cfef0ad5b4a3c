//! Whether the files that COPY has read are still the ones that were listed, and all of them.

use std::future::ready;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::object::ObjectMeta;
use crate::plan::step::FilesAsListed;
use crate::source::layout;
use crate::source::parts::PartSet;
use crate::source::parts::whole::Whole;
use crate::storage::failure::failure_of;
use crate::storage::{CONCURRENT_LOOKS, ObjectStore, StorageError, StorageErrorKind};

/// Looks at the files again. False when one was overwritten or removed, when another part has come, or when another key
/// starts by now with the one that COPY takes for a prefix (redshift-facts 0.13): then nobody knows what COPY has read, or
/// whether it was all.
pub(super) async fn are_as_listed(store: &dyn ObjectStore, files: &FilesAsListed) -> Result<bool, Failure> {
    let looked = match files {
        FilesAsListed::Prefix(object) => is_alone(store, object).await,
        FilesAsListed::Each(objects) => {
            // Made before they are polled: a closure in the stream would have to work for every lifetime.
            let looks: Vec<_> = objects.iter().map(|object| is_unchanged(store, object)).collect();
            let looks = stream::iter(looks).buffer_unordered(CONCURRENT_LOOKS);
            looks.try_fold(true, |all, unchanged| ready(Ok(all && unchanged))).await
        }
        FilesAsListed::Parts(whole) => are_all(store, whole).await,
    };
    looked.map_err(|error| failure_of(&error, Stage::Copy, FailureKind::StorageDenied))
}

/// One listing tells both.
async fn is_alone(store: &dyn ObjectStore, object: &ObjectMeta) -> Result<bool, StorageError> {
    let (mut is_there, mut others) = (false, false);
    let mut look = |listed: ObjectMeta| match listed.uri == object.uri {
        true => is_there = is_same(&listed, object),
        false => others = true,
    };
    store.list(&object.uri.bucket, &object.uri.key, &mut look).await?;
    Ok(is_there && !others)
}

async fn are_all(store: &dyn ObjectStore, whole: &Whole) -> Result<bool, StorageError> {
    let name = &whole.counted.set;
    let mut now = PartSet::of_nothing(name.clone());
    let mut look = |listed: ObjectMeta| {
        if let Some(member) = layout::member_of(name, &listed.uri) {
            now.add(listed, member);
        }
    };
    store.list(&name.address.bucket, &name.address.key, &mut look).await?;
    Ok(now.is_still(whole))
}

async fn is_unchanged(store: &dyn ObjectStore, object: &ObjectMeta) -> Result<bool, StorageError> {
    match store.inspect(&object.uri).await {
        Ok(now) => Ok(is_same(&now, object)),
        Err(StorageError { kind: StorageErrorKind::NotFound, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_same(now: &ObjectMeta, listed: &ObjectMeta) -> bool {
    (&now.etag, now.size) == (&listed.etag, listed.size)
}

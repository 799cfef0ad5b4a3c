//! Whether the files that COPY has read are still the ones that were listed.

use std::future::ready;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::object::ObjectMeta;
use crate::plan::step::FilesAsListed;
use crate::storage::failure::failure_of;
use crate::storage::{CONCURRENT_LOOKS, ObjectStore, StorageError, StorageErrorKind};

/// Looks at the files again. False when one was overwritten or removed, or when another key starts by now with the one
/// that COPY takes for a prefix (redshift-facts 0.13): then nobody knows what COPY has read.
pub(super) async fn are_as_listed(store: &dyn ObjectStore, files: &FilesAsListed) -> Result<bool, Failure> {
    let looked = match files {
        FilesAsListed::Prefix(object) => is_alone(store, object).await,
        FilesAsListed::Each(objects) => {
            // Made before they are polled: a closure in the stream would have to work for every lifetime.
            let looks: Vec<_> = objects.iter().map(|object| is_unchanged(store, object)).collect();
            let looks = stream::iter(looks).buffer_unordered(CONCURRENT_LOOKS);
            looks.try_fold(true, |all, unchanged| ready(Ok(all && unchanged))).await
        }
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

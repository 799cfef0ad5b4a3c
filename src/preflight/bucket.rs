//! Verdicts on the bucket of data and on the folder of manifests.

use crate::config::warehouse::CopyRole;
use crate::failure::advice::Advice;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::shown::shown;
use crate::preflight::Finding;
use crate::storage::{AccessKeys, StorageError};

/// Where the bucket is.
pub fn region(source: &SourceBucket, region: Result<String, StorageError>) -> Finding {
    match region {
        Ok(region) => {
            Finding::ok("bucket_region", format!("s3://{} is in {}", source.bucket, shown(&region)))
        }
        Err(error) => Finding::failed("bucket_region", &error),
    }
}

/// What a listing has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub objects: u64,
    /// Data of the tables, among what was listed.
    pub data: u64,
    /// Whether it came to its end in time.
    pub is_all: bool,
    /// Data that can be read as it is stored.
    pub readable: Option<ObjectUri>,
}

/// Whether the bucket can be listed where data of these tables would be.
pub fn listing(source: &SourceBucket, tables: usize, listing: &Result<Listing, StorageError>) -> Finding {
    let check = "bucket_listing";
    match listing {
        Ok(Listing { objects: 0, is_all: false, .. }) => {
            let sentence =
                format!("the listing of {source} did not answer in time; check the network on the way to S3");
            Finding::failed(check, &sentence)
        }
        Ok(_) if tables == 0 => {
            Finding::ok(check, format!("{source} can be listed; name tables to look for their data"))
        }
        Ok(Listing { objects, data: 0, is_all: false, .. }) => Finding::unknown(
            check,
            format!(
                "{source} has {objects} objects under the prefixes of these tables that are no data of theirs, and there was \
                 no time for all of them"
            ),
        ),
        Ok(Listing { objects: 0, .. }) => {
            Finding::warning(check, format!("{source} has no data of these tables; {}", Advice::UploadFile))
        }
        Ok(Listing { objects, data: 0, .. }) => Finding::warning(
            check,
            format!(
                "{source} has {objects} objects whose names begin as those of these tables, and none is data of theirs; {}",
                Advice::UploadFile
            ),
        ),
        Ok(Listing { data, is_all, .. }) => {
            let at_least = if *is_all { "" } else { "at least " };
            Finding::ok(check, format!("{source} has {at_least}{data} objects with data of these tables"))
        }
        Err(error) => Finding::failed(check, error),
    }
}

/// Whether data can be read; `None` when there is none to read.
pub fn reading(tried: Option<(&ObjectUri, Result<(), StorageError>)>) -> Finding {
    let check = "bucket_reading";
    match tried {
        Some((uri, Ok(()))) => Finding::ok(check, format!("{} can be read", shown(&uri.to_string()))),
        Some((_, Err(error))) => Finding::failed(check, &error),
        None => Finding::unknown(check, "there is no object to try; name --tables whose data is there"),
    }
}

/// Whether manifests of our own can be written.
pub fn manifests(folder: &SourceBucket, tried: Result<(), StorageError>) -> Finding {
    match tried {
        Ok(()) => Finding::ok("manifest_folder", format!("{folder} can be written to")),
        Err(error) => {
            let sentence = format!("{error}; {}", Advice::UseWritableManifestFolder);
            Finding::failed("manifest_folder", &sentence)
        }
    }
}

/// With which rights COPY will read; whether they are enough only a COPY can tell. `keys` are asked for where there is no role.
pub fn role(role: Option<&CopyRole>, keys: Option<Result<AccessKeys, StorageError>>) -> Finding {
    let check = "copy_role";
    let only_copy = "whether that may read the data, only a load tells";
    match (role, keys) {
        (Some(CopyRole::Default), _) => {
            Finding::unknown(check, format!("COPY uses the cluster's default role; {only_copy}"))
        }
        (Some(CopyRole::Arns(arns)), _) => Finding::unknown(check, format!("COPY uses {arns}; {only_copy}")),
        (None, Some(Ok(_))) => Finding::unknown(
            check,
            format!("REDSHIFT_ROLE_ARN is not set: COPY gets the loader's own AWS keys; {only_copy}"),
        ),
        (None, Some(Err(error))) => {
            Finding::failed(check, &format!("{}; {}", error.what(), Advice::NameRoleOrKeys))
        }
        (None, None) => Finding::unknown(check, "it was not looked for"),
    }
}

//! S3: which objects a COPY means (facts 0.13, 1.9).

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Credentials, Region, SharedCredentialsProvider};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;
use tokio::sync::OnceCell;

use super::grammar::authorization::Authorization;
use super::grammar::location::Location;
use super::grammar::statement::CopyStatement;
use super::history::StoredObject;
use super::json::paths::{self, Path};
use super::manifest::{self, Entry};
use super::s3_refusals::{
    diagnosed, in_redshifts_words, interrupted, nothing_there, status, without_length, wrong_length,
};
use crate::wire::report::Report;

/// The S3 that the environment points to. It is asked for at the first COPY: who never copies needs no AWS.
#[derive(Default)]
pub(crate) struct Source {
    config: OnceCell<SdkConfig>,
}

impl Source {
    /// A client with the keys that the statement names, or the environment's own for a role.
    pub(crate) async fn bucket_reader(&self, copy: &CopyStatement) -> Reader {
        let environment = self.config.get_or_init(aws_config::load_from_env).await;
        let mut config = aws_sdk_s3::config::Builder::from(environment);
        // A local S3 answers under one name, not under one per bucket.
        let is_local =
            environment.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        config.set_force_path_style(Some(is_local));
        // Without REGION the bucket is where the cluster is.
        let region = copy.options.region.clone().map(Region::new).or_else(|| environment.region().cloned());
        config.set_region(Some(region.unwrap_or(Region::from_static("us-east-1"))));
        if let Authorization::Keys { id, secret, token } = &copy.authorization {
            let keys = Credentials::new(id, secret, token.clone(), None, "COPY");
            config.set_credentials_provider(Some(SharedCredentialsProvider::new(keys)));
        }
        Reader { client: Client::from_conf(config.build()) }
    }
}

/// An object that a COPY shall read.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub location: Location,
    /// As S3 has listed it; a manifest's objects are not looked at before they are read.
    bytes: Option<u64>,
    /// It is left out silently when it is not there (fact 0.13).
    is_optional: bool,
    /// What a manifest says of it.
    content_length: Option<u64>,
}

impl Wanted {
    /// Whether it is known to have more bytes than that.
    pub(crate) fn exceeds(&self, limit: u64) -> bool {
        self.bytes.is_some_and(|bytes| bytes > limit)
    }
}

/// Reads with one set of keys.
#[derive(Clone)]
pub(crate) struct Reader {
    client: Client,
}

impl Reader {
    /// The objects of the statement, in the order they will be read. Never empty.
    pub(crate) async fn objects(&self, copy: &CopyStatement) -> Result<Vec<Wanted>, Report> {
        let objects = if copy.options.manifest {
            self.manifest(copy).await?
        } else {
            self.prefix(&copy.location).await?
        };
        let objects = if copy.options.format.is_columnar() { without_marks(objects) } else { objects };
        if objects.is_empty() { Err(nothing_there(&copy.location)) } else { Ok(objects) }
    }

    async fn prefix(&self, location: &Location) -> Result<Vec<Wanted>, Report> {
        // XML cannot carry keys with control characters as they are.
        let request = self.client.list_objects_v2().bucket(&location.bucket).prefix(&location.key);
        let mut pages = request.encoding_type(EncodingType::Url).into_paginator().send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| in_redshifts_words(&error))?;
            let is_encoded = page.encoding_type == Some(EncodingType::Url);
            for object in page.contents.unwrap_or_default() {
                let key = object.key.map(|key| if is_encoded { decoded(&key) } else { key });
                // A key that ends in a slash is the folder that a console made.
                let Some(key) = key.filter(|key| !key.ends_with('/')) else { continue };
                let location = Location { bucket: location.bucket.clone(), key };
                let bytes = Some(size(object.size));
                objects.push(Wanted { location, bytes, is_optional: false, content_length: None });
            }
        }
        Ok(objects)
    }

    async fn manifest(&self, copy: &CopyStatement) -> Result<Vec<Wanted>, Report> {
        let location = &copy.location;
        let not_an_object =
            || diagnosed("COPY with MANIFEST parameter requires full path of an S3 object.", location);
        if location.key.is_empty() || location.key.ends_with('/') {
            return Err(not_an_object());
        }
        let problem = |report: Report| Report {
            message: format!("Problem reading manifest file - {}", report.message),
            ..report
        };
        let body = match self.get(location).await {
            Ok(body) => body,
            // S3 does not tell whether an object exists to whom it does not show it (fact 1.9).
            Err(error) if status(&error) == Some(403) && error.code() != Some("InvalidObjectState") => {
                return Err(not_an_object());
            }
            Err(error) => return Err(problem(in_redshifts_words(&error))),
        };
        let body = body.collect().await.map_err(|error| problem(interrupted(&error)))?;
        let entries =
            manifest::parse(&body.into_bytes()).map_err(|fault| Report::error("XX000", fault.to_string()))?;
        if copy.options.format.is_columnar()
            && let Some(entry) = entries.iter().find(|entry| entry.content_length.is_none())
        {
            return Err(without_length(entry));
        }
        let wanted = |Entry { location, mandatory, content_length }| Wanted {
            location,
            bytes: None,
            is_optional: !mandatory,
            content_length,
        };
        Ok(entries.into_iter().map(wanted).collect())
    }

    /// The object and its bytes; `None` when it may be absent and is.
    pub(crate) async fn find(&self, wanted: &Wanted) -> Result<Option<(StoredObject, ByteStream)>, Report> {
        let location = &wanted.location;
        let request = self.client.get_object().bucket(&location.bucket).key(&location.key);
        let found = match request.send().await {
            Ok(found) => found,
            Err(error) if status(&error) == Some(404) && wanted.is_optional => return Ok(None),
            Err(error) => return Err(in_redshifts_words(&error)),
        };
        let bytes = size(found.content_length);
        if let Some(said) = wanted.content_length.filter(|said| *said != bytes) {
            return Err(wrong_length(location, said, bytes));
        }
        Ok(Some((StoredObject { location: location.clone(), bytes }, found.body)))
    }

    /// The paths in a jsonpaths file, one for each column; `None` when the file means 'auto'.
    pub(crate) async fn paths(
        &self,
        location: &Location,
        columns: usize,
    ) -> Result<Option<Vec<Path>>, Report> {
        let body = self.get(location).await.map_err(|error| in_redshifts_words(&error))?;
        let body = body.collect().await.map_err(|error| interrupted(&error))?;
        let paths = paths::parse(&body.into_bytes()).and_then(|paths| match paths {
            Some(paths) if paths.len() != columns => Err(paths::Fault::Count { paths: paths.len(), columns }),
            paths => Ok(paths),
        });
        paths.map_err(|fault| diagnosed(&fault.to_string(), location))
    }

    async fn get(&self, location: &Location) -> Result<ByteStream, SdkError<GetObjectError>> {
        let object = self.client.get_object().bucket(&location.bucket).key(&location.key).send().await;
        Ok(object?.body)
    }
}

/// Without the empty objects beside columnar files: marks of a folder, or of a job that is done.
fn without_marks(mut objects: Vec<Wanted>) -> Vec<Wanted> {
    if objects.iter().any(|object| object.bytes != Some(0)) {
        objects.retain(|object| object.bytes != Some(0));
    }
    objects
}

/// As forms are written: a space is `+`, a plus is `%2B`.
fn decoded(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// S3 tells it as a signed number.
fn size(told: Option<i64>) -> u64 {
    told.and_then(|told| u64::try_from(told).ok()).unwrap_or_default()
}

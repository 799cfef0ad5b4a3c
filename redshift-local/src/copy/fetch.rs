//! The fetching task: the objects' bytes, one object after the other, into the queue of the decoding thread.
//!
//! Small objects are fetched ahead, several at once, so that a thousand of them take no longer than one of their size.

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc;

use super::history::StoredObject;
use super::input::Piece;
use super::s3_refusals::interrupted;
use super::source::{Reader, Wanted};
use crate::wire::report::Report;

/// Requests that wait for S3 at the same time.
const AT_ONCE: usize = 16;
/// What is fetched ahead takes at most `AT_ONCE` times this.
const SMALL: u64 = 2 * 1024 * 1024;

enum Fetched {
    Whole(StoredObject, Bytes),
    /// Too large to lie in memory until it is its turn.
    Later(Wanted),
    /// It may be absent, and is.
    Absent,
}

/// The objects that were read, in order. Returns early, and without complaint, when nobody takes the pieces any more.
pub(crate) async fn fetch(
    reader: Reader,
    objects: Vec<Wanted>,
    pieces: mpsc::Sender<Piece>,
) -> Result<Vec<StoredObject>, Report> {
    let mut read = Vec::with_capacity(objects.len());
    let mut ahead = stream::iter(objects).map(|wanted| fetch_small(&reader, wanted)).buffered(AT_ONCE);
    while let Some(fetched) = ahead.next().await {
        let (object, sent) = match fetched? {
            Fetched::Absent => continue,
            Fetched::Whole(object, bytes) => {
                let sent = send_whole(&object, bytes, &pieces).await;
                (object, sent)
            }
            Fetched::Later(wanted) => match reader.find(&wanted).await? {
                None => continue,
                Some((object, body)) => {
                    let sent = send_stream(&object, body, &pieces).await?;
                    (object, sent)
                }
            },
        };
        read.push(object);
        if sent.is_err() {
            break;
        }
    }
    Ok(read)
}

async fn fetch_small(reader: &Reader, wanted: Wanted) -> Result<Fetched, Report> {
    if wanted.exceeds(SMALL) {
        return Ok(Fetched::Later(wanted));
    }
    match reader.find(&wanted).await? {
        None => Ok(Fetched::Absent),
        Some((object, _)) if object.bytes > SMALL => Ok(Fetched::Later(wanted)),
        Some((object, body)) => {
            let body = body.collect().await.map_err(|error| interrupted(&error))?;
            Ok(Fetched::Whole(object, body.into_bytes()))
        }
    }
}

/// Nobody takes the pieces any more.
struct Unwanted;

impl From<mpsc::error::SendError<Piece>> for Unwanted {
    fn from(_: mpsc::error::SendError<Piece>) -> Self {
        Self
    }
}

async fn send_whole(
    object: &StoredObject,
    bytes: Bytes,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), Unwanted> {
    pieces.send(Piece::Object(object.location.to_string())).await?;
    pieces.send(Piece::Bytes(bytes)).await?;
    Ok(pieces.send(Piece::End).await?)
}

async fn send_stream(
    object: &StoredObject,
    mut body: ByteStream,
    pieces: &mpsc::Sender<Piece>,
) -> Result<Result<(), Unwanted>, Report> {
    if pieces.send(Piece::Object(object.location.to_string())).await.is_err() {
        return Ok(Err(Unwanted));
    }
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|error| interrupted(&error))?;
        if pieces.send(Piece::Bytes(bytes)).await.is_err() {
            return Ok(Err(Unwanted));
        }
    }
    Ok(pieces.send(Piece::End).await.map_err(Unwanted::from))
}

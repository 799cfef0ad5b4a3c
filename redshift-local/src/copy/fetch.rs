//! The fetching task: the objects' bytes, one object after the other, into the queue of the decoding thread.
//!
//! Small objects are fetched ahead, several at once, so that a thousand of them take no longer than one of their size.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc;

use super::grammar::statement::Location;
use super::history::StoredObject;
use super::input::Piece;
use super::source::{AT_ONCE, Reader, interrupted};
use crate::wire::report::Report;

/// What is fetched ahead takes at most `AT_ONCE` times this.
const SMALL: u64 = 2 * 1024 * 1024;

enum Fetched {
    Whole(Location, Bytes),
    /// Too large to lie in memory until it is its turn.
    Later(Location),
}

/// Returns early, and without complaint, when nobody takes the pieces any more.
pub(crate) async fn fetch(
    reader: Reader,
    objects: Vec<StoredObject>,
    pieces: mpsc::Sender<Piece>,
) -> Result<(), Report> {
    let mut ahead = stream::iter(objects).map(|object| fetch_small(&reader, object)).buffered(AT_ONCE);
    while let Some(fetched) = ahead.next().await {
        let sent = match fetched? {
            Fetched::Whole(location, bytes) => send_whole(&location, bytes, &pieces).await,
            Fetched::Later(location) => stream_object(&reader, &location, &pieces).await?,
        };
        if sent.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

async fn fetch_small(reader: &Reader, object: StoredObject) -> Result<Fetched, Report> {
    let StoredObject { location, bytes } = object;
    if bytes > SMALL {
        return Ok(Fetched::Later(location));
    }
    let body = reader.open(&location).await?.collect().await.map_err(|error| interrupted(&error))?;
    Ok(Fetched::Whole(location, body.into_bytes()))
}

/// Nobody takes the pieces any more.
struct Unwanted;

impl From<mpsc::error::SendError<Piece>> for Unwanted {
    fn from(_: mpsc::error::SendError<Piece>) -> Self {
        Self
    }
}

async fn send_whole(location: &Location, bytes: Bytes, pieces: &mpsc::Sender<Piece>) -> Result<(), Unwanted> {
    pieces.send(Piece::Object(location.to_string())).await?;
    pieces.send(Piece::Bytes(bytes)).await?;
    Ok(pieces.send(Piece::End).await?)
}

async fn stream_object(
    reader: &Reader,
    location: &Location,
    pieces: &mpsc::Sender<Piece>,
) -> Result<Result<(), Unwanted>, Report> {
    let mut body = reader.open(location).await?;
    if pieces.send(Piece::Object(location.to_string())).await.is_err() {
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

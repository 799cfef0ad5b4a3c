//! The fetching task: the objects' bytes, one object after the other, into the queue of the decoding thread.

use tokio::sync::mpsc;

use super::grammar::statement::Location;
use super::input::Piece;
use super::source::{Reader, interrupted};
use crate::wire::report::Report;

/// Returns early, and without complaint, when nobody takes the pieces any more.
pub(crate) async fn fetch(
    reader: Reader,
    objects: Vec<Location>,
    pieces: mpsc::Sender<Piece>,
) -> Result<(), Report> {
    for object in objects {
        let mut body = reader.open(&object).await?;
        let name = object.to_string();
        if pieces.send(Piece::Object(name)).await.is_err() {
            return Ok(());
        }
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|error| interrupted(&error))?;
            if pieces.send(Piece::Bytes(bytes)).await.is_err() {
                return Ok(());
            }
        }
        if pieces.send(Piece::End).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

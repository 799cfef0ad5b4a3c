//! The rows of a COPY on their way: fetched, decoded on a thread of their own, and streamed into PostgreSQL.

use std::io;
use std::pin::Pin;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::decode::{Decoded, decode};
use super::fetch::fetch;
use super::grammar::statement::CopyStatement;
use super::history::{LinesScanned, StoredObject};
use super::json::paths::Path;
use super::replacements::Replacements;
use super::row::RowSink;
use super::s3_refusals::nothing_there;
use super::source::{Reader, Wanted};
use super::target::{Target, copy_from_stdin};
use crate::faults::fault::Point;
use crate::session::failure::Failure;
use crate::session::state::Session;
use crate::wire::frame::Frame;
use crate::wire::report::{ERROR, Report};

/// Pieces of some 10 to 100 KB each, between the network and the decoding thread.
const PIECES_AHEAD: usize = 64;
/// Batches of 128 KB, between the decoding thread and PostgreSQL.
const BATCHES_AHEAD: usize = 8;

/// What is read, and how it is to be understood.
pub(super) struct Source {
    pub reader: Reader,
    pub objects: Vec<Wanted>,
    pub paths: Option<Vec<Path>>,
}

/// What became of it.
pub(super) struct Streamed {
    pub decoded: Decoded,
    /// As far as they were read.
    pub objects: Vec<StoredObject>,
    pub lines: LinesScanned,
    pub replacements: Replacements,
}

impl Session {
    /// Streams the objects' rows into PostgreSQL. Whatever happens, PostgreSQL is out of its COPY when this returns,
    /// unless the connection to it is lost.
    pub(super) async fn stream(
        &mut self,
        copy: &CopyStatement,
        target: &Target,
        source: Source,
        mut interrupted: Pin<&mut (impl Future<Output = ()> + Send)>,
    ) -> Result<Streamed, Failure> {
        self.begin_copy_in(copy, target).await?;
        self.strike_copy(Point::CopyStart, interrupted.as_mut()).await?;
        let mut under_way = false;
        let (pieces, pieces_out) = mpsc::channel(PIECES_AHEAD);
        let (batches_in, mut batches) = mpsc::channel::<Bytes>(BATCHES_AHEAD);
        let sink = RowSink::new(target.columns.clone(), copy.options.clone(), batches_in)
            .with_longest_row(self.shared.longest_row);
        let (lines, replacements) = (sink.scanned(), sink.replacements());
        // Dropped, and with it stopped, when this future is.
        let mut fetching = JoinSet::new();
        let Source { reader, objects, paths } = source;
        fetching.spawn(fetch(reader, objects, pieces));
        let mut decoding = tokio::task::spawn_blocking(move || decode(pieces_out, paths.as_deref(), sink));

        loop {
            tokio::select! {
                batch = batches.recv() => match batch {
                    Some(batch) => {
                        self.backend.send(&Frame::new(b'd', batch)).await?;
                        if !std::mem::replace(&mut under_way, true) {
                            self.backend.flush().await?;
                            self.strike_copy(Point::CopyMiddle, interrupted.as_mut()).await?;
                        }
                    }
                    None => break,
                },
                () = interrupted.as_mut() => {
                    self.end_copy_in(false).await?;
                    return Err(self.cancelled_report().into());
                }
                // A statement timeout, a shutdown, a full disk: no need to go on.
                frame = self.backend.unasked() => {
                    let frame = frame?;
                    if frame.tag == ERROR {
                        self.backend.until_ready().await?;
                        return Err(Report::decode(frame.body).into());
                    }
                    self.relay(&frame).await?;
                }
            }
        }
        let fetched = fetching.join_next().await;
        let decoded = (&mut decoding).await.map_err(io::Error::other)?;
        let objects = match fetched {
            // Entries of a manifest that may all be absent, and are.
            Some(Ok(Ok(objects))) if objects.is_empty() => Err(nothing_there(&copy.location)),
            Some(Ok(fetched)) => fetched,
            _ => Err(Report::error("XX000", "COPY was abandoned")),
        };
        let objects = match objects {
            Ok(objects) => objects,
            Err(report) => {
                self.end_copy_in(false).await?;
                return Err(report.into());
            }
        };
        let complete = matches!(decoded, Decoded::Complete { .. });
        let ended = self.end_copy_in(complete).await?;
        match ended {
            Some(report) if complete => Err(report.into()),
            _ => Ok(Streamed { decoded, objects, lines, replacements }),
        }
    }

    /// Passes a point of the COPY. When it fails there, PostgreSQL is out of its COPY.
    async fn strike_copy(
        &mut self,
        point: Point,
        interrupted: Pin<&mut (impl Future<Output = ()> + Send)>,
    ) -> Result<(), Failure> {
        let struck = tokio::select! {
            struck = self.strike(point) => struck,
            () = interrupted => Err(self.cancelled_report().into()),
        };
        if self.backend.copying() && matches!(struck, Err(Failure::Statement(_))) {
            self.end_copy_in(false).await?;
        }
        struck
    }

    async fn begin_copy_in(&mut self, copy: &CopyStatement, target: &Target) -> Result<(), Failure> {
        let sql = copy_from_stdin(&copy.table, &target.columns);
        self.backend.send(&Frame::text(b'Q', &sql)).await?;
        let mut error = None;
        loop {
            let frame = self.backend.next().await?;
            match frame.tag {
                b'G' => return Ok(()),
                ERROR => error = Some(Report::decode(frame.body)),
                b'Z' => break,
                _ => {}
            }
        }
        let report = error.unwrap_or_else(|| Report::error("XX000", "PostgreSQL did not begin its COPY"));
        Err(Report { position: None, ..report }.into())
    }

    /// Ends PostgreSQL's COPY, for good or for bad; the error it ended with.
    async fn end_copy_in(&mut self, complete: bool) -> io::Result<Option<Report>> {
        let ending = if complete { Frame::empty(b'c') } else { Frame::text(b'f', "refused") };
        self.backend.send(&ending).await?;
        let mut error = None;
        loop {
            let frame = self.backend.next().await?;
            match frame.tag {
                ERROR => error = Some(Report::decode(frame.body)),
                b'Z' => return Ok(error),
                _ => {}
            }
        }
    }
}

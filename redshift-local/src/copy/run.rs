//! COPY in a session: lock, look at the table, find the objects, stream, and tell the client how it went.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::decode::{Decoded, check_covered, decode};
use super::fetch::fetch;
use super::grammar::format::{Format, Mapping};
use super::grammar::statement::CopyStatement;
use super::history::{self, LinesScanned, Load, StoredObject};
use super::json::paths::Path;
use super::load_error::{Context, LoadError, record};
use super::row::RowSink;
use super::source::Reader;
use super::target::{
    Column, Target, check_fits, check_relation, chosen_columns, copy_from_stdin, nonexistent,
    query_for_columns, query_for_relation,
};
use crate::faults::fault::Point;
use crate::session::failure::Failure;
use crate::session::state::{LastCopy, Session};
use crate::session::timeout::overdue;
use crate::sql::command::{Write, WriteKind};
use crate::wire::frame::Frame;
use crate::wire::report::{ERROR, NOTICE, Report};

/// Pieces of some 10 to 100 KB each, between the network and the decoding thread.
const PIECES_AHEAD: usize = 64;
/// Batches of 128 KB, between the decoding thread and PostgreSQL.
const BATCHES_AHEAD: usize = 8;

/// What is read, and how it is to be understood.
struct Source {
    reader: Reader,
    objects: Vec<StoredObject>,
    paths: Option<Vec<Path>>,
}

impl Session {
    /// Runs the statement and answers with its notice and its `CommandComplete`.
    pub(crate) async fn copy(&mut self, copy: &CopyStatement) -> Result<(), Failure> {
        check_covered(&copy.options.format)?;
        let cancelled = Arc::clone(&self.handle.cancelled);
        let cancelled = cancelled.notified();
        tokio::pin!(cancelled);
        // From here on a cancel is remembered until somebody looks.
        cancelled.as_mut().enable();
        let query = self.shared.next_query_id();
        let begun = Instant::now();
        // 0 on failure; the number of the COPY stays that of the last one that went through (fact 1.15).
        self.last_copy.count = 0;
        let write = Write { table: copy.table.clone(), kind: WriteKind::Add };
        self.lock_for(&write).await.map_err(|failure| match failure {
            Failure::Statement(report) if report.code == "42P01" => nonexistent(&copy.table).into(),
            other => other,
        })?;
        let timeout = self.statement_timeout().await?;
        let interrupted = async {
            tokio::select! {
                () = cancelled => {}
                () = overdue(begun, timeout) => {}
            }
        };
        tokio::pin!(interrupted);
        let target = self.target(copy).await?;
        check_fits(&copy.options.format, &target.columns)?;
        self.note_load(target.oid)?;

        let reader = self.shared.s3.bucket_reader(copy).await;
        let objects = tokio::select! {
            objects = reader.objects(copy) => objects?,
            () = interrupted.as_mut() => return Err(self.cancelled_report().into()),
        };
        let paths = match &copy.options.format {
            Format::Json(Mapping::Paths(location)) => reader.paths(location, target.columns.len()).await?,
            _ => None,
        };
        let source = Source { reader, objects: objects.clone(), paths };
        let (outcome, lines) = self.stream(copy, &target, source, interrupted).await?;

        let table = copy.table.short();
        let (rows, errors, completed) = match outcome {
            Decoded::Complete { rows, skipped } => (rows, skipped, true),
            Decoded::Rejected(errors) => (0, errors, false),
            Decoded::Abandoned => return Err(Report::error("XX000", "COPY was abandoned").into()),
        };
        let loaded = if copy.options.no_load { 0 } else { rows };
        let load = Load {
            copy,
            objects: &objects,
            lines,
            rows: loaded,
            errors: errors.len(),
            completed,
            took: begun.elapsed(),
        };
        self.write_down(query, target.oid, &errors, &load).await?;
        let diagnosis = self.shared.kind.load_errors();
        if !completed {
            let message = format!("Load into table '{table}' failed.{diagnosis}");
            return Err(Report::error("XX000", message).into());
        }
        if !errors.is_empty() {
            let skipped = format!(
                "Load into table '{table}' completed, {} record(s) could not be loaded.{diagnosis}",
                errors.len()
            );
            self.client.send(&Report::info(skipped).encode(NOTICE)).await?;
        }
        self.last_copy = LastCopy { id: query, count: loaded };
        let notice = format!("Load into table '{table}' completed, {loaded} record(s) loaded successfully.");
        self.client.send(&Report::info(notice).encode(NOTICE)).await?;
        // The number of rows is in the notice only (fact 0.10); drivers want a number here (fact 8.1).
        Ok(self.client.complete("COPY 0").await?)
    }

    async fn target(&mut self, copy: &CopyStatement) -> Result<Target, Failure> {
        let relation = self.backend.ask(&query_for_relation(&copy.table)).await?;
        let oid = check_relation(&relation, &copy.table)?;
        let rows = self.backend.ask(&query_for_columns(oid)).await?;
        let listed = copy.columns.as_deref();
        let described = chosen_columns(&rows, listed, copy.options.explicit_ids, &copy.table)?;
        let mut columns = Vec::with_capacity(described.len());
        for found in described {
            let default = match found.default_expression.filter(|_| found.column.not_null) {
                Some(expression) => {
                    let rows = self.backend.ask(&format!("SELECT ({expression})::varchar")).await?;
                    rows.into_iter().next().and_then(|row| row.into_iter().next().flatten())
                }
                None => None,
            };
            columns.push(Column { default, ..found.column });
        }
        Ok(Target { oid, columns })
    }

    /// Streams the objects' rows into PostgreSQL. Whatever happens, PostgreSQL is out of its COPY when this returns,
    /// unless the connection to it is lost.
    async fn stream(
        &mut self,
        copy: &CopyStatement,
        target: &Target,
        source: Source,
        mut interrupted: Pin<&mut (impl Future<Output = ()> + Send)>,
    ) -> Result<(Decoded, LinesScanned), Failure> {
        self.begin_copy_in(copy, target).await?;
        self.strike_copy(Point::CopyStart, interrupted.as_mut()).await?;
        let mut under_way = false;
        let (pieces, pieces_out) = mpsc::channel(PIECES_AHEAD);
        let (batches_in, mut batches) = mpsc::channel::<Bytes>(BATCHES_AHEAD);
        let sink = RowSink::new(target.columns.clone(), copy.options.clone(), batches_in);
        let lines = sink.scanned();
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
                        return Err(self.translate(Report::decode(frame.body)).into());
                    }
                    self.relay(&frame).await?;
                }
            }
        }
        let fetched = fetching.join_next().await;
        let decoded = (&mut decoding).await.map_err(io::Error::other)?;
        if let Some(Ok(Err(report))) = fetched {
            self.end_copy_in(false).await?;
            return Err(report.into());
        }
        let complete = matches!(decoded, Decoded::Complete { .. });
        let ended = self.end_copy_in(complete).await?;
        match ended {
            Some(report) if complete => Err(self.translate(report).into()),
            _ => Ok((decoded, lines)),
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
        Err(self.translate(Report { position: None, ..report }).into())
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

    /// Before the client hears of the outcome, so that it finds the rows when it looks for them.
    async fn write_down(
        &self,
        query: i32,
        table: u32,
        errors: &[LoadError],
        load: &Load<'_>,
    ) -> Result<(), Failure> {
        let context = Context { user: &self.user, query, session: self.key.0, table };
        let written = async {
            let control = self.shared.control.connect(&self.database).await?;
            record(&control, &context, errors).await?;
            history::record(&control, &context, load).await
        };
        written.await.map_err(|error| {
            Report::error("XX000", format!("the load could not be written down: {error}")).into()
        })
    }
}

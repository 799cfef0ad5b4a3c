//! The session's own connection to PostgreSQL, and what is known about its transaction.

use std::io;
use std::path::Path;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::failure::Failure;
use crate::wire::frame::{Frame, FrameReader, take_text, write_frame};
use crate::wire::report::{ERROR, NOTICE, Report};

/// The state of the transaction, as `ReadyForQuery` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Idle,
    Open,
    Failed,
}

impl Status {
    pub(crate) fn letter(self) -> u8 {
        match self {
            Self::Idle => b'I',
            Self::Open => b'T',
            Self::Failed => b'E',
        }
    }
}

pub(crate) struct Backend {
    reader: FrameReader<OwnedReadHalf>,
    writer: BufWriter<OwnedWriteHalf>,
    status: Status,
    passes_over: bool,
    copying: bool,
    last_words: Option<Report>,
}

/// One row in text form.
pub(crate) type Row = Vec<Option<String>>;

impl Backend {
    pub(crate) async fn connect(socket: &Path, startup: &BytesMut) -> io::Result<Self> {
        let (read, write) = UnixStream::connect(socket).await?.into_split();
        let mut writer = BufWriter::with_capacity(64 * 1024, write);
        let length = u32::try_from(startup.len() + 4).map_err(|_| io::ErrorKind::InvalidInput)?;
        writer.write_u32(length).await?;
        writer.write_all(startup).await?;
        writer.flush().await?;
        let reader = FrameReader::new(read);
        Ok(Self {
            reader,
            writer,
            status: Status::Idle,
            passes_over: false,
            copying: false,
            last_words: None,
        })
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    /// Whether PostgreSQL has rolled back and, in the extended protocol, reads nothing before the next Sync.
    pub(crate) fn passes_over(&self) -> bool {
        self.passes_over
    }

    /// PostgreSQL takes the rows of a COPY.
    pub(crate) fn copying(&self) -> bool {
        self.copying
    }

    /// Sends a frame, some time before the next read.
    pub(crate) async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        write_frame(&mut self.writer, frame).await
    }

    /// Sends what still waits to be sent.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().await
    }

    /// What PostgreSQL ended the session with, once it has.
    pub(crate) fn last_words(&mut self) -> Option<Report> {
        self.last_words.take()
    }

    /// Ends PostgreSQL's session. When this returns, its transaction is rolled back and its locks are free.
    pub(crate) async fn end(&mut self) -> io::Result<()> {
        self.writer.shutdown().await?;
        while self.reader.next().await?.is_some() {}
        Ok(())
    }

    /// The next frame. The transaction's state is kept up to date on the way: also between two Syncs, where a
    /// pipelining client may have sent BEGIN.
    pub(crate) async fn next(&mut self) -> io::Result<Frame> {
        self.writer.flush().await?;
        self.unasked().await
    }

    /// The next frame, nothing being sent for it: what PostgreSQL says in the middle of a COPY. Nothing is lost when
    /// this future is dropped.
    pub(crate) async fn unasked(&mut self) -> io::Result<Frame> {
        let frame = self.reader.next().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if frame.tag == ERROR {
            let report = Report::decode(frame.body.clone());
            if report.severity == "FATAL" {
                self.last_words = Some(report);
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        match frame.tag {
            ERROR => self.passes_over = true,
            b'G' => self.copying = true,
            b'Z' => (self.passes_over, self.copying) = (false, false),
            _ => {}
        }
        match frame.tag {
            b'Z' => {
                self.status = match frame.body.first() {
                    Some(b'T') => Status::Open,
                    Some(b'E') => Status::Failed,
                    _ => Status::Idle,
                }
            }
            b'C' => match frame.body.strip_suffix(b"\0").unwrap_or_default() {
                b"BEGIN" | b"START TRANSACTION" => self.status = Status::Open,
                b"COMMIT" | b"ROLLBACK" => self.status = Status::Idle,
                _ => {}
            },
            ERROR if self.status == Status::Open => self.status = Status::Failed,
            _ => {}
        }
        Ok(frame)
    }

    /// Reads on to where PostgreSQL is ready again.
    pub(crate) async fn until_ready(&mut self) -> io::Result<()> {
        while self.next().await?.tag != b'Z' {}
        Ok(())
    }

    /// Runs something of our own in the session and returns its rows; the client sees nothing of it.
    pub(crate) async fn ask(&mut self, sql: &str) -> Result<Vec<Row>, Failure> {
        self.send(&Frame::text(b'Q', sql)).await?;
        let mut rows = Vec::new();
        let mut error = None;
        loop {
            let frame = self.next().await?;
            match frame.tag {
                b'D' => rows
                    .push(decode_row(frame.body).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?),
                ERROR => error = Some(Report::decode(frame.body)),
                b'Z' => return error.map_or(Ok(rows), |error| Err(error.into())),
                _ => {}
            }
        }
    }

    /// The names of a query's columns; its rows are passed over.
    pub(crate) async fn ask_columns(&mut self, sql: &str) -> Result<Vec<String>, Failure> {
        self.send(&Frame::text(b'Q', sql)).await?;
        let mut names = Vec::new();
        let mut error = None;
        loop {
            let frame = self.next().await?;
            match frame.tag {
                b'T' => {
                    names = column_names(frame.body)
                        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
                }
                ERROR => error = Some(Report::decode(frame.body)),
                b'Z' => return error.map_or(Ok(names), |error| Err(error.into())),
                _ => {}
            }
        }
    }

    /// Fails the open transaction, explicit or implied, so that it is in the state our own error says it is in.
    pub(crate) async fn fail_transaction(&mut self) -> io::Result<()> {
        // PostgreSQL does not know this word, on purpose.
        match self.ask("refused").await {
            Ok(_) | Err(Failure::Statement(_)) => Ok(()),
            Err(Failure::Connection(error)) => Err(error),
        }
    }
}

fn column_names(mut description: Bytes) -> Option<Vec<String>> {
    let count = description.try_get_u16().ok()?;
    let mut names = Vec::with_capacity(count.into());
    for _ in 0..count {
        names.push(take_text(&mut description)?);
        // Table, column, type, size, modifier, format.
        description = description.slice(18.min(description.len())..);
    }
    Some(names)
}

fn decode_row(mut body: Bytes) -> Option<Row> {
    let count = body.try_get_u16().ok()?;
    let mut row = Row::with_capacity(count.into());
    for _ in 0..count {
        let length = body.try_get_i32().ok()?;
        row.push(match usize::try_from(length) {
            Err(_) => None,
            Ok(length) if length <= body.len() => {
                Some(String::from_utf8_lossy(&body.split_to(length)).into_owned())
            }
            Ok(_) => return None,
        });
    }
    Some(row)
}

/// A frame that may come at any time and says nothing about the statement at hand.
pub(crate) fn is_asynchronous(tag: u8) -> bool {
    matches!(tag, NOTICE | b'S' | b'A')
}

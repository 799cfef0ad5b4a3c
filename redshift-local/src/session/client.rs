//! The client's side: frames out through a buffer, frames in through a queue that notices when the client is gone.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufWriter};
use tokio::sync::mpsc;

use super::backend::Status;
use crate::shared::long_names::LongNames;
use crate::wire::frame::{Frame, FrameReader, write_frame};
use crate::wire::outward;
use crate::wire::report::{ERROR, Report};

/// As many frames as a pipelining client may be ahead of us.
pub(crate) const INBOX: usize = 64;

/// What the client sends, whatever it is sent through.
pub(crate) type Incoming = FrameReader<Box<dyn AsyncRead + Send + Unpin>>;

pub(crate) struct Client {
    writer: BufWriter<Box<dyn AsyncWrite + Send + Sync + Unpin>>,
    socket: OwnedFd,
    long_names: Arc<LongNames>,
}

impl Client {
    /// `socket` is the one under the `writer`, whatever else is between them.
    pub(crate) fn new(
        writer: Box<dyn AsyncWrite + Send + Sync + Unpin>,
        socket: OwnedFd,
        long_names: Arc<LongNames>,
    ) -> Self {
        Self { writer: BufWriter::with_capacity(32 * 1024, writer), socket, long_names }
    }

    /// Has the connection end in a reset when it is closed next, and forgets what was not sent.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))
    }

    /// The last words of a session that ends from our side.
    pub(crate) async fn end(&mut self, report: &Report) -> io::Result<()> {
        self.report_error(report).await?;
        self.close().await
    }

    /// Closes the connection in order: in TLS, the client is told that nothing was cut off.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.writer.shutdown().await
    }

    /// Sends a frame, some time before the next flush, with names in the places of their stand-ins.
    pub(crate) async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        let changed = outward::changed(frame, |text| self.long_names.restored(text));
        write_frame(&mut self.writer, changed.as_ref().unwrap_or(frame)).await
    }

    pub(crate) async fn report_error(&mut self, report: &Report) -> io::Result<()> {
        self.send(&report.encode(ERROR)).await
    }

    pub(crate) async fn complete(&mut self, tag: &str) -> io::Result<()> {
        self.send(&Frame::text(b'C', tag)).await
    }

    pub(crate) async fn ready(&mut self, status: Status) -> io::Result<()> {
        self.send(&Frame::new(b'Z', vec![status.letter()])).await?;
        self.flush().await
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().await
    }
}

/// Moves frames from the client into the inbox and returns when the client is gone without a word. After a Terminate
/// it waits for ever: what was asked before is still to be done.
pub(crate) async fn read_into<R: AsyncRead + Unpin>(mut reader: FrameReader<R>, inbox: mpsc::Sender<Frame>) {
    while let Ok(Some(frame)) = reader.next().await {
        let last = frame.tag == b'X';
        if inbox.send(frame).await.is_err() {
            return;
        }
        if last {
            std::future::pending::<()>().await;
        }
    }
}

//! Frames: one tagged message of the protocol, read whole and written whole.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// PostgreSQL itself refuses anything longer from a client.
const LONGEST_FRAME: usize = 1 << 30;

/// One message: its tag and its payload, without the length that stands between them on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub tag: u8,
    pub body: Bytes,
}

impl Frame {
    pub(crate) fn new(tag: u8, body: impl Into<Bytes>) -> Self {
        Self { tag, body: body.into() }
    }

    pub(crate) fn empty(tag: u8) -> Self {
        Self { tag, body: Bytes::new() }
    }

    /// A message that consists of one string.
    pub(crate) fn text(tag: u8, text: &str) -> Self {
        let mut body = BytesMut::with_capacity(text.len() + 1);
        put_text(&mut body, text);
        Self::new(tag, body)
    }
}

/// Reads frames out of a stream through one buffer that keeps its allocation.
pub(crate) struct FrameReader<R> {
    stream: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self { stream, buffer: BytesMut::with_capacity(16 * 1024) }
    }

    /// The next frame, or `None` when the peer closed the stream between two frames.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.take_buffered()? {
                return Ok(Some(frame));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn take_buffered(&mut self) -> io::Result<Option<Frame>> {
        let Some((header, _)) = self.buffer.split_first_chunk::<5>() else { return Ok(None) };
        let [tag, length @ ..] = *header;
        let length = u32::from_be_bytes(length) as usize;
        if !(4..=LONGEST_FRAME).contains(&length) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame of impossible length"));
        }
        if self.buffer.len() < length + 1 {
            self.buffer.reserve(length + 1 - self.buffer.len());
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(length + 1);
        frame.advance(5);
        Ok(Some(Frame { tag, body: frame.freeze() }))
    }
}

/// Writes one frame; it may wait in a buffer until the stream is flushed.
pub(crate) async fn write_frame<W: AsyncWrite + Unpin>(stream: &mut W, frame: &Frame) -> io::Result<()> {
    let length = u32::try_from(frame.body.len() + 4).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut header = [frame.tag, 0, 0, 0, 0];
    header[1..].copy_from_slice(&length.to_be_bytes());
    stream.write_all(&header).await?;
    stream.write_all(&frame.body).await
}

/// Appends a zero-terminated string.
pub(crate) fn put_text(body: &mut BytesMut, text: &str) {
    body.put_slice(text.as_bytes());
    body.put_u8(0);
}

/// Takes a zero-terminated string off the front; `None` when there is none or it is not UTF-8.
pub(crate) fn take_text(body: &mut Bytes) -> Option<String> {
    let end = memchr::memchr(0, body)?;
    let text = body.split_to(end);
    body.advance(1);
    String::from_utf8(text.to_vec()).ok()
}

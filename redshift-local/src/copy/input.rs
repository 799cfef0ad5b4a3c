//! The bytes of the objects, on the decoding thread: taken from the queue, unpacked, and held in a window over them.

use std::io::{self, BufRead, Read};

use bytes::{Buf as _, Bytes};
use flate2::bufread::MultiGzDecoder;
use tokio::sync::mpsc;

/// A row, or a JSON object, is at most 4 MB (fact 1.11).
pub(crate) const LONGEST_ROW: usize = 4 * 1024 * 1024;

/// What the fetching task sends: for each object its name, its bytes, its end.
#[derive(Debug)]
pub(crate) enum Piece {
    Object(String),
    Bytes(Bytes),
    End,
}

/// One object's bytes as they are stored.
pub(crate) struct Stored<'a> {
    pieces: &'a mut mpsc::Receiver<Piece>,
    current: Bytes,
    ended: bool,
}

impl<'a> Stored<'a> {
    pub(crate) fn new(pieces: &'a mut mpsc::Receiver<Piece>) -> Self {
        Self { pieces, current: Bytes::new(), ended: false }
    }

    pub(crate) fn unpacked(self, gzip: bool) -> Box<dyn Read + 'a> {
        if gzip { Box::new(MultiGzDecoder::new(self)) } else { Box::new(self) }
    }
}

impl BufRead for Stored<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.current = bytes,
                Some(Piece::End) => self.ended = true,
                Some(Piece::Object(_)) => return Err(io::ErrorKind::InvalidData.into()),
                // The fetching task stopped halfway, and has said why elsewhere.
                None => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, amount: usize) {
        self.current.advance(amount);
    }
}

impl Read for Stored<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// A window that slides over an object's unpacked bytes and grows to hold one whole row.
pub(crate) struct Window<'a> {
    source: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<'a> Window<'a> {
    pub(crate) fn new(source: Box<dyn Read + 'a>) -> Self {
        Self { source, buffer: vec![0; 256 * 1024], start: 0, end: 0 }
    }

    /// What is in the window.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Lets go of bytes at the front.
    pub(crate) fn advance(&mut self, count: usize) {
        self.start += count;
    }

    /// Reads more behind what is there; `false` at the end of the object.
    pub(crate) fn extend(&mut self) -> io::Result<bool> {
        if self.end == self.buffer.len() {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            } else {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        let count = loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        self.end += count;
        Ok(count > 0)
    }
}

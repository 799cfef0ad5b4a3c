//! The bytes of the objects, on the decoding thread: taken from the queue, [unpacked](unpack), made [UTF-8](utf16), and
//! held in a [window] over them.

pub(crate) mod unpack;
pub(crate) mod utf16;
pub(crate) mod window;

use std::io::{self, BufRead, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

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

//! The part of an object that is being looked at: at least one whole row.

use std::io::{self, Read};

/// A window that slides over an object's unpacked bytes and grows to hold one whole row.
pub(crate) struct Window<'a> {
    source: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    longest_row: usize,
}

impl<'a> Window<'a> {
    /// Of rows of at most so many bytes.
    pub(crate) fn new(source: Box<dyn Read + 'a>, longest_row: usize) -> Self {
        Self { source, buffer: vec![0; 256 * 1024], start: 0, end: 0, longest_row }
    }

    pub(crate) fn longest_row(&self) -> usize {
        self.longest_row
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Bytes that arrive in pieces of one size.
    pub(crate) struct Pieces<'a> {
        rest: &'a [u8],
        size: usize,
    }

    impl<'a> Pieces<'a> {
        pub(crate) fn new(bytes: &'a [u8], size: usize) -> Self {
            Self { rest: bytes, size }
        }
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.size.min(into.len()).min(self.rest.len());
            let (piece, rest) = self.rest.split_at(length);
            into[..length].copy_from_slice(piece);
            self.rest = rest;
            Ok(length)
        }
    }
}

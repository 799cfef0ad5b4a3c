//! The header of a page of Parquet: a structure of Thrift's compact protocol, few of whose numbers are of interest here.

use std::fs::File;
use std::io::{self, BufReader, Read as _};

pub(super) fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the header of a page is broken")
}

/// What the header of a page says.
pub(super) struct Page {
    pub(super) unpacked: usize,
    /// Without the header.
    pub(super) packed: u64,
    /// Bytes at its beginning that are never packed, in pages of the second version.
    pub(super) levels: u64,
    pub(super) is_packed: bool,
}

/// The header of one page.
pub(super) struct Header<'a, 'b> {
    source: &'a mut BufReader<&'b File>,
    read: u64,
}

/// Types of Thrift's compact protocol.
mod thrift {
    pub(super) const STOP: u8 = 0;
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const BYTE: u8 = 3;
    pub(super) const I16: u8 = 4;
    pub(super) const I32: u8 = 5;
    pub(super) const I64: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const BINARY: u8 = 8;
    pub(super) const LIST: u8 = 9;
    pub(super) const STRUCT: u8 = 12;
}

impl<'a, 'b> Header<'a, 'b> {
    /// The header that comes next.
    pub(super) fn at(source: &'a mut BufReader<&'b File>) -> Self {
        Self { source, read: 0 }
    }

    /// In bytes, once it is read.
    pub(super) fn length(&self) -> u64 {
        self.read
    }

    /// Reads it.
    pub(super) fn page(&mut self) -> io::Result<Page> {
        let (mut unpacked, mut packed) = (None, None);
        let (mut levels, mut is_packed) = (0, true);
        let mut field = 0;
        loop {
            let kind = self.field(&mut field)?;
            match (field, kind) {
                (_, thrift::STOP) => break,
                (2, thrift::I32) => unpacked = usize::try_from(self.number()?).ok(),
                (3, thrift::I32) => packed = u64::try_from(self.number()?).ok(),
                (8, thrift::STRUCT) => (levels, is_packed) = self.second_version()?,
                _ => self.skip(kind, 0)?,
            }
        }
        let (unpacked, packed) = unpacked.zip(packed).ok_or_else(broken)?;
        Ok(Page { unpacked, packed, levels, is_packed })
    }

    /// The bytes of both kinds of levels, and whether the rest is packed.
    fn second_version(&mut self) -> io::Result<(u64, bool)> {
        let (mut levels, mut is_packed) = (0_u64, true);
        let mut field = 0;
        loop {
            let kind = self.field(&mut field)?;
            match (field, kind) {
                (_, thrift::STOP) => return Ok((levels, is_packed)),
                (5 | 6, thrift::I32) => {
                    let length = u64::try_from(self.number()?).map_err(|_| broken())?;
                    levels = levels.saturating_add(length);
                }
                (7, thrift::FALSE) => is_packed = false,
                _ => self.skip(kind, 1)?,
            }
        }
    }

    /// The type of the next field; `field` becomes its number.
    fn field(&mut self, field: &mut i64) -> io::Result<u8> {
        let byte = self.byte()?;
        let (delta, kind) = (byte >> 4, byte & 0x0f);
        if kind != thrift::STOP {
            *field = if delta == 0 { self.number()? } else { *field + i64::from(delta) };
        }
        Ok(kind)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> io::Result<()> {
        if depth > 8 {
            return Err(broken());
        }
        match kind {
            thrift::TRUE | thrift::FALSE => Ok(()),
            thrift::BYTE => self.byte().map(drop),
            thrift::I16 | thrift::I32 | thrift::I64 => self.varint().map(drop),
            thrift::DOUBLE => self.pass(8),
            thrift::BINARY => {
                let length = self.varint()?;
                self.pass(length)
            }
            thrift::LIST => {
                let head = self.byte()?;
                let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                for _ in 0..length {
                    match head & 0x0f {
                        // In a list they take a byte each.
                        thrift::TRUE | thrift::FALSE => self.byte().map(drop)?,
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
                Ok(())
            }
            thrift::STRUCT => {
                let mut field = 0;
                loop {
                    match self.field(&mut field)? {
                        thrift::STOP => return Ok(()),
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
            }
            _ => Err(broken()),
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.source.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(broken())
    }

    /// Zigzag: the sign is the last bit.
    fn number(&mut self) -> io::Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn pass(&mut self, length: u64) -> io::Result<()> {
        let offset = i64::try_from(length).map_err(|_| broken())?;
        self.source.seek_relative(offset)?;
        self.read = self.read.checked_add(length).ok_or_else(broken)?;
        Ok(())
    }
}

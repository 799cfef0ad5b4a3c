//! A look at the pages of a Parquet file before anything is unpacked: how large they become, and which moments they hold.
//!
//! The footer does not say it, and the reader takes each page's word for the memory that it asks for. A page's header is
//! a structure of Thrift's compact protocol; only two of its numbers are of interest here.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use parquet::basic::Compression;
use parquet::column::reader::ColumnReader;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::inflated::{Packing, count};
use super::unopened::Unopened;
use crate::copy::value::OUTSIDE;

/// Writers make pages of one megabyte. A single value may need more, up to the 16 MB of a SUPER and what is around it.
const LARGEST_PAGE: usize = 128 << 20;

/// The bytes that the largest page becomes. Fails when one of them is too large.
pub(super) fn largest_page(file: &File, metadata: &ParquetMetaData) -> Result<usize, Unopened> {
    let mut source = BufReader::new(file);
    let mut largest = 0;
    for chunk in metadata.row_groups().iter().flat_map(parquet::file::metadata::RowGroupMetaData::columns) {
        let page =
            largest_of_chunk(&mut source, chunk).map_err(|error| Unopened::Corrupt(error.to_string()))?;
        if page > LARGEST_PAGE {
            let column = chunk.column_descr().path().string();
            return Err(Unopened::NotCovered(format!("a page of {page} bytes in its column {column}")));
        }
        largest = largest.max(page);
    }
    Ok(largest)
}

fn largest_of_chunk(source: &mut BufReader<&File>, chunk: &ColumnChunkMetaData) -> io::Result<usize> {
    let number = |number: i64| u64::try_from(number).map_err(|_| broken());
    let data = number(chunk.data_page_offset())?;
    // Some writers say 0 for none.
    let dictionary = chunk.dictionary_page_offset().map(number).transpose()?.filter(|offset| *offset > 0);
    let mut at = dictionary.unwrap_or(data).min(data);
    let end = at.checked_add(number(chunk.compressed_size())?).ok_or_else(broken)?;
    let mut largest = 0;
    while at < end {
        source.seek(SeekFrom::Start(at))?;
        let mut header = Header { source: &mut *source, read: 0 };
        let page = header.page()?;
        let read = header.read;
        if page.unpacked <= LARGEST_PAGE {
            check_promise(source, chunk.compression(), &page)?;
        }
        largest = largest.max(page.unpacked);
        at = read.checked_add(page.packed).and_then(|length| at.checked_add(length)).ok_or_else(broken)?;
    }
    Ok(largest)
}

/// Fails when the page, whose bytes come next, becomes more than its header says: the reader would keep all of it. The
/// other codecs stop where the header says.
fn check_promise(source: &mut BufReader<&File>, compression: Compression, page: &Page) -> io::Result<()> {
    /// How an LZ4 frame begins, which the reader takes where it finds no block.
    const FRAME: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
    if !page.is_packed {
        return Ok(());
    }
    let promised = (page.unpacked as u64).saturating_sub(page.levels);
    // Of nothing the reader unpacks nothing.
    if promised == 0 {
        return Ok(());
    }
    source.seek_relative(i64::try_from(page.levels).map_err(|_| broken())?)?;
    let mut packed = source.by_ref().take(page.packed.saturating_sub(page.levels));
    let becomes = match compression {
        Compression::GZIP(_) => count(Packing::Gzip, &mut packed, promised)?,
        Compression::BROTLI(_) => count(Packing::Brotli, &mut packed, promised)?,
        Compression::LZ4 => {
            let mut first = [0; 4];
            if packed.read_exact(&mut first).is_ok() && first == FRAME {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a page is an LZ4 frame"));
            }
            0
        }
        _ => 0,
    };
    if becomes > promised {
        let said = format!("a page becomes more than the {} bytes that its header says", page.unpacked);
        return Err(io::Error::new(io::ErrorKind::InvalidData, said));
    }
    Ok(())
}

/// Whether all INT96 are moments of the years that we cover. Beyond them the reader would count on from the other end.
pub(super) fn check_moments(file: &File) -> Result<(), Unopened> {
    /// The day on which 1970 began.
    const EPOCH: i64 = 2_440_588;
    const NANOS_OF_DAY: u64 = 86_400_000_000_000;
    /// About as many days as fit into microseconds.
    const DAYS: i64 = 100_000_000;
    let corrupt = |error: parquet::errors::ParquetError| Unopened::Corrupt(error.to_string());
    let reader =
        SerializedFileReader::new(file.try_clone().map_err(|error| Unopened::Corrupt(error.to_string()))?);
    let reader = reader.map_err(corrupt)?;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(corrupt)?;
        for column in 0..group.num_columns() {
            let ColumnReader::Int96ColumnReader(mut moments) =
                group.get_column_reader(column).map_err(corrupt)?
            else {
                continue;
            };
            loop {
                let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
                let (records, ..) = moments
                    .read_records(1_024, Some(&mut definition), Some(&mut repetition), &mut values)
                    .map_err(corrupt)?;
                for value in &values {
                    let &[low, high, day] = value.data() else { continue };
                    let days = i64::from(day.cast_signed()) - EPOCH;
                    let nanos = u64::from(high) << 32 | u64::from(low);
                    if !(-DAYS..DAYS).contains(&days) || nanos > NANOS_OF_DAY {
                        return Err(Unopened::NotCovered(format!("an INT96 that {OUTSIDE}")));
                    }
                }
                if records == 0 {
                    break;
                }
            }
        }
    }
    Ok(())
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the header of a page is broken")
}

/// What the header of a page says.
struct Page {
    unpacked: usize,
    /// Without the header.
    packed: u64,
    /// Bytes at its beginning that are never packed, in pages of the second version.
    levels: u64,
    is_packed: bool,
}

/// The header of one page.
struct Header<'a, 'b> {
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

impl Header<'_, '_> {
    fn page(&mut self) -> io::Result<Page> {
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

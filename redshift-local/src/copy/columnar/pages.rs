//! A look at the pages of a Parquet file before anything is unpacked: how large they become.
//!
//! The footer does not say it, and the reader takes each page's word for the memory that it asks for.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::inflated::{Packing, count};
use super::page_header::{Header, Page, broken};
use super::unopened::Unopened;

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
        let mut header = Header::at(&mut *source);
        let page = header.page()?;
        let read = header.length();
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

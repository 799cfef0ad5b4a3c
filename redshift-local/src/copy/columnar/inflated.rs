//! How many bytes something packed becomes, found out without keeping them.

use std::io::{self, BufRead, BufReader, Read};

use crate::copy::grammar::options::Compression;
use crate::copy::input::unpack::unpacked;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Brotli,
    /// DEFLATE with nothing around it.
    #[cfg(feature = "columnar")]
    Deflate,
    #[cfg(feature = "columnar")]
    Zstd,
}

/// The unpacked bytes, counted up to one more than `most`.
pub(super) fn count(packing: Packing, packed: impl Read, most: u64) -> io::Result<u64> {
    let packed = BufReader::new(packed);
    let unpacked: Box<dyn Read + '_> = match packing {
        Packing::Gzip => unpacked(packed, Compression::Gzip),
        Packing::Brotli => Box::new(brotli::Decompressor::new(packed, 64 * 1024)),
        #[cfg(feature = "columnar")]
        Packing::Deflate => Box::new(flate2::read::DeflateDecoder::new(packed)),
        #[cfg(feature = "columnar")]
        Packing::Zstd => unpacked(packed, Compression::Zstd),
    };
    let mut unpacked = BufReader::with_capacity(64 * 1024, unpacked).take(most.saturating_add(1));
    let mut total = 0;
    loop {
        let length = unpacked.fill_buf()?.len();
        if length == 0 {
            return Ok(total);
        }
        total += length as u64;
        unpacked.consume(length);
    }
}

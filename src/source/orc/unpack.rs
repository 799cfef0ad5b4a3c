//! The chunks in which the footer of an ORC file is packed [ORC specification, Compression].

use std::io::Read;

use flate2::read::DeflateDecoder;
use ruzstd::decoding::StreamingDecoder;

use crate::source::orc::NoSchema;

/// How the parts of a file are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    None,
    Zlib,
    Snappy,
    Zstd,
}

/// Unpacked bytes of a footer; the schema of a thousand columns takes a tenth.
const LONGEST: usize = 4 << 20;
/// The largest window of a zstd chunk: a chunk has a quarter of a megabyte, mostly.
const LARGEST_WINDOW: u64 = 8 << 20;

/// All that is packed in whole chunks. `None` when something of it is not what it should be.
pub(super) fn unpacked(mut chunks: &[u8], codec: Codec) -> Result<Option<Vec<u8>>, NoSchema> {
    if codec == Codec::None {
        return Ok(Some(chunks.to_vec()));
    }
    let mut footer = Vec::new();
    while !chunks.is_empty() {
        let Some((&[first, second, third], behind)) = chunks.split_first_chunk::<3>() else {
            return Ok(None);
        };
        let header = u32::from_le_bytes([first, second, third, 0]);
        let Ok(length) = usize::try_from(header >> 1) else { return Ok(None) };
        let Some((chunk, rest)) = behind.split_at_checked(length) else { return Ok(None) };
        let is_original = header & 1 == 1;
        let room = LONGEST - footer.len();
        let done = if is_original {
            footer.extend_from_slice(chunk);
            Some(())
        } else {
            add_unpacked(chunk, codec, room, &mut footer)
        };
        if footer.len() >= LONGEST {
            return Err(NoSchema::TooLarge("more than 4 MiB"));
        }
        if done.is_none() {
            return Ok(None);
        }
        chunks = rest;
    }
    Ok(Some(footer))
}

/// At most so many bytes of a chunk; `None` when it is broken.
fn add_unpacked(chunk: &[u8], codec: Codec, room: usize, footer: &mut Vec<u8>) -> Option<()> {
    let most = u64::try_from(room).ok()?;
    match codec {
        Codec::None => footer.extend_from_slice(chunk.get(..room).unwrap_or(chunk)),
        Codec::Zlib => {
            DeflateDecoder::new(chunk).take(most).read_to_end(footer).ok()?;
        }
        Codec::Snappy => {
            // It says how much it becomes, so that no more is made.
            snap::raw::decompress_len(chunk).ok().filter(|length| *length <= room)?;
            footer.extend_from_slice(&snap::raw::Decoder::new().decompress_vec(chunk).ok()?);
        }
        Codec::Zstd => {
            let decoder = StreamingDecoder::new_with_max_window_size(chunk, LARGEST_WINDOW).ok()?;
            decoder.take(most).read_to_end(footer).ok()?;
        }
    }
    Some(())
}

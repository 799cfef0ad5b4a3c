//! The end of an ORC file, judged before the reader follows what it says: the reader trusts that its types are a tree.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use bytes::Bytes;
use orc_rust::compression::{Compression, Decompressor};
use orc_rust::proto::{CompressionKind, Footer, PostScript, Type};
use orc_rust::reader::metadata::read_metadata;
use prost::Message as _;

use super::chunks::{Chunks, LARGEST_CHUNK, LARGEST_FOOTER};
use super::unopened::Unopened;

/// The longest postscript, and the byte behind it that says its length.
const TAIL: u64 = 256;
/// What a chunk becomes at most where the postscript does not say it.
const USUAL_CHUNK: u64 = 256 << 10;
/// Types inside of types, of which a reader in each is on the stack.
const DEEPEST: usize = 100;

/// Where the parts of the end are, in bytes from the beginning of the file.
struct End {
    postscript: PostScript,
    metadata: u64,
    footer: u64,
    footer_length: u64,
}

/// Reads the end of the file and checks what the reader unpacks and follows first: the chunks of the file, if it is packed.
///
/// # Errors
/// When the file is not one that the reader would take, or takes without knowing what comes of it.
pub(super) fn check(file: &File) -> Result<Option<Chunks>, Unopened> {
    let end = End::of_file(file)?;
    let chunks = match end.postscript.compression() {
        CompressionKind::None => None,
        kind => {
            let largest = end.postscript.compression_block_size.unwrap_or(USUAL_CHUNK);
            Some(Chunks { kind, largest })
        }
    };
    let length = end.footer + end.footer_length - end.metadata;
    match &chunks {
        Some(chunks) if chunks.largest > LARGEST_CHUNK => {
            return Err(Unopened::NotCovered(format!("chunks of {} bytes", chunks.largest)));
        }
        Some(chunks) => chunks.check(file, end.metadata, length, LARGEST_FOOTER, "a footer")?,
        None if length > LARGEST_FOOTER => {
            return Err(Unopened::NotCovered(format!("a footer of more than {LARGEST_FOOTER} bytes")));
        }
        None => {}
    }
    check_types(&end.footer(file)?.types)?;
    Ok(chunks)
}

impl End {
    fn of_file(mut file: &File) -> Result<Self, Unopened> {
        let corrupt = |error: io::Error| Unopened::Corrupt(error.to_string());
        let size = file.seek(SeekFrom::End(0)).map_err(corrupt)?;
        let tail = read(file, size.saturating_sub(TAIL), size.min(TAIL)).map_err(corrupt)?;
        let (&length, before) = tail.split_last().ok_or(Unopened::NotOfFormat)?;
        let from = before.len().checked_sub(length.into()).ok_or(Unopened::NotOfFormat)?;
        let postscript = PostScript::decode(&before[from..]).map_err(|_| Unopened::NotOfFormat)?;
        let place = || {
            let footer_length = postscript.footer_length?;
            let footer = (size - 1 - u64::from(length)).checked_sub(footer_length)?;
            Some((footer.checked_sub(postscript.metadata_length?)?, footer, footer_length))
        };
        let (metadata, footer, footer_length) = place().ok_or(Unopened::NotOfFormat)?;
        Ok(Self { postscript, metadata, footer, footer_length })
    }

    /// The footer, as the reader unpacks it.
    fn footer(&self, file: &File) -> Result<Footer, Unopened> {
        let corrupt = |error: io::Error| Unopened::Corrupt(error.to_string());
        let packed = read(file, self.footer, self.footer_length).map_err(corrupt)?;
        let mut unpacked = Vec::new();
        Decompressor::new(packed.into(), self.compression()?, Vec::new())
            .read_to_end(&mut unpacked)
            .map_err(corrupt)?;
        Footer::decode(unpacked.as_slice()).map_err(|_| Unopened::NotOfFormat)
    }

    /// How the file is packed. Only the metadata of a file can say it to the unpacker, so a file is made that has the same
    /// postscript and no column.
    fn compression(&self) -> Result<Option<Compression>, Unopened> {
        let root = Type { kind: Some(STRUCT), ..Type::default() };
        let footer = Footer { types: vec![root], ..Footer::default() }.encode_to_vec();
        // Three bytes before a chunk say its length; the lowest bit, that it is as it was.
        let header = (u32::try_from(footer.len()).unwrap_or_default() << 1 | 1).to_le_bytes();
        let chunk = match self.postscript.compression() {
            CompressionKind::None => footer,
            _ => [&header[..3], &footer].concat(),
        };
        let postscript = PostScript {
            footer_length: Some(chunk.len() as u64),
            metadata_length: Some(0),
            compression: self.postscript.compression,
            compression_block_size: self.postscript.compression_block_size,
            ..PostScript::default()
        };
        let postscript = postscript.encode_to_vec();
        let length = u8::try_from(postscript.len()).unwrap_or_default();
        let mut file = Bytes::from([chunk, postscript, vec![length]].concat());
        let metadata = read_metadata(&mut file).map_err(|_| Unopened::NotOfFormat)?;
        Ok(metadata.compression())
    }
}

/// The kind of the root.
const STRUCT: i32 = orc_rust::proto::r#type::Kind::Struct as i32;

/// A type stands in the list before those inside of it, and each of them is inside of one only [ORC specification, Schema].
fn check_types(types: &[Type]) -> Result<(), Unopened> {
    let mut depths = vec![None; types.len()];
    if let Some(root) = depths.first_mut() {
        *root = Some(0);
    }
    for (place, own) in types.iter().enumerate() {
        // What is in nothing is not followed.
        let Some(depth) = depths[place] else { continue };
        if depth > DEEPEST {
            return Err(Unopened::NotCovered(format!("types that are more than {DEEPEST} deep")));
        }
        for &inner in &own.subtypes {
            let no_tree =
                || Unopened::Corrupt(format!("type {inner} of its footer cannot be inside of type {place}"));
            let inner = usize::try_from(inner).map_err(|_| no_tree())?;
            let is_behind = inner > place;
            let depth_of_inner = depths.get_mut(inner).filter(|known| is_behind && known.is_none());
            *depth_of_inner.ok_or_else(no_tree)? = Some(depth + 1);
        }
    }
    Ok(())
}

fn read(mut file: &File, from: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;

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
mod tests {
    use std::io::Write as _;

    use orc_rust::proto::r#type::Kind;

    use super::super::table_file::TableFile;
    use super::*;
    use crate::copy::grammar::format::Format;

    fn of_kind(kind: Kind, subtypes: &[u32]) -> Type {
        let field_names = subtypes.iter().filter(|_| kind == Kind::Struct).map(u32::to_string).collect();
        Type { kind: Some(kind.into()), subtypes: subtypes.to_vec(), field_names, ..Type::default() }
    }

    fn chunk(bytes: &[u8], is_original: bool) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).expect("it is short");
        [&(length << 1 | u32::from(is_original)).to_le_bytes()[..3], bytes].concat()
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    }

    /// What becomes of a file of no rows with these types.
    fn judged(compression: CompressionKind, types: Vec<Type>) -> String {
        let footer = Footer { types, number_of_rows: Some(0), ..Footer::default() }.encode_to_vec();
        let footer = match compression {
            CompressionKind::None => footer,
            CompressionKind::Zlib => chunk(&deflated(&footer), false),
            _ => chunk(&footer, true),
        };
        let postscript = PostScript {
            footer_length: Some(footer.len() as u64),
            metadata_length: Some(0),
            compression: Some(compression.into()),
            magic: Some("ORC".to_owned()),
            ..PostScript::default()
        };
        let postscript = postscript.encode_to_vec();
        let size = u8::try_from(postscript.len()).expect("it is short");
        let mut file = tempfile::tempfile().expect("there is room");
        file.write_all(&[b"ORC".to_vec(), footer, postscript, vec![size]].concat()).expect("there is room");
        match TableFile::open(&Format::Orc { serialize_to_json: false }, file) {
            Ok(open) => format!("{} columns", open.fields.len()),
            Err(Unopened::NotOfFormat) => "another format".to_owned(),
            Err(Unopened::NotCovered(why) | Unopened::Corrupt(why)) => why,
        }
    }

    const PACKED: [CompressionKind; 5] = [
        CompressionKind::None,
        CompressionKind::Zlib,
        CompressionKind::Snappy,
        CompressionKind::Lz4,
        CompressionKind::Zstd,
    ];

    #[test]
    fn a_type_that_is_inside_of_itself_is_refused_however_the_file_is_packed() {
        for packed in PACKED {
            let own_child = vec![of_kind(Kind::Struct, &[1]), of_kind(Kind::List, &[1])];
            let refused = judged(packed, own_child);
            assert_eq!(refused, "type 1 of its footer cannot be inside of type 1", "{packed:?}");
        }
        let own_grandchild =
            vec![of_kind(Kind::Struct, &[1]), of_kind(Kind::List, &[2]), of_kind(Kind::Struct, &[0])];
        assert_eq!(
            judged(CompressionKind::None, own_grandchild),
            "type 0 of its footer cannot be inside of type 2"
        );
    }

    #[test]
    fn a_type_inside_of_two_is_refused_before_it_is_followed_once_for_each_path() {
        let twice = |place: u32| of_kind(Kind::Map, &[place + 1, place + 1]);
        let mut types = vec![of_kind(Kind::Struct, &[1])];
        types.extend((1..60).map(twice));
        types.push(of_kind(Kind::Int, &[]));
        assert_eq!(judged(CompressionKind::None, types), "type 2 of its footer cannot be inside of type 1");
    }

    #[test]
    fn a_type_that_is_not_there_is_refused() {
        let types = vec![of_kind(Kind::Struct, &[1, 2]), of_kind(Kind::Int, &[])];
        assert_eq!(judged(CompressionKind::Zlib, types), "type 2 of its footer cannot be inside of type 0");
    }

    #[test]
    fn types_in_types_are_taken_as_deep_as_the_stack_bears() {
        let deep = |levels: u32| {
            let mut types = vec![of_kind(Kind::Struct, &[1])];
            types.extend((1..levels).map(|place| of_kind(Kind::List, &[place + 1])));
            types.push(of_kind(Kind::Int, &[]));
            judged(CompressionKind::None, types)
        };
        assert_eq!(deep(100), "1 columns");
        assert_eq!(deep(101), "types that are more than 100 deep");
        assert_eq!(deep(100_000), "types that are more than 100 deep");
    }

    #[test]
    fn whole_types_are_taken() {
        let types = vec![
            of_kind(Kind::Struct, &[1, 3, 6]),
            of_kind(Kind::List, &[2]),
            of_kind(Kind::Int, &[]),
            of_kind(Kind::Map, &[4, 5]),
            of_kind(Kind::String, &[]),
            of_kind(Kind::Long, &[]),
            of_kind(Kind::Date, &[]),
        ];
        for packed in PACKED {
            assert_eq!(judged(packed, types.clone()), "3 columns", "{packed:?}");
        }
    }
}

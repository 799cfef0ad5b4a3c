//! The end of an ORC file: its postscript, and the footer before it that holds the schema [ORC specification, File Tail].

use std::ops::Range;

use crate::source::orc::NoSchema;
use crate::source::orc::columns::{STRUCT, Type};
use crate::source::orc::protobuf::{Fields, NoMessage, Value};
use crate::source::orc::unpack::{Codec, unpacked};
use crate::source::parquet::columns::ParquetColumn;

/// The longest postscript, and the byte behind it that says its length.
pub const TAIL: u64 = 256;
/// Bytes of a footer that are read: each stripe takes some thirty of them, each column a hundred.
const LONGEST_FOOTER: u64 = 1 << 20;
/// Types that a schema may have; tables end at 1,600 columns.
const TYPES: usize = 20_000;

/// What the postscript says of the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// Its bytes in the object.
    pub range: Range<u64>,
    /// How it is packed; `None` as we do not unpack it.
    pub codec: Option<Codec>,
    /// Bytes between its beginning and the end of the object.
    before_end: u64,
}

/// Where the schema of an object of `size` bytes is, from its last [`TAIL`] bytes, or all of them.
pub fn footer(tail: &[u8], size: u64) -> Result<Footer, NoSchema> {
    // The magic, a postscript of a few bytes, and its length.
    if size < 16 {
        return Err(NoSchema::TooShort(size));
    }
    let (&length, before) = tail.split_last().ok_or(NoSchema::NotOrc)?;
    let start = before.len().checked_sub(usize::from(length)).ok_or(NoSchema::NotOrc)?;
    let (mut footer_length, mut codec, mut is_orc) = (0, 0, false);
    for field in Fields::of(before.get(start..).unwrap_or_default()) {
        match field.map_err(|NoMessage| NoSchema::NotOrc)? {
            (1, Value::Number(length)) => footer_length = length,
            (2, Value::Number(number)) => codec = number,
            (8000, Value::Bytes(magic)) => is_orc = magic == b"ORC",
            _ => {}
        }
    }
    if !is_orc {
        return Err(NoSchema::NotOrc);
    }
    let codec = match codec {
        0 => Some(Codec::None),
        1 => Some(Codec::Zlib),
        2 => Some(Codec::Snappy),
        3 => return Err(NoSchema::Codec("LZO")),
        4 => None,
        5 => Some(Codec::Zstd),
        _ => return Err(NoSchema::Codec("an unknown codec")),
    };
    let behind = u64::from(length) + 1;
    let before_end = footer_length.saturating_add(behind);
    let begin = size.checked_sub(before_end).filter(|begin| *begin >= 3 && footer_length > 0);
    let begin = begin.ok_or(NoSchema::FooterTooLong { length: footer_length, size })?;
    if footer_length > LONGEST_FOOTER {
        return Err(NoSchema::TooLarge("a footer of more than 1 MiB"));
    }
    Ok(Footer { range: begin..begin + footer_length, codec, before_end })
}

impl Footer {
    /// The columns of the file, in its order, from the bytes of the footer's range; `None` when we do not unpack it.
    pub fn columns(&self, packed: &[u8]) -> Result<Option<Vec<ParquetColumn>>, NoSchema> {
        let Some(codec) = self.codec else { return Ok(None) };
        let broken = || NoSchema::Broken(self.before_end);
        let footer = unpacked(packed, codec)?.ok_or_else(broken)?;
        let mut types = Vec::new();
        for field in Fields::of(&footer) {
            if let (4, Value::Bytes(message)) = field.map_err(|NoMessage| broken())? {
                if types.len() == TYPES {
                    return Err(NoSchema::TooLarge("more than 20000 columns"));
                }
                types.push(Type::read(message).map_err(|NoMessage| broken())?);
            }
        }
        let root = types.first().ok_or_else(broken)?;
        if root.kind != STRUCT {
            return Err(NoSchema::NoStruct);
        }
        if root.names.len() != root.subtypes.len() {
            return Err(broken());
        }
        let column = |(name, place): (&String, &u64)| {
            let place = usize::try_from(*place).ok()?;
            Some(types.get(place)?.column(name))
        };
        let columns: Option<Vec<ParquetColumn>> = root.names.iter().zip(&root.subtypes).map(column).collect();
        columns.map(Some).ok_or_else(broken)
    }
}

#[cfg(test)]
mod tests;

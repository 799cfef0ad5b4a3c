//! What a file is by its first bytes, where that is not what its name says: COPY only tells what its decompressor or its
//! parser made of it. Values of the file are never told.

use std::io::ErrorKind;

use crate::model::copy_options::option::Encoding;
use crate::model::format::{Compression, Format};
use crate::source::format::facts;
use crate::source::head::HEAD;
use crate::source::head::unpack::{behind_skippable_frames, unpacked};

/// Unpacked bytes that are looked at.
const LOOKED_AT: usize = 4096;

/// Forms of files by how they begin, each with whether it is a compression of something else.
const MAGIC: [(&[u8], &str, bool); 10] = [
    (b"\x1f\x8b", "gzip", true),
    (b"\x28\xb5\x2f\xfd", "zstd", true),
    (b"BZh", "bzip2", true),
    (b"\xfd7zXZ\0", "xz", true),
    (b"\x89LZO\0", "lzop", true),
    (b"PK\x03\x04", "a zip archive", false),
    (b"PAR1", "a Parquet file", false),
    (b"Obj\x01", "an Avro file", false),
    (b"ORC", "an ORC file", false),
    (b"%PDF", "a PDF", false),
];

/// What is wrong with a file of this format, so packed, that begins with `head`.
///
/// A clause that follows its name: "is a JSON array, …". `None` when it begins as it should, or is in another encoding than
/// UTF-8, as it was said to be.
pub fn oddity(head: &[u8], format: Format, compression: Compression, encoding: Encoding) -> Option<String> {
    if let Some(odd) = odd_packing(head, compression) {
        return Some(odd);
    }
    let start = unpacked(head, compression, LOOKED_AT).ok()?;
    if encoding == Encoding::Utf8 { odd_start(&start, format) } else { None }
}

/// What is wrong with how a file is packed that begins with `head`, as such a clause.
pub fn odd_packing(head: &[u8], compression: Compression) -> Option<String> {
    if head.is_empty() {
        return Some("is empty".to_owned());
    }
    let packed_as = compression.name();
    match (compression, magic(head)) {
        (Compression::None, Some((name, true))) => Some(format!("is {name}, but its name does not say so")),
        (Compression::None, _) => None,
        (_, Some((name, _))) if name == packed_as => match unpacked(head, compression, LOOKED_AT) {
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::Unsupported => None,
            // The rest of the file may have the rest of its first block.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && head.len() >= HEAD => None,
            Err(_) => Some(format!("begins like {packed_as}, but cannot be unpacked")),
        },
        (_, Some((name, _))) => Some(format!("is named as {packed_as}, but is {name}")),
        (_, None) if is_text(head) => Some(format!("is named as {packed_as}, but is not compressed")),
        (_, None) => Some(format!("is named as {packed_as}, but does not begin like {packed_as}")),
    }
}

/// The text that a file should be, or what it is instead, as a clause that follows its name.
pub fn text(content: Vec<u8>) -> Result<String, String> {
    if let Some((name, _)) = magic(&content) {
        return Err(format!("is {name}, not text"));
    }
    match content.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err("is UTF-16, not UTF-8".to_owned()),
        [0, other, ..] | [other, 0, ..] if *other != 0 => return Err("is UTF-16, not UTF-8".to_owned()),
        _ => {}
    }
    String::from_utf8(content).map_err(|_| "is not UTF-8 text".to_owned())
}

/// Of what is not packed, or has been unpacked.
fn odd_start(start: &[u8], format: Format) -> Option<String> {
    let facts = facts(format);
    if !facts.magic.is_empty() && start.starts_with(facts.magic) {
        return None;
    }
    if let Some((name, is_compression)) = magic(start) {
        return Some(if is_compression {
            format!("is {name} again inside: it was compressed twice")
        } else {
            format!("is {name}")
        });
    }
    let word = if format == Format::Json { "JSON" } else { "it" };
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if facts.magic.is_empty() => {
            Some(format!("is UTF-16, and {word} must be UTF-8"))
        }
        [0, other, ..] | [other, 0, ..] if facts.magic.is_empty() && *other != 0 => {
            Some(format!("is UTF-16 without a byte order mark, and {word} must be UTF-8"))
        }
        _ => (facts.oddity)(start),
    }
}

fn magic(head: &[u8]) -> Option<(&'static str, bool)> {
    let head = behind_skippable_frames(head);
    MAGIC
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .map(|(_, name, is_compression)| (*name, *is_compression))
}

/// Whether it could be written by hand, by its beginning.
fn is_text(head: &[u8]) -> bool {
    head.iter().take(64).all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn a_text_is_text_or_told_what_it_is() {
        assert_eq!(text(b"e: {}".to_vec()), Ok("e: {}".to_owned()));
        let told = |content: &[u8]| text(content.to_vec()).unwrap_err();
        assert_eq!(told(b"\x1f\x8b\x08"), "is gzip, not text");
        assert_eq!(told(b"\xff\xfee\0"), "is UTF-16, not UTF-8");
        assert_eq!(told(b"e\0:\0"), "is UTF-16, not UTF-8");
        assert_eq!(told(b"\xe4"), "is not UTF-8 text");
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn check(head: &[u8], is_gzip: bool, expected: Option<&str>) {
        let compression = if is_gzip { Compression::Gzip } else { Compression::None };
        let told = oddity(head, Format::Json, compression, Encoding::Utf8);
        match expected {
            None => assert_eq!(told, None),
            Some(expected) => assert!(told.as_deref().unwrap_or("").starts_with(expected), "{told:?}"),
        }
    }

    #[test]
    fn what_begins_as_it_should_is_not_odd() {
        for rows in ["{\"a\": 1}\n{\"a\": 2}", " \n\t{}", "\n\n"] {
            check(rows.as_bytes(), false, None);
            check(&gzip(rows.as_bytes()), true, None);
        }
    }

    #[test]
    fn forms_of_files_are_told_by_how_they_begin() {
        let utf_16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let cases: [(&[u8], &str); 13] = [
            (b"", "is empty"),
            (b"PK\x03\x04", "is a zip archive"),
            (b"PAR1\x15", "is a Parquet file"),
            (b"Obj\x01\x04", "is an Avro file"),
            (b"ORC\x0a", "is an ORC file"),
            (b"BZh91AY", "is bzip2, but its name does not say so"),
            (b"\xef\xbb\xbf{}", "begins with a byte order mark"),
            (b"\xff\xfe{\0", "is UTF-16, "),
            (&utf_16, "is UTF-16 without a byte order mark"),
            (b"\n [1]", "is a JSON array"),
            (b"<!DOCTYPE html>", "is HTML or XML"),
            (b"<?xml version=\"1.0\"?><Error>", "is HTML or XML"),
            (b"id,name\n", "does not begin with `{`"),
        ];
        for (head, expected) in cases {
            check(head, false, Some(expected));
        }
    }

    #[test]
    fn what_is_inside_of_gzip_is_told_too() {
        check(&gzip(&gzip(b"{}")), true, Some("is gzip again inside: it was compressed twice"));
        check(&gzip(b"[{}]"), true, Some("is a JSON array"));
        check(&gzip(b"\xef\xbb\xbf{}"), true, Some("begins with a byte order mark"));
        check(b"\x1f\x8b\x08\0garbage", true, Some("begins like gzip, but cannot be unpacked"));
        check(b"{\"a\": 1}", true, Some("is named as gzip, but is not compressed"));
        check(b"\x28\xb5\x2f\xfd\0", true, Some("is named as gzip, but is zstd"));
        check(&[0x80, 0, 1, 2], true, Some("is named as gzip, but does not begin like gzip"));
    }

    #[test]
    fn each_format_has_its_own_beginning() {
        let cases: [(Format, &[u8], Option<&str>); 13] = [
            (Format::Csv, b"\xef\xbb\xbfid,name\r\n", None),
            (Format::Csv, b"{\"id\": 1}", Some("begins with `{\"`, as JSON does and CSV does not")),
            (Format::Csv, b"<!DOCTYPE html><p>", Some("is HTML or XML, perhaps the error page of a server")),
            (Format::Csv, b"<1>,2\n", None),
            (Format::Csv, b"PAR1\x15", Some("is a Parquet file")),
            (Format::Csv, b"\xff\xfei\0", Some("is UTF-16, and it must be UTF-8")),
            (Format::Delimited, b"{\"a\": 1}|2\n", None),
            (Format::Parquet, b"PAR1\x15", None),
            (Format::Parquet, b"PARE\x15", Some("does not begin like Parquet")),
            (Format::Parquet, b"id,name\n", Some("does not begin like Parquet")),
            (Format::Orc, b"ORC\x0a", None),
            (Format::Avro, b"Obj\x01\x04", None),
            (Format::Avro, b"Obj\x02", Some("does not begin like Avro")),
        ];
        for (format, head, expected) in cases {
            assert_eq!(
                oddity(head, format, Compression::None, Encoding::Utf8).as_deref(),
                expected,
                "{format} {head:?}"
            );
        }
    }

    #[test]
    fn text_that_is_said_to_be_utf_16_is_not_odd_for_it() {
        let head = b"\xff\xfei\0d\0";
        assert_eq!(oddity(head, Format::Csv, Compression::None, Encoding::Utf16), None);
        let told = oddity(head, Format::Csv, Compression::Gzip, Encoding::Utf16);
        assert_eq!(told.as_deref(), Some("is named as gzip, but does not begin like gzip"));
    }

    #[test]
    fn every_packing_is_known_by_its_beginning() {
        let zstd = b"\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00\x69\x64\x0a";
        assert_eq!(
            oddity(zstd, Format::Csv, Compression::Bzip2, Encoding::Utf8).as_deref(),
            Some("is named as bzip2, but is zstd")
        );
        assert_eq!(
            oddity(b"BZh9junk", Format::Csv, Compression::Bzip2, Encoding::Utf8).as_deref(),
            Some("begins like bzip2, but cannot be unpacked")
        );
    }

    proptest! {
        #[test]
        fn any_beginning_is_judged_without_a_panic(head: Vec<u8>) {
            for (format, compression) in Format::iter().flat_map(|format| Compression::iter().map(move |packed| (format, packed))) {
                drop(oddity(&head, format, compression, Encoding::Utf8));
                for (magic, ..) in MAGIC {
                    drop(oddity(&[magic, head.as_slice()].concat(), format, compression, Encoding::Utf8));
                }
            }
        }
    }
}

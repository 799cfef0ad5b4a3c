//! What a file is by its first bytes, where that is not what its name says: COPY only tells what its decompressor or its
//! parser made of it. Values of the file are never told.

use std::io::Read;

use flate2::read::GzDecoder;

/// Bytes of a file that are enough to judge it by.
pub const HEAD: usize = 64 * 1024;

/// Unpacked bytes that are looked at; whatever the rest would unpack to is not unpacked.
const LOOKED_AT: u64 = 4096;

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

/// What is wrong with a file of JSON objects, gzipped or not, that begins with `head`, as a clause that follows its name:
/// "is a JSON array, …". `None` when it begins as it should.
pub fn oddity(head: &[u8], gzip: bool) -> Option<String> {
    if head.is_empty() {
        return Some("is empty".to_owned());
    }
    if !gzip {
        return match magic(head) {
            Some((name, true)) => Some(format!("is {name}, but its name does not say so")),
            _ => of_text(head),
        };
    }
    match magic(head) {
        Some(("gzip", _)) => match unpacked(head) {
            Ok(start) => of_text(&start),
            Err(_) => Some("begins like gzip, but cannot be unpacked".to_owned()),
        },
        Some((name, _)) => Some(format!("is named as gzip, but is {name}")),
        None if is_text(head) => Some("is named as gzip, but is not compressed".to_owned()),
        None => Some("is named as gzip, but does not begin like gzip".to_owned()),
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

/// Of what should be JSON objects one after another.
fn of_text(start: &[u8]) -> Option<String> {
    let says = |clause: &str| Some(clause.to_owned());
    if let Some((name, is_compression)) = magic(start) {
        return Some(if is_compression {
            format!("is {name} again inside: it was compressed twice")
        } else {
            format!("is {name}")
        });
    }
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return says("is UTF-16, and JSON must be UTF-8"),
        [0xef, 0xbb, 0xbf, ..] => return says("begins with a byte order mark; write it without"),
        [0, other, ..] | [other, 0, ..] if *other != 0 => {
            return says("is UTF-16 without a byte order mark, and JSON must be UTF-8");
        }
        _ => {}
    }
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace())?;
    match first {
        b'{' => None,
        b'[' => {
            says("is a JSON array, and COPY wants the objects one after another, without brackets and commas")
        }
        b'<' => says("is HTML or XML, perhaps the error page of a server"),
        _ => says("does not begin with `{`, as JSON objects do"),
    }
}

fn magic(head: &[u8]) -> Option<(&'static str, bool)> {
    MAGIC
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .map(|(_, name, is_compression)| (*name, *is_compression))
}

/// Whether it could be written by hand, by its beginning.
fn is_text(head: &[u8]) -> bool {
    head.iter().take(64).all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
}

/// The beginning of what is packed in `head`, which may end anywhere.
fn unpacked(head: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    match GzDecoder::new(head).take(LOOKED_AT).read_to_end(&mut start) {
        Err(error) if start.is_empty() => Err(error),
        Ok(_) | Err(_) => Ok(start),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

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
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn check(head: &[u8], is_gzip: bool, expected: Option<&str>) {
        let told = oddity(head, is_gzip);
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
    fn of_a_file_that_unpacks_to_gigabytes_only_the_beginning_is_unpacked() {
        let bomb = gzip(&vec![b' '; 8 << 20]);
        let head = &bomb[..bomb.len().min(HEAD)];
        assert_eq!(unpacked(head).unwrap().len(), 4096);
    }

    proptest! {
        #[test]
        fn any_beginning_is_judged_without_a_panic(head: Vec<u8>, gzip: bool) {
            drop(oddity(&head, gzip));
            drop(oddity(&[b"\x1f\x8b\x08\0".as_slice(), &head].concat(), gzip));
        }
    }
}

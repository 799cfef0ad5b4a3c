//! Files of ORC that are all footer.

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

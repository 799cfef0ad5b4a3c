//! Small files that become large: each is refused by name, before what it becomes is in memory.

use std::io::{Read as _, Write as _};

use apache_avro::types::Value;
use apache_avro::{Codec, DeflateSettings, Schema, Writer};
use flate2::write::DeflateEncoder;
use orc_rust::proto::CompressionKind;
use parquet::basic::{BrotliLevel, Compression, GzipLevel};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use tokio::sync::mpsc;

use super::chunks::Chunks;
use super::decode;
use super::unopened::Unopened;
use crate::copy::avro;
use crate::copy::broken::Broken;
use crate::copy::column_kind::ColumnKind;
use crate::copy::grammar::format::Format;
use crate::copy::grammar::options::Options;
use crate::copy::json::shape::Shape;
use crate::copy::row::RowSink;
use crate::copy::target::Column;

const PARQUET: Format = Format::Parquet { serialize_to_json: false };
const ORC: Format = Format::Orc { serialize_to_json: false };

fn sink() -> RowSink {
    let column = Column { name: "a".to_owned(), kind: ColumnKind::Super, not_null: false, default: None };
    RowSink::new(vec![column], Options::default(), mpsc::channel(1).0)
}

fn refused(format: &Format, file: &[u8]) -> String {
    let mut file = file;
    match decode("s3://b/k", format, &mut file, &mut sink()) {
        Err(Broken::Scan(error)) => format!("{error:?}"),
        outcome => panic!("{outcome:?}"),
    }
}

/// One value of 20 MB in one page.
fn large_page(compression: Compression, version: WriterVersion) -> Vec<u8> {
    let schema = parse_message_type("message m { required binary a (STRING); }").expect("it is a schema");
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_writer_version(version)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None);
    let mut file = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut file, schema.into(), properties.build().into()).expect("it is new");
    let mut group = writer.next_row_group().expect("it is open");
    let mut column = group.next_column().expect("it can be written").expect("there is one");
    let value = ByteArray::from(vec![b'1'; 20 << 20]);
    column.typed::<ByteArrayType>().write_batch(&[value], None, None).expect("it fits");
    column.close().expect("memory can be written");
    group.close().expect("all columns are written");
    writer.close().expect("memory can be written");
    file
}

#[test]
fn a_page_of_parquet_becomes_no_more_than_its_header_says() {
    let brotli = Compression::BROTLI(BrotliLevel::try_new(1).expect("it is one"));
    for compression in [Compression::GZIP(GzipLevel::default()), brotli] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let mut file = large_page(compression, version);
            assert!(file.len() < 100_000, "{}", file.len());
            // Behind the magic: type, then the unpacked size, of four bytes.
            assert_eq!((file[4], file[6]), (0x15, 0x15));
            file[7..11].copy_from_slice(&[0x80, 0x80, 0x80, 0x01]);
            let refused = refused(&PARQUET, &file);
            assert!(
                refused.contains("a page becomes more than the 1048576 bytes that its header says"),
                "{refused}"
            );
        }
    }
}

#[test]
fn an_lz4_frame_in_a_page_is_refused() {
    let mut file = large_page(Compression::LZ4, WriterVersion::PARQUET_1_0);
    assert!(!refused_as(&file).contains("LZ4 frame"));
    // The first bytes of the page, which follow its header: the packed length of the one Hadoop block there.
    let page = file
        .windows(4)
        .position(|bytes| bytes == (20_u32 * 1024 * 1024 + 4).to_be_bytes())
        .expect("it is there");
    file[page..page + 4].copy_from_slice(&[0x04, 0x22, 0x4d, 0x18]);
    assert!(refused_as(&file).contains("a page is an LZ4 frame"));
}

/// Why it is refused; empty where it is not.
fn refused_as(mut file: &[u8]) -> String {
    match decode("s3://b/k", &PARQUET, &mut file, &mut sink()) {
        Err(Broken::Scan(error)) => format!("{error:?}"),
        _ => String::new(),
    }
}

fn deflated(length: u64) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::repeat(0).take(length), &mut encoder).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// A chunk of ORC, packed.
fn chunk(packed: &[u8]) -> Vec<u8> {
    let header = u32::try_from(packed.len()).expect("it is short") << 1;
    [&header.to_le_bytes()[..3], packed].concat()
}

/// A file of ORC that is all footer.
fn orc(kind: u8, footer: &[u8]) -> Vec<u8> {
    let mut script = vec![0x08];
    let mut length = footer.len();
    while length > 0x7f {
        script.push(u8::try_from(length & 0x7f).expect("it is masked") | 0x80);
        length >>= 7;
    }
    script.push(u8::try_from(length).expect("it is what is left"));
    // The kind of compression, chunks of 262,144 bytes, no metadata, and the magic.
    script.extend_from_slice(&[0x10, kind, 0x18, 0x80, 0x80, 0x10, 0x28, 0x00, 0x82, 0xf4, 0x03, 0x03]);
    script.extend_from_slice(b"ORC");
    let size = u8::try_from(script.len()).expect("it is short");
    [b"ORC", footer, &script, &[size]].concat()
}

#[test]
fn a_chunk_of_orc_becomes_no_more_than_a_chunk_may() {
    let snappy = chunk(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0]);
    for file in [orc(1, &chunk(&deflated(20 << 20))), orc(2, &snappy)] {
        let refused = refused(&ORC, &file);
        assert!(refused.contains("a chunk becomes more than 262144 bytes"), "{refused}");
    }
    let many = chunk(&deflated(200_000)).repeat(400);
    assert!(many.len() < 200_000, "{}", many.len());
    let footer = refused(&ORC, &orc(1, &many));
    assert!(footer.contains("a footer of more than 67108864 bytes unpacked"), "{footer}");
}

#[test]
fn a_stripe_of_orc_is_bounded_as_a_whole() {
    let mut file = tempfile::tempfile().expect("there is room");
    let chunks = chunk(&deflated(200_000)).repeat(10);
    file.write_all(&chunks).expect("there is room");
    let judged = |most| {
        let chunk_rules = Chunks { kind: CompressionKind::Zlib, largest: 262_144 };
        match chunk_rules.check(&file, 0, chunks.len() as u64, most, "a stripe") {
            Ok(()) => "taken".to_owned(),
            Err(Unopened::NotCovered(what)) => what,
            Err(_) => "something else".to_owned(),
        }
    };
    assert_eq!(judged(2_000_000), "taken");
    assert_eq!(judged(1_999_999), "a stripe of more than 1999999 bytes unpacked");
}

#[test]
fn a_block_of_avro_is_refused_when_it_becomes_too_large() {
    let schema = r#"{"type": "record", "name": "r", "fields": [{"name": "a", "type": "string"}]}"#;
    let schema = Schema::parse_str(schema).expect("it is a schema");
    for codec in [Codec::Deflate(DeflateSettings::default()), Codec::Snappy] {
        let mut writer = Writer::with_codec(&schema, Vec::new(), codec).expect("it is new");
        let value = Value::String("1".repeat(17 << 20));
        writer.append_value(Value::Record(vec![("a".to_owned(), value)])).expect("it fits the schema");
        let file = writer.into_inner().expect("memory can be written");
        assert!(file.len() < 1 << 20, "{}", file.len());
        let shape = Shape::of_names(["a"].into_iter(), false);
        let mut sink = sink();
        assert!(avro::decode("s3://b/k", Some(&shape), &mut file.as_slice(), &mut sink).is_err());
        assert_eq!(
            sink.into_errors()[0].reject.reason,
            "AVRO blocks of more than 16 MB unpacked are not covered by redshift-local"
        );
    }
}

//! Broken files of Avro.

use crate::broken::{Case, by_chance, check, loaded, refused};
use crate::support::table::gzip;

const WHOLE: &[u8] = include_bytes!("../../fixtures/formats/events.avro");
const SNAPPY: &[u8] = include_bytes!("../../fixtures/formats/events_snappy.avro");
const MICROS: &[u8] = include_bytes!("../../fixtures/formats/events_micros.avro");

const SYNC: &[u8] = b"0123456789abcdef";
const ID: &str = r#"{"name": "id", "type": "long"}"#;

/// As Avro writes a number.
fn number(value: i64) -> Vec<u8> {
    let mut zigzag = ((value << 1) ^ (value >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    while zigzag >= 0x80 {
        bytes.push(u8::try_from(zigzag & 0x7f).unwrap() | 0x80);
        zigzag >>= 7;
    }
    bytes.push(u8::try_from(zigzag).unwrap());
    bytes
}

fn bytes(content: &[u8]) -> Vec<u8> {
    [&number(i64::try_from(content.len()).unwrap()), content].concat()
}

fn header(schema: &str, codec: &str) -> Vec<u8> {
    let entries = [
        number(2),
        bytes(b"avro.codec"),
        bytes(codec.as_bytes()),
        bytes(b"avro.schema"),
        bytes(schema.as_bytes()),
    ];
    [b"Obj\x01".as_slice(), &entries.concat(), &number(0), SYNC].concat()
}

fn record(fields: &str) -> String {
    format!(r#"{{"type": "record", "name": "event", "fields": [{fields}]}}"#)
}

/// A block of so many records, that end in this marker.
fn block(records: i64, content: &[u8], marker: &[u8]) -> Vec<u8> {
    [&number(records), bytes(content).as_slice(), marker].concat()
}

/// A file of these fields whose records are in one block, unpacked.
fn file(fields: &str, records: i64, content: &[u8]) -> Vec<u8> {
    [header(&record(fields), "null"), block(records, content, SYNC)].concat()
}

fn with_blocks(blocks: &[u8]) -> Vec<u8> {
    [header(&record(ID), "null").as_slice(), blocks].concat()
}

fn by_hand() -> Vec<Case> {
    let avro = |name: &str, content: Vec<u8>, says| refused(name, "avro", content, says);
    let schema = |name: &str, schema: &str, says| avro(name, header(schema, "null"), says);
    let one = number(1);
    let and = |field: &str| format!("{ID}, {field}");
    let many =
        (0..3000).map(|n| format!(r#"{{"name": "f{n}", "type": "int"}}"#)).collect::<Vec<_>>().join(",");
    vec![
        avro("text", b"id,name\n1,a\n".to_vec(), &["does not begin like Avro"]),
        avro("JSON", b"{\"id\": 1}\n".to_vec(), &["does not begin like Avro"]),
        avro("another version", b"Obj\x02\x04".to_vec(), &["does not begin like Avro"]),
        avro("zeros", vec![0; 300], &["does not begin like Avro"]),
        avro("a gzip file without the name", gzip("{}"), &["is gzip, but its name does not say so"]),
        avro("a Parquet file", b"PAR1\x15\x04\x15".to_vec(), &["is a Parquet file"]),
        avro("an ORC file", b"ORC\x0a\x0b".to_vec(), &["is an ORC file"]),
        avro("the first bytes", b"Obj".to_vec(), &["does not begin like Avro"]),
        avro("the magic and no more", b"Obj\x01".to_vec(), &["ends in the middle of its header"]),
        avro("half of a header", WHOLE[..200].to_vec(), &["ends in the middle of its header"]),
        avro(
            "a header that ends in a key",
            b"Obj\x01\x04\x16avro.sche".to_vec(),
            &["ends in the middle of its header"],
        ),
        avro(
            "a header without a schema",
            [b"Obj\x01".as_slice(), &number(0), SYNC].concat(),
            &["a header that cannot be read"],
        ),
        avro(
            "a header with a length below zero",
            [b"Obj\x01\x04".as_slice(), &number(-7)].concat(),
            &["a header that cannot be read"],
        ),
        avro(
            "a header whose numbers do not end",
            [b"Obj\x01".as_slice(), &[0xff; 40]].concat(),
            &["a header that cannot be read"],
        ),
        schema("a schema that is no JSON", "{type: record}", &["a header that cannot be read"]),
        schema("a schema of numbers", "\"long\"", &["a schema that is no record"]),
        schema(
            "a schema of words",
            r#"{"type": "enum", "name": "e", "symbols": ["A"]}"#,
            &["a schema that is no record"],
        ),
        schema(
            "a record without fields",
            r#"{"type": "record", "name": "r"}"#,
            &["a schema that is no record"],
        ),
        schema("a field without a name", &record(r#"{"type": "long"}"#), &["a header that cannot be read"]),
        schema("a field without a type", &record(r#"{"name": "id"}"#), &["a header that cannot be read"]),
        schema("a schema nested without end", &"[".repeat(10_000), &["a header that cannot be read"]),
        schema("three thousand fields", &record(&many), &["more than 2000 fields"]),
        schema(
            "microseconds",
            &record(&and(
                r#"{"name": "data_date", "type": {"type": "long", "logicalType": "timestamp-micros"}}"#,
            )),
            &["`timestamp-micros` for the column `data_date`", "write timestamp-millis"],
        ),
        schema(
            "nanoseconds that may be null",
            &record(&and(
                r#"{"name": "data_date", "type": ["null", {"type": "long", "logicalType": "local-timestamp-nanos"}]}"#,
            )),
            &["`local-timestamp-nanos` for the column `data_date`"],
        ),
        schema(
            "days",
            &record(&and(r#"{"name": "data_date", "type": {"type": "int", "logicalType": "date"}}"#)),
            &["days as numbers (`date`) for the column `data_date`"],
        ),
        avro("microseconds of fastavro", MICROS.to_vec(), &["`timestamp-micros` for the column `data_date`"]),
        avro("a codec of others", header(&record(ID), "zstandard"), &["packed by `zstandard`"]),
        avro("a codec without end", header(&record(ID), &"x".repeat(5000)), &["packed by `xxx"]),
        avro(
            "no id",
            file(r#"{"name": "name", "type": "string"}"#, 1, &bytes(b"a")),
            &["line 1", "column `id`"],
        ),
        avro(
            "a text for a number",
            file(&and(r#"{"name": "amount", "type": "string"}"#), 1, &[one.clone(), bytes(b"much")].concat()),
            &["line 1", "column `amount`"],
        ),
        avro(
            "a text that is no date",
            file(
                &and(r#"{"name": "data_date", "type": "string"}"#),
                1,
                &[one.clone(), bytes(b"now")].concat(),
            ),
            &["line 1", "column `data_date`"],
        ),
        avro(
            "a text that is no UTF-8",
            file(&and(r#"{"name": "name", "type": "string"}"#), 1, &[one.clone(), bytes(b"\xe4")].concat()),
            &["line 1", "Invalid AVRO file"],
        ),
        avro(
            "a block that ends early",
            file(ID, 3, &[one.clone(), one.clone()].concat()),
            &["Invalid AVRO file"],
        ),
        avro("a block that is cut", file(ID, 1, &[7; 9])[..150].to_vec(), &["Invalid AVRO file"]),
        avro(
            "a marker that is another",
            with_blocks(&block(1, &one, b"fedcba9876543210")),
            &["Invalid AVRO file"],
        ),
        avro(
            "a block of more bytes than there are",
            with_blocks(&[number(1), number(1000), one.clone()].concat()),
            &["Invalid AVRO file"],
        ),
        avro(
            "a block of bytes below zero",
            with_blocks(&[number(1), number(-5), one.clone()].concat()),
            &["AVRO"],
        ),
        avro(
            "a block as large as the world",
            with_blocks(&[number(1), number(i64::MAX)].concat()),
            &["AVRO"],
        ),
        avro(
            "a variant that is not there",
            file(
                &and(r#"{"name": "name", "type": ["null", "string"]}"#),
                1,
                &[one.clone(), number(7)].concat(),
            ),
            &["Invalid AVRO file"],
        ),
        avro(
            "a text of more bytes than there are",
            file(&and(r#"{"name": "name", "type": "string"}"#), 1, &[one.clone(), number(1000)].concat()),
            &["Invalid AVRO file"],
        ),
        avro(
            "a boolean of two",
            file(&and(r#"{"name": "is_new", "type": "boolean"}"#), 1, &[one.clone(), vec![2]].concat()),
            &["Invalid AVRO file"],
        ),
        avro(
            "deflate that is none",
            [header(&record(ID), "deflate"), block(1, &[0xff; 20], SYNC)].concat(),
            &["Invalid AVRO file"],
        ),
        avro(
            "snappy that is none",
            [header(&record(ID), "snappy"), block(1, &[0xff; 20], SYNC)].concat(),
            &["Invalid AVRO file"],
        ),
        avro(
            "snappy with another checksum",
            {
                let mut file = SNAPPY.to_vec();
                let at = file.len() - 17;
                file[at] ^= 1;
                file
            },
            &["Invalid AVRO file"],
        ),
        avro("what is behind the last block", [file(ID, 1, &one), b"more".to_vec()].concat(), &["AVRO"]),
        loaded("no byte at all", "avro", "", 0),
        loaded("a header and no block", "avro", header(&record(ID), "null"), 0),
        loaded("all of it", "avro", WHOLE, 12),
        loaded("all of it, with snappy", "avro", SNAPPY, 12),
    ]
}

#[tokio::test]
async fn broken_avro_is_loaded_as_a_whole_or_refused_in_a_sentence() {
    check("", by_hand().into_iter().chain(by_chance("avro", WHOLE, Some(12), 30)).collect()).await;
}

use proptest::prelude::*;

use super::*;

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

fn text(text: &str) -> Vec<u8> {
    [number(i64::try_from(text.len()).unwrap()), text.as_bytes().to_vec()].concat()
}

fn file(schema: &str, codec: &str) -> Vec<u8> {
    let entries = [
        number(2),
        text("avro.codec"),
        text(codec),
        text("avro.schema"),
        text(schema),
        number(0),
        vec![7; 16],
    ];
    [MAGIC.to_vec(), entries.concat()].concat()
}

fn record(fields: &str) -> String {
    format!(r#"{{"type": "record", "name": "r", "fields": [{fields}]}}"#)
}

fn told(start: &[u8]) -> String {
    match fields(start) {
        Err(error) => error.to_string(),
        Ok(fields) => {
            let told = fields.iter().map(|field| {
                let mark = if field.is_nullable { "?" } else { "" };
                let instant = if field.is_instant { " instant" } else { "" };
                format!("{}{mark} {}{instant}", field.name, field.kind)
            });
            told.collect::<Vec<_>>().join(", ")
        }
    }
}

#[test]
fn fields_have_names_and_types() {
    let schema = record(
        r#"{"name": "id", "type": "long"},
           {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
           {"name": "wall", "type": ["null", {"type": "long", "logicalType": "local-timestamp-millis"}]},
           {"name": "name", "type": ["string", "null"], "default": ""},
           {"name": "either", "type": ["int", "string"]},
           {"name": "list", "type": {"type": "array", "items": "string"}},
           {"name": "nested", "type": {"type": {"type": "record", "name": "n", "fields": []}}}"#,
    );
    assert_eq!(
        told(&file(&schema, "snappy")),
        "id long, at timestamp-micros instant, wall? local-timestamp-millis, name? string, either union, list array, nested record"
    );
}

#[test]
fn what_has_no_schema_says_why() {
    let good = file(&record(r#"{"name": "id", "type": "long"}"#), "null");
    for (start, expected) in [
        (b"".as_slice(), "has a header that is longer than the bytes that were looked at"),
        (b"{}", "does not begin like Avro"),
        (b"Obj\x02", "does not begin like Avro"),
        (&good[..40], "has a header that is longer than the bytes that were looked at"),
        (&file(r#""string""#, "null"), "has a schema that is no record, which COPY does not load"),
        (&file("{", "null"), "has a header that cannot be read"),
        (&file(&record("{}"), "null"), "has a header that cannot be read"),
        (
            &file(&record(""), "zstandard"),
            "has blocks packed by `zstandard`, and COPY reads deflate and snappy only",
        ),
        (&[MAGIC, &[0]].concat(), "has a header that cannot be read"),
        (&[MAGIC, &[0xff; 12]].concat(), "has a header that cannot be read"),
    ] {
        assert_eq!(told(start), expected, "{start:?}");
    }
}

#[test]
fn a_header_of_a_block_that_says_its_bytes_is_read_too() {
    let entry = [text("avro.schema"), text(&record(r#"{"name": "id", "type": "int"}"#))].concat();
    let size = number(i64::try_from(entry.len()).unwrap());
    let start = [MAGIC.to_vec(), number(-1), size, entry, number(0)].concat();
    assert_eq!(told(&start), "id int");
}

proptest! {
    #[test]
    fn no_head_makes_it_panic(start: Vec<u8>, at: usize, byte: u8) {
        drop(fields(&[MAGIC, start.as_slice()].concat()));
        let mut changed = file(&record(r#"{"name": "id", "type": ["null", "long"]}"#), "null");
        let length = changed.len();
        changed[at % length] = byte;
        drop(fields(&changed));
    }
}

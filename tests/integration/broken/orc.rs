//! Broken files of ORC.

use crate::broken::{Case, by_chance, check, loaded, refused};
use crate::support::table::gzip;

const WHOLE: &[u8] = include_bytes!("../../fixtures/formats/events_zlib.orc");
const SPARK: &[u8] = include_bytes!("../../fixtures/formats/events_spark.orc");

/// Numbers of types in a footer.
const LONG: u64 = 4;
const DOUBLE: u64 = 6;
const STRING: u64 = 7;
const TIMESTAMP: u64 = 9;
const LIST: u64 = 10;
const STRUCT: u64 = 12;

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [&varint((field << 3) | 2), &varint(u64::try_from(content.len()).unwrap()), content].concat()
}

fn ended(footer: &[u8], footer_length: u64, codec: u64) -> Vec<u8> {
    let postscript = [number(1, footer_length), number(2, codec), bytes(8000, b"ORC")].concat();
    let length = u8::try_from(postscript.len()).unwrap();
    [b"ORC", footer, &postscript, &[length]].concat()
}

/// A file without rows whose columns have these names and types.
fn file(columns: &[(&str, u64)]) -> Vec<u8> {
    let root: Vec<u8> =
        (1..=columns.len()).flat_map(|place| number(2, u64::try_from(place).unwrap())).collect();
    let names: Vec<u8> = columns.iter().flat_map(|(name, _)| bytes(3, name.as_bytes())).collect();
    let mut footer = [number(1, 3), bytes(4, &[number(1, STRUCT), root, names].concat())].concat();
    for (_, kind) in columns {
        footer.extend(bytes(4, &number(1, *kind)));
    }
    footer.extend(number(6, 0));
    ended(&footer, u64::try_from(footer.len()).unwrap(), 0)
}

fn of_root(root: &[u8]) -> Vec<u8> {
    let footer = bytes(4, root);
    ended(&footer, u64::try_from(footer.len()).unwrap(), 0)
}

/// So many bytes of the whole file from `start` on are these.
fn overwritten(start: usize, length: usize, fill: u8) -> Vec<u8> {
    let mut file = WHOLE.to_vec();
    file[start..start + length].fill(fill);
    file
}

fn by_hand() -> Vec<Case> {
    let orc = |name: &str, content: Vec<u8>, says| refused(name, "orc", content, says);
    let columns = |name: &str, columns: &[(&str, u64)], says| orc(name, file(columns), says);
    let (end, middle) = (WHOLE.len(), WHOLE.len() / 2);
    let wide: Vec<(String, u64)> = (0..30_000).map(|n| (format!("c{n}"), LONG)).collect();
    let wide: Vec<(&str, u64)> = wide.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    vec![
        orc("no byte at all", Vec::new(), &["is too short for ORC: 0 bytes"]),
        orc("the magic and no more", b"ORC".to_vec(), &["is too short for ORC: 3 bytes"]),
        orc("text", b"id,name\n1,a\n2,b\n".to_vec(), &["does not begin like ORC"]),
        orc("JSON", b"{\"id\": 1, \"name\": \"a\"}\n".to_vec(), &["does not begin like ORC"]),
        orc("zeros", vec![0; 300], &["does not begin like ORC"]),
        orc("a page of a server", b"<html>502 Bad Gateway</html>".to_vec(), &["does not begin like ORC"]),
        orc("a Parquet file", b"PAR1\x15\x04\x15 and more of it PAR1".to_vec(), &["is a Parquet file"]),
        orc("an Avro file", b"Obj\x01\x04 and more of it".to_vec(), &["is an Avro file"]),
        orc("a gzip file", gzip("and what is in it"), &["is gzip, but its name does not say so"]),
        orc("half of it", WHOLE[..middle].to_vec(), &["does not end like ORC: it may have been cut"]),
        orc("all but the last byte", WHOLE[..end - 1].to_vec(), &["does not end like ORC"]),
        orc("a byte too many", [WHOLE, b"\n"].concat(), &["does not end like ORC"]),
        orc("its end and no more", WHOLE[end - 30..].to_vec(), &["and has 30 in all"]),
        orc("a postscript without the magic", overwritten(end - 4, 3, b'x'), &["does not end like ORC"]),
        orc("a footer longer than the file", ended(b"", 5_000, 0), &["its footer has 5000 bytes"]),
        orc("a footer of no byte", ended(b"some rows", 0, 0), &["its footer has 0 bytes"]),
        orc("a footer that is none", ended(&[0xff; 40], 40, 0), &["a footer that cannot be read"]),
        orc("a footer that is no zlib", ended(&[0xff; 40], 40, 1), &["a footer that cannot be read"]),
        orc(
            "a footer that is no snappy",
            ended(&[[8, 0, 0].as_slice(), &[0xff; 4]].concat(), 7, 2),
            &["a footer that cannot be read"],
        ),
        orc(
            "a footer that is no zstd",
            ended(&[[8, 0, 0].as_slice(), &[0xff; 4]].concat(), 7, 5),
            &["a footer that cannot be read"],
        ),
        orc("LZO", ended(&[0; 40], 40, 3), &["packed by LZO"]),
        orc("a codec of the future", ended(&[0; 40], 40, 77), &["packed by an unknown codec"]),
        orc("zeros in its footer", overwritten(end - 60, 20, 0), &["a footer that cannot be read"]),
        orc("ones in its footer", overwritten(end - 60, 20, 0xff), &["a footer that cannot be read"]),
        orc("no type", of_root(&[]), &["no struct"]),
        orc("a list for a table", of_root(&number(1, LIST)), &["no struct"]),
        orc(
            "a name too many",
            of_root(&[number(1, STRUCT), bytes(3, b"id")].concat()),
            &["a footer that cannot be read"],
        ),
        orc(
            "a type that is not there",
            of_root(&[number(1, STRUCT), number(2, 9), bytes(3, b"id")].concat()),
            &["a footer that cannot be read"],
        ),
        orc("thirty thousand columns", file(&wide), &["more than 20000 columns"]),
        columns("no column", &[], &["has no columns"]),
        columns(
            "a column that the config lacks",
            &[("id", LONG), ("nick", STRING)],
            &["the column `nick`, which the config lacks"],
        ),
        columns("a column twice", &[("id", LONG), ("ID", LONG)], &["the column `ID` twice"]),
        columns("no id", &[("name", STRING)], &["lacks the column `id`, which is NOT NULL"]),
        columns(
            "a text for a number",
            &[("id", STRING)],
            &["`id string` for the column `id`, which is bigint"],
        ),
        columns(
            "an integer for an amount",
            &[("id", LONG), ("amount", LONG)],
            &["`amount bigint` for the column `amount`"],
        ),
        columns(
            "an amount for a text",
            &[("id", LONG), ("name", DOUBLE)],
            &["`name double` for the column `name`"],
        ),
        columns(
            "a list for a text",
            &[("id", LONG), ("name", LIST)],
            &["`name array` for the column `name`"],
        ),
        columns(
            "a moment for a boolean",
            &[("id", LONG), ("is_new", TIMESTAMP)],
            &["`is_new timestamp` for the column `is_new`"],
        ),
        columns("a type of the future", &[("id", LONG), ("name", 77)], &["for the column `name`"]),
        columns(
            "too few columns of Hive without names",
            &[("_col0", TIMESTAMP), ("_col1", LONG)],
            &["has 2 columns without names (`_col0` and so on) for the 5"],
        ),
        orc("data of zeros", overwritten(3, 200, 0), &["is corrupt"]),
        orc("data of ones", overwritten(3, 200, 0xff), &["is corrupt"]),
        orc("its first bytes lost", [b"ORC".as_slice(), &WHOLE[60..]].concat(), &["is corrupt"]),
        loaded("all of it", "orc", WHOLE, 12),
        loaded("all of Spark's", "orc", SPARK, 12),
    ]
}

#[tokio::test]
async fn broken_orc_is_loaded_as_a_whole_or_refused_in_a_sentence() {
    check("", by_hand().into_iter().chain(by_chance("orc", WHOLE, Some(12), 30)).collect()).await;
}

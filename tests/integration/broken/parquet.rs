//! Broken files of Parquet.

use crate::broken::{Case, by_chance, check, loaded, refused};
use crate::formats::parquet_file;
use crate::support::table::gzip;

/// Two groups of rows, whose pages have checksums.
const WHOLE: &[u8] = include_bytes!("../../fixtures/formats/events_pyarrow.parquet");

/// A whole file whose last bytes are others, from so many before its end.
fn ending(before_end: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = WHOLE.to_vec();
    let start = file.len() - before_end;
    file[start..start + bytes.len()].copy_from_slice(bytes);
    file
}

/// Where the metadata begins, as the file says.
fn metadata() -> usize {
    let length: [u8; 4] = WHOLE[WHOLE.len() - 8..WHOLE.len() - 4].try_into().unwrap();
    WHOLE.len() - 8 - usize::try_from(u32::from_le_bytes(length)).unwrap()
}

/// Zeros, or what `fill` says, for so many bytes from `start` on.
fn overwritten(start: usize, length: usize, fill: u8) -> Vec<u8> {
    let mut file = WHOLE.to_vec();
    file[start..start + length].fill(fill);
    file
}

/// A file of the columns `id` and `data_date`, and another one.
fn with_column(column: &str) -> Vec<u8> {
    parquet_file(&format!(
        "message rows {{ required int64 id; required int64 data_date (TIMESTAMP(MICROS,true)); {column}; }}"
    ))
}

fn by_hand() -> Vec<Case> {
    let parquet = |name: &str, content: Vec<u8>, says| refused(name, "parquet", content, says);
    let middle = WHOLE.len() / 2;
    vec![
        parquet("no byte at all", Vec::new(), &["is too short for Parquet: 0 bytes"]),
        parquet("the magic and no more", b"PAR1".to_vec(), &["is too short for Parquet: 4 bytes"]),
        parquet("both magics", b"PAR1PAR1".to_vec(), &["is too short for Parquet: 8 bytes"]),
        parquet("text", b"id,name\n1,a\n2,b\n".to_vec(), &["does not begin like Parquet"]),
        parquet("JSON", b"{\"id\": 1, \"name\": \"a\"}\n".to_vec(), &["does not begin like Parquet"]),
        parquet("zeros", vec![0; 300], &["does not begin like Parquet"]),
        parquet(
            "a page of a server",
            b"<html>502 Bad Gateway</html>".to_vec(),
            &["does not begin like Parquet"],
        ),
        parquet("an ORC file", b"ORC\x0a\x0b and more of it".to_vec(), &["is an ORC file"]),
        parquet("an Avro file", b"Obj\x01\x04 and more of it".to_vec(), &["is an Avro file"]),
        parquet("a gzip file", gzip("and what is in it"), &["is gzip, but its name does not say so"]),
        parquet("half of it", WHOLE[..middle].to_vec(), &["does not end like Parquet: it may have been cut"]),
        parquet("all but the last byte", WHOLE[..WHOLE.len() - 1].to_vec(), &["does not end like Parquet"]),
        parquet("a byte too many", [WHOLE, b"\n"].concat(), &["does not end like Parquet"]),
        parquet("its end and no more", WHOLE[middle..].to_vec(), &["has"]),
        parquet("an end that is encrypted", ending(4, b"PARE"), &["is encrypted inside"]),
        parquet(
            "metadata longer than the file",
            ending(8, &[0xff, 0xff, 0xff, 0x7f]),
            &["says that its metadata has 2147483647 bytes"],
        ),
        parquet("metadata of no byte", ending(8, &[0; 4]), &["schema"]),
        parquet(
            "metadata a byte too short",
            ending(8, &u32::try_from(WHOLE.len() - metadata() - 9).unwrap().to_le_bytes()),
            &["schema"],
        ),
        parquet("metadata of zeros", overwritten(metadata(), 400, 0), &["schema"]),
        parquet("metadata of ones", overwritten(metadata(), 400, 0xff), &["schema"]),
        parquet("metadata that is cut in its schema", overwritten(metadata() + 20, 100, 0), &["schema"]),
        parquet("pages of zeros", overwritten(4, 300, 0), &["corrupt"]),
        parquet("pages of ones", overwritten(4, 300, 0xff), &["corrupt"]),
        parquet("a page that is broken in its middle", overwritten(60, 20, 0xaa), &["corrupt"]),
        parquet(
            "a file without its first half, but for its end",
            [&WHOLE[..4], &WHOLE[metadata()..]].concat(),
            &["is corrupt"],
        ),
        parquet("the first page lost", [&WHOLE[..4], &WHOLE[120..]].concat(), &["corrupt"]),
        parquet(
            "a column that the config lacks",
            with_column("required binary nick (STRING)"),
            &["the column `nick`, which the config lacks"],
        ),
        parquet(
            "a column without a name",
            with_column("required binary _ (STRING)"),
            &["the column `_`, which the config lacks"],
        ),
        parquet(
            "a text for an amount",
            with_column("required binary amount (STRING)"),
            &["for the column `amount`, which is double precision and takes"],
        ),
        parquet(
            "a text for a boolean",
            with_column("required binary is_new (STRING)"),
            &["for the column `is_new`, which is boolean and takes BOOLEAN"],
        ),
        parquet(
            "an integer for a text",
            with_column("required binary name (JSON); required binary NAME (STRING)"),
            &["the column `NAME` twice"],
        ),
        parquet(
            "no id",
            parquet_file("message rows { required binary name (STRING); }"),
            &["lacks the column `id`, which is NOT NULL"],
        ),
        parquet("no column", parquet_file("message rows { }"), &["columns"]),
        parquet(
            "an id of moments",
            parquet_file("message rows { required int64 id (TIMESTAMP(MICROS,true)); }"),
            &["for the column `id`, which is bigint and takes integers"],
        ),
        parquet(
            "an id of times",
            parquet_file("message rows { required int64 id (TIME(MICROS,true)); }"),
            &["for the column `id`, which is bigint and takes integers"],
        ),
        parquet(
            "a date of wide integers",
            parquet_file("message rows { required int64 id; required int64 data_date; }"),
            &["for the column `data_date`, which is timestamp and takes TIMESTAMP"],
        ),
        loaded("all of it", "parquet", WHOLE, 12),
        loaded("all of it, in another case", "parquet", with_column("required binary NAME (STRING)"), 2),
    ]
}

#[tokio::test]
async fn broken_parquet_is_loaded_as_a_whole_or_refused_in_a_sentence() {
    check("", by_hand().into_iter().chain(by_chance("parquet", WHOLE, Some(12), 35)).collect()).await;
}

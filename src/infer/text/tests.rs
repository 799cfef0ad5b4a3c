use proptest::prelude::*;

use super::*;
use crate::infer::choose::{Origin, choose};
use crate::source::head::header::Quoting;

const CSV: Dialect<'_> = Dialect { delimiter: ",", quoting: Quoting::Doubled('"') };

fn told_with(text: &[u8], ignore_header: Option<u64>) -> String {
    let file = TextFile { start: text, is_whole: true, dialect: &CSV, ignore_header };
    let TextSample { sample, ignore_header, .. } = sample(&file).unwrap();
    let types: Vec<String> = sample
        .fields
        .iter()
        .map(|(name, seen)| format!("{name} {}", choose(seen, sample.rows, Origin::Text).type_word))
        .collect();
    let told = sample.remarks.iter().filter(|remark| !remark.contains("is a guess"));
    let remarks: String = told.map(|remark| format!("; {remark}")).collect();
    format!("{ignore_header} skipped, {} rows: {}{remarks}", sample.rows, types.join(", "))
}

fn told(text: &str) -> String {
    told_with(text.as_bytes(), None)
}

#[test]
fn a_first_line_of_names_is_a_header() {
    assert_eq!(told("id,name\n1,x\n"), "1 skipped, 1 rows: id bigint, name text");
    assert_eq!(
        told("\u{feff}id, Full Name \r\n1,\"x\ny\"\r\n"),
        "1 skipped, 1 rows: id bigint, Full Name text"
    );
    assert_eq!(told("first,last\nada,lovelace\n"), "1 skipped, 1 rows: first text, last text");
    assert_eq!(told("x,y\n1,2\n"), "1 skipped, 1 rows: x bigint, y bigint");
    assert_eq!(told(",id\n0,7\n"), "1 skipped, 1 rows: column_1 bigint, id bigint");
    let twice = told("id,id\n1,2\n");
    assert!(twice.starts_with("1 skipped, 1 rows: id_1 bigint, id_2 bigint; a name stands twice"), "{twice}");
    assert_eq!(told("id,name\n"), "1 skipped, 0 rows: id text, name text");
}

#[test]
fn a_first_line_of_values_is_none() {
    // A decimal with a zero before its point is no name: no row gets lost.
    assert_eq!(told("0.0,a\n10.5,b\n"), "0 skipped, 2 rows: column_1 float, column_2 text");
    assert_eq!(told("1,x\n2,y\n"), "0 skipped, 2 rows: column_1 bigint, column_2 text");
    assert_eq!(told("Y,N\nN,Y\n"), "0 skipped, 2 rows: column_1 text, column_2 text");
    assert_eq!(told("2015-07-01,x\n"), "0 skipped, 1 rows: column_1 date, column_2 text");
    assert_eq!(told("!ada,x\n!bob,y\n"), "0 skipped, 2 rows: column_1 text, column_2 text");
    assert_eq!(told("ada,ada\nbob,bob\n"), "0 skipped, 2 rows: column_1 text, column_2 text");
    assert_eq!(told_with(b"id,name\n1,x\n", Some(0)), "0 skipped, 2 rows: column_1 text, column_2 text");
}

#[test]
fn lines_that_are_said_to_be_skipped_are() {
    assert_eq!(
        told_with(b"a report\nid,id\n1,2\n", Some(2)),
        "2 skipped, 1 rows: id_1 bigint, id_2 bigint; \
        a name stands twice in the header, so that COPY finds columns by their place"
    );
}

#[test]
fn sparse_columns_have_the_type_of_the_values_that_are_there() {
    assert_eq!(
        told("A,B,C,D\n1,,,\n,1,,\n,,1,\n,,,1\n"),
        "1 skipped, 4 rows: A bigint, B bigint, C bigint, D bigint"
    );
}

#[test]
fn rows_that_copy_refuses_are_told() {
    let ragged = told("id,name\n1\n1,2,3\n\n1,2\n");
    assert!(told("x,y,\"test\n123\"\n1,2,3\n").contains("the header has a line break in quotes"));
    for part in ["1 line blank", "1 row with fewer fields", "1 row with more fields"] {
        assert!(ragged.contains(part), "{ragged}");
    }
    assert!(told("id,name\n1,x\n2,\"open\n").contains("a quotation mark that is not closed"));
    assert!(told_with(b"id,name\n1,x\n2,\xff\n3,y\n", None).contains("not UTF-8"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(start in prop_oneof![any::<Vec<u8>>(), "[a1,;\"\n\r ]{0,60}".prop_map(String::into_bytes)], is_whole: bool) {
        drop(sample(&TextFile { start: &start, is_whole, dialect: &CSV, ignore_header: None }));
    }
}

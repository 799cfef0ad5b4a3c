//! COPY's formats: how the same few rows are told apart, unpacked, decoded and mapped to columns.

use std::io::Write as _;

use crate::support::Fixture;
use crate::support::servers::{snapshot, start_with};

const ROLE: &str = "IAM_ROLE default";

/// Loads `body` into `t`, which is emptied before, and shows the rows.
async fn loaded(fixture: &Fixture, body: impl Into<Vec<u8>>, options: &str) -> Vec<String> {
    let Fixture { session, bucket, .. } = fixture;
    bucket.put("data", body).await;
    session.run("DELETE FROM t").await;
    session.run(&format!("COPY t FROM '{}' {ROLE} {options}", bucket.url("data"))).await;
    let mut rows = session.rows("SELECT * FROM t").await;
    // Not in SQL: a SUPER has no order.
    rows.sort();
    rows
}

/// What `stl_load_errors` says about a COPY of `body` that is refused.
async fn error_of(fixture: &Fixture, body: impl Into<Vec<u8>>, options: &str) -> String {
    let Fixture { session, bucket, .. } = fixture;
    bucket.put("data", body).await;
    let refused = session.refused(&format!("COPY t FROM '{}' {ROLE} {options}", bucket.url("data"))).await;
    assert!(refused.starts_with("XX000 Load into table 't' failed."), "{refused}");
    let latest = "SELECT err_code, rtrim(colname), rtrim(err_reason) FROM stl_load_errors
                   WHERE tbl = 't'::regclass ORDER BY query DESC LIMIT 1";
    session.value(latest).await
}

#[tokio::test]
async fn bzip2_and_zstd_files_are_unpacked_member_by_member() {
    let fixture = Fixture::new("packed").await;
    fixture.session.run("CREATE TABLE t (id int)").await;
    let bzip2 = |text: &str| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    };
    let zstd = |text: &str| {
        ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)
    };
    assert_eq!(loaded(&fixture, [bzip2("1\n"), bzip2("2\n")].concat(), "BZIP2").await, ["1", "2"]);
    // Between the two, a frame of four bytes that a decoder has to pass over.
    let skipped = b"\x50\x2a\x4d\x18\x04\0\0\0abcd".to_vec();
    assert_eq!(loaded(&fixture, [zstd("1\n"), skipped, zstd("2\n")].concat(), "ZSTD").await, ["1", "2"]);
    for option in ["BZIP2", "ZSTD"] {
        assert!(error_of(&fixture, "1\n2\n", option).await.starts_with("9005"), "{option}");
        let cut = if option == "ZSTD" { zstd("12345\n") } else { bzip2("12345\n") };
        assert!(error_of(&fixture, &cut[..cut.len() - 3], option).await.starts_with("9005"), "{option}");
    }
}

#[tokio::test]
async fn utf16_is_converted_before_rows_are_cut() {
    let fixture = Fixture::new("utf16").await;
    fixture.session.run("CREATE TABLE t (id int, name varchar(20))").await;
    let text = "1|ä €\n2|𝄞\n";
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".to_vec(), little.clone()].concat();
    for (bytes, option) in
        [(big, "ENCODING UTF16BE"), (little.clone(), "ENCODING AS 'utf16le'"), (marked, "ENCODING UTF16")]
    {
        assert_eq!(loaded(&fixture, bytes, option).await, ["1|ä €", "2|𝄞"], "{option}");
    }
    assert!(error_of(&fixture, little, "ENCODING UTF16").await.starts_with("1221"));
    let latin = b"1|\xe4 \x7f\xff\n2|\xc4\n".to_vec();
    assert_eq!(loaded(&fixture, latin, "ENCODING ISO88591").await, ["1|ä \x7fÿ", "2|Ä"]);
}

#[tokio::test]
async fn escape_and_removequotes_keep_delimiters_inside_of_fields() {
    let fixture = Fixture::new("escape").await;
    fixture.session.run("CREATE TABLE t (id int, name varchar(20), note varchar(20))").await;
    let rows = loaded(&fixture, "1|a\\|b|c\\\nd\n2|\\N|\\\\\n", "ESCAPE").await;
    assert_eq!(rows, ["1|a|b|c\nd", "2|NULL|\\"]);
    let rows = loaded(&fixture, "1|\"a|b\"|'c'\n2|'d|\n", "REMOVEQUOTES MAXERROR 2").await;
    assert_eq!(rows, ["1|a|b|c"]);
    assert!(
        error_of(&fixture, "1|'a|b", "REMOVEQUOTES").await.ends_with("Delimited value missing end quote")
    );
}

#[tokio::test]
async fn fixed_widths_and_missing_fields() {
    let fixture = Fixture::new("fixed_width").await;
    fixture.session.run("CREATE TABLE t (id int, name varchar(20), price decimal(4,1))").await;
    let widths = "FIXEDWIDTH 'id:3,name:4,x:4'";
    let rows = loaded(&fixture, "  1ab   1.5\n  2abcd  2\n", &format!("{widths} TRIMBLANKS")).await;
    assert_eq!(rows, ["1|ab|1.5", "2|abcd|2.0"]);
    assert!(error_of(&fixture, "  1\n", widths).await.starts_with("1203"));
    assert!(error_of(&fixture, "  1abcd1234x\n", widths).await.starts_with("1202"));
    assert_eq!(loaded(&fixture, "1|\n2\n", "FILLRECORD").await, ["1||NULL", "2||NULL"]);
    assert_eq!(loaded(&fixture, "1\n", "CSV FILLRECORD EMPTYASNULL").await, ["1|NULL|NULL"]);
    let two = format!("COPY t FROM '{}' {ROLE} FIXEDWIDTH 'a:1,b:2'", fixture.bucket.url("data"));
    assert_eq!(
        fixture.session.refused(&two).await,
        "XX000 FIXEDWIDTH specifies 2 columns, but 3 columns are loaded"
    );
}

#[tokio::test]
async fn json_keys_match_in_any_case_when_asked_to() {
    let fixture = Fixture::new("ignorecase").await;
    fixture.session.run("CREATE TABLE t (id int, firstname varchar(20))").await;
    let body = r#"{"ID": 1, "firstName": "a"}"#;
    assert_eq!(loaded(&fixture, body, "JSON 'auto ignorecase'").await, ["1|a"]);
    assert_eq!(loaded(&fixture, body, "JSON 'auto'").await, ["NULL|NULL"]);
}

#[tokio::test]
async fn a_jsonpaths_file_maps_values_to_columns_in_their_order() {
    let fixture = Fixture::new("jsonpaths").await;
    let Fixture { session, bucket, .. } = &fixture;
    session.run("CREATE TABLE t (id int, name varchar(20))").await;
    let paths = format!("JSON '{}'", bucket.url("paths.json"));
    bucket.put("paths.json", r#"{"jsonpaths": ["$['a']['id']", "$['tags'][1]"]}"#).await;
    let body = r#"{"a": {"id": 1}, "tags": ["x", "y"]} {"tags": ["x", null]}"#;
    assert_eq!(loaded(&fixture, body, &paths).await, ["1|y", "NULL|NULL"]);
    assert_eq!(
        error_of(&fixture, r#"{"a": {"id": 1}, "tags": ["x"]}"#, &paths).await,
        "1216||Invalid JSONPath format: Not an array or index out of range."
    );
    bucket.put("paths.json", r#"{"jsonpaths": ["$[1]", "$[0]"]}"#).await;
    assert_eq!(loaded(&fixture, r#"["a", 1]["b", 2]"#, &paths).await, ["1|a", "2|b"]);
    // Another key than "jsonpaths" is no error: the file is passed over.
    bucket.put("paths.json", r#"{"paths": ["$.x"]}"#).await;
    assert_eq!(loaded(&fixture, r#"{"id": 3, "name": "c"}"#, &paths).await, ["3|c"]);

    let copy = format!("COPY t FROM '{}' {ROLE} {paths}", bucket.url("data"));
    bucket.put("paths.json", r#"{"jsonpaths": ["$.x"]}"#).await;
    assert_eq!(
        session.refused(&copy).await,
        "XX000 Number of jsonpaths and the number of columns should match. JSONPath size: 1, Number of columns in table or column list: 2"
    );
    bucket.put("paths.json", r#"{"jsonpaths": ["$.x", "$.*"]}"#).await;
    assert_eq!(
        session.refused(&copy).await,
        "XX000 Invalid JSONPath format. Supported notations are 'dot-notation' and 'bracket-notation': $.*"
    );
    let missing = copy.replace("paths.json", "nowhere.json");
    assert!(session.refused(&missing).await.contains("The specified key does not exist.,Status 404"));
}

#[tokio::test]
async fn a_super_column_takes_any_json_and_noshred_the_whole_document() {
    let fixture = Fixture::new("super_copy").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (s super)").await;
    let rows =
        loaded(&fixture, r#"{"s": {"a": [1, "x\"y"]}} {"s": "text"} {"s": null}"#, "JSON 'auto'").await;
    assert_eq!(rows, ["\"text\"", "NULL", r#"{"a":[1,"x\"y"]}"#]);
    assert_eq!(loaded(&fixture, r#"{"s": 1, "t": [2]}"#, "JSON 'noshred'").await, [r#"{"s":1,"t":[2]}"#]);
    assert_eq!(loaded(&fixture, "{\"a\": 1}\n", "").await, [r#"{"a":1}"#]);
    assert!(error_of(&fixture, "{\"a\": }\n", "").await.starts_with("1224|s|Invalid JSON format for SUPER"));
    session.run("ALTER TABLE t ADD COLUMN more int").await;
    let copy = format!("COPY t FROM '{}' {ROLE} JSON 'noshred'", fixture.bucket.url("data"));
    assert_eq!(session.refused(&copy).await, "XX000 JSON 'noshred' requires a single column of type SUPER");
}

#[tokio::test]
async fn bytes_and_times_of_day_have_columns_too() {
    let fixture = Fixture::new("bytes_and_times").await;
    fixture.session.run("CREATE TABLE t (id int, b varbyte(2), at time, zoned timetz)").await;
    let rows = loaded(&fixture, "1|00fF|10:20:30.5|10:20:30+02\n", "").await;
    assert_eq!(rows, ["1|00ff|10:20:30.5|10:20:30+02"]);
    assert!(error_of(&fixture, "1|0g||", "").await.starts_with("1207|b"));
    assert!(error_of(&fixture, "1|001122||", "").await.starts_with("1204|b"));
    assert!(error_of(&fixture, "1||25:00|", "").await.starts_with("1206|at"));
}

#[tokio::test]
async fn dates_and_times_follow_a_format_of_ones_own() {
    let fixture = Fixture::new("own_formats").await;
    fixture.session.run("CREATE TABLE t (d date, at timestamp)").await;
    let options = "DATEFORMAT 'DD.MM.YYYY' TIMEFORMAT 'MM/DD/YY HH12:MI:SS AM'";
    assert_eq!(
        loaded(&fixture, "01.07.2015|07/01/15 01:02:03 PM\n", options).await,
        ["2015-07-01|2015-07-01 13:02:03"]
    );
    assert!(error_of(&fixture, "2015-07-01|\n", options).await.starts_with("1205|d"));
    assert!(error_of(&fixture, "|2015-07-01\n", options).await.starts_with("1206|at"));
}

#[tokio::test]
async fn ignoreallerrors_loads_what_is_good() {
    let fixture = Fixture::new("ignoreallerrors").await;
    fixture.session.run("CREATE TABLE t (id int)").await;
    assert_eq!(loaded(&fixture, "x\n1\ny\nz\n", "IGNOREALLERRORS").await, ["1"]);
    let copy = |options| format!("COPY t FROM '{}' {ROLE} {options}", fixture.bucket.url("data"));
    assert_eq!(
        fixture.session.refused(&copy("IGNOREALLERRORS MAXERROR 5")).await,
        "42601 conflicting or redundant options: IGNOREALLERRORS, MAXERROR"
    );
}

/// Fact 1.11: COPY's page says 4 MB, that of quotas 64 MB.
#[tokio::test]
async fn a_row_that_is_longer_than_the_switch_allows_is_one_bad_row() {
    let strict = start_with(&["--longest-row", "4MB"]);
    const PAST_4_MB: usize = 4 * 1024 * 1024 + 10;
    const PAST_64_MB: usize = 64 * 1024 * 1024 + 10;
    let (whole, refused) = (&["1|a", "2|x", "3|b"][..], &["1|a", "3|b"][..]);
    for (name, server, length, expected) in [
        ("rows_of_4_mb", &strict, PAST_4_MB, refused),
        ("rows_of_64_mb", snapshot(), PAST_4_MB, whole),
        ("rows_past_64_mb", snapshot(), PAST_64_MB, refused),
    ] {
        let fixture = Fixture::on(server, name).await;
        fixture.session.run("CREATE TABLE t (id varchar(10), rest varchar(max))").await;
        let long = "x".repeat(length);
        for (body, options) in [
            (format!("1|a\n2|{long}\n3|b\n"), "IGNOREALLERRORS TRUNCATECOLUMNS"),
            (
                format!(
                    "{{\"id\":1,\"rest\":\"a\"}}\n{{\"id\":2,\"rest\":\"{long}\"}}\n{{\"id\":3,\"rest\":\"b\"}}\n"
                ),
                "JSON 'auto' IGNOREALLERRORS TRUNCATECOLUMNS",
            ),
        ] {
            fixture.bucket.put("rows", body).await;
            let from = format!("FROM '{}' IAM_ROLE default {options}", fixture.bucket.url("rows"));
            fixture.session.run(&format!("TRUNCATE t; COPY t {from}")).await;
            let rows = fixture.session.rows("SELECT id, left(rest, 1) FROM t ORDER BY id").await;
            assert_eq!(rows, expected, "{name} {options}");
        }
        let errors = "SELECT DISTINCT err_code, trim(err_reason) FROM stl_load_errors WHERE tbl = 't'::regclass ORDER BY 2";
        let longest = if length == PAST_4_MB { 4 } else { 64 };
        let reasons = [
            format!("1216|Input line is not valid: longer than {longest} MB"),
            format!("1216|Input line is not valid: the JSON object is longer than {longest} MB"),
        ];
        let reasons = if expected == whole { &[][..] } else { &reasons[..] };
        assert_eq!(fixture.session.rows(errors).await, reasons, "{name}");
    }
}

#[tokio::test]
async fn a_syntax_error_points_to_its_place() {
    let fixture = Fixture::new("copy_positions").await;
    let source = "COPY t FROM 's3://b/k' IAM_ROLE default CSV FASTER";
    let error = fixture.session.client.batch_execute(source).await.expect_err("it is refused");
    let position = error.as_db_error().and_then(|error| error.position().cloned());
    let expected = u32::try_from(source.find("FASTER").expect("it is there")).expect("it is short") + 1;
    assert_eq!(position, Some(tokio_postgres::error::ErrorPosition::Original(expected)));
}

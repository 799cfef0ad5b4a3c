//! COPY from PARQUET, ORC and AVRO.

use std::sync::Arc;

use apache_avro::types::Value;
use apache_avro::{Codec, Schema as AvroSchema, Writer};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::json::ReaderBuilder;
use orc_rust::ArrowWriterBuilder;
use parquet::arrow::ArrowWriter;
use parquet::data_type::{Int96, Int96Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use tokio_postgres::error::DbError;

use crate::support::Fixture;
use crate::support::session::Session;

/// Rows of JSON as a batch of these columns.
fn batch(fields: &[(&str, DataType)], rows: &str) -> RecordBatch {
    let fields: Vec<Field> =
        fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect();
    let mut decoder =
        ReaderBuilder::new(Arc::new(Schema::new(fields))).build_decoder().expect("it is a schema");
    decoder.decode(rows.as_bytes()).expect("the rows are JSON");
    decoder.flush().expect("the rows fit").expect("there are rows")
}

fn parquet(batch: &RecordBatch) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).expect("it has columns");
    writer.write(batch).expect("memory can be written");
    writer.close().expect("memory can be written");
    file
}

fn orc(batch: &RecordBatch) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = ArrowWriterBuilder::new(&mut file, batch.schema()).try_build().expect("it has columns");
    writer.write(batch).expect("memory can be written");
    writer.close().expect("memory can be written");
    file
}

async fn copied(fixture: &Fixture, file: Vec<u8>, format: &str) -> Vec<String> {
    let Fixture { session, bucket, .. } = fixture;
    bucket.put("data", file).await;
    session.run("DELETE FROM t").await;
    session.run(&format!("COPY t FROM '{}' IAM_ROLE default FORMAT AS {format}", bucket.url("data"))).await;
    session.rows("SELECT * FROM t ORDER BY 1").await
}

/// The whole error of a COPY that must fail.
async fn refused(session: &Session, copy: &str) -> DbError {
    let error = session.client.batch_execute(copy).await.expect_err("it is refused");
    error.as_db_error().expect("the server says so").clone()
}

/// The line `context:` of a Spectrum Scan Error.
async fn scan_error(fixture: &Fixture, file: Vec<u8>, format: &str) -> String {
    fixture.bucket.put("data", file).await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default FORMAT {format}", fixture.bucket.url("data"));
    let error = refused(&fixture.session, &copy).await;
    assert_eq!((error.code().code(), error.message()), ("XX000", "Spectrum Scan Error"));
    let detail = error.detail().unwrap_or_default().to_owned();
    assert!(detail.contains("code:      15007"), "{detail}");
    let context = detail.lines().find_map(|line| line.trim().strip_prefix("context:"));
    context.expect("there is one").trim().to_owned()
}

#[tokio::test]
async fn a_parquet_file_fills_columns_by_position_whatever_their_names() {
    let fixture = Fixture::new("parquet").await;
    let columns = "a smallint, b int, c bigint, d real, e float, f boolean, g varchar(9), h date, i timestamp, j timestamptz, k numeric(12,2)";
    fixture.session.run(&format!("CREATE TABLE t ({columns})")).await;
    let fields = [
        ("z", DataType::Int16),
        ("y", DataType::Int32),
        ("x", DataType::Int64),
        ("w", DataType::Float32),
        ("v", DataType::Float64),
        ("u", DataType::Boolean),
        ("t", DataType::Utf8),
        ("s", DataType::Date32),
        ("r", DataType::Timestamp(TimeUnit::Nanosecond, None)),
        ("q", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))),
        ("p", DataType::Decimal128(12, 2)),
    ];
    let rows = r#"{"z":1,"y":2,"x":3,"w":0.5,"v":-1.25,"u":true,"t":"ä\tö\\","s":"2015-07-01","r":"2015-07-01T10:20:30.123456789","q":"2015-07-01T10:20:30.5Z","p":"12.30"}
                  {"z":2}"#;
    assert_eq!(
        copied(&fixture, parquet(&batch(&fields, rows)), "PARQUET").await,
        [
            "1|2|3|0.5|-1.25|t|ä\tö\\|2015-07-01|2015-07-01 10:20:30.123456|2015-07-01 10:20:30.5+00|12.30",
            "2|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
        ]
    );
    let query = fixture.session.value("SELECT pg_last_copy_id()").await;
    let history =
        format!("SELECT rtrim(file_format), loaded_rows FROM sys_load_history WHERE query_id = {query}");
    assert_eq!(fixture.session.value(&history).await, "parquet|2");
}

#[tokio::test]
async fn an_orc_file_fills_columns_by_position_too() {
    let fixture = Fixture::new("orc").await;
    fixture
        .session
        .run("CREATE TABLE t (a int, b varchar(9), c float, d date, e timestamp, f boolean)")
        .await;
    let fields = [
        ("one", DataType::Int32),
        ("two", DataType::Utf8),
        ("three", DataType::Float64),
        ("four", DataType::Date32),
        ("five", DataType::Timestamp(TimeUnit::Microsecond, None)),
        ("six", DataType::Boolean),
    ];
    let rows = r#"{"one":1,"two":"x","three":2.5,"four":"2015-07-01","five":"2015-07-01T10:20:30.25","six":false} {"one":2}"#;
    assert_eq!(
        copied(&fixture, orc(&batch(&fields, rows)), "ORC").await,
        ["1|x|2.5|2015-07-01|2015-07-01 10:20:30.25|f", "2|NULL|NULL|NULL|NULL|NULL"]
    );
    assert!(scan_error(&fixture, b"no such thing".to_vec(), "ORC").await.contains("not a readable ORC file"));
}

#[tokio::test]
async fn columns_must_be_as_many_unless_fillrecord_makes_up_for_them() {
    let fixture = Fixture::new("parquet_counts").await;
    fixture.session.run("CREATE TABLE t (a int, b int)").await;
    let one = parquet(&batch(&[("a", DataType::Int32)], r#"{"a":1}"#));
    let context = scan_error(&fixture, one.clone(), "PARQUET").await;
    assert!(
        context.starts_with("Unmatched number of columns between table and file. Table columns: 2, Data columns: 1, File name: https://"),
        "{context}"
    );
    assert_eq!(copied(&fixture, one, "PARQUET FILLRECORD").await, ["1|NULL"]);
    let three = [("a", DataType::Int32), ("b", DataType::Int32), ("c", DataType::Int32)];
    let context = scan_error(&fixture, parquet(&batch(&three, r#"{"a":1}"#)), "PARQUET FILLRECORD").await;
    assert!(context.contains("Table columns: 2, Data columns: 3"), "{context}");
}

#[tokio::test]
async fn a_wider_type_is_refused_by_name() {
    let fixture = Fixture::new("parquet_types").await;
    fixture.session.run("CREATE TABLE t (a int)").await;
    let context =
        scan_error(&fixture, parquet(&batch(&[("x", DataType::Int64)], r#"{"x":1}"#)), "PARQUET").await;
    assert!(context.contains("has an incompatible Parquet schema for column 's3://parquet-types/data.a'. Column type: INT4, Parquet schema: OPTIONAL INT64 x"), "{context}");
}

#[tokio::test]
async fn a_value_that_is_too_long_ends_the_copy_and_is_no_load_error() {
    let fixture = Fixture::new("parquet_long").await;
    fixture.session.run("CREATE TABLE t (a varchar(3))").await;
    let context =
        scan_error(&fixture, parquet(&batch(&[("a", DataType::Utf8)], r#"{"a":"äöü"}"#)), "PARQUET").await;
    assert!(
        context.starts_with("The length of the data column a is longer than the length defined in the table. Table: 3, Data: 6,"),
        "{context}"
    );
    assert_eq!(
        fixture.session.value("SELECT count(*) FROM stl_load_errors WHERE tbl = 't'::regclass").await,
        "0"
    );
    assert_eq!(fixture.session.value("SELECT count(*) FROM t").await, "0");
}

#[tokio::test]
async fn nested_columns_become_super_with_serializetojson_only() {
    let fixture = Fixture::new("parquet_nested").await;
    fixture.session.run("CREATE TABLE t (a int, b super)").await;
    let item = DataType::List(Arc::new(Field::new("item", DataType::Int32, true)));
    let nested =
        DataType::Struct(vec![Field::new("k", DataType::Utf8, true), Field::new("l", item, true)].into());
    let file = parquet(&batch(
        &[("a", DataType::Int32), ("b", nested)],
        r#"{"a":1,"b":{"k":"x\"y","l":[1,null]}} {"a":2}"#,
    ));
    fixture.bucket.put("data", file.clone()).await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default PARQUET", fixture.bucket.url("data"));
    assert_eq!(
        fixture.session.refused(&copy).await,
        "0A000 SUPER column in COPY query requires SERIALIZETOJSON option"
    );
    assert_eq!(
        copied(&fixture, file, "PARQUET SERIALIZETOJSON").await,
        [r#"1|{"k":"x\"y","l":[1,null]}"#, "2|NULL"]
    );
}

#[tokio::test]
async fn a_broken_file_is_refused_and_the_session_goes_on() {
    let fixture = Fixture::new("parquet_broken").await;
    fixture.session.run("CREATE TABLE t (a int)").await;
    let good = parquet(&batch(&[("a", DataType::Int32)], r#"{"a":1}"#));
    for broken in [b"PAR1".to_vec(), b"1,2\n".to_vec(), good[..good.len() - 9].to_vec(), Vec::new()] {
        assert!(scan_error(&fixture, broken, "PARQUET").await.contains("not a readable Parquet file"));
    }
    assert_eq!(copied(&fixture, good, "PARQUET").await, ["1"]);
}

/// Fact 1.9.
#[tokio::test]
async fn a_manifest_of_parquet_files_says_their_length() {
    let fixture = Fixture::new("parquet_manifest").await;
    let Fixture { session, bucket, .. } = &fixture;
    session.run("CREATE TABLE t (a int)").await;
    let file = parquet(&batch(&[("a", DataType::Int32)], r#"{"a":1}"#));
    let length = file.len();
    bucket.put("data", file).await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default PARQUET MANIFEST", bucket.url("manifest"));
    let manifest = |meta: &str| format!(r#"{{"entries": [{{"url": "{}"{meta}}}]}}"#, bucket.url("data"));
    for (meta, words) in [
        ("", "File entry does not have 'meta' key."),
        (r#", "meta": {"content_length": 3}"#, "says content_length 3"),
    ] {
        bucket.put("manifest", manifest(meta)).await;
        let error = refused(session, &copy).await;
        assert!(error.message().contains(words), "{}", error.message());
    }
    bucket.put("manifest", manifest(&format!(r#", "meta": {{"content_length": {length}}}"#))).await;
    session.run(&copy).await;
    assert_eq!(session.value("SELECT a FROM t").await, "1");
}

const AVRO_SCHEMA: &str = r#"{"type": "record", "name": "r", "fields": [
    {"name": "id", "type": "long"},
    {"name": "Name", "type": ["null", "string"]},
    {"name": "price", "type": "float"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "digest", "type": "bytes"}]}"#;

fn avro(codec: Codec) -> Vec<u8> {
    let schema = AvroSchema::parse_str(AVRO_SCHEMA).expect("it is a schema");
    let mut writer =
        Writer::builder().schema(&schema).writer(Vec::new()).codec(codec).build().expect("it is new");
    let record = |id, name| {
        let fields = [
            ("id", Value::Long(id)),
            ("Name", name),
            ("price", Value::Float(0.1)),
            ("at", Value::TimestampMillis(1_435_746_030_500)),
            ("tags", Value::Array(vec![Value::String("x".to_owned())])),
            ("digest", Value::Bytes(vec![0xab, 0x01])),
        ];
        Value::Record(fields.map(|(name, value)| (name.to_owned(), value)).into())
    };
    let text = |text: &str| Value::Union(1, Box::new(Value::String(text.to_owned())));
    writer.append_value(record(1, text("ä"))).expect("it fits the schema");
    writer.append_value(record(2, Value::Union(0, Box::new(Value::Null)))).expect("it fits the schema");
    writer.into_inner().expect("memory can be written")
}

#[tokio::test]
async fn avro_records_find_their_columns_as_json_does() {
    let fixture = Fixture::new("avro").await;
    let columns = "id int, name varchar(9), price real, at timestamp, tags super, digest varbyte(2)";
    fixture.session.run(&format!("CREATE TABLE t ({columns})")).await;
    let options = "TIMEFORMAT 'epochmillisecs'";
    let at = r#"0.1|2015-07-01 10:20:30.5|["x"]|ab01"#;
    let snappy = avro(Codec::Snappy);
    assert_eq!(
        copied(&fixture, snappy.clone(), &format!("AVRO 'auto' {options}")).await,
        [format!("1|NULL|{at}"), format!("2|NULL|{at}")]
    );
    assert_eq!(
        copied(&fixture, avro(Codec::Null), &format!("AVRO 'auto ignorecase' {options}")).await,
        [format!("1|ä|{at}"), format!("2|NULL|{at}")]
    );
    let paths = r#"{"jsonpaths": ["$.id", "$.tags[0]", "$.price", "$.at", "$.tags", "$.digest"]}"#;
    fixture.bucket.put("paths.avropath", paths).await;
    let by_path = format!("AVRO '{}' {options}", fixture.bucket.url("paths.avropath"));
    assert_eq!(copied(&fixture, snappy.clone(), &by_path).await, [format!("1|x|{at}"), format!("2|x|{at}")]);

    fixture.bucket.put("data", snappy[..snappy.len() - 5].to_vec()).await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default AVRO 'auto' {options}", fixture.bucket.url("data"));
    assert!(fixture.session.refused(&copy).await.starts_with("XX000 Load into table 't' failed."));
}

#[tokio::test]
async fn avro_that_would_load_wrong_is_refused_and_the_server_lives() {
    let fixture = Fixture::new("avro_refused").await;
    let Fixture { session, bucket, .. } = &fixture;
    session.run("CREATE TABLE t (id int, next super)").await;
    let field = |kind: &str| {
        format!(r#"{{"type": "record", "name": "r", "fields": [{{"name": "next", "type": {kind}}}]}}"#)
    };
    for (kind, why) in [
        (r#"["null", "r"]"#, "a record inside of itself"),
        (r#"{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}"#, "decimals"),
        (r#"{"type": "fixed", "name": "f", "size": 12, "logicalType": "duration"}"#, "durations"),
    ] {
        let schema = AvroSchema::parse_str(&field(kind)).expect("it is a schema");
        let writer = Writer::new(&schema, Vec::new()).expect("it is new");
        bucket.put("data", writer.into_inner().expect("memory can be written")).await;
        let copy = format!("COPY t FROM '{}' IAM_ROLE default AVRO 'auto'", bucket.url("data"));
        assert!(session.refused(&copy).await.starts_with("XX000 Load into table 't' failed."));
        // Others fail on the same server at the same time.
        let reason = format!(
            "SELECT rtrim(err_reason) FROM stl_load_errors WHERE filename = '{}' ORDER BY starttime DESC LIMIT 1",
            bucket.url("data")
        );
        let reason = session.value(&reason).await;
        assert_eq!(reason, format!("AVRO with {why} is not covered by redshift-local"));
    }
}

#[tokio::test]
async fn floats_that_are_no_numbers_are_loaded_as_such() {
    let fixture = Fixture::new("not_finite").await;
    let Fixture { session, bucket, .. } = &fixture;
    session.run("CREATE TABLE t (a float, b real)").await;
    bucket.put("data", "NaN|inf\n-Infinity|nan\n").await;
    session.run(&format!("COPY t FROM '{}' IAM_ROLE default", bucket.url("data"))).await;
    assert_eq!(session.rows("SELECT * FROM t ORDER BY 1").await, ["-Infinity|NaN", "NaN|Infinity"]);
}

/// As Spark and Hive write a timestamp: nanoseconds of the day, and a Julian day.
fn parquet_with_int96(julian_day: u32) -> Vec<u8> {
    let schema = parse_message_type("message m { optional int96 at; }").expect("it is a schema");
    let mut file = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut file, Arc::new(schema), Arc::default()).expect("it is new");
    let mut rows = writer.next_row_group().expect("it is open");
    let mut column = rows.next_column().expect("it is open").expect("there is one column");
    let nanoseconds_of_the_day = 1_500_000_000_u64.to_le_bytes();
    let half = |range: std::ops::Range<usize>| {
        u32::from_le_bytes(nanoseconds_of_the_day[range].try_into().expect("it is four bytes"))
    };
    let mut value = Int96::new();
    value.set_data(half(0..4), half(4..8), julian_day);
    column.typed::<Int96Type>().write_batch(&[value], Some(&[1]), None).expect("memory can be written");
    column.close().expect("memory can be written");
    rows.close().expect("memory can be written");
    writer.close().expect("memory can be written");
    file
}

#[tokio::test]
async fn timestamps_of_spark_reach_as_far_as_redshifts() {
    let fixture = Fixture::new("int96").await;
    fixture.session.run("CREATE TABLE t (at timestamp)").await;
    for (julian_day, at) in [(2_457_205, "2015-07-01 00:00:01.5"), (5_373_484, "9999-12-31 00:00:01.5")] {
        assert_eq!(copied(&fixture, parquet_with_int96(julian_day), "PARQUET").await, [at]);
    }
}

/// dlt writes MAXERROR 0 on every load; other tools leave an empty object as the mark of a folder.
#[tokio::test]
async fn a_tolerance_of_nothing_and_empty_objects_are_no_obstacle() {
    let fixture = Fixture::new("parquet_beside").await;
    let Fixture { session, bucket, .. } = &fixture;
    session.run("CREATE TABLE t (a int)").await;
    bucket.put("data/_SUCCESS", "").await;
    bucket.put("data/part", parquet(&batch(&[("a", DataType::Int32)], r#"{"a":1}"#))).await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default FORMAT PARQUET", bucket.url("data"));
    session.run(&format!("{copy} MAXERROR 0")).await;
    assert_eq!(session.value("SELECT count(*) FROM t").await, "1");
    assert!(session.refused(&format!("{copy} MAXERROR 1")).await.starts_with("0A000 MAXERROR argument"));
}

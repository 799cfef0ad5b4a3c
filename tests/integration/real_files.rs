//! Files that other programs have written, of every format and packing, hold the rows that were written: fastavro, pyarrow,
//! pandas, polars, `DuckDB`, Spark (and so parquet-mr), bzip2 and zstd. tests/fixtures/formats says how they were made.

use std::path::Path;

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table::TABLE;

/// Loads a file under a name with this suffix, into the usual columns and `more`.
async fn loaded(file: &str, suffix: &str, more: &str, meta: &str) -> Scenario {
    let scenario = Scenario::new().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats").join(file);
    scenario.put(&scenario.key(DAY_1, suffix), std::fs::read(path).expect("the fixture is there")).await;
    let config = format!(
        "entry:
  dest: {TABLE}
  columns:
    - {{dest: id, type: bigint, notnull: true}}
    - {{dest: name, type: varchar(40)}}
    - {{dest: amount, type: double precision}}
    - {{dest: is_new, type: boolean}}
    - {{dest: data_date, type: timestamp}}
{more}  meta: {{schema: {}, datadatecolumn: data_date{meta}}}
",
        scenario.name
    );
    scenario.put_config(DAY_1, &config).await;
    scenario.load(&[]).await.success().says("loaded  12 rows");
    scenario
}

/// The rows that every file holds, as make.py has them.
fn written() -> Vec<String> {
    let row = |id: u32| {
        let name = if id == 5 { "∅".to_owned() } else { format!("näme \"{id}\", x|y") };
        let amount = f64::from(id) * 1.25 - 4.0;
        let is_new = match id {
            7 => "∅",
            _ if id.is_multiple_of(2) => "t",
            _ => "f",
        };
        format!("{id}|{name}|{amount}|{is_new}|2015-07-01 00:00:00")
    };
    (1..=12).map(row).collect()
}

async fn check(file: &str, suffix: &str, meta: &str) {
    let scenario = loaded(file, suffix, "", meta).await;
    let query = format!("SELECT id, name, amount, is_new, data_date FROM {} ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&query).await, written(), "{file}");
}

#[tokio::test]
async fn json_of_every_packing_and_of_several_members_is_read() {
    for packed in ["gz", "bz2", "zst"] {
        check(&format!("events.json.{packed}"), &format!("json.{packed}"), "").await;
        check(&format!("two_members.json.{packed}"), &format!("json.{packed}"), "").await;
    }
}

#[tokio::test]
async fn packed_csv_goes_by_its_header() {
    for packed in ["bz2", "zst"] {
        let meta = ", ignore_header: 1, copy_options: [EMPTYASNULL]";
        check(&format!("events.csv.{packed}"), &format!("csv.{packed}"), meta).await;
    }
}

#[tokio::test]
async fn fields_of_fixed_width_are_read() {
    let widths = "FIXEDWIDTH 'id:4,name:24,amount:8,is_new:6,data_date:20'";
    let meta = format!(", copy_options: [\"{widths}\", TRIMBLANKS, BLANKSASNULL]");
    let scenario = loaded("events.fixed.txt", "txt", "", &meta).await;
    let query = format!("SELECT id, name, amount, is_new, data_date FROM {} ORDER BY id", scenario.table());
    let ascii: Vec<String> = written().iter().map(|row| row.replace('ä', "a")).collect();
    assert_eq!(scenario.sql(&query).await, ascii);
}

#[tokio::test]
async fn avro_of_milliseconds_is_read_without_being_told_so() {
    check("events.avro", "avro", "").await;
    check("events_snappy.avro", "avro", "").await;
}

#[tokio::test]
async fn orc_goes_by_its_names_however_it_is_packed_inside() {
    for packed in ["uncompressed", "zlib", "snappy", "zstd"] {
        check(&format!("events_{packed}.orc"), "orc", "").await;
    }
    check("events_spark.orc", "snappy.orc", "").await;
}

#[tokio::test]
async fn orc_whose_columns_are_in_another_order_than_those_of_the_table_is_read() {
    let scenario = Scenario::new().await;
    let columns =
        "data_date timestamp, is_new boolean, amount double precision, id bigint not null, name varchar(40)";
    scenario.sql(&format!("CREATE TABLE {} ({columns})", scenario.table())).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats/events_zlib.orc");
    scenario.put(&scenario.key(DAY_1, "orc"), std::fs::read(path).expect("the fixture is there")).await;
    let config = [
        "{dest: name, type: varchar(40)}",
        "{dest: id, type: bigint, notnull: true}",
        "{dest: is_new, type: boolean}",
        "{dest: amount, type: double precision}",
    ];
    scenario.put_config(DAY_1, &crate::support::table::config_with(&scenario.name, &config)).await;
    let plan = scenario.plan(&[]).await.success();
    plan.says("by the schema of the file: id, name, amount, is_new, data_date");
    scenario.load(&[]).await.success();
    let query = format!("SELECT id, name, amount, is_new, data_date FROM {} ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&query).await, written());
}

#[tokio::test]
async fn parquet_of_every_writer_is_read() {
    for writer in ["pyarrow", "pandas", "polars", "duckdb", "spark_int96", "spark_micros"] {
        check(&format!("events_{writer}.parquet"), "parquet", "").await;
    }
}

#[tokio::test]
async fn decimals_days_and_lists_of_spark_are_read_as_it_writes_them_today_and_as_hive_wants_them() {
    for writer in ["spark_wide", "spark_legacy"] {
        let more = "    - {dest: price, type: \"numeric(12,2)\"}
    - {dest: big, type: \"numeric(30,4)\"}
    - {dest: day, type: date}
    - {dest: tags, type: super}
";
        let meta = ", copy_options: [SERIALIZETOJSON]";
        let scenario = loaded(&format!("events_{writer}.parquet"), "snappy.parquet", more, meta).await;
        let query = format!(
            "SELECT id, price, big, day, json_serialize(tags) FROM {} WHERE id IN (2, 3) ORDER BY id",
            scenario.table()
        );
        let expected = [
            "2|2.15|12345678901234567890.1234|2015-07-02|[\"a\",\"2\"]",
            "3|3.15|∅|2015-07-03|[\"a\",\"3\"]",
        ];
        assert_eq!(scenario.sql(&query).await, expected, "{writer}");
    }
}

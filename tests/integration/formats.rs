//! Files of other formats than JSON, loaded by COPY of redshift-local, and refused before it.

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

/// A file of day 1 with the usual config, in which more stands in `meta`.
async fn scenario(suffix: &str, content: impl Into<Vec<u8>>, meta: &str) -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put(&scenario.key(DAY_1, suffix), content).await;
    let config = table::config(&scenario.name);
    let config = config.replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date{meta}"));
    scenario.put_config(DAY_1, &config).await;
    scenario
}

async fn rows(scenario: &Scenario) -> Vec<String> {
    let query = format!("SELECT id, name, data_date FROM {} ORDER BY id", scenario.table());
    scenario.sql(&query).await
}

/// Refused by `plan` and by `load` with this, and no table made for it.
async fn is_refused(scenario: &Scenario, more: &[&str], says: &str) {
    scenario.plan(more).await.success().says(says);
    let refused = scenario.load(more).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says(says);
    let table = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", scenario.name);
    assert_eq!(scenario.value(&table).await, "0");
}

#[tokio::test]
async fn columns_of_csv_land_where_its_header_says_whatever_the_order_of_the_table() {
    let text = format!("\u{feff}Name, ID ,data_date\n\"a \"\"b\"\", c\",1,{DAY_1}\nplain,2,{DAY_1}\n");
    let scenario = scenario("csv.gz", table::gzip(&text), ", ignore_header: 1").await;
    scenario
        .sql(&format!(
            "CREATE TABLE {} (name varchar(256), data_date timestamp, id bigint not null)",
            scenario.table()
        ))
        .await;
    scenario.load(&[]).await.success();
    assert_eq!(rows(&scenario).await, ["1|a \"b\", c|2015-07-01 00:00:00", "2|plain|2015-07-01 00:00:00"]);
}

#[tokio::test]
async fn csv_between_semicolons_goes_by_the_order_of_the_config() {
    let text = format!("{DAY_1};1;a,b\n{DAY_1};2;\n");
    let scenario = scenario("csv", text, "").await;
    scenario.load(&["--delimiter", ";"]).await.success();
    assert_eq!(rows(&scenario).await, ["1|a,b|2015-07-01 00:00:00", "2||2015-07-01 00:00:00"]);
}

#[tokio::test]
async fn delimited_files_are_read_as_unload_writes_them() {
    let text = format!("\"{DAY_1}\"|\"1\"|\"a|b \\\"c\\\" \\\\ d\"\n\"{DAY_1}\"|\"2\"|\"two\\\nlines\"\n");
    let scenario = scenario("gz", table::gzip(&text), ", format: delimited").await;
    scenario.load(&[]).await.success();
    assert_eq!(
        rows(&scenario).await,
        ["1|a|b \"c\" \\ d|2015-07-01 00:00:00", "2|two\nlines|2015-07-01 00:00:00"]
    );
}

#[tokio::test]
async fn control_characters_stand_between_fields() {
    for (delimiter, character) in [("\\t", '\t'), ("\\001", '\u{1}')] {
        let text = format!("{DAY_1}\t1\ta b\n{DAY_1}\t2\tc|d\n").replace('\t', &character.to_string());
        let scenario = scenario("tsv", text, "").await;
        scenario.load(&["--delimiter", delimiter, "--format", "csv"]).await.success();
        assert_eq!(rows(&scenario).await, ["1|a b|2015-07-01 00:00:00", "2|c|d|2015-07-01 00:00:00"]);
    }
}

#[tokio::test]
async fn no_line_of_json_is_skipped() {
    let scenario = scenario("json", table::rows(DAY_1, [1, 2]), ", ignore_header: 1").await;
    is_refused(&scenario, &[], "`ignore_header` does not go with format json").await;
}

#[tokio::test]
async fn a_header_that_names_some_columns_is_no_mapping_and_with_refuse_it_is_refused() {
    let text = format!("day,id,title\n{DAY_1},1,a\n");
    let scenario = scenario("csv", text, ", ignore_header: 1").await;
    scenario.plan(&[]).await.success().says("by position in the order of the config, as the skipped line");
    let config = table::config(&scenario.name)
        .replace("datadatecolumn: data_date", "datadatecolumn: data_date, ignore_header: 1, drift: refuse");
    scenario.put_config(DAY_1, &config).await;
    is_refused(&scenario, &[], "has the column `day` in its header, which the table config lacks").await;
}

#[tokio::test]
async fn a_header_with_a_column_that_the_config_lacks_loads_nothing() {
    let text = format!("id,name,data_date,extra\n1,a,{DAY_1},x\n");
    let scenario = scenario("csv", text, ", ignore_header: 1").await;
    is_refused(&scenario, &[], "has the column `extra` in its header, which the table config lacks").await;
}

#[tokio::test]
async fn files_of_one_manifest_whose_headers_differ_are_refused_by_their_names() {
    let scenario = scenario("manifest", "", ", ignore_header: 1").await;
    scenario.put("a.csv", format!("id,name,data_date\n1,a,{DAY_1}\n")).await;
    scenario.put("b.csv", format!("name,id,data_date\na,1,{DAY_1}\n")).await;
    let entry = |key: &str| format!(r#"{{"url": "s3://{}/{key}", "mandatory": true}}"#, scenario.name);
    let manifest = format!(r#"{{"entries": [{}, {}]}}"#, entry("a.csv"), entry("b.csv"));
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest).await;
    let says = format!("s3://{0}/b.csv has other columns than s3://{0}/a.csv", scenario.name);
    is_refused(&scenario, &[], &says).await;
}

#[tokio::test]
async fn what_does_not_go_together_is_refused_before_anything_is_done() {
    let scenario = scenario("csv", format!("{DAY_1},1,a\n"), "").await;
    is_refused(
        &scenario,
        &["--copy-options", "ESCAPE"],
        "`copy_options`: ESCAPE does not go with format csv",
    )
    .await;
}

#[tokio::test]
async fn json_by_paths_fills_the_columns_of_the_config_in_their_order() {
    let scenario =
        scenario("json", format!(r#"{{"at": "{DAY_1}", "key": 1, "of": {{"name": "a"}}}}"#), "").await;
    let paths = format!("s3://{}/paths.json", scenario.name);
    scenario.put("paths.json", r#"{"jsonpaths": ["$.at", "$.key"]}"#).await;
    is_refused(&scenario, &["--json-paths", &paths], "has 2 paths for the 3 columns of the table config")
        .await;
    scenario.put("paths.json", r#"{"jsonpaths": ["$.at", "$.key", "$.of.name"]}"#).await;
    scenario.load(&["--json-paths", &paths]).await.success();
    assert_eq!(rows(&scenario).await, ["1|a|2015-07-01 00:00:00"]);
}

/// Two rows of `id`, `name` and `data_date` as `message` describes them, in its order.
pub(crate) fn parquet_file(message: &str) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(message).unwrap());
    let names: Vec<String> = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    let mut file = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut file, schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for name in names {
        let mut column = group.next_column().unwrap().expect("each field is a column");
        match name.as_str() {
            "id" => column.typed::<Int64Type>().write_batch(&[1, 2], None, None).unwrap(),
            // 2015-07-01 in microseconds.
            "data_date" => {
                column.typed::<Int64Type>().write_batch(&[1_435_708_800_000_000; 2], None, None).unwrap()
            }
            _ => {
                let texts = ["a", "b"].map(ByteArray::from);
                column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap()
            }
        };
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    file
}

const PARQUET: &str = "message rows {
    required binary name (STRING); required int64 data_date (TIMESTAMP(MICROS,true)); required int64 id; }";

#[tokio::test]
async fn columns_of_parquet_land_by_their_names_though_copy_goes_by_position() {
    let scenario = scenario("snappy.parquet", parquet_file(PARQUET), "").await;
    scenario.load(&[]).await.success();
    assert_eq!(rows(&scenario).await, ["1|a|2015-07-01 00:00:00", "2|b|2015-07-01 00:00:00"]);
}

#[tokio::test]
async fn parquet_files_of_a_lenient_manifest_are_loaded_with_their_sizes() {
    let scenario = scenario("manifest", "", "").await;
    scenario.put("part-0000.parquet", parquet_file(PARQUET)).await;
    let manifest = format!(r#"{{"entries": [{{"url": "s3://{}/part-0000.parquet"}}]}}"#, scenario.name);
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn parquet_whose_columns_do_not_fit_loads_nothing() {
    let other = PARQUET
        .replace("int64 id", "int64 id (TIMESTAMP(MICROS,true))")
        .replace("binary name", "binary nick");
    let scenario = scenario("parquet", parquet_file(&other), "").await;
    is_refused(&scenario, &[], "has the column `nick`, which the config lacks").await;
    is_refused(&scenario, &[], "for the column `id`, which is bigint and takes integers").await;
    scenario.put(&scenario.key(DAY_1, "parquet"), "PAR1 and no more").await;
    is_refused(&scenario, &[], "does not end like Parquet").await;
}

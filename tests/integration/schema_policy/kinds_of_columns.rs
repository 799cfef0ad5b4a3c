//! Columns of every type, identity columns, encodings and styles.

use super::config;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// Name, type, and a value as JSON and as CSV has it, and as Redshift shows it.
const TYPES: [(&str, &str, &str, &str, &str, &str); 6] = [
    ("amount", "decimal(12,3)", "\"1.2345\"", "1.2345", "{}", "1.235"),
    (
        "moment",
        "timestamptz",
        "\"2015-07-01 12:00:00+02\"",
        "2015-07-01 12:00:00+02",
        "{} = '2015-07-01 10:00:00+00'",
        "t",
    ),
    ("clock", "time", "\"12:34:56\"", "12:34:56", "{}", "12:34:56"),
    ("far_clock", "timetz", "\"12:34:56+00\"", "12:34:56+00", "{} = '12:34:56+00'::timetz", "t"),
    (
        "document",
        "super",
        "{\"a\": [1, 2]}",
        "\"{\"\"a\"\": [1, 2]}\"",
        "CASE WHEN {} IS NOT NULL THEN JSON_SERIALIZE({}) END",
        "{\"a\":[1,2]}",
    ),
    ("bytes", "varbyte(8)", "\"616263\"", "616263", "{}", "616263"),
];

#[tokio::test]
async fn types_of_every_kind_are_created_added_and_copied_from_json_and_csv() {
    let scenario = Scenario::new().await;
    let columns = |end: &'static str| {
        TYPES.map(|(name, column_type, ..)| format!("{{dest: {name}{end}, type: \"{column_type}\"}}"))
    };
    let id = "{dest: id, type: bigint}".to_owned();
    let kind = "{dest: kind, type: text, notnull: true, defaultval: \"'plain'\"}".to_owned();
    let created: Vec<String> = [id].into_iter().chain(columns("")).collect();
    let added: Vec<String> = created.iter().cloned().chain(columns("_2")).chain([kind]).collect();
    for (day, columns) in [(DAY_1, &created), (DAY_2, &added)] {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        scenario.put_config(day, &table::config_with(&scenario.name, &columns)).await;
    }
    let fields = TYPES.map(|(name, _, json, ..)| format!("\"{name}\": {json}"));
    let row = format!("{{\"data_date\": \"2015-07-01 00:00:00\", \"id\": 1, {}}}", fields.join(", "));
    scenario.put_file(DAY_1, &row).await;
    scenario.load(&[]).await.success();
    let values = TYPES.map(|(_, _, _, csv, ..)| csv).join(",");
    let row = format!("2015-07-02 00:00:00,2,{values},{values},other\n");
    scenario.put(&scenario.key(DAY_2, "csv"), row).await;
    scenario.load(&[]).await.success();
    for (name, column_type, _, _, shown_by, value) in TYPES {
        let shown = |end: &str| shown_by.replace("{}", &format!("{name}{end}"));
        let query =
            format!("SELECT {}, {}, kind FROM {} ORDER BY id", shown(""), shown("_2"), scenario.table());
        let rows = scenario.sql(&query).await;
        let expected = [format!("{value}|∅|plain"), format!("{value}|{value}|other")];
        assert_eq!(rows, expected, "{name} {column_type}");
    }
    // What was made and added is as the config wants it.
    let plan = scenario.plan(&["--force"]).await.success();
    assert!(!plan.stdout.contains("difference"), "{}", plan.stdout);
}

#[tokio::test]
async fn identity_columns_encodings_and_styles_are_made_and_compare_as_they_were_asked_for() {
    let scenario = Scenario::new().await;
    let columns = [
        "{dest: n, type: bigint, identity: [100, 5]}",
        "{dest: id, type: bigint, encode: zstd}",
        "{dest: name, type: text, sortord: 1}",
    ];
    let text = config(&scenario, &columns, ", diststyle: all, sortstyle: interleaved");
    scenario.put_config(DAY_1, &text).await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1, 2])).await;
    scenario.plan(&[]).await.success().says("switches ENCODE AUTO off");
    scenario.load(&[]).await.success();
    let rows = scenario.sql(&format!("SELECT n, id FROM {} ORDER BY id", scenario.table())).await;
    assert_eq!(rows, ["100|1", "105|2"]);
    let query = format!(
        "SELECT a.attname, format_encoding(a.attencodingtype::integer), a.attsortkeyord, c.reldiststyle \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         WHERE c.oid = '{}'::regclass AND a.attname IN ('id', 'name') ORDER BY 1",
        scenario.table()
    );
    assert_eq!(scenario.sql(&query).await, ["id|zstd|0|8", "name|none|1|8"]);
    let plan = scenario.plan(&["--force"]).await.success();
    assert!(!plan.stdout.contains("difference"), "{}", plan.stdout);
    // Somebody packs it otherwise, which is told and stops nothing.
    scenario.sql(&format!("ALTER TABLE {} ALTER COLUMN id ENCODE az64", scenario.table())).await;
    scenario.plan(&["--force"]).await.success().says("= id stays encoded az64, the config says zstd");
    scenario.load(&["--force"]).await.success();
}

#[tokio::test]
async fn an_identity_column_that_only_the_table_has_numbers_the_rows_of_loads() {
    let scenario = Scenario::new().await;
    scenario
        .sql(&format!(
            "CREATE TABLE {} (n bigint IDENTITY(1,1), data_date timestamp, id bigint NOT NULL, name varchar)",
            scenario.table()
        ))
        .await;
    scenario.put_day(DAY_1, [7]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.sql(&format!("SELECT n, id FROM {}", scenario.table())).await, ["1|7"]);
}

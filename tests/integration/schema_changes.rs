//! The table is made to fit its config, or the load is refused.

use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// Name, type, not null, default, dist key and place in the sort key, as the catalog shows them.
async fn definition(scenario: &Scenario) -> Vec<String> {
    let query = format!(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, d.adsrc, a.attisdistkey, a.attsortkeyord \
         FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attrelid = '{}'::regclass AND a.attnum > 0 ORDER BY a.attnum",
        scenario.table()
    );
    scenario.sql(&query).await
}

#[tokio::test]
async fn a_missing_table_is_created_as_its_config_says() {
    let scenario = Scenario::new().await;
    let columns = [
        "{dest: id, type: bigint, primarykey: true, distkey: true, sortord: 2}",
        "{dest: name, type: longtext, defaultval: \"'none'\"}",
        "{dest: at, type: timestamptz, sortord: 1}",
        "{dest: amount, type: \"numeric(10,2)\", notnull: true, defaultval: 0}",
    ];
    scenario.put_config(DAY_1, &table::config_with(&scenario.name, &columns)).await;
    scenario.put_file(DAY_1, r#"{"id": 1, "amount": "1.5", "data_date": "2015-07-01 00:00:00"}"#).await;
    scenario.load(&[]).await.success();
    assert_eq!(
        definition(&scenario).await,
        [
            "data_date|timestamp without time zone|f|∅|f|0",
            "id|bigint|t|∅|t|2",
            "name|character varying(65535)|f|'none'::character varying|f|0",
            "at|timestamp with time zone|f|∅|f|1",
            "amount|numeric(10,2)|t|0|f|0",
        ]
    );
    // What was created does not differ from what was asked for.
    scenario.load(&["--force"]).await.success();
}

#[tokio::test]
async fn a_table_without_keys_is_left_to_redshift_and_plan_says_so() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let plan = scenario.plan(&[]).await.success();
    plan.says("Redshift's AUTO chooses both");
    assert!(!plan.stdout.contains("DISTKEY") && !plan.stdout.contains("SORTKEY"), "{}", plan.stdout);
    scenario.load(&[]).await.success();
    scenario.load(&["--force"]).await.success();
}

#[tokio::test]
async fn missing_columns_are_added_with_their_defaults() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let columns = [
        "{dest: id, type: bigint, notnull: true}",
        "{dest: name, type: text}",
        "{dest: country, type: text, notnull: true, defaultval: \"'NL'\"}",
        "{dest: visits, type: int}",
    ];
    scenario.put_config(DAY_2, &table::config_with(&scenario.name, &columns)).await;
    scenario
        .put_file(DAY_2, r#"{"id": 2, "country": "DE", "visits": 7, "data_date": "2015-07-02T00:00:00Z"}"#)
        .await;
    scenario.plan(&[]).await.says("+ country varchar(256) will be added");
    scenario.load(&[]).await.success();
    let rows =
        scenario.sql(&format!("SELECT id, country, visits FROM {} ORDER BY id", scenario.table())).await;
    assert_eq!(rows, ["1|NL|∅", "2|DE|7"]);
}

#[tokio::test]
async fn all_mismatches_are_refused_in_one_message_and_nothing_changes() {
    let scenario = Scenario::new().await;
    scenario
        .sql(&format!(
            "CREATE TABLE {} (data_date timestamp, id int, name varchar(10) DEFAULT 'x', extra int) \
             DISTKEY(name) SORTKEY(name)",
            scenario.table()
        ))
        .await;
    let columns = [
        "{dest: id, type: bigint, notnull: true, primarykey: true, distkey: true}",
        "{dest: name, type: text}",
        "{dest: new, type: int, sortord: 1}",
    ];
    scenario.put_config(DAY_1, &table::config_with(&scenario.name, &columns)).await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    let before = definition(&scenario).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1));
    for mismatch in [
        "column `id` is integer, the config wants bigint",
        "column `id` takes nulls, the config wants NOT NULL",
        "column `name` has default 'x', the config wants no default",
        "the primary key is none, the config wants (`id`)",
        "the table is DISTKEY `name`, the config wants DISTKEY `id`",
        "the sort key is (`name`), the config wants (`new`)",
    ] {
        refused.says(mismatch);
    }
    assert_eq!(definition(&scenario).await, before);
}

#[tokio::test]
async fn two_lengths_of_varchar_do_not_clash_and_long_text_is_cut() {
    let scenario = Scenario::new().await;
    scenario
        .sql(&format!(
            "CREATE TABLE {} (data_date timestamp, id bigint NOT NULL, name varchar(4))",
            scenario.table()
        ))
        .await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.value(&format!("SELECT name FROM {}", scenario.table())).await, "name");
}

#[tokio::test]
async fn columns_that_only_the_table_has_take_their_default() {
    let scenario = Scenario::new().await;
    scenario
        .sql(&format!(
            "CREATE TABLE {} (extra varchar(9) DEFAULT 'kept', data_date timestamp, id bigint NOT NULL, name varchar)",
            scenario.table()
        ))
        .await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.value(&format!("SELECT extra FROM {}", scenario.table())).await, "kept");
}

#[tokio::test]
async fn a_table_that_became_a_view_is_refused() {
    let scenario = Scenario::new().await;
    scenario.sql(&format!("CREATE VIEW {} AS SELECT 1 AS id", scenario.table())).await;
    scenario.put_day(DAY_1, [1]).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1));
    refused.says(&format!("{} is a view, and only a table can be loaded", scenario.table()));
}

#[tokio::test]
async fn a_schema_that_does_not_exist_is_named() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.sql(&format!("DROP SCHEMA {}", scenario.name)).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1));
    refused.says(&format!("schema `{}` does not exist; create it", scenario.name));
}

#[tokio::test]
async fn preparation_runs_in_the_order_of_the_plan() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let columns =
        ["{dest: id, type: bigint, notnull: true}", "{dest: name, type: text}", "{dest: new, type: int}"];
    scenario.put_config(DAY_2, &table::config_with(&scenario.name, &columns)).await;
    // A longer neighbour, for which a manifest is needed.
    scenario.put(&format!("{}.bak", scenario.key(DAY_2, "json.gz")), "").await;
    scenario.variables.insert("MANIFEST_URL".to_owned(), "s3://no-such-bucket/manifests/".to_owned());
    let finished = scenario.load(&[]).await;
    finished.says("set MANIFEST_URL to a folder that the loader may write to");
    // ADD COLUMN is planned before the manifest.
    assert!(definition(&scenario).await.iter().any(|column| column.starts_with("new|")));
}

#[tokio::test]
async fn names_may_have_as_many_bytes_as_redshift_keeps() {
    let scenario = Scenario::new().await;
    let table = format!("events_{}", "t".repeat(93));
    // Alike in what PostgreSQL would keep of them.
    let [first, second] = ["1", "2"].map(|end| format!("column_{}{end}", "c".repeat(92)));
    let id = "{dest: id, type: bigint, primarykey: true}".to_owned();
    let columns = [
        id,
        format!("{{dest: {first}, type: bigint, distkey: true}}"),
        format!("{{dest: {second}, type: text}}"),
    ];
    let load = async |day: &str, columns: &[String], row: &str, more: &[&str]| {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let name = format!("{}_{table}_{day}", scenario.name);
        scenario.put(&format!("config_{name}.yml"), table::config_of(&scenario.name, &table, &columns)).await;
        scenario.put(&format!("{name}.json"), row).await;
        let load = ["load", "--schema", &scenario.name, "--tables", &table, "--bucket", &scenario.name];
        scenario.run(&[&load, more].concat()).await.success();
    };
    let rows = format!(r#"{{"id": 1, "{first}": 10, "{second}": "a", "data_date": "{DAY_1}"}}"#);
    load(DAY_1, &columns[..2], &rows, &[]).await;
    let rows = format!(r#"{{"id": 2, "{first}": 20, "{second}": "b", "data_date": "{DAY_2}"}}"#);
    load(DAY_2, &columns, &rows, &[]).await;
    let query = format!("SELECT id, {first}, {second} FROM {}.{table} ORDER BY id", scenario.name);
    assert_eq!(scenario.sql(&query).await, ["1|10|∅", "2|20|b"]);

    let rows = format!(r#"{{"id": 3, "{second}": "c", "data_date": "{DAY_2}"}}"#);
    load(DAY_2, &columns, &rows, &["--force", "--truncate"]).await;
    assert_eq!(scenario.sql(&query).await, ["3|∅|c"]);
}

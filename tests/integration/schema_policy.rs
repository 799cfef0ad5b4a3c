//! What a load may change in a table that differs from its config, and what it tells people to change.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

/// A config of these columns that says more in its `meta`.
fn config(scenario: &Scenario, columns: &[&str], more: &str) -> String {
    let config = table::config_with(&scenario.name, columns);
    config.replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date{more}"))
}

const WIDENED: [&str; 2] = ["{dest: id, type: bigint, notnull: true}", "{dest: name, type: text}"];

/// A table whose name takes four bytes, and a config that wants 256 and lets it be widened.
async fn with_a_narrow_name() -> Scenario {
    let scenario = Scenario::new().await;
    scenario
        .sql(&format!(
            "CREATE TABLE {} (data_date timestamp, id bigint NOT NULL, name varchar(4))",
            scenario.table()
        ))
        .await;
    scenario.put_config(DAY_1, &config(&scenario, &WIDENED, ", widen: true")).await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    scenario
}

async fn type_of(scenario: &Scenario, column: &str) -> String {
    let query = format!(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '{}'::regclass AND attname = '{column}'",
        scenario.table()
    );
    scenario.value(&query).await
}

async fn names(scenario: &Scenario) -> Vec<String> {
    scenario.sql(&format!("SELECT name FROM {} ORDER BY id", scenario.table())).await
}

/// The statements under `to resolve it` that are no comments.
fn resolving(plan: &str) -> Vec<String> {
    let (_, below) = plan.split_once("\n  to resolve it\n").expect("plan knows how to resolve it");
    let statements = below.split(";\n").map(str::trim);
    let statements = statements.filter(|statement| !statement.is_empty() && !statement.starts_with("--"));
    statements.map(str::to_owned).collect()
}

/// Does what `plan` says, and loads.
async fn load_once_resolved(scenario: &Scenario) {
    let plan = scenario.plan(&[]).await.success();
    let session = scenario.session().await;
    for statement in resolving(&plan.stdout) {
        session.query(&statement).await;
    }
    scenario.load(&[]).await.success();
}

#[tokio::test]
async fn a_narrow_column_is_widened_before_the_load_and_once() {
    let scenario = with_a_narrow_name().await;
    // One that is bound to nothing.
    let view = format!("CREATE VIEW {}.late AS SELECT name FROM {}", scenario.name, scenario.table());
    scenario.sql(&format!("{view} WITH NO SCHEMA BINDING")).await;
    let plan = scenario.plan(&[]).await.success();
    plan.says("~ name varchar(4) will be widened to varchar(256)");
    plan.says("ALTER COLUMN \"name\" TYPE varchar(256)");
    scenario.load(&[]).await.success();
    assert_eq!(names(&scenario).await, ["name 1"]);
    let ledger = format!("SELECT widened FROM {}_ledger.loads WHERE widened IS NOT NULL", scenario.name);
    assert_eq!(scenario.sql(&ledger).await, ["name varchar(4) to varchar(256)"]);
    let again = scenario.plan(&["--force"]).await.success();
    assert!(!again.stdout.contains("difference") && !again.stdout.contains("ALTER"), "{}", again.stdout);
    scenario.load(&["--force"]).await.success();
}

#[tokio::test]
async fn the_ledger_says_what_was_widened_also_when_values_do_not_fit_even_so() {
    let scenario = with_a_narrow_name().await;
    let long = format!("{{\"id\": 1, \"name\": \"{}\", \"data_date\": \"{DAY_1}\"}}\n", "n".repeat(300));
    scenario.put_file(DAY_1, &long).await;
    scenario.load(&[]).await.success().says("1 values cut: `name` 1 (256 bytes)");
    let ledger =
        format!("SELECT widened, values_cut FROM {}_ledger.loads WHERE widened IS NOT NULL", scenario.name);
    assert_eq!(scenario.sql(&ledger).await, ["name varchar(4) to varchar(256)|1"]);
}

#[tokio::test]
async fn a_load_that_ends_between_widening_and_copy_is_simply_loaded_again() {
    let mut scenario = with_a_narrow_name().await;
    let operator = scenario.with_own_user().await;
    for (fault, widened) in
        [("ALTER COLUMN", "character varying(4)"), ("DELETE FROM", "character varying(256)")]
    {
        let cut = format!("'before_statement', 'cut', containing => '{fault}'");
        scenario.inject(&operator, &cut).await;
        assert_eq!(scenario.load(&[]).await.code, Some(1));
        assert_eq!(type_of(&scenario, "name").await, widened);
    }
    scenario.load(&[]).await.success();
    assert_eq!(names(&scenario).await, ["name 1"]);
}

#[tokio::test]
async fn a_column_that_another_daemon_widens_meanwhile_is_no_failure() {
    let mut scenario = with_a_narrow_name().await;
    let operator = scenario.with_own_user().await;
    let daemon = Daemon::ready(&scenario).await;
    let hold = "'before_statement', 'hold', containing => 'ALTER COLUMN'";
    let fault = scenario.inject(&operator, hold).await;
    let id = scenario.send(&scenario.message("")).await;
    operator.struck(&fault).await;
    let widen = format!("ALTER TABLE {} ALTER COLUMN name TYPE varchar(256)", scenario.table());
    scenario.sql(&widen).await;
    operator.query(&format!("SELECT redshift_local.release({fault})")).await;
    let line = daemon.settled(&id).await;
    assert_eq!((&line["disposition"], &line["rows"]), (&"deleted".into(), &1.into()), "{line:#}");
    assert_eq!(names(&scenario).await, ["name 1"]);
}

#[tokio::test]
async fn a_widening_that_waits_for_a_reader_gives_up_soon_and_names_the_reader() {
    let mut scenario = with_a_narrow_name().await;
    // Shorter than the limit of ALTER TABLE.
    scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "5s".to_owned());
    let reader = scenario.session().await;
    reader.query("BEGIN").await;
    reader.query(&format!("SELECT COUNT(*) FROM {}", scenario.table())).await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says("widening column `name`");
    finished.says("it is held by pid");
    reader.query("COMMIT").await;
    scenario.load(&[]).await.success();
}

#[tokio::test]
async fn what_redshift_would_not_widen_is_refused_with_every_reason_and_the_way_out() {
    let scenario = Scenario::new().await;
    let (name, table) = (scenario.name.clone(), scenario.table());
    for statement in [
        format!("CREATE TABLE {name}.countries (code varchar(2) PRIMARY KEY)"),
        format!(
            "CREATE TABLE {table} (data_date timestamp, id bigint NOT NULL, coded varchar(4) ENCODE bytedict, \
             single varchar(4) UNIQUE, country varchar(2) REFERENCES {name}.countries (code), seen varchar(4), name varchar(4))"
        ),
        format!("CREATE VIEW {name}.daily AS SELECT seen FROM {table}"),
        // Of no column that is to be widened.
        format!("CREATE VIEW {name}.ids AS SELECT id FROM {table}"),
    ] {
        scenario.sql(&statement).await;
    }
    let columns = ["coded", "single", "country", "seen", "name"]
        .map(|column| format!("{{dest: {column}, type: \"varchar(20)\"}}"));
    let columns: Vec<&str> = [WIDENED[0]].into_iter().chain(columns.iter().map(String::as_str)).collect();
    scenario.put_config(DAY_1, &config(&scenario, &columns, ", widen: true")).await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1));
    for reason in [
        "column `coded` is varchar(4), the config wants varchar(20), and Redshift would not widen it, as it is encoded bytedict",
        "would not widen it, as it is in the unique constraint `events_single_key`",
        "would not widen it, as it is in the foreign key `events_country_fkey`",
        &format!("would not widen it, as the view {name}.daily reads it"),
        "`plan` shows the SQL",
    ] {
        refused.says(reason);
    }
    assert!(!refused.stderr.contains(".ids") && !refused.stdout.contains(".ids"), "{refused:?}");
    // Nothing was changed for a load that is refused.
    assert_eq!(type_of(&scenario, "name").await, "character varying(4)");
    load_once_resolved(&scenario).await;
    for column in ["coded", "single", "country", "seen", "name"] {
        assert_eq!(type_of(&scenario, column).await, "character varying(20)", "{column}");
    }
    assert_eq!(names(&scenario).await, ["name 1"]);
}

#[tokio::test]
async fn what_no_statement_changes_is_resolved_by_a_new_table_with_the_rows_of_the_old_one() {
    let scenario = Scenario::new().await;
    let table = scenario.table();
    scenario.sql(&format!("CREATE TABLE {}.countries (code varchar(9) PRIMARY KEY)", scenario.name)).await;
    scenario
        .sql(&format!(
            "CREATE TABLE {table} (data_date timestamp UNIQUE, id int, name varchar(4) DEFAULT 'x', \
             legacy varchar(9) DEFAULT 'kept' REFERENCES {}.countries (code))",
            scenario.name
        ))
        .await;
    scenario.sql(&format!("INSERT INTO {table} (data_date, id) VALUES ('2015-06-30', 7)")).await;
    let columns = [
        "{dest: id, type: bigint, primarykey: true, distkey: true}",
        "{dest: name, type: text, defaultval: \"'none'\"}",
        "{dest: n, type: bigint, identity: true}",
    ];
    scenario.put_config(DAY_1, &config(&scenario, &columns, ", widen: true")).await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [8])).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1));
    refused.says("column `n` is missing and cannot be added");
    scenario.plan(&[]).await.says("-- left behind: the foreign key \"events_legacy_fkey\" of (\"legacy\");");
    load_once_resolved(&scenario).await;
    let rows = scenario.sql(&format!("SELECT id, name, legacy FROM {table} ORDER BY id")).await;
    assert_eq!(rows, ["7|x|kept", "8|name 8|kept"]);
    let unique =
        format!("SELECT COUNT(*) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'u'");
    assert_eq!(scenario.value(&unique).await, "1");
    let plan = scenario.plan(&["--force"]).await.success();
    assert!(!plan.stdout.contains("difference  !"), "{}", plan.stdout);
}

#[tokio::test]
async fn a_config_may_refuse_new_columns_and_narrow_ones() {
    let scenario = with_a_narrow_name().await;
    let columns = [WIDENED[0], WIDENED[1], "{dest: more, type: int}"];
    let more = ", new_columns: refuse, narrow_columns: refuse";
    scenario
        .sql(&format!("CREATE VIEW {}.names AS SELECT name FROM {}", scenario.name, scenario.table()))
        .await;
    scenario.put_config(DAY_1, &config(&scenario, &columns, more)).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1));
    refused.says("column `more` is missing, and `meta.new_columns: refuse` lets no load add it");
    refused.says("and `meta.narrow_columns: refuse` takes no shorter one");
    load_once_resolved(&scenario).await;
    assert_eq!(names(&scenario).await, ["name 1"]);
}

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
        "JSON_SERIALIZE({})",
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

#[tokio::test]
async fn what_is_in_the_way_of_several_columns_is_dropped_once_and_made_anew_in_the_end() {
    let scenario = Scenario::new().await;
    let table = scenario.table();
    scenario
        .sql(&format!(
            "CREATE TABLE {table} (data_date timestamp, id varchar(4) NOT NULL, name varchar(4) NOT NULL, \
             CONSTRAINT odd_name PRIMARY KEY (id, name))"
        ))
        .await;
    scenario.sql(&format!("CREATE VIEW {}.both AS SELECT id, name FROM {table}", scenario.name)).await;
    let columns = ["{dest: id, type: text, primarykey: true}", "{dest: name, type: text, primarykey: true}"];
    scenario.put_config(DAY_1, &config(&scenario, &columns, ", widen: true")).await;
    scenario.put_file(DAY_1, &table::rows(DAY_1, [1])).await;
    load_once_resolved(&scenario).await;
    assert_eq!(names(&scenario).await, ["name 1"]);
}

//! What `plan` tells people to change, and that a load goes through when they have.

use super::{WIDENED, config, names, type_of, with_a_narrow_name};
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

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
async fn what_redshift_would_not_widen_is_refused_with_every_reason_and_the_way_out() {
    let scenario = Scenario::new().await;
    let (name, table) = (scenario.name.clone(), scenario.table());
    for statement in [
        format!("CREATE TABLE {name}.countries (code varchar(2) PRIMARY KEY)"),
        format!(
            "CREATE TABLE {table} (data_date timestamp, id bigint NOT NULL, coded varchar(4) ENCODE bytedict, \
             single varchar(4) UNIQUE, country varchar(2) REFERENCES {name}.countries (code), seen varchar(4), name varchar(4), spread varchar(4) DISTKEY, sorted varchar(4), also varchar(4)) SORTKEY (id, sorted, also)"
        ),
        format!("CREATE VIEW {name}.daily AS SELECT seen FROM {table}"),
        // Of no column that is to be widened.
        format!("CREATE VIEW {name}.ids AS SELECT id FROM {table}"),
    ] {
        scenario.sql(&statement).await;
    }
    let columns = ["coded", "single", "country", "seen", "name", "spread", "sorted", "also"]
        .map(|column| format!("{{dest: {column}, type: \"varchar(20)\", distkey: {}}}", column == "spread"));
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
        "column `spread` is varchar(4), the config wants varchar(20), and Redshift would not widen it, as it is the dist key",
        "would not widen it, as it is in the sort key",
        "`plan` shows the SQL",
    ] {
        refused.says(reason);
    }
    assert!(!refused.stderr.contains(".ids") && !refused.stdout.contains(".ids"), "{refused:?}");
    // Nothing was changed for a load that is refused.
    assert_eq!(type_of(&scenario, "name").await, "character varying(4)");
    load_once_resolved(&scenario).await;
    for column in ["coded", "single", "country", "seen", "name", "spread", "sorted", "also"] {
        assert_eq!(type_of(&scenario, column).await, "character varying(20)", "{column}");
    }
    assert_eq!(names(&scenario).await, ["name 1"]);
    let plan = scenario.plan(&[]).await.success();
    plan.says("DISTKEY spread, SORTKEY id, sorted, also");
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

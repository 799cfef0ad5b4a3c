//! Rows that COPY refuses, and leaves out where MAXERROR is asked for.

use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::table;

/// A config of the table `events` with a short name, these options of COPY, and more in its `meta`.
fn config(schema: &str, options: &str, meta: &str) -> String {
    let columns = ["{dest: id, type: bigint}", "{dest: name, type: varchar(5)}"];
    let asked = format!("datadatecolumn: data_date, copy_options: [{options}]{meta}");
    table::config_with(schema, &columns).replace("datadatecolumn: data_date", &asked)
}

async fn put(scenario: &Scenario, date: &str, config: &str, data: &[(&str, &str)]) {
    let row = |(id, name): &(&str, &str)| {
        format!("{{\"id\": {id}, \"name\": \"{name}\", \"data_date\": \"{date}\"}}\n")
    };
    scenario.put_config(date, config).await;
    scenario.put_file(date, &data.iter().map(row).collect::<String>()).await;
}

/// Rows skipped and values cut, by the ledger's row of this date.
async fn counted(scenario: &Scenario, date: &str) -> String {
    let ledger = format!(
        "SELECT rows_skipped, values_cut FROM {}_ledger.loads WHERE data_date = '{date}'",
        scenario.name
    );
    scenario.sql(&ledger).await.join(" ")
}

/// One that fits, one that does not, one that is too long, and two that no column takes.
const MIXED: [(&str, &str); 4] = [("1", "fits"), ("\"x\"", "bad"), ("3", "too long"), ("\"y\"", "bad too")];

#[tokio::test]
async fn rows_that_copy_refuses_are_skipped_counted_and_named() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, &config(&scenario.name, "MAXERROR 3", ""), &MIXED).await;
    let loaded = scenario.load(&[]).await.success();
    loaded.says("loaded  2 rows");
    loaded.says(", 2 rows skipped; 1 values cut: `name` 1 (5 bytes), in ");
    loaded.says("2 rows of s3://");
    loaded.says("were skipped, as MAXERROR lets COPY: line 2 of ");
    loaded.says("column `id` (int8): Invalid digit, Value '…', Pos 0, Type: Long; line 4 of ");
    assert_eq!(loaded.stderr.matches("line 2 of ").count(), 2, "once by each attempt: {}", loaded.stderr);
    let names = format!("SELECT id, name FROM {} ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&names).await, ["1|fits", "3|too l"]);
    assert_eq!(counted(&scenario, DAY_1).await, "2|1");

    put(&scenario, DAY_2, &config(&scenario.name, "MAXERROR 3", ""), &[("1", "fits")]).await;
    let plan = scenario.plan(&[]).await.success();
    plan.says("rows that COPY refuses are skipped, fewer than 3");
    plan.says("MAXERROR 3");
    scenario.load(&[]).await.success();
    assert_eq!(counted(&scenario, DAY_2).await, "0|0");

    put(&scenario, DAY_3, &config(&scenario.name, "MAXERROR 3", ""), &[("1", "fits")]).await;
    let plan = scenario.plan(&[]).await.success();
    assert!(!plan.stdout.contains("MAXERROR 3"), "the last load has skipped none: {}", plan.stdout);
}

#[tokio::test]
async fn as_many_errors_as_are_said_fail_the_load() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, &config(&scenario.name, "MAXERROR 2", ""), &MIXED).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("column `id` (int8): Invalid digit");
    assert_eq!(scenario.ledger_rows().await, "0");
}

#[tokio::test]
async fn more_skipped_rows_than_a_share_are_refused_with_where_they_are() {
    let scenario = Scenario::new().await;
    let refusing =
        |share: &str| config(&scenario.name, "MAXERROR 9", &format!(", cuts: \"refuse_over:{share}\""));
    put(&scenario, DAY_1, &refusing("74%"), &MIXED).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("3 of 4 rows were refused or have values that do not fit, more than 74% (`meta.cuts`): 2 rows skipped; 1 values cut");
    failed.says("line 2 of ");
    assert_eq!(scenario.ledger_rows().await, "0");
    put(&scenario, DAY_1, &refusing("75%"), &MIXED).await;
    scenario.load(&[]).await.success().says("2 rows skipped");
}

#[tokio::test]
async fn what_refuses_cuts_does_not_skip_rows() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, &config(&scenario.name, "MAXERROR 3", ", cuts: refuse"), &MIXED).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("`meta.cuts: refuse` and MAXERROR do not go together");
}

#[tokio::test]
async fn a_merge_skips_rows_before_they_are_staged() {
    let scenario = Scenario::new().await;
    let config =
        config(&scenario.name, "MAXERROR 3", ", mode: merge").replace("bigint", "bigint, primarykey: true");
    put(&scenario, DAY_1, &config, &[("1", "one"), ("3", "three")]).await;
    scenario.load(&[]).await.success();
    put(&scenario, DAY_2, &config, &MIXED).await;
    scenario.load(&[]).await.success().says("2 rows skipped; 1 values cut");
    let names = format!("SELECT id, name FROM {} ORDER BY id", scenario.table());
    assert_eq!(scenario.sql(&names).await, ["1|fits", "3|too l"]);
    assert_eq!(counted(&scenario, DAY_2).await, "2|1");
}

/// A row that only the target refuses is in the wide table all the same.
#[tokio::test]
async fn a_null_where_none_may_be_is_skipped_and_the_counts_agree() {
    let scenario = Scenario::new().await;
    let config = config(&scenario.name, "MAXERROR 3", "").replace("bigint", "bigint, notnull: true");
    put(&scenario, DAY_1, &config, &[("1", "too long"), ("null", "none")]).await;
    scenario.load(&[]).await.success().says("1 rows skipped; 1 values cut");
    assert_eq!(counted(&scenario, DAY_1).await, "1|1");
}

#[tokio::test]
async fn rows_that_nobody_counts_are_not_skipped() {
    let mut scenario = Scenario::new().await;
    let operator = scenario.with_own_user().await;
    put(&scenario, DAY_1, &config(&scenario.name, "MAXERROR 3", ""), &MIXED).await;
    scenario.inject(&operator, "'before_statement', 'error', code => '42501', message => 'permission denied for relation sys_load_history', containing => 'sys_load_history'").await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("counting the rows that COPY has skipped for ");
    assert_eq!(scenario.ledger_rows().await, "0");
}

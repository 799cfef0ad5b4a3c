//! `pre_sql` and `post_sql`: part of the load's transaction, with all that follows from that.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_2, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

/// The config of the scenario's table with more in its `meta`.
fn config(scenario: &Scenario, meta: &str) -> String {
    let meta = meta.replace("SCHEMA", &scenario.name);
    table::config(&scenario.name)
        .replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date, {meta}"))
}

/// A table with a day in it, a table `audit`, and a file of the next day whose config says more in its `meta`.
async fn scenario(meta: &str) -> Scenario {
    let scenario = Scenario::new().await.loaded_once().await;
    scenario.sql(&format!("CREATE TABLE {}.audit (what varchar(99), rows bigint)", scenario.name)).await;
    scenario.put_config(DAY_2, &config(&scenario, meta)).await;
    scenario
}

async fn audit(scenario: &Scenario) -> String {
    scenario.sql(&format!("SELECT what, rows FROM {}.audit ORDER BY 1", scenario.name)).await.join(",")
}

#[tokio::test]
async fn statements_run_before_copy_and_after_it_in_one_transaction() {
    let scenario = scenario(
        r#"pre_sql: ["INSERT INTO SCHEMA.audit SELECT 'before; COMMIT', COUNT(*) FROM SCHEMA.events;"],
           post_sql: ["CREATE TEMP TABLE sums AS SELECT COUNT(*) AS n FROM SCHEMA.events", "INSERT INTO SCHEMA.audit SELECT 'later', n FROM sums"]"#,
    )
    .await;
    let plan = scenario.plan(&[]).await.success();
    plan.says("in the load's transaction: 1 before COPY, 2 after the checks");
    plan.says(
        "INSERT INTO SCHEMA.audit SELECT 'later', n FROM sums;".replace("SCHEMA", &scenario.name).as_str(),
    );
    assert_eq!(audit(&scenario).await, "", "plan changes nothing");
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(audit(&scenario).await, "before; COMMIT|1,later|2");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_statement_that_fails_rolls_all_back_and_says_which_and_whom_to_ask() {
    let scenario = scenario(
        r#"pre_sql: [INSERT INTO SCHEMA.audit SELECT 'before'], post_sql: ["SELECT 1", "INSERT INTO SCHEMA.missing SELECT 1"]"#,
    )
    .await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says(&format!(
        "`meta.post_sql` statement 2 (`INSERT INTO {}.missing SELECT 1`) failed: ",
        scenario.name
    ));
    failed.says("does not exist; nothing of the load is there; fix the statement in the table config, or ask whoever keeps that");
    assert_eq!((scenario.ids().await.as_str(), audit(&scenario).await.as_str()), ("1", ""));
    // A name that is there is no race with another daemon.
    scenario.put_config(DAY_2, &config(&scenario, "pre_sql: [CREATE TABLE SCHEMA.audit (a int)]")).await;
    let daemon = Daemon::ready(&scenario).await;
    let settled = daemon.settled(&scenario.send(&scenario.message("")).await).await;
    assert_eq!((&settled["kind"], &settled["disposition"]), (&"statement_refused".into(), &"retried".into()));
    assert_eq!(daemon.metric(r#"load_failures_total{kind="statement_refused",stage="pre_sql"}"#).await, 1.0);
    // Once it is mended, the message loads.
    scenario.put_config(DAY_2, &config(&scenario, "pre_sql: [SELECT 1]")).await;
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn what_would_commit_is_refused_before_anything_runs_and_so_is_all_sql_where_the_operator_says_so() {
    let scenario = scenario(r#"pre_sql: ["DELETE FROM SCHEMA.events", TRUNCATE SCHEMA.audit]"#).await;
    for finished in [scenario.plan(&[]).await, scenario.load(&[]).await] {
        assert_eq!(finished.code, Some(1), "{finished:?}");
        finished.says(&format!(
            "`meta.pre_sql` statement 2 (`TRUNCATE {}.audit`) begins with TRUNCATE, which commits the load's transaction",
            scenario.name
        ));
    }
    scenario.put_config(DAY_2, &config(&scenario, "post_sql: [SELECT 1]")).await;
    let refuse = |command: &mut std::process::Command| {
        command.env("TABLE_CONFIG_SQL", "refuse");
    };
    let flags = ["load", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name];
    let refused = scenario.run_with(&flags, refuse).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("which this loader does not run, as TABLE_CONFIG_SQL is refuse; remove the statements, or ask whoever runs the loader");
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn the_rows_of_a_load_are_those_of_copy_whatever_its_statements_add_or_remove() {
    let scenario = scenario(
        "pre_sql: [\"INSERT INTO SCHEMA.events (id, data_date) VALUES (20, '2015-07-02'), (21, '2015-07-02')\"], \
         post_sql: [DELETE FROM SCHEMA.events WHERE id = 20, \"INSERT INTO SCHEMA.events (id, data_date) VALUES (22, '2015-07-02')\"]",
    )
    .await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1,2,21,22");
    let counted =
        "SELECT rows_loaded, rows_deleted, rows_in_window FROM SCHEMA_ledger.loads ORDER BY finished_at";
    let counted = scenario.sql(&counted.replace("SCHEMA", &scenario.name)).await;
    // The last number is of the table, right behind COPY.
    assert_eq!(counted, ["1|0|1", "1|0|3"]);
}

#[tokio::test]
async fn a_temporary_table_is_gone_when_its_load_is() {
    let scenario = scenario("post_sql: [CREATE TEMP TABLE mine (a int)]").await;
    let daemon = Daemon::ready(&scenario).await;
    // The second load would find the table that the first one has made, if it had its session.
    for force in ["", r#""force": true"#] {
        let settled = daemon.settled(&scenario.send(&scenario.message(force)).await).await;
        assert_eq!(settled["disposition"], "deleted", "{settled}");
    }
    let left = "SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'mine' AND n.nspname LIKE 'pg_temp%'";
    wait_for("the session to end", async || (scenario.value(left).await == "0").then_some(())).await;
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_daemon_that_is_killed_within_post_sql_has_loaded_nothing_and_the_next_one_loads_once() {
    let mut scenario = scenario("post_sql: [UPDATE SCHEMA.audit SET rows = rows + 1]").await;
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
    scenario.sql(&format!("INSERT INTO {}.audit VALUES ('loads', 0)", scenario.name)).await;
    let operator = scenario.with_own_user().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let held = "'before_statement', 'hold', containing => 'SET rows = rows + 1'";
    let fault = scenario.inject(&operator, held).await;
    scenario.send(&scenario.message("")).await;
    operator.struck(&fault).await;
    daemon.kill();
    assert_eq!(scenario.ids().await, "1");
    let _next = Daemon::ready(&scenario).await;
    scenario.drained().await;
    assert_eq!((scenario.ids().await.as_str(), audit(&scenario).await.as_str()), ("1,2", "loads|1"));
    assert_eq!(scenario.ledger_rows().await, "2");
}

#[tokio::test]
async fn a_statement_that_waits_for_a_lock_says_who_holds_which_table() {
    let mut scenario = scenario("pre_sql: [UPDATE SCHEMA.audit SET rows = 1]").await;
    scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "5s".to_owned());
    scenario.variables.insert("LOCK_WAIT_WARNING".to_owned(), "1s".to_owned());
    let lock = scenario.session().await;
    lock.query("BEGIN").await;
    lock.query(&format!("DELETE FROM {}.audit", scenario.name)).await;
    let process_id = lock.query("SELECT pg_backend_pid()").await.pop().unwrap();
    let held = format!(
        "it waits for the lock of {}.audit, which is held by pid {process_id} of user `dev`",
        scenario.name
    );
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("LOAD_TIMEOUT");
    failed.says(&held);
    let warned = failed.stderr.lines().find(|line| line.contains("is taking long")).unwrap_or_default();
    assert!(warned.contains("`meta.pre_sql` statement 1") && warned.contains(&held), "{failed:?}");
    // Readers are in the way of DDL alone.
    let meta = r#"post_sql: ["UPDATE SCHEMA.audit SET rows = 2", ALTER TABLE SCHEMA.audit ADD COLUMN b int]"#;
    scenario.put_config(DAY_2, &config(&scenario, meta)).await;
    lock.query("ROLLBACK").await;
    lock.query("BEGIN").await;
    lock.query(&format!("SELECT * FROM {}.audit", scenario.name)).await;
    let failed = scenario.load(&[]).await;
    failed.says(&held);
    let warned = failed.stderr.lines().find(|line| line.contains("is taking long")).unwrap_or_default();
    assert!(warned.contains("`meta.post_sql` statement 2") && warned.contains(&held), "{failed:?}");
    lock.query("COMMIT").await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1,2");
}

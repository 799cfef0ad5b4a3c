//! A VARCHAR that is shorter than the config wants it.

use super::{names, type_of, with_a_narrow_name};
use crate::support::daemon::Daemon;
use crate::support::scenario::DAY_1;

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

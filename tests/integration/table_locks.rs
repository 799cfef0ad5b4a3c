//! Readers never wait for a load, and whoever makes a load wait is named.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_2, Scenario, Session};
use crate::support::secrets::SECRETS;
use crate::support::table;
use crate::support::wait::wait_for;

/// A new column in the config of the second day.
async fn with_a_new_column(scenario: &Scenario) {
    let columns =
        ["{dest: id, type: bigint, notnull: true}", "{dest: name, type: text}", "{dest: new, type: int}"];
    scenario.put_config(DAY_2, &table::config_with(&scenario.name, &columns)).await;
}

async fn process_id(session: &Session) -> String {
    session.query("SELECT pg_backend_pid()").await.pop().expect("a session has a process")
}

#[tokio::test]
async fn a_reader_does_not_wait_for_a_load_that_is_in_copy() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let operator = scenario.with_own_user().await;
    let daemon = Daemon::ready(&scenario).await;
    for more in ["", r#""truncate": true, "force": true"#] {
        let before = scenario.ids().await;
        let fault = scenario.inject(&operator, "'copy_middle', 'hold'").await;
        let id = scenario.send(&scenario.message(more)).await;
        operator.struck(&fault).await;
        // Rows are deleted and others copied by now, and none of it shows.
        assert_eq!(scenario.ids().await, before, "{more}");
        operator.query(&format!("SELECT redshift_local.release({fault})")).await;
        assert_eq!(daemon.settled(&id).await["rows"], 1);
    }
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn a_load_that_waits_too_long_is_rolled_back_and_names_who_holds_the_lock() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "5s".to_owned());
    let lock = scenario.lock_table().await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says("LOAD_TIMEOUT");
    finished.says(&format!("it is held by pid {} of user `dev`", process_id(&lock).await));
    finished.says("and last ran DELETE");
    assert!(
        !finished.stdout.contains("WHERE id = -1"),
        "the words of others are theirs: {}",
        finished.stdout
    );
    scenario.variables.insert("LOAD_ERROR_VALUES".to_owned(), "true".to_owned());
    // What was asked of that session just now.
    scenario.load(&[]).await.says("and last ran `SELECT pg_backend_pid()`");
    lock.query("COMMIT").await;
    scenario.variables.remove("LOAD_TIMEOUT");
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_column_that_cannot_be_added_in_time_fails_the_load_and_names_the_reader() {
    let scenario = Scenario::new().await.loaded_once().await;
    with_a_new_column(&scenario).await;
    let reader = scenario.session().await;
    reader.query("BEGIN").await;
    reader.query(&format!("SELECT COUNT(*) FROM {}", scenario.table())).await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says("adding column `new`");
    finished.says(&format!("it is held by pid {} of user `dev`", process_id(&reader).await));
    reader.query("COMMIT").await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_load_that_waits_long_says_in_the_log_for_whom() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("LOCK_WAIT_WARNING".to_owned(), "1s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let id = scenario.send(&scenario.message("")).await;
    let line = wait_for("the wait to be reported", async || daemon.log.find("is taking long")).await;
    assert!(line.contains(&format!("it is held by pid {}", process_id(&lock).await)), "{line}");
    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&id).await["rows"], 1);
}

#[tokio::test]
async fn a_look_at_a_table_that_somebody_has_for_himself_says_in_the_log_for_whom() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("LOCK_WAIT_WARNING".to_owned(), "1s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.session().await;
    lock.query("BEGIN").await;
    lock.query(&format!("LOCK TABLE {}", scenario.table())).await;
    let id = scenario.send(&scenario.message("")).await;
    let line = wait_for("the wait to be reported", async || daemon.log.find("is taking long")).await;
    assert!(line.contains("reading the dates of"), "{line}");
    assert!(line.contains(&format!("it is held by pid {}", process_id(&lock).await)), "{line}");
    lock.query("COMMIT").await;
    assert_eq!(daemon.settled(&id).await["rows"], 1);
}

#[tokio::test]
async fn who_may_not_see_other_sessions_is_told_how_to() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let operator = scenario.session().await;
    let (name, table) = (scenario.name.clone(), scenario.table());
    operator.query(&format!("CREATE USER {name} PASSWORD '{}'", SECRETS.user_password)).await;
    operator.query(&format!("GRANT ALL ON SCHEMA {name}, {name}_ledger TO {name}")).await;
    operator.query(&format!("GRANT ALL ON ALL TABLES IN SCHEMA {name}_ledger TO {name}")).await;
    operator.query(&format!("ALTER TABLE {table} OWNER TO {name}")).await;
    for (variable, value) in
        [("REDSHIFT_USER", &*name), ("REDSHIFT_PASSWORD", &SECRETS.user_password), ("LOAD_TIMEOUT", "5s")]
    {
        scenario.variables.insert(variable.to_owned(), value.to_owned());
    }
    let lock = scenario.lock_table().await;
    let finished = scenario.load(&[]).await;
    finished.says("see others only with SYSLOG ACCESS UNRESTRICTED");
    lock.query("COMMIT").await;
}

#[tokio::test]
async fn a_session_that_only_waits_for_the_lock_is_not_named_as_its_holder() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "5s".to_owned());
    let lock = scenario.lock_table().await;
    let (holder, waiter) = (process_id(&lock).await, scenario.session().await);
    let waits = process_id(&waiter).await;
    waiter.query("BEGIN").await;
    let delete = format!("DELETE FROM {} WHERE id = -2", scenario.table());
    let load_beside_it = async {
        scenario.waits_for_lock().await;
        let finished = scenario.load(&[]).await;
        lock.query("COMMIT").await;
        finished
    };
    let (_, finished) = tokio::join!(waiter.query(&delete), load_beside_it);
    waiter.query("COMMIT").await;
    assert_eq!(finished.code, Some(1));
    finished.says(&format!("it is held by pid {holder} of user `dev`"));
    assert!(!finished.stdout.contains(&format!("pid {waits} ")), "{finished:?}");
}

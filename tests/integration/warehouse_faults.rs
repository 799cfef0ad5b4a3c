//! Whatever Redshift does to a load, its rows arrive, and they arrive once.

use rustix::process::Signal;
use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

/// What the daemon did with a message, and why.
fn verdict(settled: &Value) -> (&str, &str) {
    let text = |field: &str| settled[field].as_str().unwrap_or_default();
    (text("disposition"), text("kind"))
}

/// One table per fault, so that each strikes a load of its own in one daemon.
#[tokio::test]
async fn a_copy_that_fails_is_retried_by_its_kind_and_loads_once() {
    let faults = [
        ("'copy_start', 'conflict'", "conflict"),
        ("'copy_middle', 'serializable'", "conflict"),
        ("'copy_start', 's3_503'", "storage_unavailable"),
        (
            "'copy_start', 'error', message => 'S3ServiceException:Your socket connection to the server was not read from \
             or written to within the timeout period.,Status 400,Error RequestTimeout,Rid 1,ExtRid 2,CanRetry 1'",
            "storage_unavailable",
        ),
        ("'copy_middle', 's3_403'", "storage_denied"),
        ("'copy_start', 's3_404'", "no_data_file"),
        ("'copy_start', 'expired_credentials'", "storage_denied"),
        ("'copy_middle', 'disk_full'", "warehouse_unavailable"),
        ("'copy_middle', 'cut'", "warehouse_unavailable"),
    ];
    let mut scenario = Scenario::new().await;
    let operator = scenario.with_own_user().await;
    let daemon = Daemon::ready(&scenario).await;
    let mut messages = Vec::new();
    for (number, (fault, _)) in faults.iter().enumerate() {
        let name = format!("t{number}");
        let config = table::config_of(&scenario.name, &name, &["{dest: id, type: bigint}"]);
        scenario.put(&format!("config_{}_{name}_{DAY_1}.yml", scenario.name), config).await;
        scenario.put(&format!("{}_{name}_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
        scenario.inject(&operator, &format!("{fault}, table_name => '{}.{name}'", scenario.name)).await;
        messages.push(scenario.send(&scenario.message_for(&[&name], "")).await);
    }
    for (id, (fault, kind)) in messages.iter().zip(faults) {
        assert_eq!(verdict(&daemon.settled(id).await), ("retried", kind), "{fault}");
    }
    scenario.drained().await;
    for (number, (fault, _)) in faults.iter().enumerate() {
        let rows = scenario.value(&format!("SELECT COUNT(*) FROM {}.t{number}", scenario.name)).await;
        assert_eq!(rows, "1", "{fault}");
    }
    assert_eq!(scenario.ledger_rows().await, faults.len().to_string());
}

#[tokio::test]
async fn a_commit_that_conflicts_is_retried_and_loads_once() {
    for fault in ["conflict", "serializable"] {
        let mut scenario = Scenario::new().await.loaded_once().await;
        let operator = scenario.with_own_user().await;
        let daemon = Daemon::ready(&scenario).await;
        scenario.inject(&operator, &format!("'before_commit', '{fault}'")).await;
        let id = scenario.send(&scenario.message("")).await;
        assert_eq!(verdict(&daemon.settled(&id).await), ("retried", "conflict"), "{fault}");
        scenario.drained().await;
        assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "2"));
    }
}

#[tokio::test]
async fn a_load_whose_answer_to_commit_is_lost_is_found_in_the_ledger() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let operator = scenario.with_own_user().await;
    let fault = scenario.inject(&operator, "'after_commit', 'cut'").await;
    let finished = scenario.load(&[]).await.success();
    finished.says("loaded  1 rows");
    operator.struck(&fault).await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn a_commit_that_is_never_answered_is_found_in_the_ledger_too() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let operator = scenario.with_own_user().await;
    scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "5s".to_owned());
    // As when a firewall has forgotten the connection: nobody closes it.
    let fault = scenario.inject(&operator, "'after_commit', 'silence'").await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    operator.struck(&fault).await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_not_taken_for_a_load() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let operator = scenario.with_own_user().await;
    scenario.inject(&operator, "'before_commit', 'cut'").await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says("COMMIT of the load of");
    assert_eq!(scenario.ledger_rows().await, "0");
    scenario.load(&[]).await.success();
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1", "1"));
}

#[tokio::test]
async fn a_statement_that_vanishes_on_its_way_leaves_no_lock_behind() {
    // Nobody releases the faults: a session that is still there keeps its lock from the next delivery.
    let faults = [
        ("'before_statement', 'silence', containing => 'BEGIN'", "timeout"),
        ("'before_commit', 'silence'", "commit_unknown"),
    ];
    for (fault, kind) in faults {
        let mut scenario = Scenario::new().await.loaded_once().await;
        let operator = scenario.with_own_user().await;
        scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "5s".to_owned());
        let daemon = Daemon::ready(&scenario).await;
        let struck = scenario.inject(&operator, fault).await;
        let id = scenario.send(&scenario.message("")).await;
        operator.struck(&struck).await;
        assert_eq!(verdict(&daemon.settled(&id).await), ("retried", kind), "{fault}");
        scenario.drained().await;
        assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "2"));
    }
}

#[tokio::test]
async fn a_copy_that_hangs_is_cancelled_in_time_and_loads_at_the_next_delivery() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let operator = scenario.with_own_user().await;
    scenario.variables.insert("LOAD_TIMEOUT".to_owned(), "2s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let fault = scenario.inject(&operator, "'copy_middle', 'hold'").await;
    let id = scenario.send(&scenario.message("")).await;
    operator.struck(&fault).await;
    assert_eq!(verdict(&daemon.settled(&id).await), ("retried", "timeout"));
    scenario.drained().await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "2"));
}

#[tokio::test]
async fn a_connection_that_died_between_two_loads_is_replaced() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let operator = scenario.with_own_user().await;
    let daemon = Daemon::ready(&scenario).await;
    let first = scenario.send(&scenario.message("")).await;
    assert_eq!(verdict(&daemon.settled(&first).await).0, "deleted");
    // The pool's connection is there, and nobody at its other end.
    let fault = scenario.inject(&operator, "'before_statement', 'vanish'").await;
    scenario.put_day(DAY_2, [2]).await;
    let second = scenario.send(&scenario.message("")).await;
    operator.struck(&fault).await;
    assert_eq!(verdict(&daemon.settled(&second).await).0, "deleted");
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "2"));
}

/// Logins are counted by a fault that does no harm.
#[tokio::test]
async fn loads_that_fail_early_cost_no_logins_of_their_own() {
    let mut scenario = Scenario::new().await;
    let operator = scenario.with_own_user().await;
    scenario.variables.insert("MAX_CONCURRENT_LOADS".to_owned(), "1".to_owned());
    let login = scenario.inject(&operator, "'login', 'slow', seconds => 0, times => 100").await;
    // The catalog is still being read when S3 has said that nothing is there.
    let slow =
        "'before_statement', 'slow', seconds => 0.5, containing => 'pg_catalog.pg_class', times => 100";
    scenario.inject(&operator, slow).await;
    let name = scenario.name.clone();
    let finished = scenario.run(&["load", "--schema", &name, "--tables", "a,b,c,d", "--bucket", &name]).await;
    finished.says("no data file");
    let logins =
        operator.query(&format!("SELECT struck FROM redshift_local.faults WHERE id = {login}")).await;
    // Those that `load` begins with.
    assert_eq!(logins, ["2"]);
}

#[tokio::test]
async fn a_second_signal_ends_a_copy_that_hangs_and_gives_the_message_back() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let operator = scenario.with_own_user().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let fault = scenario.inject(&operator, "'copy_middle', 'hold'").await;
    let id = scenario.send(&scenario.message("")).await;
    operator.struck(&fault).await;
    daemon.signal(Signal::TERM);
    wait_for("the drain to begin", async || daemon.log.find("draining")).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(1), "{:#?}", daemon.log.all());
    assert_eq!(verdict(&daemon.settled(&id).await).0, "released");
    assert_eq!(scenario.ids().await, "1");
    let next = Daemon::ready(&scenario).await;
    assert_eq!(verdict(&next.settled(&id).await).0, "deleted");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_load_goes_through_tls_to_a_server_whose_authority_is_known() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.variables.insert("REDSHIFT_SSLMODE".to_owned(), "verify-full".to_owned());
    let stranger = scenario.load(&[]).await;
    assert_eq!(stranger.code, Some(1));
    stranger.says("UnknownIssuer; name the file of its certificate authority in SSL_CERT_FILE");
    let authority = scenario.cloud.redshift_authority.clone();
    scenario.variables.insert("SSL_CERT_FILE".to_owned(), authority);
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

//! Outages, pauses and people: what keeps announced files from being loaded, and what becomes of them.

use rustix::process::Signal;
use serde_json::Value;

use crate::announced::{is_deleted, is_parked_as, key, keys_of};
use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::process::free_port;
use crate::support::scenario::Scenario;
use crate::support::secrets::SECRETS;
use crate::support::wait::wait_for;

#[tokio::test]
async fn files_that_are_announced_while_redshift_is_down_wait_and_are_loaded_after() {
    let mut scenario = Scenario::new().await.lingering("0s").await;
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let redshift = HoldingProxy::at(port, real, "nothing is held").await;
    let operator = scenario.with_own_user().await;
    for id in 1..=3 {
        scenario.put_row(&key(id), id).await;
    }
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    let fault = scenario.inject(&operator, "'copy_start', 'hold'").await;
    let ids = [scenario.announce(&[key(2)]).await, scenario.announce(&[key(3)]).await];
    operator.struck(&fault).await;
    daemon.metric_reaches("messages_received_total", 3.0).await;
    // In the midst of the load of one of them.
    drop(redshift);
    daemon.says("warehouse is down").await;
    operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    let _redshift = HoldingProxy::at(port, real, "nothing is held").await;
    for id in &ids {
        let settled = daemon.settled(id).await;
        assert_eq!((&settled["disposition"], &settled["receive_count"]), (&"deleted".into(), &1.into()));
    }
    assert_eq!(scenario.ids().await, "1,2,3");
    assert_eq!(scenario.of_files("COUNT(*), COUNT(DISTINCT object_key)").await, "3|3");
}

#[tokio::test]
async fn a_paused_table_holds_its_files_and_loads_them_together_afterwards() {
    let scenario = Scenario::new().await.lingering("0s").await;
    let keys = crate::announced::put_rows(&scenario, 1..=5).await;
    let table = scenario.table();
    scenario.run(&["pause", "--table", &table, "--by", "anna"]).await.success();
    let daemon = Daemon::ready(&scenario).await;
    scenario.announce_each(&keys).await;
    daemon.metric_reaches("messages_received_total", 5.0).await;
    daemon.says("is started: paused by anna").await;
    assert_eq!(daemon.metric("copies_total").await.to_string(), "0");
    scenario.run(&["resume", "--table", &table]).await.success();
    scenario.nothing_is_parked().await;
    assert_eq!(scenario.ids().await, "1,2,3,4,5");
    assert_eq!(daemon.metric("copies_total").await.to_string(), "1");
}

#[tokio::test]
async fn an_aborted_load_of_files_is_rolled_back_and_its_messages_are_parked() {
    let mut scenario = Scenario::new().await.loaded_once().await.lingering("1s").await;
    scenario.variables.insert("CONTROL_TOKEN".to_owned(), SECRETS.control_token.clone());
    scenario.put_row(&key(2), 2).await;
    scenario.put_row(&key(3), 3).await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let id = scenario.announce(&[key(2), key(3)]).await;
    scenario.waits_for_lock().await;
    let load_id = wait_for("the load to have an id", async || {
        let status: Value = serde_json::from_str(&daemon.get("/status").await.1).ok()?;
        status["tables"][0]["load"]["load_id"].as_str().map(str::to_owned)
    })
    .await;
    let token = format!("Authorization: Bearer {}\r\n", SECRETS.control_token);
    let (code, answer) =
        daemon.ask("POST", &format!("/abort/{load_id}"), &token, r#"{"by": "anna", "reason": "r"}"#).await;
    assert_eq!(code, 202, "{answer}");
    is_parked_as(&daemon, &id, "aborted_by_operator").await;
    lock.query("COMMIT").await;
    let parked = scenario.parked().await;
    assert_eq!(keys_of(&parked.body), [key(2), key(3)]);
    assert_eq!((scenario.ids().await, scenario.of_files("COUNT(*)").await), ("1".into(), "0".into()));
}

#[tokio::test]
async fn files_whose_daemon_is_told_to_end_while_they_linger_are_loaded_by_the_next_one() {
    let scenario = Scenario::new().await.lingering("1h").await;
    scenario.put_row(&key(1), 1).await;
    let mut daemon = Daemon::ready(&scenario).await;
    scenario.announce(&[key(1)]).await;
    daemon.metric_reaches("messages_received_total", 1.0).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(0));
    let scenario = scenario.lingering("0s").await;
    let _daemon = Daemon::ready(&scenario).await;
    scenario.loads_ids("1").await;
    scenario.nothing_is_parked().await;
}

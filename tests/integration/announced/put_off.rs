//! Many files that cannot be loaded keep nobody waiting for as long as it takes to find all of them.

use crate::announced::{BAD_ROW, is_deleted, is_parked_as, key, keys_of, put_rows};
use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;
use crate::support::table;

/// More than the COPYs of one turn that may fail, and more than those of two.
const OF_TWO_TURNS: u32 = 40;
const OF_THREE_TURNS: u32 = 60;

async fn put_bad_files(scenario: &Scenario, count: u32) -> Vec<String> {
    let mut keys = Vec::new();
    for number in 0..count {
        keys.push(key(format!("bad-{number}")));
        scenario.put(&keys[keys.len() - 1], table::gzip(BAD_ROW)).await;
    }
    keys
}

#[tokio::test]
async fn what_waits_behind_many_bad_files_is_loaded_before_all_of_those_are_found() {
    let mut scenario = Scenario::new().await.loaded_once().await.lingering("0s").await;
    let operator = scenario.with_own_user().await;
    let bad = put_bad_files(&scenario, OF_TWO_TURNS).await;
    let good = put_rows(&scenario, 3..=4).await;
    let daemon = Daemon::ready(&scenario).await;
    let fault = scenario.inject(&operator, "'copy_start', 'hold'").await;
    let of_bad = scenario.announce(&[&bad[..], &good[..1]].concat()).await;
    operator.struck(&fault).await;
    // Each waits for its turn.
    let of_good = scenario.announce(&good[1..]).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    let of_load = scenario.send(&scenario.message("")).await;
    daemon.metric_reaches("messages_received_total", 3.0).await;
    operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    is_deleted(&daemon, &of_good).await;
    is_deleted(&daemon, &of_load).await;
    let settled = is_parked_as(&daemon, &of_bad, "data_rejected").await;
    assert_eq!(settled["receive_count"], 1, "{settled}");
    assert_eq!(scenario.ids().await, "1,2,3,4");
    let of_files = format!("SELECT object_key FROM {}_ledger.files ORDER BY load_id", scenario.name);
    assert_eq!(
        scenario.sql(&of_files).await,
        [&*good[1], &*good[0]],
        "the one among the bad ones comes last"
    );
    let of_loads = format!("SELECT granularity FROM {}_ledger.loads ORDER BY load_id", scenario.name);
    let behind_all = ["exact", "files", "exact", "files"];
    assert_eq!(scenario.sql(&of_loads).await, behind_all, "what is put off is behind all that waits");
    daemon.says("have failed in one turn: the rest is put off").await;
    let parked = scenario.parked_and_taken().await;
    assert_eq!(keys_of(&parked.body), bad, "each of them, and the good one is not");
}

#[tokio::test]
async fn each_message_of_many_bad_files_is_parked_with_its_own_and_delivered_once() {
    let scenario = Scenario::new().await.lingering("1s").await;
    let bad = put_bad_files(&scenario, OF_THREE_TURNS).await;
    let good = put_rows(&scenario, 1..=10).await;
    let mut ids = Vec::new();
    for keys in bad.chunks(6) {
        ids.push(scenario.announce(keys).await);
    }
    scenario.announce_each(&good).await;
    let daemon = Daemon::ready(&scenario).await;
    for id in &ids {
        let settled = is_parked_as(&daemon, id, "data_rejected").await;
        assert_eq!(settled["receive_count"], 1, "{settled}");
    }
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "1,2,3,4,5,6,7,8,9,10");
    assert_eq!(scenario.of_files("COUNT(*), COUNT(DISTINCT object_key)").await, "10|10");
    let mut parked = Vec::new();
    for _ in &ids {
        parked.extend(keys_of(&scenario.parked_and_taken().await.body));
    }
    parked.sort_unstable();
    let mut bad = bad;
    bad.sort_unstable();
    assert_eq!(parked, bad);
}

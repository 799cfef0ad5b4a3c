//! Many files that cannot be loaded keep nobody waiting for as long as it takes to find all of them.

use crate::announced::{BAD_ROW, is_deleted, is_parked_as, key, keys_of, put_rows};
use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;
use crate::support::table;

/// More than the COPYs of one turn that may fail, and of two.
const BAD: u32 = 60;

async fn put_bad_files(scenario: &Scenario) -> Vec<String> {
    let mut keys = Vec::new();
    for number in 0..BAD {
        keys.push(key(format!("bad-{number}")));
        scenario.put(&keys[keys.len() - 1], table::gzip(BAD_ROW)).await;
    }
    keys
}

#[tokio::test]
async fn files_behind_many_bad_ones_are_loaded_before_all_of_those_are_found() {
    let mut scenario = Scenario::new().await.loaded_once().await.lingering("0s").await;
    let operator = scenario.with_own_user().await;
    let bad = put_bad_files(&scenario).await;
    let good = put_rows(&scenario, 2..=3).await;
    let daemon = Daemon::ready(&scenario).await;
    let fault = scenario.inject(&operator, "'copy_start', 'hold'").await;
    let of_bad = scenario.announce(&[&bad[..], &good[..1]].concat()).await;
    operator.struck(&fault).await;
    // Waits for its turn.
    let of_good = scenario.announce(&good[1..]).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    is_deleted(&daemon, &of_good).await;
    daemon.says("have failed in one turn: the rest is put off").await;
    let settled = is_parked_as(&daemon, &of_bad, "data_rejected").await;
    assert_eq!(settled["receive_count"], 1, "{settled}");
    assert_eq!(scenario.ids().await, "1,2,3");
    let of_files = format!("SELECT object_key FROM {}_ledger.files ORDER BY load_id", scenario.name);
    assert_eq!(
        scenario.sql(&of_files).await,
        [&*good[1], &*good[0]],
        "the one among the bad ones comes last"
    );
    let parked = scenario.parked_and_taken().await;
    assert_eq!(keys_of(&parked.body), bad, "each of them, and the good one is not");
}

#[tokio::test]
async fn each_message_of_many_bad_files_is_parked_with_its_own_and_delivered_once() {
    let scenario = Scenario::new().await.lingering("1s").await;
    let bad = put_bad_files(&scenario).await;
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

//! Files that wait for the same table are loaded together.

use std::collections::BTreeSet;

use crate::announced::{BAD_ROW, RULES, is_deleted, is_parked_as, key, keys_of, put_rows};
use crate::formats::parquet_file;
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

async fn rows(scenario: &Scenario) -> String {
    scenario.value(&format!("SELECT COUNT(*), COUNT(DISTINCT id) FROM {}", scenario.table())).await
}

#[tokio::test]
async fn files_of_fifty_messages_that_wait_together_are_one_copy() {
    let scenario = Scenario::new().await.lingering("2s").await;
    let keys = put_rows(&scenario, 1..=50).await;
    scenario.announce_each(&keys).await;
    let daemon = Daemon::ready(&scenario).await;
    scenario.nothing_is_parked().await;
    assert_eq!(daemon.metric("copies_total").await.to_string(), "1");
    assert_eq!(rows(&scenario).await, "50|50");
    assert_eq!(scenario.of_files("COUNT(DISTINCT object_key), COUNT(DISTINCT load_id)").await, "50|1");
    assert_eq!(daemon.metric(r#"events_total{outcome="routed"}"#).await.to_string(), "50");
    // Whoever looks for a file in the log finds the load that has loaded it.
    let lines = daemon.log.all();
    let along = lines.iter().filter(|line| line.contains("along with the files of other messages, by load "));
    let sources: BTreeSet<&String> = along.filter(|line| line.contains(r#""source":"s3://"#)).collect();
    assert_eq!(sources.len(), 49, "{lines:#?}");
}

#[tokio::test]
async fn all_files_that_come_while_a_load_runs_are_the_next_copy_at_once() {
    let scenario = Scenario::new().await.loaded_once().await.lingering("1h").await;
    // The first file of an idle table would wait an hour.
    let keys = put_rows(&scenario, 2..=31).await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    scenario.announce_each(&keys[1..]).await;
    daemon.metric_reaches("messages_received_total", 30.0).await;
    lock.query("COMMIT").await;
    scenario.nothing_is_parked().await;
    assert_eq!(daemon.metric("copies_total").await.to_string(), "2");
    assert_eq!(rows(&scenario).await, "31|31");
}

#[tokio::test]
async fn a_bad_file_among_a_thousand_is_parked_with_its_line_and_the_others_load_by_few_copies() {
    let scenario = Scenario::new().await.lingering("2s").await;
    let keys = put_rows(&scenario, 1..=1_000).await;
    scenario.put(&key(500), table::gzip(&format!("{}{BAD_ROW}", table::rows(DAY_1, [500])))).await;
    for keys in keys[..990].chunks(100) {
        scenario.announce(keys).await;
    }
    scenario.announce_each(&keys[990..]).await;
    let daemon = Daemon::ready(&scenario).await;
    scenario.drained().await;
    assert_eq!(rows(&scenario).await, "999|999");
    assert_eq!(scenario.of_files("COUNT(*), COUNT(DISTINCT object_key)").await, "999|999");
    let parked = scenario.parked_and_taken().await;
    assert_eq!((parked.attribute("kind"), keys_of(&parked.body)), ("data_rejected", vec![key(500)]));
    let errors: serde_json::Value = serde_json::from_str(parked.attribute("load_errors")).unwrap();
    let [error] = &errors.as_array().unwrap()[..] else { panic!("{errors}") };
    let address = format!("s3://{}/{}", scenario.name, key(500));
    assert_eq!(
        (&error["file"], &error["line"], &error["column"]),
        (&address.into(), &2.into(), &"id".into())
    );
    assert_eq!(scenario.dead_letters().await, 0);
    let copies = daemon.metric("copies_total").await;
    assert!(copies <= 3.0, "{copies} COPYs");
}

/// What is cut off in the middle is an error of COPY without a row.
#[tokio::test]
async fn a_file_that_copy_does_not_name_is_found_and_parked_and_the_others_load() {
    let scenario = Scenario::new().await.lingering("2s").await;
    let keys = put_rows(&scenario, 1..=16).await;
    let whole = table::gzip(&table::rows(DAY_1, 1_000..3_000));
    scenario.put(&key(11), &whole[..whole.len() / 2]).await;
    let id = scenario.announce(&keys).await;
    let daemon = Daemon::ready(&scenario).await;
    let settled = daemon.settled(&id).await;
    assert_eq!(settled["disposition"], "parked", "{settled}");
    assert_eq!(rows(&scenario).await, "15|15");
    let parked = scenario.parked().await;
    assert_eq!(keys_of(&parked.body), [key(11)]);
    assert!(parked.attribute("reason").contains(&key(11)), "{parked:?}");
}

#[tokio::test]
async fn files_of_two_formats_are_two_copies_and_csv_and_json_rows_are_all_there() {
    let scenario = Scenario::new().await.lingering("0s").await;
    let json = [key(1), key(2)];
    for (id, key) in (1..).zip(&json) {
        scenario.put_row(key, id).await;
    }
    // Without a header, columns are those of the config, in their order.
    scenario.put("in/events/dt=2015-07-01/3.csv", "2015-07-01 00:00:00,3,three\n").await;
    let id = scenario.announce(&[&*json[0], "in/events/dt=2015-07-01/3.csv", &*json[1]]).await;
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &id).await;
    assert_eq!(scenario.ids().await, "1,2,3");
    assert_eq!(daemon.metric("copies_total").await.to_string(), "2");
    assert_eq!(scenario.of_files("COUNT(*), COUNT(DISTINCT load_id)").await, "3|2");
}

/// COPY reads columnar files by their lengths, which the manifest has of each; what events say of them is wrong here.
#[tokio::test]
async fn columnar_files_of_different_lengths_are_one_copy() {
    let scenario = Scenario::new().await.lingering("0s").await;
    let daemon = Daemon::ready(&scenario).await;
    let keys = ["a", "b", "c"].map(|name| format!("in/events/dt=2015-07-01/{name}.parquet"));
    for (key, message) in keys.iter().zip(["rows", "longer_rows", "rows_of_a_long_name"]) {
        let columns = "required int64 data_date (TIMESTAMP(MICROS,true)); required int64 id; required binary name (STRING);";
        scenario.put(key, parquet_file(&format!("message {message} {{ {columns} }}"))).await;
    }
    is_deleted(&daemon, &scenario.announce(&keys).await).await;
    assert_eq!(rows(&scenario).await, "6|2");
    assert_eq!(daemon.metric("copies_total").await.to_string(), "1");
}

#[tokio::test]
async fn files_without_a_byte_are_loaded_like_others_and_once() {
    let scenario = Scenario::new().await.lingering("0s").await;
    let daemon = Daemon::ready(&scenario).await;
    let empty = "in/events/dt=2015-07-01/empty.json".to_owned();
    scenario.put(&empty, "").await;
    scenario.put(&key("of-no-rows"), table::gzip("")).await;
    scenario.put_row(&key(1), 1).await;
    is_deleted(&daemon, &scenario.announce(&[key(1), key("of-no-rows"), empty.clone()]).await).await;
    assert_eq!((scenario.ids().await, scenario.of_files("COUNT(*)").await), ("1".into(), "3".into()));
    let copies = daemon.metric("copies_total").await;
    is_deleted(&daemon, &scenario.announce(&[empty]).await).await;
    assert_eq!(daemon.metric("copies_total").await, copies, "it is known");
    scenario.nothing_is_parked().await;
}

#[tokio::test]
async fn a_packed_file_whose_name_does_not_say_so_is_parked_and_the_others_load() {
    let scenario = Scenario::new().await.lingering("0s").await;
    let daemon = Daemon::ready(&scenario).await;
    let keys = [1, 2, 3].map(|id| format!("in/events/dt=2015-07-01/{id}.json"));
    for (id, key) in (1..).zip(&keys) {
        scenario.put(key, table::rows(DAY_1, [id])).await;
    }
    scenario.put(&keys[1], table::gzip(&table::rows(DAY_1, [2]))).await;
    let settled = is_parked_as(&daemon, &scenario.announce(&keys).await, "data_rejected").await;
    assert!(settled["message"].as_str().unwrap().contains("gzip"), "{settled}");
    assert_eq!(keys_of(&scenario.parked_and_taken().await.body), [keys[1].clone()]);
    assert_eq!(scenario.ids().await, "1,3");
}

#[tokio::test]
async fn three_hundred_files_of_three_tables_are_few_copies() {
    let scenario = Scenario::new().await.routed_by(&RULES.replace("LINGER", "2s"), "park").await;
    let mut keys = Vec::new();
    for number in 0..300_u32 {
        let table = format!("t{}", number % 3);
        let key = format!("in/{table}/dt=2015-07-01/{number}.json.gz");
        scenario.put_row(&key, number).await;
        keys.push(key);
    }
    for number in 0..3 {
        let name = format!("t{number}");
        let config = table::config_of(&scenario.name, &name, &["{dest: id, type: bigint}"]);
        scenario.put(&format!("config/{name}.yml"), config).await;
    }
    scenario.announce_each(&keys).await;
    let daemon = Daemon::ready(&scenario).await;
    scenario.nothing_is_parked().await;
    for number in 0..3 {
        let rows = format!("SELECT COUNT(*), COUNT(DISTINCT id) FROM {}.t{number}", scenario.name);
        assert_eq!(scenario.value(&rows).await, "100|100", "t{number}");
    }
    let copies = daemon.metric("copies_total").await;
    assert!(copies <= 12.0, "{copies} COPYs");
}

#[tokio::test]
async fn a_failure_of_one_message_is_none_of_those_that_were_gathered_with_it() {
    let scenario = Scenario::new().await.lingering("2s").await;
    let keys = put_rows(&scenario, 1..=3).await;
    scenario.put(&key(2), table::gzip(BAD_ROW)).await;
    let mut ids = Vec::new();
    for key in &keys {
        ids.push(scenario.announce(&[key]).await);
    }
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &ids[0]).await;
    is_parked_as(&daemon, &ids[1], "data_rejected").await;
    is_deleted(&daemon, &ids[2]).await;
    assert_eq!(scenario.ids().await, "1,3");
}

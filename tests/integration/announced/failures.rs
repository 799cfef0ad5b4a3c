//! Files that are not there when their turn comes.

use serde_json::{Value, json};

use crate::announced::{is_parked_as, key, keys_of};
use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;

#[tokio::test]
async fn a_file_that_is_not_there_is_looked_for_again_while_the_others_of_its_message_load() {
    let scenario = Scenario::new().await.lingering("0s").await;
    scenario.put_row(&key(1), 1).await;
    scenario.put_row(&key(3), 3).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.announce(&[key(1), key(2), key(3)]).await;
    let settled = daemon.settled(&id).await;
    assert_eq!(
        (&settled["disposition"], &settled["kind"]),
        (&"retried".into(), &"no_data_file".into()),
        "{settled}"
    );
    let told = settled["message"].as_str().unwrap();
    assert!(told.contains(&format!("{} was announced, and is not there", key(2))), "{told}");
    assert_eq!(scenario.ids().await, "1,3");
    // It comes at last.
    scenario.put_row(&key(2), 2).await;
    scenario.loads_ids("1,2,3").await;
    scenario.nothing_is_parked().await;
    assert_eq!(scenario.of_files("COUNT(*), COUNT(DISTINCT load_id)").await, "3|2");
}

#[tokio::test]
async fn a_file_that_is_deleted_while_its_load_runs_takes_none_of_the_others_along() {
    let mut scenario = Scenario::new().await.loaded_once().await.lingering("0s").await;
    let operator = scenario.with_own_user().await;
    scenario.put_row(&key(2), 2).await;
    scenario.put_row(&key(3), 3).await;
    let daemon = Daemon::ready(&scenario).await;
    let fault = scenario.inject(&operator, "'copy_start', 'hold'").await;
    let id = scenario.announce(&[key(2), key(3)]).await;
    operator.struck(&fault).await;
    scenario.s3.delete_object().bucket(&scenario.name).key(key(2)).send().await.unwrap();
    operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    let settled = daemon.settled(&id).await;
    assert_eq!(
        (&settled["disposition"], &settled["kind"]),
        (&"retried".into(), &"no_data_file".into()),
        "{settled}"
    );
    assert_eq!(scenario.ids().await, "1,3");
    assert_eq!(scenario.of_files("COUNT(*)").await, "1");
}

#[tokio::test]
async fn a_name_that_is_no_data_is_parked_while_the_others_of_its_message_load() {
    let scenario = Scenario::new().await.lingering("0s").await;
    let daemon = Daemon::ready(&scenario).await;
    for (id, name) in [(1, "notes.txt"), (2, "notes.xml")] {
        scenario.put_row(&key(id), id).await;
        let no_data = format!("in/events/dt=2015-07-01/{name}");
        scenario.put(&no_data, "no data").await;
        let message = scenario.announce(&[key(id), no_data.clone()]).await;
        is_parked_as(&daemon, &message, "unusable_data_file").await;
        let parked = scenario.parked_and_taken().await;
        assert_eq!(keys_of(&parked.body), [no_data]);
    }
    assert_eq!(scenario.ids().await, "1,2");
}

/// The message has its keys as they are, and what is parked has them as S3 writes them: three times as long.
#[tokio::test]
async fn a_message_that_would_be_too_long_for_the_dead_letter_queue_is_parked_in_parts() {
    let scenario = Scenario::new().await.lingering("0s").await;
    let keys: Vec<String> =
        (0..600).map(|number| format!("without/a/rule/{}{number}.json.gz", "ä".repeat(100))).collect();
    let daemon = Daemon::ready(&scenario).await;
    let records: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                   "s3": {"bucket": {"name": scenario.name}, "object": {"key": key}}})
        })
        .collect();
    let id = scenario.send(&json!({ "Records": records }).to_string()).await;
    is_parked_as(&daemon, &id, "unrouted").await;
    let parts = scenario.dead_letters().await;
    assert!(parts > 1, "{parts}");
    let mut parked = Vec::new();
    for _ in 0..parts {
        let part = scenario.parked_and_taken().await;
        assert_eq!(part.attribute("message_id"), id);
        parked.extend(keys_of(&part.body).iter().map(|key| key.replace("%C3%A4", "ä")));
    }
    parked.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(parked, keys);
}

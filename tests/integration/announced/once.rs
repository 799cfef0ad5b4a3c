//! A file is loaded once, however often it is announced, as long as its rows are there and its content is the same.

use crate::announced::{is_deleted, is_parked_as, key};
use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;
use crate::support::table;

#[tokio::test]
async fn a_file_that_is_announced_again_and_again_is_loaded_once() {
    let mut scenario = Scenario::new().await.lingering("0s").await;
    // A poll may be under way when the one is killed.
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "3s".to_owned());
    scenario.put_row(&key(1), 1).await;
    let mut daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(1), key(1)]).await).await;
    let again = daemon.settled(&scenario.announce(&[key(1)]).await).await;
    assert_eq!((&again["disposition"], &again["level"]), (&"deleted".into(), &"INFO".into()), "{again}");
    daemon.kill();
    let daemon = Daemon::ready(&scenario).await;
    scenario.put_row(&key(2), 2).await;
    is_deleted(&daemon, &scenario.announce(&[key(1), key(2)]).await).await;
    assert_eq!(scenario.ids().await, "1,2");
    assert_eq!(scenario.of_files("COUNT(*), COUNT(DISTINCT object_key)").await, "2|2");
    assert_eq!(scenario.ledger_rows().await, "2");
}

#[tokio::test]
async fn a_file_that_two_waiting_messages_announce_is_loaded_once() {
    let scenario = Scenario::new().await.lingering("2s").await;
    scenario.put_row(&key(1), 1).await;
    let ids = [scenario.announce(&[key(1)]).await, scenario.announce(&[key(1)]).await];
    let daemon = Daemon::ready(&scenario).await;
    for id in &ids {
        is_deleted(&daemon, id).await;
    }
    assert_eq!((scenario.ids().await, scenario.of_files("COUNT(*)").await), ("1".into(), "1".into()));
}

#[tokio::test]
async fn a_file_that_was_written_again_is_parked_unless_the_config_has_it_appended() {
    let scenario = Scenario::new().await.lingering("0s").await;
    scenario.put_row(&key(1), 1).await;
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    scenario.put_row(&key(1), 2).await;
    let settled = is_parked_as(&daemon, &scenario.announce(&[key(1)]).await, "rewritten").await;
    assert!(settled["message"].as_str().unwrap().contains("was written again after load "), "{settled}");
    assert_eq!(scenario.ids().await, "1");
    let config = table::config(&scenario.name)
        .replace("datadatecolumn: data_date", "datadatecolumn: data_date, rewritten: append");
    scenario.put("config/events.yml", config).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    assert_eq!(scenario.ids().await, "1,2");
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    assert_eq!(scenario.ids().await, "1,2", "the new content was loaded");
    assert_eq!(scenario.of_files("COUNT(*), COUNT(DISTINCT etag)").await, "2|2");
}

#[tokio::test]
async fn what_is_there_is_loaded_and_recorded_whatever_its_event_says() {
    let scenario = Scenario::new().await.lingering("0s").await;
    scenario.put_row(&key(1), 1).await;
    let object = scenario.s3.head_object().bucket(&scenario.name).key(key(1)).send().await.unwrap();
    let (etag, bytes) = (object.e_tag.unwrap(), object.content_length.unwrap());
    // The event has the ETag `e` and one byte.
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    let recorded = scenario.of_files("TRIM('\"' FROM etag), bytes").await;
    assert_eq!(recorded, format!("{}|{bytes}", etag.trim_matches('"')));
}

#[tokio::test]
async fn a_table_that_somebody_has_emptied_takes_its_files_again() {
    let scenario = Scenario::new().await.lingering("0s").await;
    scenario.put_row(&key(1), 1).await;
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    scenario.sql(&format!("DELETE FROM {}", scenario.table())).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    assert_eq!(scenario.ids().await, "1");
    scenario.sql(&format!("DROP TABLE {}", scenario.table())).await;
    is_deleted(&daemon, &scenario.announce(&[key(1)]).await).await;
    assert_eq!(scenario.ids().await, "1");
}

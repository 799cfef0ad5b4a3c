//! A file that was written again replaces the rows of its window, where the table config says so.

use crate::announced::{is_deleted, is_parked_as, key};
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;

impl Scenario {
    /// With a table config that replaces the window of what is written again.
    async fn replacing(self, granularity: &str) -> Self {
        let scenario = self.lingering("0s").await;
        let more = format!("datadatecolumn: data_date, rewritten: replace{granularity}");
        let config = table::config(&scenario.name).replace("datadatecolumn: data_date", &more);
        scenario.put("config/events.yml", config).await;
        scenario
    }

    async fn put_rows_of(&self, key: &str, date: &str, ids: &[u32]) {
        self.put(key, table::gzip(&table::rows(date, ids.iter().copied()))).await;
    }
}

fn key_of_day_2(name: &str) -> String {
    format!("in/{}/dt=2015-07-02/{name}.json.gz", table::TABLE)
}

#[tokio::test]
async fn the_window_of_a_rewritten_file_is_loaded_anew_from_all_files_that_are_there() {
    for granularity in ["", ", granularity: day"] {
        let scenario = Scenario::new().await.replacing(granularity).await;
        scenario.put_rows_of(&key("a"), DAY_1, &[1]).await;
        scenario.put_rows_of(&key("b"), DAY_1, &[2]).await;
        scenario.put_rows_of(&key_of_day_2("c"), DAY_2, &[3]).await;
        let daemon = Daemon::ready(&scenario).await;
        let all = [key("a"), key("b"), key_of_day_2("c")];
        is_deleted(&daemon, &scenario.announce(&all).await).await;
        assert_eq!(scenario.ids().await, "1,2,3");
        // One is written again, one is gone, and one has come that nobody has announced yet; a mark is no data.
        scenario.put_rows_of(&key("a"), DAY_1, &[10, 11]).await;
        scenario.put_rows_of(&key("d"), DAY_1, &[4]).await;
        scenario.put(&format!("in/{}/dt=2015-07-01/_SUCCESS", table::TABLE), "").await;
        scenario.s3.delete_object().bucket(&scenario.name).key(key("b")).send().await.unwrap();
        is_deleted(&daemon, &scenario.announce(&[key("a")]).await).await;
        assert_eq!(scenario.ids().await, "3,4,10,11", "granularity {granularity:?}");
        is_deleted(&daemon, &scenario.announce(&[key("d"), key("a")]).await).await;
        assert_eq!(scenario.ids().await, "3,4,10,11", "each of them is loaded");
        scenario.nothing_is_parked().await;
    }
}

#[tokio::test]
async fn a_window_is_not_touched_when_one_of_its_files_cannot_be_loaded() {
    let scenario = Scenario::new().await.replacing(", granularity: day").await;
    scenario.put_rows_of(&key("a"), DAY_1, &[1]).await;
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key("a")]).await).await;
    scenario
        .put(&key("a"), table::gzip("{\"id\": \"seven\", \"data_date\": \"2015-07-01T00:00:00Z\"}\n"))
        .await;
    is_parked_as(&daemon, &scenario.announce(&[key("a")]).await, "data_rejected").await;
    assert_eq!(scenario.ids().await, "1");
    // Of another day than its key.
    scenario.put_rows_of(&key("a"), DAY_2, &[5]).await;
    is_parked_as(&daemon, &scenario.announce(&[key("a")]).await, "outside_window").await;
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_merge_does_not_replace_windows() {
    let scenario = Scenario::new().await.replacing(", mode: merge").await;
    scenario.put_rows_of(&key("a"), DAY_1, &[1]).await;
    let daemon = Daemon::ready(&scenario).await;
    let settled = is_parked_as(&daemon, &scenario.announce(&[key("a")]).await, "invalid_table_config").await;
    assert!(settled["message"].as_str().unwrap().contains("do not go together"), "{settled}");
}

//! Which load of a table is the later one, when the clocks and the ids of two daemons say otherwise.

use crate::announced::{is_deleted, key};
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};

impl Scenario {
    /// Makes what the ledger has of loads and files so far that of a daemon whose clock is ahead: the ids sort behind those of others,
    /// and they have ended after what comes next.
    async fn was_loaded_by_one_ahead(&self) {
        let id = "load_id = 'ffff' || SUBSTRING(load_id, 5)";
        let ledger = format!("{}_ledger", self.name);
        self.sql(&format!(
            "UPDATE {ledger}.loads SET {id}, finished_at = finished_at + INTERVAL '1 minute'; \
             UPDATE {ledger}.files SET {id}, recorded_at = recorded_at + INTERVAL '1 minute'"
        ))
        .await;
    }

    /// Loads the file of the first day in place of all rows.
    async fn truncate(&self, daemon: &Daemon) {
        is_deleted(daemon, &self.send(&self.message(r#""truncate": true, "force": true"#)).await).await;
    }
}

#[tokio::test]
async fn a_file_is_known_that_was_loaded_after_all_rows_were_replaced() {
    let scenario = Scenario::new().await.lingering("0s").await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.put_row(&key(2), 2).await;
    let daemon = Daemon::ready(&scenario).await;
    scenario.truncate(&daemon).await;
    scenario.was_loaded_by_one_ahead().await;
    is_deleted(&daemon, &scenario.announce(&[key(2)]).await).await;
    is_deleted(&daemon, &scenario.announce(&[key(2)]).await).await;
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_file_is_new_whose_rows_were_replaced_after_its_load() {
    let scenario = Scenario::new().await.lingering("0s").await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.put_row(&key(2), 2).await;
    scenario.put_row(&key(3), 3).await;
    let daemon = Daemon::ready(&scenario).await;
    is_deleted(&daemon, &scenario.announce(&[key(2)]).await).await;
    is_deleted(&daemon, &scenario.announce(&[key(3)]).await).await;
    scenario.was_loaded_by_one_ahead().await;
    scenario.truncate(&daemon).await;
    assert_eq!(scenario.ids().await, "1");
    is_deleted(&daemon, &scenario.announce(&[key(2)]).await).await;
    assert_eq!(scenario.ids().await, "1,2");
}

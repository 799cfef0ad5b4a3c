//! SIGTERM ends the daemon in good order.

use crate::exactly_once::waits_for_lock;
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::wait::wait_for;

#[tokio::test]
async fn a_drain_lets_the_running_load_end_and_takes_no_more() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_2, [2]).await;
    let mut daemon = Daemon::ready(&scenario).await;
    let lock = scenario.session().await;
    lock.query("BEGIN").await;
    lock.query(&format!("DELETE FROM {} WHERE id = -1", scenario.table())).await;
    scenario.send(&scenario.message("")).await;
    waits_for_lock(&scenario).await;
    daemon.signal("TERM");
    wait_for("the daemon to say that it drains", async || {
        let (status, body) = daemon.get("/readyz").await;
        (status == 503 && body.contains("draining")).then_some(())
    })
    .await;
    lock.query("COMMIT").await;
    assert_eq!(daemon.ended().await, Some(0), "{:#?}", daemon.log.all());
    assert_eq!(scenario.ids().await, "1,2");
    scenario.drained().await;
}

#[tokio::test]
async fn a_second_signal_rolls_back_and_gives_the_message_back() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    scenario.put_day(DAY_2, [2]).await;
    let mut daemon = Daemon::ready(&scenario).await;
    let lock = scenario.session().await;
    lock.query("BEGIN").await;
    lock.query(&format!("DELETE FROM {} WHERE id = -1", scenario.table())).await;
    let id = scenario.send(&scenario.message("")).await;
    waits_for_lock(&scenario).await;
    daemon.signal("TERM");
    wait_for("the drain to begin", async || daemon.log.find("draining")).await;
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(1), "{:#?}", daemon.log.all());
    assert_eq!(daemon.settled(&id).await["disposition"], "released");
    lock.query("COMMIT").await;
    assert_eq!(scenario.ids().await, "1");
    // The message is there for the next daemon at once.
    let next = Daemon::ready(&scenario).await;
    assert_eq!(next.settled(&id).await["disposition"], "deleted");
    assert_eq!(scenario.ids().await, "1,2");
}

//! The same on moto, which judges the code for queue and bucket a second time.

use crate::fifo;
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::servers;

#[tokio::test]
async fn a_message_is_loaded_on_moto_as_well() {
    let scenario = Scenario::on(servers::moto().await).await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.put_day(DAY_2, [2]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&id).await["disposition"], "deleted");
    scenario.drained().await;
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn an_invalid_message_is_parked_on_moto_as_well() {
    let scenario = Scenario::on(servers::moto().await).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(r#"{"schema": "s"}"#).await;
    assert_eq!(daemon.settled(&id).await["disposition"], "parked");
    assert_eq!(scenario.parked().await.body, r#"{"schema": "s"}"#);
    scenario.drained().await;
}

#[tokio::test]
async fn a_fifo_queue_of_moto_is_not_held_back_either() {
    let scenario = fifo::fifo_on(servers::moto().await).await;
    scenario.put_day(DAY_1, [1]).await;
    let daemon = Daemon::ready(&scenario).await;
    let poison = fifo::send_in(&scenario, "g", "not json").await;
    assert_eq!(daemon.settled(&poison).await["disposition"], "parked");
    let parked = fifo::dead_letter(&scenario).await;
    assert_eq!((parked.body.as_deref(), fifo::group_of(&parked)), (Some("not json"), "g"));
    let flags = ["enqueue", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name];
    let enqueued = scenario.run(&flags).await.success();
    assert_eq!(daemon.settled(enqueued.stdout.trim()).await["rows"], 1);
    scenario.drained().await;
}

//! When the warehouse or the queue as a whole is down, nothing is used up and one line says so.

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::process::free_port;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::servers;
use crate::support::wait::wait_for;

fn lines_with(daemon: &Daemon, text: &str) -> usize {
    daemon.log.all().iter().filter(|line| line.contains(text)).count()
}

/// All sessions of the cluster end, so this one has a cluster of its own.
#[tokio::test]
async fn during_maintenance_messages_wait_where_they_are_and_use_up_no_delivery() {
    let mut scenario = Scenario::on(servers::maintained().await).await.loaded_once().await;
    let operator = scenario.administrator().await;
    scenario.with_own_user().await;
    let daemon = Daemon::ready(&scenario).await;
    let fault = scenario.inject(&operator, "'copy_middle', 'hold'").await;
    let running = scenario.send(&scenario.message("")).await;
    operator.struck(&fault).await;
    let waiting = scenario.send(&scenario.message("")).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;

    operator.query("SELECT redshift_local.maintenance(600)").await;
    wait_for("the daemon to notice", async || daemon.log.find("warehouse is down")).await;
    let (status, reasons) = daemon.get("/readyz").await;
    assert!(status == 503 && reasons.contains("warehouse: "), "{reasons}");
    assert_eq!(daemon.get("/healthz").await.0, 200, "a restart would not help");
    let bodies = vec![scenario.message(""); 10];
    for _ in 0..3 {
        scenario.send_batch(&bodies).await;
    }
    // One poll may have been under way.
    daemon.metric_reaches(r#"queue_messages{state="visible"}"#, 20.0).await;
    assert!(daemon.metric("messages_received_total").await <= 12.0);
    assert!(daemon.metric("warehouse_up").await < 0.5);
    assert!(daemon.metric("messages_settled_total{disposition=\"retried\"}").await < 0.5);

    operator.query("SELECT redshift_local.end_maintenance()").await;
    for id in [&running, &waiting] {
        let settled = daemon.settled(id).await;
        assert_eq!((&settled["disposition"], &settled["receive_count"]), (&"deleted".into(), &1.into()));
    }
    scenario.drained().await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("1,2", "2"));
    assert_eq!(lines_with(&daemon, "warehouse is down"), 1);
    assert_eq!(lines_with(&daemon, "warehouse is reached"), 2, "once at the start");
}

#[tokio::test]
async fn a_warehouse_that_is_down_at_the_start_is_waited_for() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let id = scenario.send(&scenario.message("")).await;
    let daemon = Daemon::start(&scenario).await;
    wait_for("the daemon to notice", async || daemon.log.find("warehouse is down")).await;
    let _redshift = HoldingProxy::at(port, real, "nothing is held").await;
    assert_eq!(daemon.settled(&id).await["receive_count"], 1);
    assert_eq!(
        (lines_with(&daemon, "warehouse is down"), lines_with(&daemon, "warehouse is reached")),
        (1, 1)
    );
}

#[tokio::test]
async fn a_load_that_goes_down_with_the_warehouse_every_time_lets_others_pass_in_the_end() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let mut redshift = HoldingProxy::at(port, real, "COPY ").await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    for outages in 1..=4 {
        redshift.holds().await;
        drop(redshift);
        wait_for("the daemon to notice", async || {
            (lines_with(&daemon, "warehouse is down") == outages).then_some(())
        })
        .await;
        redshift = HoldingProxy::at(port, real, "COPY ").await;
    }
    let settled = daemon.settled(&id).await;
    assert_eq!(
        (&settled["disposition"], &settled["kind"]),
        (&"retried".into(), &"warehouse_unavailable".into())
    );
    assert_eq!(settled["receive_count"], 1, "three outages use up no delivery");
}

#[tokio::test]
async fn a_queue_that_is_down_is_one_line_when_it_goes_and_one_when_it_comes() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let port = free_port();
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{port}"));
    let daemon = Daemon::start(&scenario).await;
    wait_for("the daemon to notice", async || daemon.log.find("queue cannot be used")).await;
    let (status, reasons) = daemon.get("/readyz").await;
    assert!(status == 503 && reasons.contains("queue: "), "{reasons}");
    let id = scenario.send(&scenario.message("")).await;
    let _sqs = HoldingProxy::at(port, scenario.cloud.aws_port(), "nothing is held").await;
    daemon.settled(&id).await;
    wait_for("the daemon to be ready", async || (daemon.get("/readyz").await.0 == 200).then_some(())).await;
    // The line comes right behind what /readyz says.
    wait_for("the daemon to say so", async || daemon.log.find("queue is reached")).await;
    assert_eq!(
        (lines_with(&daemon, "queue cannot be used"), lines_with(&daemon, "queue is reached")),
        (1, 1)
    );
}

#[tokio::test]
async fn a_dead_letter_queue_that_does_not_answer_keeps_nobody_from_loading() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let sqs = HoldingProxy::before(scenario.cloud.aws_port(), "-dead").await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", sqs.port));
    let daemon = Daemon::ready(&scenario).await;
    sqs.holds().await;
    wait_for("the daemon to notice", async || daemon.log.find("dead-letter queue cannot be used")).await;
    assert!(daemon.metric("dead_letter_queue_up").await < 0.5);
    let id = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&id).await["disposition"], "deleted");
    assert_eq!(daemon.get("/readyz").await.0, 200);
    assert_eq!(lines_with(&daemon, "queue cannot be used"), 1, "the dead-letter queue alone");
}

#[tokio::test]
async fn a_dead_letter_queue_that_is_gone_is_one_line_and_what_belongs_there_is_parked_later() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let parked = scenario.send("no message").await;
    assert_eq!(daemon.settled(&parked).await["disposition"], "parked");
    daemon.metric_reaches(r#"queue_messages{state="dead"}"#, 1.0).await;
    let queue = &scenario.dead_letter_queue_url;
    scenario.sqs.delete_queue().queue_url(queue).send().await.unwrap();
    let kept = [scenario.send("no message").await, scenario.send("no message either").await];
    for id in &kept {
        assert_eq!(daemon.settled(id).await["disposition"], "retried");
    }
    wait_for("the count to be gone", async || {
        let (_, text) = daemon.get("/metrics").await;
        (!text.contains(r#"state="dead""#)).then_some(())
    })
    .await;
    assert!(daemon.metric("dead_letter_queue_up").await < 0.5);
    assert!(daemon.metric(r#"queue_messages{state="in_flight"}"#).await > 1.5, "the queue itself is counted");
    assert_eq!(daemon.get("/readyz").await.0, 200);
    assert_eq!(lines_with(&daemon, "dead-letter queue cannot be used"), 1);
    assert_eq!(lines_with(&daemon, "could not be settled"), 0);
}

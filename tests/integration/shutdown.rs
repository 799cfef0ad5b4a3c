//! SIGTERM ends the daemon in good order.

use rustix::process::Signal;

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::wait::wait_for;

#[tokio::test]
async fn a_drain_lets_the_running_load_end_gives_back_what_waits_and_takes_no_more() {
    let scenario = Scenario::new().await.loaded_once().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let running = scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    let waiting = scenario.send(&scenario.message("")).await;
    daemon.metric_reaches("messages_received_total", 2.0).await;
    daemon.signal(Signal::TERM);
    wait_for("the daemon to say that it drains", async || {
        let (status, body) = daemon.get("/readyz").await;
        (status == 503 && body.contains("draining")).then_some(())
    })
    .await;
    assert_eq!(daemon.settled(&waiting).await["disposition"], "released");
    assert_eq!(daemon.get("/healthz").await.0, 200, "a drain is not a reason to be killed");
    lock.query("COMMIT").await;
    assert_eq!(daemon.ended().await, Some(0), "{:#?}", daemon.log.all());
    assert_eq!(daemon.settled(&running).await["disposition"], "deleted");
    assert_eq!(scenario.ids().await, "1,2");
    // What was given back is there for the next daemon at once, and was not received by this one again.
    let next = Daemon::ready(&scenario).await;
    let settled = next.settled(&waiting).await;
    assert_eq!((&settled["disposition"], &settled["receive_count"]), (&"deleted".into(), &2.into()));
}

#[tokio::test]
async fn an_idle_daemon_ends_though_the_queue_does_not_answer() {
    let mut scenario = Scenario::new().await;
    let sqs = HoldingProxy::before(scenario.cloud.aws_port(), "AmazonSQS.ReceiveMessage").await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", sqs.port));
    // Longer than the test may take.
    scenario.variables.insert("SHUTDOWN_GRACE".to_owned(), "1h".to_owned());
    let mut daemon = Daemon::ready(&scenario).await;
    sqs.holds().await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(0), "{:#?}", daemon.log.all());
    assert!(daemon.log.find("queue did not answer before the daemon stopped").is_some());
}

#[tokio::test]
async fn messages_that_come_while_daemons_stop_are_there_for_the_next_one_at_once() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    // Whoever hides a message by mistake hides it for longer than the test may take.
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "1h".to_owned());
    for _ in 0..5 {
        let mut daemon = Daemon::ready(&scenario).await;
        daemon.signal(Signal::TERM);
        let id = scenario.send(&scenario.message("")).await;
        assert_eq!(daemon.ended().await, Some(0), "{:#?}", daemon.log.all());
        let mut next = Daemon::ready(&scenario).await;
        assert_eq!(next.settled(&id).await["disposition"], "deleted");
        // A daemon that is killed leaves its poll open, and that would take the next message.
        next.signal(Signal::TERM);
        assert_eq!(next.ended().await, Some(0), "{:#?}", next.log.all());
    }
}

#[tokio::test]
async fn a_second_signal_rolls_back_and_gives_the_message_back() {
    let scenario = Scenario::new().await.loaded_once().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let id = scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    daemon.signal(Signal::TERM);
    wait_for("the drain to begin", async || daemon.log.find("draining")).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(1), "{:#?}", daemon.log.all());
    assert_eq!(daemon.settled(&id).await["disposition"], "released");
    lock.query("COMMIT").await;
    assert_eq!(scenario.ids().await, "1");
    // The message is there for the next daemon at once.
    let next = Daemon::ready(&scenario).await;
    assert_eq!(next.settled(&id).await["disposition"], "deleted");
    assert_eq!(scenario.ids().await, "1,2");
}

/// A daemon in the midst of a COPY that Redshift does not answer, behind the proxy that keeps it from that, and the id of
/// the message.
async fn silent_redshift() -> (HoldingProxy, Daemon, String) {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let redshift = HoldingProxy::before(scenario.redshift_port, "COPY ").await;
    scenario.redshift_port = redshift.port;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    redshift.holds().await;
    redshift.falls_silent();
    (redshift, daemon, id)
}

#[tokio::test]
async fn a_server_that_answers_nobody_is_given_up_once_and_within_the_budget() {
    let (_redshift, mut daemon, id) = silent_redshift().await;
    daemon.signal(Signal::TERM);
    wait_for("the drain to begin", async || daemon.log.find("draining")).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().await, Some(1), "{:#?}", daemon.log.all());
    assert_eq!(daemon.settled(&id).await["disposition"], "released");
    let lines = daemon.log.all();
    let with = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!(with("ending it from another one"), 1, "{lines:#?}");
    assert_eq!(with("session could not be ended"), 1, "{lines:#?}");
    assert_eq!(with("not done in time"), 0, "{lines:#?}");
}

#[tokio::test]
async fn a_third_signal_ends_the_process_at_once() {
    let (_redshift, mut daemon, id) = silent_redshift().await;
    for step in ["draining", "aborting", "third signal"] {
        daemon.signal(Signal::TERM);
        wait_for(step, async || daemon.log.find(step)).await;
    }
    assert_eq!(daemon.ended().await, Some(1), "{:#?}", daemon.log.all());
    assert!(daemon.log.find(&id).is_none_or(|line| !line.contains("disposition")), "it was not waited for");
}

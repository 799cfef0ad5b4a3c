//! What a daemon does while something is paused, and what it asks for that.

use super::*;
use crate::daemon::gate_watch;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::pause::{Pause, PauseTarget, Pauses, WhoAndWhy};

/// Long enough for a pause to hold.
const HOLDS: Duration = Duration::from_secs(5);

impl Running {
    fn paused(&self, target: Option<&str>) {
        let target = target.map_or(PauseTarget::All, |table| PauseTarget::of_table(table).unwrap());
        let who = WhoAndWhy::new("anna", "reindexing");
        let pause = Pause { target, since: chrono::DateTime::UNIX_EPOCH, who };
        *self.warehouse.pauses.lock().unwrap() = Ok(Pauses::new(vec![pause]));
    }

    fn resumed(&self) {
        *self.warehouse.pauses.lock().unwrap() = Ok(Pauses::default());
    }

    fn asked(&self) -> usize {
        self.warehouse.asked_for_pauses.load(Ordering::Relaxed)
    }

    fn left(&self) -> Vec<(String, u32)> {
        self.queue.deliveries()
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_daemon_asks_once_and_one_that_loads_asks_once_for_all_that_start_together() {
    let running = Running::start();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(running.asked(), 1);
    for table in ["a", "b", "c", "d", "e"] {
        running.queue.put(table, table);
    }
    a_while().await;
    assert_eq!((running.left(), running.asked()), (Vec::new(), 2));
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_what_an_idle_daemon_receives_after_it_and_ends_within_seconds() {
    let running = Running::start();
    a_while().await;
    running.paused(None);
    tokio::time::sleep(HOLDS).await;
    running.queue.put("in hand", "t");
    a_while().await;
    running.queue.put("later", "t");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(running.left(), [("in hand".to_owned(), 1), ("later".to_owned(), 0)]);
    assert_eq!(running.lines("no load started: paused by anna since"), 1);
    running.resumed();
    a_while().await;
    assert_eq!(running.left(), []);
    assert_eq!(running.lines("loads started again"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_there_at_the_start_lets_nothing_in() {
    let running = Running::start();
    running.paused(None);
    running.queue.put("m", "t");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(running.left(), [("m".to_owned(), 0)]);
    assert_eq!(running.metric(r#"paused{scope="daemon"}"#), 1);
    assert!(running.daemon.health.live().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_paused_table_waits_beyond_the_lease_of_a_delivery_and_others_are_loaded() {
    let running = Running::start();
    running.paused(Some("s.t"));
    running.queue.put("m", "t");
    running.queue.put("other", "u");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(running.left(), [("m".to_owned(), 1)], "its lease is kept");
    let waits = running.daemon.tables().pop().and_then(|table| table.waits_because).unwrap();
    assert!(waits.starts_with("paused by anna") && waits.ends_with("resume --table s.t`"), "{waits}");
    running.resumed();
    a_while().await;
    assert_eq!(running.left(), []);
}

/// SQS hides a message for twelve hours at most: then it goes back, and is received again at once.
#[tokio::test(start_paused = true)]
async fn a_pause_of_days_costs_a_message_of_the_table_a_delivery_in_twelve_hours() {
    let running = Running::start();
    running.paused(Some("s.t"));
    running.queue.put("m", "t");
    tokio::time::sleep(Duration::from_secs(30 * 3600)).await;
    let [(_, deliveries)] = &running.left()[..] else { panic!() };
    assert_eq!(*deliveries, 3);
    let ended = |result| running.metric(&format!("lease_extensions_total{{result=\"{result}\"}}"));
    assert_eq!((ended("lost"), ended("expired")), (0, 2), "nothing is wrong with the queue");
    running.resumed();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(running.left(), []);
}

#[tokio::test(start_paused = true)]
async fn what_a_pause_has_made_old_is_tried_again_after_it_and_what_has_failed_for_long_is_parked() {
    for (is_paused, expected) in [(true, (1, 0)), (false, (0, 1))] {
        let running = Running::start();
        if is_paused {
            running.paused(Some("s.t"));
        }
        running.queue.put("bug", "t");
        running.queue.was_delivered("bug", 8, chrono::DateTime::UNIX_EPOCH - Duration::from_secs(86_400));
        tokio::time::sleep(Duration::from_secs(60)).await;
        running.resumed();
        a_while().await;
        let [retried, parked] = ["retried", "parked"].map(|disposition| {
            running.metric(&format!("messages_settled_total{{disposition=\"{disposition}\"}}"))
        });
        assert_eq!((retried, parked), expected, "paused before: {is_paused}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_loaded_while_nobody_knows_what_is_paused() {
    let running = Running::start();
    a_while().await;
    let failure = Failure::new(FailureKind::PermissionDenied, Stage::Inspect, "permission denied");
    *running.warehouse.pauses.lock().unwrap() = Err(failure);
    running.queue.put("m", "t");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(running.left(), [("m".to_owned(), 1)]);
    assert_eq!(running.lines("as what is paused is not known: permission denied"), 1);
    assert_eq!(running.metric(r#"paused{scope="unknown"}"#), 1);
    running.resumed();
    a_while().await;
    assert_eq!(running.left(), []);
}

#[tokio::test(start_paused = true)]
async fn a_paused_daemon_ends_at_once_and_gives_back_what_it_holds() {
    let mut running = Running::start();
    a_while().await;
    running.paused(Some("t"));
    tokio::time::sleep(HOLDS).await;
    running.queue.put("m", "t");
    a_while().await;
    running.signal();
    let (ending, after) = running.ended().await;
    assert_eq!(ending, Ending::Drained);
    assert!(after < Duration::from_secs(2), "{after:?}");
    assert!(running.queue.has_visible("m"));
}

#[tokio::test(start_paused = true)]
async fn in_a_maintenance_window_nothing_is_received_and_what_runs_may_end() {
    let windows = MaintenanceWindows::parse("10 0 * * * 20m").unwrap();
    let running = Running::with(windows, std::future::pending());
    let minutes = |minutes: u64| tokio::time::sleep(Duration::from_secs(60 * minutes));
    minutes(9).await;
    running.queue.put("before", "t");
    running.queue.put("long", "u");
    minutes(2).await;
    running.queue.put("within", "t");
    minutes(18).await;
    assert_eq!(running.left(), [("long".to_owned(), 1), ("within".to_owned(), 0)]);
    assert_eq!(running.lines("a maintenance window until 1970-01-01T00:30:00Z"), 1);
    assert_eq!(running.metric("loads_in_progress"), 1);
    assert_eq!(running.metric(r#"paused{scope="maintenance"}"#), 1);
    minutes(2).await;
    assert_eq!(running.left(), [("long".to_owned(), 1)]);
    assert_eq!(running.asked(), 3, "once at the start, and before loads");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_not_answered_is_one_however_many_look_and_the_page_soon_says_so() {
    let running = Running::start();
    a_while().await;
    running.warehouse.is_silent_about_pauses.store(true, Ordering::Relaxed);
    tokio::time::sleep(HOLDS).await;
    running.queue.put("m", "t");
    for _ in 0..20 {
        let start = Instant::now();
        gate_watch::look(&running.daemon).await;
        assert!(start.elapsed() <= Duration::from_secs(1));
    }
    assert_eq!(running.asked(), 2, "one at the start, and one that waits");
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(running.metric(r#"paused{scope="unknown"}"#), 1);
    assert_eq!(running.lines("what is paused is not known: Redshift has not answered for 40 s"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_no_question_and_starts_no_load_behind_it() {
    let mut running = Running::start();
    a_while().await;
    running.warehouse.is_silent_about_pauses.store(true, Ordering::Relaxed);
    tokio::time::sleep(HOLDS).await;
    running.queue.put("m", "t");
    a_while().await;
    running.signal();
    let (ending, after) = running.ended().await;
    assert_eq!(ending, Ending::Drained);
    assert!(after < Duration::from_secs(2), "{after:?}");
    assert!(running.queue.has_visible("m"));
}

#[tokio::test(start_paused = true)]
async fn what_was_paused_stays_so_while_nobody_can_ask() {
    let running = Running::start();
    running.paused(Some("s.t"));
    a_while().await;
    tokio::time::sleep(HOLDS).await;
    let failure = Failure::new(FailureKind::PermissionDenied, Stage::Inspect, "permission denied");
    *running.warehouse.pauses.lock().unwrap() = Err(failure);
    tokio::time::sleep(HOLDS).await;
    assert_eq!(running.metric(r#"paused{scope="unknown"}"#), 1);
    assert_eq!(running.metric(r#"paused{scope="tables"}"#), 1);
    assert_eq!(running.lines("has ended"), 0);
    running.resumed();
    tokio::time::sleep(HOLDS).await;
    assert_eq!(running.metric(r#"paused{scope="tables"}"#), 0);
    assert_eq!((running.lines("the pause of s.t has ended"), running.lines("loads started again")), (1, 1));
}

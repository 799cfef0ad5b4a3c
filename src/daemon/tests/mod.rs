//! The daemon as a whole, in a time that the tests turn: how it ends, and what a bug does to it.

mod fairness;
mod fakes;
mod pauses;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::lifecycle::{Ending, run_until};
use super::*;
use crate::config::ending;
use crate::config::loads::{LoadSettings, OwnSqlPolicy};
use crate::model::maintenance::MaintenanceWindows;
use crate::plan::row_count::RowCountPolicy;
use crate::queue::QueueError;
use crate::telemetry::captured_log::CapturedLog;
use crate::telemetry::told::Told;

use fakes::{FakeQueue, FakeWarehouse, NoStore};

const GRACE: Duration = Duration::from_secs(60);

thread_local! {
    /// When the daemon of the test was started.
    static BEGAN: std::cell::Cell<Option<Instant>> = const { std::cell::Cell::new(None) };
}

/// The time of the tests, as if they began with 1970.
fn clock() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::UNIX_EPOCH + BEGAN.get().map_or(Duration::ZERO, |began| began.elapsed())
}

/// A daemon that runs until it is signalled.
struct Running {
    queue: Arc<FakeQueue>,
    warehouse: Arc<FakeWarehouse>,
    daemon: Arc<Daemon>,
    signals: mpsc::UnboundedSender<()>,
    task: JoinSet<Ending>,
    log: CapturedLog,
}

impl Running {
    fn start() -> Self {
        Self::showing(std::future::pending())
    }

    /// With this as the task that answers HTTP requests, until it is told to stop.
    fn showing(http: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::with(MaintenanceWindows::default(), http)
    }

    /// With these windows, by a clock that begins at 1970.
    fn with(maintenance: MaintenanceWindows, http: impl Future<Output = ()> + Send + 'static) -> Self {
        BEGAN.set(Some(Instant::now()));
        let log = CapturedLog::start();
        let queue = Arc::<FakeQueue>::default();
        let warehouse = Arc::<FakeWarehouse>::default();
        let settings = LoadSettings {
            max_concurrent: 4,
            timeout: Duration::from_secs(7200),
            lock_wait_warning: Duration::from_secs(30),
            row_count_policy: RowCountPolicy { refuses_zero: false, largest_drop: None },
            manifest_folder: None,
            own_sql: OwnSqlPolicy::Allow,
        };
        let loader = Loader {
            store: Arc::new(NoStore),
            warehouse: Arc::<FakeWarehouse>::clone(&warehouse),
            metrics: Arc::default(),
            progress: Arc::default(),
            name: "s3-to-redshift on host".to_owned(),
            settings,
            told: Told::default(),
            now: clock,
        };
        let settings = DaemonSettings {
            max_held_messages: 1000,
            visibility_timeout: Duration::from_secs(300),
            shutdown_grace: GRACE,
            listen_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            table_config_dir: None,
            maintenance,
            missing_interval: None,
            control_token: None,
        };
        let port: Arc<dyn MessageQueue> = Arc::<FakeQueue>::clone(&queue);
        let daemon = Daemon::new(port, loader, None, None, settings);
        let (signals, received) = mpsc::unbounded_channel();
        let received =
            stream::unfold(received, |mut received| async { Some((received.recv().await?, received)) });
        let show = move |_, stop: CancellationToken| async move {
            tokio::select! {
                () = http => {}
                () = stop.cancelled() => {}
            }
        };
        let task = JoinSet::from_iter([run_until(Box::pin(received), Arc::clone(&daemon), show)]);
        Self { queue, warehouse, daemon, signals, task, log }
    }

    fn signal(&self) {
        self.signals.send(()).unwrap();
    }

    /// Waits for the end, and says how long that took.
    async fn ended(&mut self) -> (Ending, Duration) {
        let start = Instant::now();
        let ending = self.task.join_next().await.unwrap().unwrap();
        (ending, start.elapsed())
    }

    /// The value of a series without labels, or with these.
    fn metric(&self, series: &str) -> u64 {
        let text = self.daemon.metrics.render(chrono::DateTime::UNIX_EPOCH);
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("s3_to_redshift_{series} ")));
        line.unwrap_or_else(|| panic!("no {series} in {text}")).parse().unwrap()
    }

    fn lines(&self, text: &str) -> usize {
        self.log.lines().iter().filter(|line| line.contains(text)).count()
    }
}

/// Long enough for a message to be received and settled.
async fn a_while() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_daemon_ends_at_once_and_receives_nothing_that_comes_later() {
    let mut running = Running::start();
    a_while().await;
    // This queue answers at once, so the next poll begins at a whole second.
    tokio::time::sleep(Duration::from_millis(500)).await;
    running.signal();
    running.queue.put("late", "t");
    let (ending, after) = running.ended().await;
    assert_eq!((ending, after), (Ending::Drained, Duration::ZERO));
    a_while().await;
    assert!(running.queue.has_visible("late"));
    assert_eq!(running.queue.deliveries(), [("late".to_owned(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn what_the_last_question_brings_is_given_back_before_the_end() {
    let mut running = Running::start();
    running.queue.answers_after(Duration::from_millis(400)).await;
    running.queue.put("late", "t");
    running.signal();
    let (ending, after) = running.ended().await;
    assert_eq!(ending, Ending::Drained);
    assert!(after < Duration::from_secs(1), "{after:?}");
    assert_eq!(running.queue.deliveries(), [("late".to_owned(), 1)]);
    assert!(running.queue.has_visible("late"), "whoever comes next has it at once");
}

#[tokio::test(start_paused = true)]
async fn an_idle_daemon_ends_within_its_budget_though_the_queue_does_not_answer() {
    let mut running = Running::start();
    running.queue.answers_after(Duration::from_secs(60)).await;
    running.signal();
    let (ending, after) = running.ended().await;
    assert_eq!(ending, Ending::Drained);
    assert_eq!(after, ending::LAST_POLL);
    assert_eq!(running.lines("did not answer before the daemon stopped"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_drain_gives_back_is_not_received_again_by_the_same_daemon() {
    let mut running = Running::start();
    running.queue.put("long", "t");
    a_while().await;
    for number in 0..9 {
        running.queue.put(&format!("waits{number}"), "t");
    }
    a_while().await;
    running.queue.answers_after(Duration::from_secs(3)).await;
    running.signal();
    let (ending, after) = running.ended().await;
    assert_eq!((ending, after), (Ending::Aborted, GRACE));
    assert_eq!(running.queue.released_early.load(Ordering::Relaxed), 0);
    let deliveries = running.queue.deliveries();
    assert_eq!(deliveries.len(), 10);
    assert!(
        deliveries.iter().all(|(id, count)| *count == 1 && running.queue.has_visible(id)),
        "{deliveries:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_answer_keeps_a_drain_from_nothing_but_for_some_seconds() {
    let mut running = Running::start();
    running.queue.put("long", "t");
    a_while().await;
    running.queue.put("waits", "t");
    a_while().await;
    running.queue.answers_after(Duration::from_secs(3600)).await;
    running.signal();
    a_while().await;
    running.signal();
    let (ending, after) = running.ended().await;
    assert_eq!(ending, Ending::Aborted);
    assert!(after <= Duration::from_secs(10), "{after:?}");
    assert!(running.queue.has_visible("long") && running.queue.has_visible("waits"));
}

#[tokio::test(start_paused = true)]
async fn a_bug_in_a_load_is_a_failure_of_its_message_and_the_others_go_on() {
    let running = Running::start();
    running.queue.put("bug", "t");
    a_while().await;
    // Of the same table.
    running.queue.put("good", "t");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let deliveries = running.queue.deliveries();
    assert_eq!(deliveries.iter().map(|(id, _)| id.as_str()).collect::<Vec<&str>>(), ["bug"]);
    assert!(deliveries[0].1 <= 2, "after growing pauses: {deliveries:?}");
    assert_eq!(running.metric(r#"messages_settled_total{disposition="deleted"}"#), 1);
    let panics = running.metric("panics_total");
    assert!(panics >= 1);
    assert_eq!(running.metric(r#"load_failures_total{kind="internal_error",stage="unknown"}"#), panics);
    assert_eq!(running.metric(r#"messages_settled_total{disposition="retried"}"#), panics);
    assert_eq!(running.metric(r#"queue_messages{state="held"}"#), 0, "its lease has ended");
    assert_eq!(running.metric("loads_in_progress"), 0);
    let told = running.log.lines().into_iter().find(|line| line.contains("internal_error")).unwrap();
    assert!(told.contains(r"a bug of\\nthe loader") && told.contains(r#""message.id":"bug""#), "{told}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(told["load.id"].is_string(), "the load that it has ended: {told}");
}

#[tokio::test(start_paused = true)]
async fn a_bug_in_the_intake_ends_the_daemon_and_its_loads_in_good_order() {
    let mut running = Running::start();
    running.queue.put("long", "t");
    a_while().await;
    running.queue.receives_panic.store(true, Ordering::Relaxed);
    let (ending, _) = running.ended().await;
    assert_eq!(ending, Ending::Failed);
    assert_eq!(running.lines("the task that receives messages has ended by itself"), 1);
    assert_eq!(running.lines("please report it: a bug of the intake"), 1);
    assert_eq!(running.metric("panics_total"), 1);
    assert!(running.queue.has_visible("long"), "given back");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ends_is_named_with_what_has_ended_it() {
    let mut running = Running::showing(async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        panic!("no\nport");
    });
    let (ending, _) = running.ended().await;
    assert_eq!(ending, Ending::Failed);
    assert_eq!(running.lines("the task that answers HTTP requests has ended by itself"), 1);
    assert_eq!(running.lines(r"please report it: no\\nport"), 1, "{:#?}", running.log.lines());
    assert_eq!(running.metric("panics_total"), 1);
}

/// A daemon with a message that is to be parked, which the dead-letter queue answers like this.
async fn cannot_park(error: QueueError) -> Running {
    let running = Running::start();
    a_while().await;
    *running.queue.parks_nothing.lock().unwrap() = Some(error);
    let hopeless = r#"{"schema": "s", "tables": ["t"], "bucket": "b", "trucate": true}"#;
    running.queue.put_body("hopeless", hopeless);
    a_while().await;
    assert_eq!(running.metric(r#"messages_settled_total{disposition="retried"}"#), 1);
    running
}

/// Long enough for the messages of the dead-letter queue to be counted.
async fn a_count() {
    tokio::time::sleep(Duration::from_secs(20)).await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_queue_that_did_not_answer_once_is_down_until_it_is_counted() {
    let unavailable = QueueError::Unavailable { queue: "dead".to_owned(), detail: "throttled".to_owned() };
    let running = cannot_park(unavailable).await;
    assert_eq!(running.metric("dead_letter_queue_up"), 0);
    a_count().await;
    assert_eq!(running.metric("dead_letter_queue_up"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_queue_that_takes_no_messages_is_down_though_they_can_be_counted() {
    let denied = QueueError::Denied { queue: "dead".to_owned(), detail: "no".to_owned() };
    let running = cannot_park(denied).await;
    a_count().await;
    assert_eq!(running.metric("dead_letter_queue_up"), 0);
    assert_eq!(running.lines("dead-letter queue cannot be used"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_dead_letter_queue_refuses_is_told_and_the_queue_is_not_down() {
    let refused = QueueError::Refused { queue: "dead".to_owned(), detail: "too long".to_owned() };
    let running = cannot_park(refused).await;
    assert_eq!(running.metric("dead_letter_queue_up"), 1);
    assert_eq!(running.lines("dead-letter queue cannot be used"), 0);
    let lines = running.log.lines();
    let told = lines.iter().find(|line| line.contains("could not be parked")).expect("it is told");
    assert!(told.contains(r#""message.id":"hopeless""#) && told.contains(r#""table":"s.t""#), "{told}");
    assert!(told.contains("too long"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_tell_its_redrive_policy_says_nothing_of_the_dead_letter_queue() {
    let denied = QueueError::Denied { queue: "loads".to_owned(), detail: "no".to_owned() };
    let running = cannot_park(QueueError::DeadLetterQueueUnknown { by_queue: Box::new(denied) }).await;
    assert_eq!(running.metric("dead_letter_queue_up"), 1);
    assert_eq!(running.lines("dead-letter queue cannot be used"), 0);
    assert_eq!(
        running.lines("could not be parked, as the queue does not tell which its dead-letter queue is"),
        1
    );
}

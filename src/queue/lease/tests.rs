use std::borrow::Cow;

use async_trait::async_trait;

use proptest::prelude::*;

use super::extend::CONCURRENT_BATCHES;
use super::*;
use crate::queue::group::GroupId;
use crate::queue::{QueueDepth, WhyParked};
use crate::telemetry::captured_log::CapturedLog;

const TIMEOUT: Duration = Duration::from_secs(300);

/// A queue that keeps one promise: it answers extensions with what the test says, and notes until when they reach and
/// how many they were.
#[derive(Default)]
struct ExtendingQueue {
    is_silent: std::sync::atomic::AtomicBool,
    /// How long an answer takes.
    latency: Duration,
    /// Requests under way, and the most that ever were.
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
    answer: Mutex<Option<QueueError>>,
    extensions: Mutex<Vec<(Instant, usize)>>,
}

/// A request under way, also when it is given up on.
struct InFlight<'a>(&'a AtomicU64);

impl<'a> InFlight<'a> {
    fn one_more(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl MessageQueue for ExtendingQueue {
    async fn extend(&self, extensions: &[(ReceiptHandle, Duration)]) -> Vec<Result<(), QueueError>> {
        let longest = extensions.iter().map(|(_, timeout)| *timeout).max().unwrap();
        self.extensions.lock().unwrap().push((Instant::now() + longest, extensions.len()));
        if self.is_silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let in_flight = InFlight::one_more(&self.in_flight);
        self.most_in_flight.fetch_max(self.in_flight.load(Ordering::Relaxed), Ordering::Relaxed);
        tokio::time::sleep(self.latency).await;
        drop(in_flight);
        let answer = self.answer.lock().unwrap().clone();
        vec![answer.map_or(Ok(()), Err); extensions.len()]
    }
    async fn receive(&self, _: usize, _: Duration) -> Result<Vec<Message>, QueueError> {
        unreachable!()
    }
    async fn delete(&self, _: &ReceiptHandle) -> Result<(), QueueError> {
        unreachable!()
    }
    async fn release(&self, _: &ReceiptHandle, _: Duration) -> Result<(), QueueError> {
        unreachable!()
    }
    async fn park(&self, _: &Message, _: &[Cow<'_, str>], _: &WhyParked) -> Result<bool, QueueError> {
        unreachable!()
    }
    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        unreachable!()
    }
    async fn dead_letters(&self) -> Result<Option<i64>, QueueError> {
        unreachable!()
    }
    async fn send(&self, _: &str, _: &GroupId) -> Result<String, QueueError> {
        unreachable!()
    }
}

struct Running {
    queue: Arc<ExtendingQueue>,
    keeper: Arc<LeaseKeeper>,
    tasks: tokio::task::JoinSet<()>,
}

fn run_keeper(answer: Option<QueueError>) -> Running {
    keep_leases_on(ExtendingQueue { answer: Mutex::new(answer), ..ExtendingQueue::default() })
}

fn keep_leases_on(queue: ExtendingQueue) -> Running {
    let queue = Arc::new(queue);
    let port: Arc<dyn MessageQueue> = Arc::<ExtendingQueue>::clone(&queue);
    let keeper = LeaseKeeper::new(port, Arc::new(Metrics::new()), TIMEOUT);
    let mut tasks = tokio::task::JoinSet::new();
    let task = Arc::clone(&keeper);
    tasks.spawn(async move { task.run(CancellationToken::new()).await });
    Running { queue, keeper, tasks }
}

fn message(id: &str) -> Message {
    Message {
        id: id.to_owned(),
        receipt_handle: ReceiptHandle(format!("of {id}")),
        body: String::new(),
        receive_count: 1,
        first_received_at: None,
        original_id: None,
        group: None,
    }
}

/// Leases that have ended like this, as they are counted.
fn ended(running: &Running, result: &str) -> u64 {
    let metrics = running.keeper.metrics.render(chrono::DateTime::UNIX_EPOCH);
    let name = format!("s3_to_redshift_lease_extensions_total{{result=\"{result}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&name));
    value.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
}

async fn is_lost_in_time(lease: &Lease) {
    tokio::time::timeout(TIMEOUT, lease.lost.cancelled()).await.expect("lost before the deadline");
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_extended_for_as_long_as_it_is_held() {
    let running = run_keeper(None);
    let lease = running.keeper.hold(&message("a"));
    tokio::time::sleep(TIMEOUT * 4).await;
    assert!(!lease.lost.is_cancelled());
    lease.end().await;
    let extended = running.queue.extensions.lock().unwrap().len();
    assert!((11..=12).contains(&extended), "{extended} extensions in four timeouts");
    tokio::time::sleep(TIMEOUT * 4).await;
    assert_eq!(running.queue.extensions.lock().unwrap().len(), extended);
    drop(running.tasks);
}

#[tokio::test(start_paused = true)]
async fn many_leases_are_extended_in_batches_of_ten() {
    let running = run_keeper(None);
    let leases: Vec<Lease> = (0..25).map(|n| running.keeper.hold(&message(&n.to_string()))).collect();
    tokio::time::sleep(TIMEOUT / 2).await;
    let mut sizes: Vec<usize> =
        running.queue.extensions.lock().unwrap().iter().map(|(_, size)| *size).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [5, 10, 10]);
    drop(leases);
}

fn unavailable() -> QueueError {
    QueueError::Unavailable { queue: "q".to_owned(), detail: "down".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn as_many_leases_as_a_queue_has_in_flight_are_kept_with_few_requests_at_a_time() {
    let latency = Duration::from_millis(250);
    let running = keep_leases_on(ExtendingQueue { latency, ..ExtendingQueue::default() });
    let leases: Vec<Lease> = (0..120_000).map(|n| running.keeper.hold(&message(&n.to_string()))).collect();
    tokio::time::sleep(TIMEOUT * 2).await;
    let most = running.queue.most_in_flight.load(Ordering::Relaxed);
    assert!(most > 1 && most <= CONCURRENT_BATCHES as u64, "{most} requests at one time");
    assert_eq!(leases.iter().filter(|lease| lease.lost.is_cancelled()).count(), 0);
    drop(running.tasks);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn never_more_requests_are_under_way_than_allowed(leases in 1_usize..2_000, latency_ms in 0_u64..60_000) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let most = runtime.block_on(async {
            let latency = Duration::from_millis(latency_ms);
            let running = keep_leases_on(ExtendingQueue { latency, ..ExtendingQueue::default() });
            let leases: Vec<Lease> =
                (0..leases).map(|n| running.keeper.hold(&message(&n.to_string()))).collect();
            tokio::time::sleep(TIMEOUT).await;
            drop(leases);
            running.queue.most_in_flight.load(Ordering::Relaxed)
        });
        prop_assert!(most <= CONCURRENT_BATCHES as u64, "{} requests at one time", most);
    }
}

/// How many lines the log has with this text, and the sum of the numbers behind it.
fn told(log: &CapturedLog, text: &str) -> (usize, u64) {
    let lines = log.lines();
    let counts = lines.iter().filter_map(|line| {
        let (_, rest) = line.split_once(text)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some(digits.parse::<u64>().unwrap_or_else(|_| panic!("no number in {line}")))
    });
    counts.fold((0, 0), |(lines, sum), count| (lines + 1, sum + count))
}

const NOT_EXTENDED: &str = "leases could not be extended, trying again: ";
const EXPIRED: &str = "go back to the queue and are received again: ";
const LOST: &str = "leases are lost, stopping the work on their messages: ";

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_once_a_minute_however_many_messages_it_meets_and_of_all_of_them() {
    let log = CapturedLog::start();
    let running = run_keeper(Some(unavailable()));
    let leases: Vec<Lease> = (0..1000).map(|n| running.keeper.hold(&message(&n.to_string()))).collect();
    tokio::time::sleep(TIMEOUT).await;
    assert!(leases.iter().all(|lease| lease.lost.is_cancelled()));
    // From the first failure, after a third of the timeout, to the loss of the leases before its end.
    let (lines, _) = told(&log, NOT_EXTENDED);
    assert!((1..=4).contains(&lines), "{:#?}", log.lines());
    assert_eq!(told(&log, LOST), (1, 1), "{:#?}", log.lines());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(told(&log, LOST), (2, 1000), "{:#?}", log.lines());
    drop(running.tasks);
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_is_told_of_all_messages_though_the_queue_has_answered_again() {
    let log = CapturedLog::start();
    let running = run_keeper(Some(unavailable()));
    let leases: Vec<Lease> = (0..1000).map(|n| running.keeper.hold(&message(&n.to_string()))).collect();
    tokio::time::sleep(TIMEOUT / 3 + Duration::from_secs(1)).await;
    *running.queue.answer.lock().unwrap() = None;
    tokio::time::sleep(TIMEOUT).await;
    assert_eq!(told(&log, NOT_EXTENDED), (2, 1000), "{:#?}", log.lines());
    assert!(leases.iter().all(|lease| !lease.lost.is_cancelled()));
    drop(running.tasks);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_cannot_be_kept_is_lost_before_its_deadline() {
    let running = run_keeper(Some(unavailable()));
    let start = Instant::now();
    let lease = running.keeper.hold(&message("a"));
    is_lost_in_time(&lease).await;
    let after = start.elapsed();
    assert!(after < TIMEOUT && after > TIMEOUT / 2, "lost after {after:?}");
    assert_eq!((ended(&running, "lost"), ended(&running, "expired")), (1, 0));
    drop(running.tasks);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_never_answers_does_not_keep_leases_from_being_given_up() {
    let running = run_keeper(None);
    running.queue.is_silent.store(true, Ordering::Relaxed);
    let start = Instant::now();
    let leases: Vec<Lease> = (0..31).map(|n| running.keeper.hold(&message(&n.to_string()))).collect();
    for lease in &leases {
        is_lost_in_time(lease).await;
    }
    assert_eq!(start.elapsed().as_secs(), 270, "a tenth of the timeout before the deadline");
    let ending = Instant::now();
    for lease in leases {
        lease.end().await;
    }
    assert!(ending.elapsed() <= TIMEOUT / 6, "ending took {:?}", ending.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_ends_as_its_extension_begins_is_not_extended() {
    let running = run_keeper(None);
    let lease = running.keeper.hold(&message("a"));
    // As `Lease::end` holds it on another thread.
    let ending = Arc::clone(&lease.handle).lock_owned().await;
    let ids = [lease.id];
    let end = async {
        drop(lease);
        drop(ending);
    };
    tokio::join!(running.keeper.extend_batch(&ids), end);
    assert!(running.queue.extensions.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_another_consumer_has_is_lost_at_once() {
    let running = run_keeper(Some(QueueError::ReceiptHandleExpired { detail: "expired".to_owned() }));
    let start = Instant::now();
    let lease = running.keeper.hold(&message("a"));
    lease.lost.cancelled().await;
    assert!(start.elapsed() <= TIMEOUT / 3 + Duration::from_secs(1));
    drop(running.tasks);
}

#[tokio::test(start_paused = true)]
async fn no_lease_reaches_beyond_the_twelve_hours_of_a_delivery_and_its_end_is_told_in_time() {
    let log = CapturedLog::start();
    let running = run_keeper(None);
    let start = Instant::now();
    let lease = running.keeper.hold(&message("a"));
    lease.lost.cancelled().await;
    let after = start.elapsed();
    assert!(after < LONGEST_DELIVERY && after > LONGEST_DELIVERY - TIMEOUT, "lost after {after:?}");
    let extensions = running.queue.extensions.lock().unwrap();
    let furthest = extensions.iter().map(|(until, _)| until.duration_since(start)).max().unwrap();
    assert!(furthest <= LONGEST_DELIVERY, "SQS would refuse to extend to {furthest:?}");
    assert_eq!((told(&log, LOST), told(&log, EXPIRED)), ((0, 0), (1, 1)), "{:#?}", log.lines());
    assert_eq!((ended(&running, "lost"), ended(&running, "expired")), (0, 1));
    drop(running.tasks);
}

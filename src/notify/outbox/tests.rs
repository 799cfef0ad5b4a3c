use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use super::*;
use crate::notify::notice::Event;
use crate::telemetry::captured_log::CapturedLog;

/// A place that takes notices while it is up, and hangs or refuses while it is not.
#[derive(Default)]
struct FakeSink {
    taken: Mutex<Vec<String>>,
    is_down: AtomicBool,
    hangs: AtomicBool,
}

#[async_trait]
impl NoticeSink for FakeSink {
    async fn send(&self, notice: &Notice) -> Result<(), String> {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if self.is_down.load(Ordering::Relaxed) {
            return Err("it is down".to_owned());
        }
        self.taken.lock().unwrap().push(notice.message_id.clone());
        Ok(())
    }

    fn at_once(&self) -> usize {
        1
    }
}

fn notice(number: usize) -> Notice {
    Notice {
        event: Event::Loaded,
        load_id: None,
        message_id: number.to_string(),
        target: None,
        data_date: None,
        rows: None,
        bytes: None,
        source: None,
        kind: None,
        reason: None,
        at: String::new(),
    }
}

fn counted(metrics: &Metrics, result: &str) -> String {
    let text = metrics.render(chrono::DateTime::UNIX_EPOCH);
    let series = format!("s3_to_redshift_notices_total{{result=\"{result}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&series)).unwrap().to_owned()
}

struct Scenario {
    sink: Arc<FakeSink>,
    outbox: Outbox,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
}

fn scenario() -> Scenario {
    let (sink, metrics) = (Arc::<FakeSink>::default(), Arc::<Metrics>::default());
    let port: Arc<dyn NoticeSink> = Arc::<FakeSink>::clone(&sink);
    let outbox = Outbox::new(Some(port), Arc::clone(&metrics));
    Scenario { sink, outbox, metrics, stop: CancellationToken::new() }
}

#[tokio::test(start_paused = true)]
async fn notices_are_sent_in_their_order_and_what_is_left_at_the_end_too() {
    let Scenario { sink, outbox, metrics, stop } = scenario();
    (0..3).for_each(|number| outbox.put(notice(number)));
    stop.cancel();
    outbox.send_until(&stop).await;
    assert_eq!(*sink.taken.lock().unwrap(), ["0", "1", "2"]);
    assert_eq!(counted(&metrics, "sent"), "3");
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_down_for_a_while_gets_what_has_waited() {
    let Scenario { sink, outbox, metrics, stop } = scenario();
    sink.is_down.store(true, Ordering::Relaxed);
    outbox.put(notice(0));
    let scenario = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        sink.is_down.store(false, Ordering::Relaxed);
        outbox.put(notice(1));
        let mut unsent = outbox.unsent.subscribe();
        unsent.wait_for(|unsent| *unsent == 0).await.unwrap();
        stop.cancel();
    };
    tokio::join!(outbox.send_until(&stop), scenario);
    assert_eq!(*sink.taken.lock().unwrap(), ["0", "1"]);
    assert_eq!((counted(&metrics, "sent").as_str(), counted(&metrics, "failed").as_str()), ("2", "0"));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_refused_again_and_again_is_given_up_and_told_once_a_minute() {
    let log = CapturedLog::start();
    let Scenario { sink, outbox, metrics, stop } = scenario();
    sink.is_down.store(true, Ordering::Relaxed);
    outbox.put(notice(0));
    let scenario = async {
        let mut unsent = outbox.unsent.subscribe();
        unsent.wait_for(|unsent| *unsent == 0).await.unwrap();
        stop.cancel();
    };
    tokio::join!(outbox.send_until(&stop), scenario);
    assert_eq!(counted(&metrics, "failed"), "1");
    assert!(log.lines().iter().any(|line| line.contains("are dropped: 1, the last one as it is down")));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_never_answers_holds_up_nobody_and_the_end_for_a_moment() {
    let log = CapturedLog::start();
    let Scenario { sink, outbox, metrics, stop } = scenario();
    sink.hangs.store(true, Ordering::Relaxed);
    (0..MOST + 5).for_each(|number| outbox.put(notice(number)));
    assert_eq!(counted(&metrics, "dropped"), "5", "the oldest");
    assert_eq!(outbox.waiting().notices.front().unwrap().message_id, "5");
    stop.cancel();
    let start = tokio::time::Instant::now();
    outbox.send_until(&stop).await;
    assert_eq!(start.elapsed(), ending::NOTICES);
    assert_eq!(counted(&metrics, "dropped"), (MOST + 5).to_string());
    assert!(
        log.lines().iter().any(|line| line.contains("10000 notices were not sent before the daemon stopped"))
    );
}

#[tokio::test(start_paused = true)]
async fn long_notices_are_fewer() {
    let Scenario { outbox, metrics, .. } = scenario();
    let long = |number| Notice { reason: Some("x".repeat(4096)), ..notice(number) };
    (0..MOST).for_each(|number| outbox.put(long(number)));
    assert!(outbox.waiting().bytes <= MOST_BYTES);
    let dropped: usize = counted(&metrics, "dropped").parse().unwrap();
    assert_eq!(outbox.waiting().notices.len(), MOST - dropped);
    assert_eq!(*outbox.unsent.borrow(), MOST - dropped);
}

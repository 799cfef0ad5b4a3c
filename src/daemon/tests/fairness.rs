//! What a daemon does with more messages of some tables than it may hold, so that others are loaded. A message whose id begins with
//! `long` is one of a locked table: its load does not end.

use super::*;
use crate::daemon::polls::MOST_POLLS;

/// SQS answers in 10 to 25 ms.
const LATENCY: Duration = Duration::from_millis(20);
/// No message is sent longer before its load starts, whatever others wait.
const PROMISED: Duration = Duration::from_secs(2);

impl Running {
    /// A daemon whose queue takes its time, and has so many messages of each of these tables, which are locked.
    fn with_locked(tables: &[&str], messages: usize) -> Self {
        let running = Self::start();
        running.queue.is_so_far_away(LATENCY);
        for table in tables {
            for number in 0..messages {
                running.queue.put(&format!("long-{table}-{number}"), table);
            }
        }
        running
    }

    /// Sends a message of a table that nobody locks, and says when it was loaded. Nothing is ahead of it but its turn.
    async fn loaded_after(&self, id: &str) -> Duration {
        let sent = Instant::now();
        self.queue.put(id, id);
        while self.queue.has(id) {
            assert!(sent.elapsed() < 10 * PROMISED, "{id} is not received");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        sent.elapsed()
    }

    /// How many orders wait for each of these tables.
    fn waiting<const N: usize>(&self, tables: [&str; N]) -> [usize; N] {
        let all = self.daemon.tables();
        let waiting =
            |table| all.iter().find(|status| status.table == table).map_or(0, |status| status.waiting);
        tables.map(|table| waiting(format!("s.{table}")))
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_messages_of_one_table_do_not_keep_another_waiting_for_two_seconds() {
    let running = Running::with_locked(&["t"], 10_000);
    let after = running.loaded_after("first").await;
    assert!(after < PROMISED, "{after:?} when nothing is in hand");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let after = running.loaded_after("later").await;
    assert!(after < PROMISED, "{after:?} when the hold is full");
}

#[tokio::test(start_paused = true)]
async fn locked_tables_have_equal_shares_of_the_hold_and_leave_room_for_others() {
    let running = Running::with_locked(&["a", "b", "c"], 1000);
    running.queue.put("long-d", "d");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let held = running.metric(r#"queue_messages{state="held"}"#);
    assert!(held <= 1000, "{held} in hand");
    let waiting = running.waiting(["a", "b", "c"]);
    assert!(waiting.iter().all(|count| *count >= 200), "a third of what is kept each: {waiting:?}");
    assert!(
        running.queue.deliveries().contains(&("long-d".to_owned(), 1)),
        "a table with little is left alone"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_given_back_again_and_again_comes_a_few_times_an_hour() {
    let running = Running::with_locked(&["t"], 2000);
    let most = || running.queue.deliveries().into_iter().map(|(_, count)| count).max().unwrap();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let first = most();
    assert!((8..=15).contains(&first), "{first} deliveries in the first hour");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let second = most() - first;
    assert!(second <= 8, "{second} deliveries in the second hour");
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_given_back_by_the_thousand_are_told_once_a_minute_with_their_number() {
    let running = Running::with_locked(&["t"], 2000);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let lines: Vec<String> =
        running.log.lines().into_iter().filter(|line| line.contains(r#""kind":"crowded""#)).collect();
    assert!((2..=11).contains(&lines.len()), "{} lines in ten minutes", lines.len());
    let count_of = |line: &String| {
        let (_, rest) = line.split_once("went back to the queue for a while: ").unwrap();
        rest.split_once(',').unwrap().0.parse::<u64>().unwrap()
    };
    let told: u64 = lines.iter().map(count_of).sum();
    let given_back = running.metric(r#"messages_settled_total{disposition="retried"}"#);
    assert!(told <= given_back && told >= 1000, "{told} of {given_back} are told");
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_all_open_polls_and_gives_back_what_they_bring() {
    let mut running = Running::start();
    running.queue.is_so_far_away(LATENCY);
    for number in 0..2000 {
        running.queue.put(&format!("m{number}"), "t");
    }
    let all_are_open = async {
        while running.queue.open_receives() < MOST_POLLS {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PROMISED, all_are_open).await.expect("a deep queue is asked by all polls");
    running.signal();
    let (ending, after) = running.ended().await;
    assert_eq!(ending, Ending::Drained);
    assert!(after < Duration::from_secs(1), "{after:?}");
    let left = running.queue.deliveries();
    assert_eq!(left.iter().filter(|(_, count)| *count == 1).count(), MOST_POLLS * 10);
    assert!(left.iter().all(|(id, _)| running.queue.has_visible(id)), "whoever comes next has them at once");
    assert_eq!(running.queue.released_early.load(Ordering::Relaxed), 0);
}

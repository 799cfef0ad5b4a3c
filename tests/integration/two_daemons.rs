//! Several daemons on one queue that delivers messages twice: every row is there once.

use futures_util::stream::{self, StreamExt as _};

use crate::support::daemon::Daemon;
use crate::support::duplicating_proxy::DuplicatingProxy;
use crate::support::scenario::Scenario;
use crate::support::servers;
use crate::support::table;
use crate::support::wait::wait_for;

/// What the daemons are asked to do.
#[derive(Clone, Copy)]
struct Work {
    tables: u32,
    messages: u32,
    /// The column of the table config by which rows are told apart.
    id: &'static str,
    /// Further fields of each message.
    more: &'static str,
}

const DAYS_REPLACED: Work = Work { tables: 50, messages: 2000, id: "{dest: id, type: bigint}", more: "" };
const KEYS_MERGED: Work = Work {
    tables: 10,
    messages: 400,
    id: "{dest: id, type: bigint, primarykey: true}",
    more: r#", "mode": "merge""#,
};
const DAYS: [&str; 4] =
    ["2015-07-01T00:00:00Z", "2015-07-02T00:00:00Z", "2015-07-03T00:00:00Z", "2015-07-04T00:00:00Z"];
const ROWS_A_DAY: u32 = 3;
/// Requests of the test to its servers at one time.
const AT_ONCE: usize = 16;

/// A file for each day of each table, whose rows have ids of their own.
async fn put_files(scenario: &Scenario, work: Work) {
    let files = (0..work.tables).flat_map(|table| (0..).zip(DAYS).map(move |(day, date)| (table, day, date)));
    stream::iter(files)
        .for_each_concurrent(AT_ONCE, async |(number, day, date): (u32, u32, &str)| {
            let name = format!("t{number}");
            let config = table::config_of(&scenario.name, &name, &[work.id]);
            scenario.put(&format!("config_{}_{name}_{date}.yml", scenario.name), config).await;
            let rows = table::rows(date, day * ROWS_A_DAY..(day + 1) * ROWS_A_DAY);
            scenario.put(&format!("{}_{name}_{date}.json", scenario.name), rows).await;
        })
        .await;
}

/// Messages that must all be carried out, as each names its day and forces it.
async fn send_messages(scenario: &Scenario, work: Work) {
    let body = |number: u32| {
        let date = DAYS[usize::try_from(number / work.tables).expect("it fits") % DAYS.len()];
        let table = format!("t{}", number % work.tables);
        scenario.message_for(&[&table], &format!(r#""date": "{date}", "force": true{}"#, work.more))
    };
    let bodies: Vec<String> = (0..work.messages).map(body).collect();
    stream::iter(bodies.chunks(10)).for_each_concurrent(AT_ONCE, |batch| scenario.send_batch(batch)).await;
}

impl Daemon {
    /// Waits until something became of every message that it has received.
    pub(crate) async fn all_is_settled(&self) {
        wait_for("every delivery to be settled", async || {
            let received = self.metric("messages_received_total").await;
            (settled(self).await >= received).then_some(())
        })
        .await;
    }
}

async fn settled(daemon: &Daemon) -> f64 {
    let mut sum = 0.0;
    for disposition in ["deleted", "retried", "parked", "released", "forgotten"] {
        sum += daemon.metric(&format!(r#"messages_settled_total{{disposition="{disposition}"}}"#)).await;
    }
    sum
}

async fn rows_are_there_once(mut scenario: Scenario, work: Work) {
    put_files(&scenario, work).await;
    send_messages(&scenario, work).await;
    let proxy = DuplicatingProxy::before(scenario.cloud.aws_port()).await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", proxy.port));
    let daemons = [Daemon::ready(&scenario).await, Daemon::ready(&scenario).await];
    scenario.drained().await;
    // What was delivered a second time comes back from the daemons too.
    for daemon in &daemons {
        daemon.all_is_settled().await;
    }
    let repeated = u32::try_from(proxy.repeated()).expect("it fits");
    assert!(repeated > work.messages / 7, "only {repeated} messages were delivered twice");

    let expected = u32::try_from(DAYS.len()).expect("it fits") * ROWS_A_DAY;
    for number in 0..work.tables {
        let rows = format!("SELECT COUNT(*), COUNT(DISTINCT id) FROM {}.t{number}", scenario.name);
        assert_eq!(scenario.value(&rows).await, format!("{expected}|{expected}"), "t{number}");
    }
    let ledger = format!("{}_ledger", scenario.name);
    // A message that both daemons held may be loaded by one and superseded by a load of the other: its rows are replaced.
    let twice = format!("SELECT COUNT(*) - COUNT(DISTINCT message_id) FROM {ledger}.loads");
    assert_eq!(scenario.value(&twice).await, "0", "a message was loaded twice");
    let done = format!(
        "SELECT COUNT(*) FROM (SELECT message_id FROM {ledger}.loads \
         UNION SELECT message_id FROM {ledger}.superseded_messages) AS done"
    );
    assert_eq!(scenario.value(&done).await, work.messages.to_string());
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
async fn two_daemons_load_two_thousand_messages_once_under_snapshot_isolation() {
    rows_are_there_once(Scenario::new().await, DAYS_REPLACED).await;
}

#[tokio::test]
async fn two_daemons_load_two_thousand_messages_once_under_serializable_isolation() {
    rows_are_there_once(Scenario::on(servers::serializable().await).await, DAYS_REPLACED).await;
}

#[tokio::test]
async fn two_daemons_merge_four_hundred_messages_once_on_both_isolation_levels() {
    for cloud in [servers::ministack().await, servers::serializable().await] {
        rows_are_there_once(Scenario::on(cloud).await, KEYS_MERGED).await;
    }
}

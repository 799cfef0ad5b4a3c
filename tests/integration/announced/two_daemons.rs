//! Two daemons on one queue that delivers events twice: every file is loaded once.

use futures_util::stream::{self, StreamExt as _};

use crate::announced::RULES;
use crate::support::daemon::Daemon;
use crate::support::duplicating_proxy::DuplicatingProxy;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::servers;
use crate::support::table;

const TABLES: u32 = 10;
const MESSAGES: u32 = 400;
/// Of each message. The last one of a message is the first one of another message of the table.
const FILES: u32 = 3;
/// Requests of the test to its servers at one time.
const AT_ONCE: usize = 16;

fn key(table: u32, file: u32) -> String {
    format!("in/t{table}/dt=2015-07-01/{file}.json.gz")
}

async fn files_are_loaded_once(scenario: Scenario) {
    let mut scenario = scenario.routed_by(&RULES.replace("LINGER", "1s"), "park").await;
    let files_of_table = MESSAGES / TABLES * (FILES - 1);
    for table in 0..TABLES {
        let name = format!("t{table}");
        let config = table::config_of(&scenario.name, &name, &["{dest: id, type: bigint}"]);
        scenario.put(&format!("config/{name}.yml"), config).await;
    }
    let files = (0..TABLES).flat_map(|table| (0..files_of_table).map(move |file| (table, file)));
    let put = async |(table, file): (u32, u32)| {
        scenario.put(&key(table, file), table::gzip(&table::rows(DAY_1, [file]))).await;
    };
    stream::iter(files).for_each_concurrent(AT_ONCE, put).await;
    let body = |number: u32| {
        let (table, first) = (number % TABLES, number / TABLES * (FILES - 1));
        let keys: Vec<String> =
            (first..first + FILES).map(|file| key(table, file % files_of_table)).collect();
        scenario.event_of(&keys.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let bodies: Vec<String> = (0..MESSAGES).map(body).collect();
    stream::iter(bodies.chunks(10)).for_each_concurrent(AT_ONCE, |bodies| scenario.send_batch(bodies)).await;

    let proxy = DuplicatingProxy::before(scenario.cloud.aws_port()).await;
    scenario.variables.insert("AWS_ENDPOINT_URL_SQS".to_owned(), format!("http://127.0.0.1:{}", proxy.port));
    let daemons = [Daemon::ready(&scenario).await, Daemon::ready(&scenario).await];
    scenario.drained().await;
    for daemon in &daemons {
        // What was delivered a second time comes back from the daemons too.
        daemon.all_is_settled().await;
    }
    let repeated = u32::try_from(proxy.repeated()).expect("it fits");
    assert!(repeated > MESSAGES / 7, "only {repeated} messages were delivered twice");

    for table in 0..TABLES {
        let rows = format!("SELECT COUNT(*), COUNT(DISTINCT id) FROM {}.t{table}", scenario.name);
        assert_eq!(scenario.value(&rows).await, format!("{files_of_table}|{files_of_table}"), "t{table}");
    }
    let all = files_of_table * TABLES;
    assert_eq!(
        scenario.of_files("COUNT(*), COUNT(DISTINCT object_key)").await,
        format!("{all}|{all}"),
        "each file is known once"
    );
    assert_eq!(scenario.dead_letters().await, 0);
}

#[tokio::test]
async fn two_daemons_load_the_files_of_four_hundred_messages_once_on_both_isolation_levels() {
    for cloud in [servers::ministack().await, servers::serializable().await] {
        files_are_loaded_once(Scenario::on(cloud).await).await;
    }
}

//! Whatever comes in messages and files: the memory that deploy/ grants suffices, log lines stay short, and what is good is
//! loaded.

use std::fmt::Write as _;

use futures_util::stream::{self, StreamExt as _};

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

/// `resources.limits.memory` of deploy/kubernetes.
const GRANTED_MIB: u64 = 384;
const LONGEST_LINE: usize = 16_000;

/// The largest that the process has ever been, in MiB.
fn peak_mib(daemon: &Daemon) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel tells");
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number of kB");
    kibibytes / 1024
}

fn check_lines_and_memory(daemon: &Daemon) {
    let longest = daemon.log.all().into_iter().max_by_key(String::len).expect("it has written a log");
    assert!(longest.len() < LONGEST_LINE, "{} bytes: {longest}", longest.len());
    let peak = peak_mib(daemon);
    show(&format!("peak memory {peak} MiB, longest line {} bytes", longest.len()));
    assert!(peak <= GRANTED_MIB, "{peak} MiB");
}

/// For whoever runs it with `--nocapture`.
#[expect(
    clippy::print_stdout,
    reason = "a figure for people, which the test runner keeps unless it is asked for"
)]
fn show(figures: &str) {
    println!("{figures}");
}

/// The kind of message that is not hopeless at once.
const UNKNOWN_TABLES: usize = 2;

/// A message that nobody sends on purpose; of eight kinds, by number.
fn hostile(scenario: &Scenario, number: usize) -> String {
    let tables = |names: &mut dyn Iterator<Item = String>| {
        let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
        format!(r#"{{"schema": "{0}", "bucket": "{0}", "tables": [{1}]}}"#, scenario.name, names.join(","))
    };
    match number % 8 {
        // Not all of them so large: the stand-in for SQS has to hold them too.
        0 if number.is_multiple_of(16) => tables(&mut (0..37_000).map(|table| format!("t{table}"))),
        0 => tables(&mut (0..101).map(|table| "x".repeat(120) + &table.to_string())),
        1 => scenario.message(r#""tables": ["events"], "force": true, "force": false"#),
        UNKNOWN_TABLES => tables(&mut (0..2).map(|table| format!("unknown_{number}_{table}"))),
        3 => scenario.message(&format!(r#""bucket": "{}""#, "b\\n".repeat(2000))),
        4 => tables(&mut ["a\u{1b}[2J".to_owned(), "b\"\\\n{\"level\":\"INFO\"}".to_owned()].into_iter()),
        5 => format!(r#"{{"schema": "{}"}}"#, "\\u0000\\\"".repeat(5000)),
        6 => "[".repeat(20_000),
        _ => format!(
            r#"{{"schema": "{0}", "bucket": "{0}", "tables": "events", "config": "/etc/{1}"}}"#,
            scenario.name,
            "x".repeat(3000)
        ),
    }
}

/// Sends bodies in batches as small as SQS takes them.
async fn send_all(scenario: &Scenario, bodies: Vec<String>) {
    let mut batches: Vec<Vec<String>> = vec![Vec::new()];
    for body in bodies {
        let last = batches.last_mut().expect("there is one");
        let bytes: usize = last.iter().map(String::len).sum();
        if last.len() == 10 || (bytes + body.len() > 250_000 && !last.is_empty()) {
            batches.push(vec![body]);
        } else {
            last.push(body);
        }
    }
    let send = |batch: Vec<String>| async move { scenario.send_batch(&batch).await };
    stream::iter(batches).map(send).buffer_unordered(8).collect::<Vec<()>>().await;
}

#[tokio::test]
async fn ten_thousand_messages_of_which_a_third_is_hostile_fit_into_the_memory_that_deploy_grants() {
    let scenario = Scenario::new().await;
    let tables: Vec<String> = (0..20).map(|number| format!("good{number}")).collect();
    for table in &tables {
        let (key, config) = (format!("{}_{table}_{DAY_1}", scenario.name), ["{dest: id, type: bigint}"]);
        scenario.put(&format!("{key}.json"), table::rows(DAY_1, [1, 2])).await;
        scenario.put(&format!("config_{key}.yml"), table::config_of(&scenario.name, table, &config)).await;
    }
    let mut bodies = Vec::new();
    let (mut good, mut hopeless) = (0_u32, 0_u32);
    for number in 0..10_000 {
        if number % 3 == 0 {
            bodies.push(hostile(&scenario, number / 3));
            // Files of unknown tables are waited for.
            hopeless += u32::from(number / 3 % 8 != UNKNOWN_TABLES);
        } else {
            good += 1;
            bodies.push(scenario.message_for(&[&tables[number % tables.len()]], ""));
        }
    }
    send_all(&scenario, bodies).await;
    let daemon = Daemon::ready(&scenario).await;
    // Step by step: what is waited for is that it goes on.
    for step in 1..=20 {
        for (disposition, count) in [("deleted", good), ("parked", hopeless)] {
            let series = format!(r#"messages_settled_total{{disposition="{disposition}"}}"#);
            daemon.metric_reaches(&series, f64::from(count * step / 20)).await;
        }
    }
    for table in &tables {
        let count = scenario.value(&format!("SELECT COUNT(*) FROM {}.{table}", scenario.name)).await;
        assert_eq!(count, "2", "{table}");
    }
    check_lines_and_memory(&daemon);
}

/// A manifest as large as is read, of files that nobody has.
fn largest_manifest(scenario: &Scenario) -> String {
    let mut text = r#"{"entries": ["#.to_owned();
    for number in 0..10_000 {
        let separator = if number == 0 { "" } else { "," };
        let key = format!("{}/{number}.json.gz", "long".repeat(80));
        write!(text, r#"{separator}{{"url": "s3://{}/{key}", "mandatory": true}}"#, scenario.name)
            .expect("a String takes every text");
    }
    text + "]}"
}

#[tokio::test]
async fn the_largest_legal_messages_manifests_and_configs_fit_with_all_slots_busy() {
    let scenario = Scenario::new().await;
    let manifest = largest_manifest(&scenario);
    assert!(manifest.len() > 3_500_000 && manifest.len() < 4 << 20, "{}", manifest.len());
    let names: Vec<String> = (0..8).map(|number| format!("listed{number}")).collect();
    for name in &names {
        let key = format!("{}_{name}_{DAY_1}", scenario.name);
        let config = table::config_of(&scenario.name, name, &["{dest: id, type: bigint}"]);
        // Notes of the producer, which nobody reads: almost as many as a config may hold.
        let notes: String = "# note\n- {a: b, c: [d, e]}\n".repeat(20_000);
        let notes: String = notes.lines().map(|line| format!("  {line}\n")).collect();
        let config = format!("{config}notes:\n{notes}");
        scenario.put(&format!("{key}.manifest"), manifest.clone()).await;
        scenario.put(&format!("config_{key}.yml"), config).await;
    }
    let daemon = Daemon::ready(&scenario).await;
    // A hundred tables with the longest names each, which nobody has.
    let many: Vec<String> = (0..100).map(|number| format!("{}{number:02}", "m".repeat(120))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let longest = format!(r#""config": "s3://{}/{}""#, scenario.name, "c".repeat(1000));
    for _ in 0..100 {
        scenario.send_batch(&vec![scenario.message_for(&many, &longest); 2]).await;
    }
    let mut ids = Vec::new();
    for name in &names {
        ids.push(scenario.send(&scenario.message_for(&[name], "")).await);
    }
    for id in ids {
        let settled = daemon.settled(&id).await;
        assert_eq!(settled["kind"], "no_data_file", "{settled}");
    }
    wait_for("a message of a hundred tables to be settled", async || {
        daemon
            .log
            .all()
            .iter()
            .any(|line| line.contains("mmmm") && line.contains("disposition"))
            .then_some(())
    })
    .await;
    check_lines_and_memory(&daemon);
}

/// The largest body that SQS takes.
const LARGEST_BODY: usize = 1 << 20;

#[tokio::test]
async fn as_many_of_the_largest_messages_as_polls_bring_at_once_fit_after_small_ones() {
    let scenario = Scenario::new().await.loaded_once().await;
    let small = scenario.message(r#""force": true"#);
    for _ in 0..40 {
        scenario.send_batch(&vec![small.clone(); 10]).await;
    }
    let blanks = " ".repeat(LARGEST_BODY - small.len());
    let largest = small + &blanks;
    let send = |_| async { scenario.send(&largest).await };
    stream::iter(0..150).map(send).buffer_unordered(4).collect::<Vec<String>>().await;
    let _lock = scenario.lock_table().await;
    let daemon = Daemon::ready(&scenario).await;
    daemon.metric_reaches("messages_received_total", 550.0).await;
    check_lines_and_memory(&daemon);
}

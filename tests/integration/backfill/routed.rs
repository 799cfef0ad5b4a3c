//! `backfill` of files that rules of ROUTES name.

use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::scenario::{Finished, Scenario};
use crate::support::table::{TABLE, config, rows};

const DAYS: [&str; 4] = ["2015-07-01", "2015-07-02", "2015-07-03", "2015-07-04"];

/// Rules for dated files below `in/`, whose names do not sort by their dates.
async fn with_routes() -> Scenario {
    let rules = r#"
routes:
  - ignore: "s3://BUCKET/in/**/*.tmp"
  - {match: "s3://BUCKET/in/{table}/{date:%d-%m-%Y}/*.json", schema: BUCKET, config: "s3://BUCKET/{table}.yml", batch: {linger: 1s}}
  - {match: "s3://BUCKET/flat/{table}/*", schema: BUCKET}
  - {match: "s3://BUCKET/other/*", schema: other, table: undated}
"#;
    let scenario = Scenario::new().await.with_rules(rules).await;
    scenario.put(&format!("{TABLE}.yml"), config(&scenario.name)).await;
    scenario
}

impl Scenario {
    async fn put_routed(&self, day: &str, file: &str, id: u32) -> String {
        let mut parts: Vec<&str> = day.split('-').collect();
        parts.reverse();
        let key = format!("in/{TABLE}/{}/{file}.json", parts.join("-"));
        self.put(&key, rows(&format!("{day}T00:00:00Z"), [id])).await;
        key
    }

    async fn put_days(&self) {
        for (id, day) in (1..).zip(DAYS) {
            self.put_routed(day, "a", id).await;
        }
    }
}

async fn backfill(scenario: &Scenario, tables: &str, (from, to): (&str, &str), more: &[&str]) -> Finished {
    let usual = ["backfill", "--from", from, "--to", to, "--schema", &scenario.name, "--tables", tables];
    scenario.run(&[&usual[..], more].concat()).await
}

fn json(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The keys of each message, in the order of the messages.
fn keys(bodies: &[String]) -> Vec<Vec<String>> {
    let of_body = |body: &String| {
        let body: Value = serde_json::from_str(body).unwrap();
        let records = body["Records"].as_array().unwrap().iter();
        records.map(|record| record["s3"]["object"]["key"].as_str().unwrap().to_owned()).collect()
    };
    bodies.iter().map(of_body).collect()
}

#[tokio::test]
async fn files_of_a_range_of_dates_are_loaded_and_those_that_were_are_passed_over() {
    let scenario = with_routes().await;
    scenario.put_days().await;
    let daemon = Daemon::ready(&scenario).await;
    // Newer than what comes then.
    let newest = backfill(&scenario, TABLE, (DAYS[3], DAYS[3]), &[]).await.success();
    newest.says("1 file loaded, 0 without an answer, 0 not sent");
    let some = backfill(&scenario, TABLE, (DAYS[1], DAYS[3]), &["--patience", "60s"]).await.success();
    some.says("1 file passed over, as the ledger has them");
    some.says("2 files loaded, 0 without an answer, 0 not sent");
    assert_eq!(scenario.ids().await, "2,3,4");
    // It goes on where it was.
    let rest = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &["--in-flight", "1"]).await.success();
    rest.says("1 file loaded, 0 without an answer, 0 not sent");
    assert_eq!(scenario.ids().await, "1,2,3,4");
    drop(daemon);
}

#[tokio::test]
async fn files_are_announced_in_the_order_of_their_dates_however_their_keys_sort() {
    let scenario = with_routes().await;
    let last_of_june = scenario.put_routed("2015-06-30", "z", 1).await;
    let mut expected = vec![last_of_june];
    for number in 0..60 {
        expected.push(scenario.put_routed("2015-07-01", &format!("{number:02}"), number).await);
    }
    expected.push(scenario.put_routed("2015-07-02", "a", 1).await);
    scenario.put_routed("2015-07-03", "beyond", 1).await;
    let none = ["--patience", "0s"];
    let stopped = backfill(&scenario, TABLE, ("2015-06-30", "2015-07-02"), &none).await;
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    stopped.says("0 files loaded, 62 without an answer, 0 not sent");
    stopped.says(&format!(
        "50 files of {} of 2015-06-30T00:00:00 to 2015-07-01T00:00:00: sent",
        scenario.table()
    ));
    let mut keys = keys(&scenario.all_bodies(2).await);
    keys.sort_by_key(|keys| std::cmp::Reverse(keys.len()));
    assert_eq!(keys.concat(), expected);
}

#[tokio::test]
async fn no_more_messages_of_files_are_sent_than_may_be_in_flight() {
    let scenario = with_routes().await;
    for number in 0..51 {
        scenario.put_routed(DAYS[0], &format!("{number:02}"), number).await;
    }
    let few = ["--in-flight", "1", "--patience", "1s"];
    let stopped = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &few).await;
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    stopped.says("0 files loaded, 50 without an answer, 1 not sent");
    stopped.says("stopped, as 1 message in a row had no answer");
    assert_eq!(scenario.queued().await, Some(1));
}

#[tokio::test]
async fn a_file_that_is_parked_is_told_and_the_others_are_loaded() {
    let scenario = with_routes().await;
    scenario.put_days().await;
    let key = scenario.put_routed(DAYS[1], "bad", 9).await;
    scenario.put(&key, "this is no JSON").await;
    let daemon = Daemon::ready(&scenario).await;
    let done = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &["--patience", "20s"]).await;
    assert_eq!(done.code, Some(1), "{done:?}");
    done.says("4 files loaded, 1 without an answer, 0 not sent");
    done.says(&format!("1 file of {} of ", scenario.table()));
    assert_eq!(scenario.ids().await, "1,2,3,4");
    drop(daemon);
}

#[tokio::test]
async fn a_bad_file_in_each_message_does_not_look_like_a_daemon_that_is_away() {
    let scenario = with_routes().await;
    for number in 1..=50 {
        scenario.put_routed(DAYS[0], &format!("{number:02}"), number).await;
    }
    scenario.put(&format!("in/{TABLE}/01-07-2015/00.json"), "this is no JSON").await;
    let daemon = Daemon::ready(&scenario).await;
    let few = ["--in-flight", "1", "--patience", "15s"];
    let done = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &few).await;
    assert_eq!(done.code, Some(1), "{done:?}");
    done.says("50 files loaded, 1 without an answer, 0 not sent");
    drop(daemon);
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_sent_of_each_date() {
    let scenario = with_routes().await;
    scenario.put_days().await;
    let daemon = Daemon::ready(&scenario).await;
    backfill(&scenario, TABLE, (DAYS[0], DAYS[2]), &[]).await.success();
    drop(daemon);
    scenario.put_routed(DAYS[0], "a", 9).await;
    scenario.put_routed(DAYS[1], "b", 5).await;
    scenario.put_routed(DAYS[2], "a", 8).await;
    scenario.put_routed(DAYS[2], "b", 7).await;
    scenario.put("in/events/02-07-2015/x.tmp", "{}").await;
    let range = ("2015-07-01", "2015-07-06");
    let without_queue = ["backfill", "--from", range.0, "--to", range.1, "--schema", &scenario.name];
    let flags = [&without_queue[..], &["--tables", TABLE, "--dry-run", "--json"]].concat();
    let shown = scenario.run_with(&flags, |command| _ = command.env_remove("QUEUE_URL")).await.success();
    let found: Vec<_> = json(&shown)
        .iter()
        .map(|row| {
            let number = |field: &str| row[field].as_u64().unwrap();
            let numbers = ["files", "files_to_send", "files_loaded", "files_rewritten"].map(number);
            (row["date"].as_str().unwrap().to_owned(), row["state"].as_str().unwrap().to_owned(), numbers)
        })
        .collect();
    let expected = [
        ("2015-07-01T00:00:00", "rewritten_and_left", [1, 0, 0, 1]),
        ("2015-07-02T00:00:00", "to_load", [2, 1, 1, 0]),
        ("2015-07-03T00:00:00", "to_load", [2, 1, 0, 1]),
        ("2015-07-04T00:00:00", "to_load", [1, 1, 0, 0]),
        ("2015-07-05 to 2015-07-06", "none_found", [0, 0, 0, 0]),
    ];
    let expected = expected.map(|(date, state, numbers)| (date.to_owned(), state.to_owned(), numbers));
    assert_eq!(found, expected, "{shown:?}");
    let table = backfill(&scenario, TABLE, range, &["--dry-run"]).await.success();
    table.says("to load, 1 loaded");
    table.says("to load, 1 written again since their load");
    table.says("3 files to send, ");
    let rewritten = backfill(&scenario, TABLE, range, &["--dry-run", "--rewritten"]).await;
    // The table config leaves it to be parked.
    assert_eq!(rewritten.code, Some(1), "{rewritten:?}");
    rewritten.says("would fail: ");
    rewritten.says("was written again after load");
    assert_eq!(scenario.queued().await, Some(0));
}

#[tokio::test]
async fn files_that_were_written_again_are_sent_only_when_they_are_asked_for() {
    let scenario = with_routes().await;
    let appending = config(&scenario.name).replace("datadatecolumn", "rewritten: append, datadatecolumn");
    scenario.put(&format!("{TABLE}.yml"), appending).await;
    scenario.put_days().await;
    let daemon = Daemon::ready(&scenario).await;
    backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &[]).await.success();
    scenario.put_routed(DAYS[0], "a", 9).await;
    let left = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &[]).await.success();
    left.says("not sent: 1 file written again since the load; --rewritten sends them");
    left.says("0 files loaded, 0 without an answer, 0 not sent");
    let sent = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &["--rewritten"]).await.success();
    sent.says("1 file loaded, 0 without an answer, 0 not sent");
    assert_eq!(scenario.ids().await, "1,2,3,4,9");
    drop(daemon);
}

#[tokio::test]
async fn a_slip_in_the_table_config_is_seen_before_anything_is_sent() {
    let scenario = with_routes().await;
    scenario.put_days().await;
    let usual = config(&scenario.name);
    let merged = usual.replace("datadatecolumn", "mode: merge, datadatecolumn").replacen(
        "notnull: true",
        "notnull: true, primarykey: true",
        1,
    );
    for (config, why, state) in [
        ("not: [a config".to_owned(), "table config", "invalid_table_config"),
        (
            usual.replace("datadatecolumn", "mode: replace, datadatecolumn"),
            "mode: replace",
            "invalid_table_config",
        ),
        (merged, "is merged: rows of older files", "refused"),
    ] {
        scenario.put(&format!("{TABLE}.yml"), config).await;
        let refused = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &["--patience", "0s"]).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        refused.says(why);
        refused.says("nothing was sent");
        let shown = backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &["--dry-run", "--json"]).await;
        assert_eq!(shown.code, Some(1), "{shown:?}");
        assert!(json(&shown).iter().all(|row| row["state"] == state), "{shown:?}");
    }
    backfill(&scenario, TABLE, (DAYS[0], DAYS[3]), &["--dry-run", "--force"]).await.success();
    assert_eq!(scenario.queued().await, Some(0));
}

#[tokio::test]
async fn a_table_that_no_rule_gives_dated_files_of_is_refused() {
    let scenario = with_routes().await;
    scenario.put_days().await;
    scenario.put("flat/plain/x.json", "{}").await;
    let name = scenario.name.clone();
    for (arguments, code, why) in [
        (&["--tables", "plain"][..], 1, "plain give them no date"),
        (&["--tables", "evnets"], 1, "no file of"),
        (
            &["--tables", TABLE, "--date", "2015-07-01T00:00:00Z"],
            2,
            "--date: without --bucket, the rules of ROUTES say",
        ),
        (&[], 2, "`tables`"),
    ] {
        let usual = ["backfill", "--from", DAYS[0], "--to", DAYS[3], "--schema", &name];
        for more in [&["--dry-run"][..], &[]] {
            let refused = scenario.run(&[&usual[..], arguments, more].concat()).await;
            assert_eq!(refused.code, Some(code), "{refused:?}");
            refused.says(why);
        }
    }
    let of_other =
        |table| ["backfill", "--from", DAYS[0], "--to", DAYS[3], "--schema", "other", "--tables", table];
    scenario.run(&of_other(TABLE)).await.says("no rule of ROUTES takes files of other.");
    scenario.run(&of_other("undated")).await.says("take files of other.undated give them no date");
    let without_routes =
        scenario.run_with(&of_other(TABLE), |command| _ = command.env_remove("ROUTES")).await;
    assert_eq!(without_routes.code, Some(2), "{without_routes:?}");
    without_routes.says("--bucket is required, for the dated layouts; or ROUTES");
    assert_eq!(scenario.queued().await, Some(0));
}

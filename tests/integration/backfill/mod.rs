//! `backfill`: a range of data dates, the oldest first and few at a time.

mod dry_run;
mod routed;

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Finished, Scenario};
use crate::support::table::TABLE;

const DAY_4: &str = "2015-07-04T00:00:00Z";

async fn backfill(scenario: &Scenario, from: &str, to: &str, more: &[&str]) -> Finished {
    scenario.run(&arguments(scenario, from, to, more)).await
}

fn arguments<'a>(scenario: &'a Scenario, from: &'a str, to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let name = scenario.name.as_str();
    let usual =
        ["backfill", "--from", from, "--to", to, "--bucket", name, "--schema", name, "--tables", TABLE];
    [&usual[..], more].concat()
}

async fn with_days() -> Scenario {
    let scenario = Scenario::new().await;
    for (id, date) in (1..).zip([DAY_1, DAY_2, DAY_3, DAY_4]) {
        scenario.put_day(date, [id]).await;
    }
    scenario
}

#[tokio::test]
async fn the_dates_of_a_range_are_loaded_though_the_table_has_newer_data() {
    let scenario = with_days().await;
    scenario.load(&[]).await.success();
    let daemon = Daemon::ready(&scenario).await;
    let done = backfill(&scenario, "2015-07-02", DAY_4, &[]).await.success();
    done.says("2 dates loaded, 0 without an answer, 0 not sent");
    done.says("1 date passed over, as the ledger has them");
    assert_eq!(scenario.ids().await, "2,3,4");
    // It goes on where it was.
    let again = backfill(&scenario, "2015-07-01", "2015-07-04", &["--in-flight", "1"]).await.success();
    again.says("1 date loaded, 0 without an answer");
    assert_eq!(scenario.ids().await, "1,2,3,4");
    assert_eq!(scenario.ledger_rows().await, "4");
    drop(daemon);
}

#[tokio::test]
async fn dates_are_loaded_in_their_order() {
    let scenario = with_days().await;
    let daemon = Daemon::ready(&scenario).await;
    backfill(&scenario, "2015-07-01", "2015-07-04", &["--in-flight", "1"]).await.success();
    let query = format!("SELECT data_date::date FROM {}_ledger.loads ORDER BY load_id", scenario.name);
    let days = ["2015-07-01", "2015-07-02", "2015-07-03", "2015-07-04"];
    assert_eq!(scenario.sql(&query).await, days);
    drop(daemon);
}

#[tokio::test]
async fn no_more_messages_are_sent_than_may_be_in_flight() {
    let scenario = with_days().await;
    let few = ["--in-flight", "2", "--patience", "2s"];
    let stopped = backfill(&scenario, "2015-07-01", "2015-07-04", &few).await;
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    stopped.says("0 dates loaded, 2 without an answer, 2 not sent");
    stopped.says("stopped, as 2 messages in a row had no answer");
    stopped.says("dead-letters list --id ");
    let mut dates: Vec<String> = scenario
        .all_bodies(2)
        .await
        .iter()
        .map(|body| serde_json::from_str::<serde_json::Value>(body).unwrap()["date"].to_string())
        .collect();
    dates.sort();
    assert_eq!(dates, [format!("{DAY_1:?}"), format!("{DAY_2:?}")]);
}

#[tokio::test]
async fn a_date_that_is_parked_is_told_and_the_others_are_loaded() {
    let scenario = with_days().await;
    scenario.put_file(DAY_2, "this is no JSON").await;
    let daemon = Daemon::ready(&scenario).await;
    let done = backfill(&scenario, "2015-07-01", "2015-07-04", &["--patience", "20s"]).await;
    assert_eq!(done.code, Some(1), "{done:?}");
    done.says("3 dates loaded, 1 without an answer, 0 not sent");
    done.says(&format!("{} of {DAY_2}: not loaded within 20s", scenario.table()));
    assert_eq!(scenario.ids().await, "1,3,4");
    drop(daemon);
}

#[tokio::test]
async fn what_would_harm_newer_rows_or_means_nothing_is_refused_before_anything_is_sent() {
    let scenario = with_days().await;
    for (more, code, why) in [
        (&["--date", DAY_1][..], 2, "--from and --to are those of a backfill"),
        (&["--truncate"], 2, "--truncate"),
        (&["--mode", "replace"], 2, "--mode replace"),
        (&["--in-flight", "0"], 2, "--in-flight"),
        (&["--expected-rows", "3"], 2, "--expected-rows"),
        (&["--config", "s3://nowhere-at-all/x.yml"], 1, "nowhere-at-all"),
    ] {
        let refused = backfill(&scenario, "2015-07-01", "2015-07-04", more).await;
        assert_eq!(refused.code, Some(code), "{refused:?}");
        refused.says(why);
    }
    let reversed = backfill(&scenario, "2015-07-04", "2015-07-01", &[]).await;
    assert_eq!(reversed.code, Some(2));
    reversed.says("--from must not be after --to");
    let config = crate::support::table::config(&scenario.name)
        .replace("datadatecolumn", "mode: replace, datadatecolumn");
    scenario.put_config(DAY_1, &config).await;
    let replacing = backfill(&scenario, "2015-07-01", "2015-07-04", &[]).await;
    assert_eq!(replacing.code, Some(1), "{replacing:?}");
    replacing.says("would take away the rows of all others; nothing was sent");
    assert_eq!(scenario.queued().await, Some(0));
}

//! Loads that replace the rows of an hour, a day or a span, by the clocks of a zone.

use crate::support::recording_proxy::RecordingProxy;
use crate::support::scenario::Scenario;
use crate::support::table;

/// A config of the table `events`, with a data date column of this type, and more in its `meta`.
fn config(schema: &str, column_type: &str, meta: &str) -> String {
    let config = table::config_with(schema, &["{dest: id, type: bigint}"]);
    config
        .replace("dest: data_date, type: timestamp", &format!("dest: data_date, type: {column_type}"))
        .replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date, {meta}"))
}

/// Rows with ids from `first` on, one for each of these dates.
fn rows(first: u32, dates: &[&str]) -> String {
    let row = |(id, date): (u32, &&str)| format!("{{\"id\": {id}, \"data_date\": \"{date}\"}}\n");
    (first..).zip(dates).map(row).collect()
}

struct Days {
    scenario: Scenario,
    config: String,
}

impl Days {
    async fn of(column_type: &str, meta: &str) -> Self {
        let scenario = Scenario::new().await;
        let config = config(&scenario.name, column_type, meta);
        Self { scenario, config }
    }

    async fn put(&self, date: &str, rows: &str) {
        self.scenario.put_config(date, &self.config).await;
        self.scenario.put_file(date, rows).await;
    }
}

const NEW_YORK: &str = "granularity: day, timezone: America/New_York";

#[tokio::test]
async fn a_day_is_replaced_by_the_clocks_of_its_zone_and_its_neighbours_stay() {
    let days = Days::of("timestamp", NEW_YORK).await;
    // Wall times of July 1st, whose midnight is at 04:00 UTC.
    days.put("2015-07-01T04:00:00Z", &rows(1, &["2015-07-01 00:00:00", "2015-07-01 23:59:59.999999"])).await;
    days.scenario.load(&[]).await.success();
    days.put("2015-07-02T04:00:00Z", &rows(10, &["2015-07-02 00:00:00", "2015-07-02 12:00:00"])).await;
    days.scenario.load(&[]).await.success();
    // Later data of the second day, made in its last hour there, is no longer the same date in UTC.
    days.put("2015-07-03T03:30:00Z", &rows(20, &["2015-07-02 00:00:00", "2015-07-02 22:00:00"])).await;
    days.scenario.load(&[]).await.success().says("in place of 2");
    assert_eq!(days.scenario.ids().await, "1,2,20,21");
    let ledger = "SELECT granularity, timezone, window_start, window_end FROM";
    let ledger = format!(
        "{ledger} {}_ledger.loads ORDER BY finished_at DESC, load_id DESC LIMIT 1",
        days.scenario.name
    );
    assert_eq!(
        days.scenario.sql(&ledger).await,
        ["day|America/New_York|2015-07-02 04:00:00|2015-07-03 04:00:00"]
    );
}

#[tokio::test]
async fn only_rows_of_a_later_day_make_a_file_stale() {
    let days = Days::of("timestamp", NEW_YORK).await;
    days.put("2015-07-02T04:00:00Z", &rows(1, &["2015-07-02 18:00:00"])).await;
    days.scenario.load(&[]).await.success();
    days.put("2015-07-02T08:00:00Z", &rows(2, &["2015-07-02 19:00:00"])).await;
    days.scenario.load(&[]).await.success().says("loaded  1 rows");
    days.put("2015-07-01T04:00:00Z", &rows(3, &["2015-07-01 00:00:00"])).await;
    let stale = days.scenario.load(&["--date", "2015-07-01T04:00:00Z"]).await.success();
    stale.says("skipped the table has data of 2015-07-02T23:00:00Z, the file is of 2015-07-01T04:00:00Z");
    assert_eq!(days.scenario.ids().await, "2");
}

#[tokio::test]
async fn an_older_file_of_a_window_does_not_replace_a_newer_one_without_force() {
    let days = Days::of("timestamp", "granularity: day").await;
    let (early, late) = ("2015-07-01T04:00:00Z", "2015-07-01T05:00:00Z");
    days.put(early, &rows(1, &["2015-07-01 03:00:00"])).await;
    days.put(late, &rows(10, &["2015-07-01 03:00:00", "2015-07-01 04:30:00"])).await;
    days.scenario.load(&[]).await.success();
    let stale = days.scenario.load(&["--date", early]).await.success();
    stale.says("skipped the day 2015-07-01 in UTC has the rows of a file of 2015-07-01T05:00:00Z, by load ");
    stale.says(", the file is of 2015-07-01T04:00:00Z; use force to load it in their place");
    assert_eq!(days.scenario.ids().await, "10,11");
    days.scenario.plan(&["--date", early]).await.success().says("decision    skip: the day 2015-07-01");
    days.scenario.load(&["--date", early, "--force"]).await.success().says("in place of 2");
    assert_eq!(days.scenario.ids().await, "1");
    // Now the rows are of the early file, so that the late one is newer.
    days.scenario.load(&[]).await.success().says("in place of 1");
    // Whose rows are gone has nothing that could be newer.
    days.scenario.sql(&format!("DELETE FROM {}", days.scenario.table())).await;
    days.scenario
        .sql(&format!("INSERT INTO {} (id, data_date) VALUES (5, '2015-06-01')", days.scenario.table()))
        .await;
    days.scenario.load(&["--date", early]).await.success().says("loaded  1 rows");
}

#[tokio::test]
async fn days_of_23_and_25_hours_have_each_of_their_rows_once_however_often_they_are_loaded() {
    let days = Days::of("timestamp", NEW_YORK).await;
    let hours = |day: &str, left_out: Option<u32>, doubled: Option<u32>| -> Vec<String> {
        let hour = |hour: u32| {
            let times = if left_out == Some(hour) { 0 } else { 1 + usize::from(doubled == Some(hour)) };
            vec![format!("{day} {hour:02}:30:00"); times]
        };
        (0..24).flat_map(hour).collect()
    };
    let spring = hours("2015-03-08", Some(2), None);
    let autumn = hours("2015-11-01", None, Some(1));
    for (date, day) in [("2015-03-08T05:00:00Z", &spring), ("2015-11-01T04:00:00Z", &autumn)] {
        let dates: Vec<&str> = day.iter().map(String::as_str).collect();
        days.put(date, &rows(1, &dates)).await;
        days.scenario.load(&["--date", date]).await.success();
        days.scenario.load(&["--date", date, "--force"]).await.success();
    }
    let count =
        |day| format!("SELECT COUNT(*) FROM {} WHERE data_date::date = '{day}'", days.scenario.table());
    assert_eq!(days.scenario.value(&count("2015-03-08")).await, "23");
    assert_eq!(days.scenario.value(&count("2015-11-01")).await, "25");
}

#[tokio::test]
async fn the_doubled_hour_is_two_hours_by_instants_and_refused_by_wall_times() {
    let hour = "granularity: hour, timezone: America/New_York";
    let days = Days::of("timestamptz", hour).await;
    for (date, id) in [("2015-11-01T05:00:00Z", 1), ("2015-11-01T06:00:00Z", 2)] {
        days.put(date, &rows(id, &[date])).await;
        days.scenario.load(&[]).await.success();
    }
    assert_eq!(days.scenario.ids().await, "1,2");

    let days = Days::of("timestamp", hour).await;
    days.put("2015-11-01T06:00:00Z", &rows(1, &["2015-11-01 01:10:00"])).await;
    let refused = days.scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("show 2015-11-01 01:00:00 twice, at 2015-11-01T05:00:00Z and at 2015-11-01T06:00:00Z");
    refused.says("make it a timestamptz, or load whole days with granularity day");
    days.put("2015-11-01T07:00:00Z", &rows(1, &["2015-11-01 02:10:00"])).await;
    days.scenario.load(&[]).await.success();
}

#[tokio::test]
async fn rows_outside_of_the_window_are_refused_with_their_number_and_extremes_unless_allowed() {
    let days = Days::of("timestamp", NEW_YORK).await;
    days.put("2015-07-01T04:00:00Z", &rows(1, &["2015-07-01 01:00:00"])).await;
    days.scenario.load(&[]).await.success();
    let outside =
        ["2015-07-01 23:00:00", "2015-07-02 00:00:00", "2015-07-02 01:00:00", "2015-07-03 00:00:00"];
    let odd = format!("{}{{\"id\": 9}}\n", rows(2, &outside));
    days.put("2015-07-02T04:00:00Z", &odd).await;
    let refused = days.scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says("3 of 5 rows of ");
    refused.says("are not of the day 2015-07-02 in America/New_York by `data_date`");
    refused.says(", but of 2015-07-01 23:00:00 to 2015-07-03 00:00:00, 1 of them without a date");
    days.put("2015-07-02T04:00:00Z", &rows(2, &["2015-07-03 01:00:00"])).await;
    days.scenario.load(&[]).await.says("but of 2015-07-03 01:00:00; name the file by a date of its rows");
    days.put("2015-07-02T04:00:00Z", &odd).await;
    assert_eq!(days.scenario.ids().await, "1");

    let allowing = days.config.replace("granularity: day", "granularity: day, outside: allow");
    days.scenario.put_config("2015-07-02T04:00:00Z", &allowing).await;
    days.scenario.load(&[]).await.success();
    assert_eq!(days.scenario.ids().await, "1,2,3,4,5,9");
    let doubling = days.scenario.load(&["--force"]).await;
    assert_eq!(doubling.code, Some(1), "{doubling:?}");
    doubling.says("would be doubled");
    assert_eq!(days.scenario.ids().await, "1,2,3,4,5,9");
}

#[tokio::test]
async fn the_refusal_of_a_table_that_is_not_there_yet_tells_the_dates_as_well() {
    let days = Days::of("timestamp", NEW_YORK).await;
    days.put("2015-07-02T04:00:00Z", &rows(1, &["2015-07-01 23:00:00"])).await;
    days.scenario.load(&[]).await.says("1 of 1 rows of ");
    days.scenario.load(&[]).await.says(", but of 2015-07-01 23:00:00; name the file");
    let tables = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", days.scenario.name);
    assert_eq!(days.scenario.value(&tables).await, "0");
}

#[tokio::test]
async fn the_dates_of_refused_rows_are_looked_at_when_the_lock_of_the_table_is_free_again() {
    for table_is_there in [false, true] {
        let mut days = Days::of("timestamp", NEW_YORK).await;
        if table_is_there {
            days.put("2015-07-01T04:00:00Z", &rows(1, &["2015-07-01 01:00:00"])).await;
            days.scenario.load(&[]).await.success();
        }
        let proxy = RecordingProxy::before(days.scenario.redshift_port).await;
        days.scenario.redshift_port = proxy.port;
        days.put("2015-07-02T04:00:00Z", &rows(2, &["2015-07-01 23:00:00"])).await;
        days.scenario.load(&[]).await.says(", but of 2015-07-01 23:00:00; name the file");
        let asked = proxy.asked();
        let at = |part: &str| asked.iter().position(|asked| asked.statement.contains(part));
        let (rolled_back, aside) = (at("ROLLBACK").unwrap(), at("CREATE TEMP TABLE").unwrap());
        assert!(rolled_back < aside, "{asked:#?}");
        let copies = asked.iter().filter(|asked| asked.statement.contains("COPY \"s3_to_redshift_aside\""));
        let copies: Vec<_> = copies.map(|asked| &asked.statement).collect();
        assert!(copies.len() == 1 && copies[0].ends_with("COMPUPDATE OFF STATUPDATE OFF"), "{copies:#?}");
    }
}

#[tokio::test]
async fn a_stream_replaces_its_span_and_is_never_stale() {
    let days = Days::of("timestamptz", "granularity: stream").await;
    let span = |start, end| ["--stream-start", start, "--stream-end", end];
    days.put("2015-07-01T12:00:00Z", &rows(1, &["2015-07-01 10:00:00", "2015-07-01 11:00:00"])).await;
    days.scenario.load(&span("2015-07-01T10:00:00Z", "2015-07-01T12:00:00Z")).await.success();
    days.put("2015-07-01T13:00:00Z", &rows(10, &["2015-07-01 12:00:00"])).await;
    days.scenario.load(&span("2015-07-01T12:00:00Z", "2015-07-01T13:00:00Z")).await.success();
    // Late data for the first hour only.
    days.put("2015-07-01T11:59:00Z", &rows(20, &["2015-07-01 10:30:00"])).await;
    let mut late = span("2015-07-01T10:00:00Z", "2015-07-01T11:00:00Z").to_vec();
    late.extend(["--date", "2015-07-01T11:59:00Z"]);
    days.scenario.load(&late).await.success().says("in place of 1");
    assert_eq!(days.scenario.ids().await, "2,10,20");
    let without = days.scenario.load(&["--force"]).await;
    assert_eq!(without.code, Some(1), "{without:?}");
    without.says(
        "granularity stream (from the table config) replaces the rows of a span, and the message names none",
    );
}

#[tokio::test]
async fn the_message_wins_over_the_config_and_plan_says_who_has_said_what() {
    let days = Days::of("timestamp", NEW_YORK).await;
    days.put("2015-07-01T04:00:00Z", &rows(1, &["2015-07-01 01:00:00"])).await;
    let plan = days.scenario.plan(&["--granularity", "hour"]).await.success();
    plan.says(
        "settings    granularity hour (from the message), timezone America/New_York (from the table config)",
    );
    plan.says("window      2015-07-01T04:00:00Z to 2015-07-01T05:00:00Z");
    let plan = days.scenario.plan(&["--timezone", "UTC"]).await.success();
    plan.says("timezone UTC (from the message)");
    plan.says("window      2015-07-01T00:00:00Z to 2015-07-02T00:00:00Z");
}

#[tokio::test]
async fn the_same_files_are_not_loaded_twice_by_another_window() {
    let days = Days::of("timestamptz", "outside: allow").await;
    let date = "2015-07-01T10:00:00Z";
    days.put(date, &rows(1, &["2015-07-01 10:00:00", "2015-07-01 10:30:00", "2015-07-02 01:00:00"])).await;
    days.scenario.load(&["--granularity", "day"]).await.success();
    let stream = [
        "--granularity",
        "stream",
        "--stream-start",
        "2015-07-03T00:00:00Z",
        "--stream-end",
        "2015-07-04T00:00:00Z",
    ];
    for other in [&["--granularity", "hour"][..], &["--granularity", "exact"], &stream] {
        days.scenario.load(other).await.success().says("skipped these files were already loaded, 3 rows");
        // The DELETE of that window would leave some of them beside the new ones.
        let forced = days.scenario.load(&[other, &["--force"]].concat()).await;
        assert_eq!(forced.code, Some(1), "{forced:?}");
        forced.says("would be doubled");
    }
    days.scenario.load(&["--truncate", "--force"]).await.success();
    assert_eq!(days.scenario.ids().await, "1,2,3");
}

#[tokio::test]
async fn a_window_that_holds_all_rows_of_the_same_files_replaces_them_by_force() {
    let days = Days::of("timestamptz", "outside: allow").await;
    days.put("2015-07-01T10:00:00Z", &rows(1, &["2015-07-01 10:00:00", "2015-07-01 10:30:00"])).await;
    days.scenario.load(&["--granularity", "hour"]).await.success();
    days.scenario.load(&["--granularity", "day", "--force"]).await.success().says("in place of 2");
    assert_eq!(days.scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_window_at_the_ends_of_the_years_is_refused_before_the_table_is_asked() {
    let days = Days::of("timestamp", &format!("{NEW_YORK}, future_rows: allow")).await;
    days.put("2015-07-01T04:00:00Z", &rows(1, &["2015-07-01 01:00:00"])).await;
    days.scenario.load(&[]).await.success();
    for date in ["0001-01-01T00:00:00Z", "9999-12-31T12:00:00Z"] {
        days.put(date, &rows(2, &["2015-07-01 01:00:00"])).await;
        for more in [&["--date", date][..], &["--date", date, "--force"]] {
            let refused = days.scenario.load(more).await;
            assert_eq!(refused.code, Some(1), "{refused:?}");
            refused.says("or its window is not in the years 1 to 9999; rename the file");
        }
    }
    assert_eq!(days.scenario.ids().await, "1");
}

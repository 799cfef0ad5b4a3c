use std::time::Duration;

use super::*;
use crate::model::data_date::DataDate;
use crate::model::freshness::Freshness;
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::telemetry::known_tables::MOST_TABLES;

fn target(table: &str) -> TargetTable {
    TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new(table).unwrap() }
}

/// The value of a series, by its line.
fn value(metrics: &Metrics, series: &str) -> Option<String> {
    let text = metrics.render(DateTime::UNIX_EPOCH);
    let value = |line: &str| line.strip_prefix("s3_to_redshift_")?.strip_prefix(series).map(str::to_owned);
    text.lines().find_map(value)
}

#[test]
fn tables_that_nobody_has_share_one_series() {
    let metrics = Metrics::new();
    let before = metrics.render(DateTime::UNIX_EPOCH).len();
    for number in 0..20_000 {
        metrics.load_ended(&target(&format!("misspelt{number}")), Outcome::Failed, Duration::ZERO);
    }
    let failed = r#"loads_total{outcome="failed",schema="",table=""} "#;
    assert_eq!(value(&metrics, failed).as_deref(), Some("20000"));
    assert!(metrics.render(DateTime::UNIX_EPOCH).len() < before + 200, "nothing is new");
}

#[test]
fn a_table_has_series_of_its_own_from_when_it_is_there() {
    let metrics = Metrics::new();
    metrics.covered_by_another_load(&target("t"), Outcome::Failed);
    metrics.table_is_there(&target("t"));
    metrics.covered_by_another_load(&target("t"), Outcome::Loaded);
    metrics.committed(&target("t"), 7, 1);
    assert_eq!(value(&metrics, r#"loads_total{outcome="failed",schema="",table=""} "#).as_deref(), Some("1"));
    let loaded = r#"loads_total{outcome="loaded",schema="s",table="t"} "#;
    assert_eq!(value(&metrics, loaded).as_deref(), Some("1"));
    assert_eq!(value(&metrics, r#"rows_loaded_total{schema="s",table="t"} "#).as_deref(), Some("7"));
}

#[test]
fn tables_beyond_the_bound_are_counted_together_and_their_number_is_told() {
    let metrics = Metrics::new();
    for number in 0..MOST_TABLES + 3 {
        let there = target(&format!("t{number}"));
        let data_date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
        metrics.fresh(&there, Freshness { data_date, loaded_at: data_date.instant(), cadence: None });
        metrics.fresh(&there, Freshness { data_date, loaded_at: data_date.instant(), cadence: None });
        metrics.load_ended(&there, Outcome::Loaded, Duration::ZERO);
    }
    assert_eq!(value(&metrics, "tables_left_out ").as_deref(), Some("3"));
    let together = r#"loads_total{outcome="loaded",schema="",table=""} "#;
    assert_eq!(value(&metrics, together).as_deref(), Some("3"));
    let text = metrics.render(DateTime::UNIX_EPOCH);
    assert_eq!(text.matches("s3_to_redshift_data_age_seconds{").count(), MOST_TABLES);
    assert!(text.len() < 4_000_000, "{} bytes", text.len());
}

/// `increase` sees a counter go up from 0 to 1, and not one that begins at 1: the first failure of its kind would be no alert.
#[test]
fn every_failure_is_there_at_zero_before_it_happens() {
    let metrics = Metrics::new();
    for (kind, stage) in [("permission_denied", "copy"), ("storage_unavailable", "discover")] {
        let failures = format!(r#"load_failures_total{{kind="{kind}",stage="{stage}"}} "#);
        assert_eq!(value(&metrics, &failures).as_deref(), Some("0"));
    }
}

/// Otherwise how long it took would be told of the second load after a restart, and of no load before.
#[test]
fn the_durations_of_each_outcome_and_stage_are_there_before_the_first_load() {
    let metrics = Metrics::new();
    for count in [
        r#"load_duration_seconds_bucket{outcome="loaded",le="0.25"} "#,
        r#"stage_duration_seconds_count{stage="copy"} "#,
    ] {
        assert_eq!(value(&metrics, count).as_deref(), Some("0"), "{count}");
    }
}

/// Otherwise the first load of each table after a restart of the daemon would be missing from what was loaded today.
#[test]
fn the_counters_of_a_table_are_there_at_zero_from_when_it_is_there() {
    let metrics = Metrics::new();
    metrics.table_is_there(&target("t"));
    let of_table = r#"schema="s",table="t"} "#;
    for counter in ["rows_loaded_total{", "bytes_loaded_total{", r#"loads_total{outcome="skipped","#] {
        assert_eq!(value(&metrics, &format!("{counter}{of_table}")).as_deref(), Some("0"), "{counter}");
    }
}

#[test]
fn every_request_and_result_is_there_from_the_start_and_no_other() {
    let metrics = Metrics::new();
    let text = metrics.render(DateTime::UNIX_EPOCH);
    let series = text.lines().filter(|line| line.starts_with("s3_to_redshift_calls_total{"));
    assert_eq!(series.count(), Call::iter().count() * CallResult::iter().count());
    metrics.called(Call::ReceiveMessage, CallResult::Throttled);
    let received = r#"calls_total{call="ReceiveMessage",result="throttled",service="sqs"} "#;
    assert_eq!(value(&metrics, received).as_deref(), Some("1"));
}

#[test]
fn copies_count_when_redshift_has_answered_and_commits_when_it_has_agreed() {
    let metrics = Metrics::new();
    for call in [Call::Copy, Call::Commit, Call::Statement] {
        for result in CallResult::iter() {
            metrics.called(call, result);
        }
    }
    assert_eq!(value(&metrics, "copies_total ").as_deref(), Some("2"), "one was accepted, one refused");
    assert_eq!(value(&metrics, "commits_total ").as_deref(), Some("1"));
}

#[test]
fn a_session_counts_for_as_long_as_it_is_used() {
    let metrics = Metrics::new();
    let lent = r#"sessions{state="lent"} "#;
    let first = metrics.session_is(SessionUse::Lent);
    let second = metrics.session_is(SessionUse::Lent);
    drop(first);
    assert_eq!(value(&metrics, lent).as_deref(), Some("1"));
    drop(second);
    assert_eq!(value(&metrics, lent).as_deref(), Some("0"));
}

#[test]
fn data_age_grows_while_no_load_comes() {
    let metrics = Metrics::new();
    let target = target("t");
    let data_date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
    metrics.fresh(&target, Freshness { data_date, loaded_at: data_date.instant(), cadence: None });
    for (seconds, age) in [(60, "60"), (3600, "3600")] {
        let text = metrics.render(data_date.instant() + Duration::from_secs(seconds));
        let line = format!(r#"s3_to_redshift_data_age_seconds{{schema="s",table="t"}} {age}"#);
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn a_load_of_an_old_date_does_not_make_a_table_older() {
    let metrics = Metrics::new();
    let target = target("t");
    let [old, new] = ["2015-07-01T00:00:00Z", "2015-07-02T00:00:00Z"].map(|d| DataDate::parse(d).unwrap());
    metrics.fresh(&target, Freshness { data_date: new, loaded_at: new.instant(), cadence: None });
    metrics.fresh(&target, Freshness { data_date: old, loaded_at: new.instant(), cadence: None });
    let text = metrics.render(new.instant());
    assert!(text.contains(r#"s3_to_redshift_data_age_seconds{schema="s",table="t"} 0"#), "{text}");
}

#[test]
fn a_cadence_is_told_for_as_long_as_the_table_config_of_the_last_load_says_one() {
    let metrics = Metrics::new();
    let target = target("t");
    let [old, new] = ["2015-07-01T00:00:00Z", "2015-07-02T00:00:00Z"].map(|d| DataDate::parse(d).unwrap());
    let told = |loaded: DataDate, cadence: Option<u64>| {
        let cadence = cadence.map(Duration::from_secs);
        metrics.fresh(&target, Freshness { data_date: new, loaded_at: loaded.instant(), cadence });
        let text = metrics.render(new.instant());
        let series = "s3_to_redshift_data_cadence_seconds{";
        text.lines().find(|line| line.starts_with(series)).map(str::to_owned)
    };
    let line = r#"s3_to_redshift_data_cadence_seconds{schema="s",table="t"} 3600"#;
    assert_eq!(told(new, Some(3600)).as_deref(), Some(line));
    assert_eq!(told(old, Some(60)).as_deref(), Some(line), "the ledger of a replica that is behind");
    assert_eq!(told(new, None), None);
}

#[test]
fn every_outcome_of_events_is_there_at_zero_before_the_first() {
    let text = Metrics::new().render(DateTime::UNIX_EPOCH);
    for outcome in ["routed", "unrouted", "ignored", "refused", "not_data"] {
        let series = format!("s3_to_redshift_events_total{{outcome=\"{outcome}\"}} 0\n");
        assert!(text.contains(&series), "{series}");
    }
    assert!(text.contains("s3_to_redshift_routes_refused 0\n"));
}

#[test]
fn what_is_missing_is_told_for_each_table_until_it_is_not() {
    let metrics = Metrics::new();
    let of_table = r#"missing_files{schema="s",table="t"} "#;
    let shared = r#"missing_files{schema="",table=""} "#;
    assert_eq!(value(&metrics, shared).as_deref(), Some("0"));
    metrics.table_is_there(&target("t"));
    metrics.missing([(&target("t"), 3, 30), (&target("a"), 1, 1), (&target("b"), 2, 1)]);
    assert_eq!(value(&metrics, of_table).as_deref(), Some("3"));
    assert_eq!(value(&metrics, r#"missing_bytes{schema="s",table="t"} "#).as_deref(), Some("30"));
    assert_eq!(value(&metrics, shared).as_deref(), Some("3"));
    metrics.missing([]);
    assert_eq!((value(&metrics, of_table), value(&metrics, shared).as_deref()), (None, Some("0")));
}

//! What the pages say of a state, and that nothing in a state breaks them.

pub(crate) mod states;

use expect_test::expect_file;

use crate::daemon::state::failures::FailureReport;
use crate::daemon::state::loaded_tables::LoadedTable;
use crate::daemon::state::routes::RoutesReport;
use crate::daemon::state::status::{HourReport, Status};
use crate::daemon::state::tables::TableStatus;
use crate::daemon::state::timeline::{AttemptReport, LoadTimeline, TableHistory};
use crate::failure::load_error::LoadError;
use crate::page::{LARGEST, home, load, missing, table};
use crate::warehouse::history::LedgerEntry;

use states::{active, empty, entry, failure, history, loaded_table, small, timeline};

/// Each of its characters is longer in HTML, and in an address.
const HOSTILE: &str = "<script>alert(\"'&\")</script>";

/// The contents, as head and styles are the same on all pages; an element a line.
fn contents(page: &str) -> String {
    let (_, contents) = page.split_once("<body>").unwrap();
    contents.replace("><", ">\n<")
}

#[test]
fn a_small_state_reads_from_what_is_wrong_to_what_to_do() {
    expect_file!["../golden/home.html"].assert_eq(&contents(&home::page(&small(), "n")));
}

#[test]
fn a_load_tells_what_became_of_its_message() {
    expect_file!["../golden/load.html"].assert_eq(&contents(&load::page(&timeline("nyc", "trips"), "n")));
}

#[test]
fn a_table_tells_its_history() {
    expect_file!["../golden/table.html"].assert_eq(&contents(&table::page(&history("nyc", "trips"), "n")));
}

#[test]
fn a_state_without_anything_is_a_page_too() {
    let page = home::page(&empty(), "n");
    assert!(page.contains("All is well") && page.contains("No load is known yet."), "{page}");
}

#[test]
fn a_file_of_routes_that_is_refused_is_told_at_the_top() {
    let refused = RoutesReport {
        location: "s3://analytics/routes.yml".to_owned(),
        rules: 2,
        refused_because: Some("line 2: `granularty` must be written `granularity`".to_owned()),
    };
    let page = |routes| home::page(&Status { routes: Some(routes), ..small() }, "n");
    let told = "routes: s3://analytics/routes.yml is refused, and its rules from before stay in use (2 rules): line 2: `granularty`";
    assert!(page(refused.clone()).contains(told));
    assert!(!page(RoutesReport { refused_because: None, ..refused }).contains("routes:"));
}

/// All that may come from a message, a file or the ledger.
#[test]
fn what_comes_from_outside_is_text_on_every_page() {
    let bad = || HOSTILE.to_owned();
    let mut status = small();
    status.sentence = bad();
    status.not_ready_because = vec![bad()];
    status.not_parking_because = Some(bad());
    status.routes = Some(RoutesReport { location: bad(), rules: 1, refused_because: Some(bad()) });
    status.redshift_version = Some(bad());
    status.loader = bad();
    status.ledger.not_read_because = Some(bad());
    status.tables = vec![TableStatus { waits_because: Some(bad()), ..active(HOSTILE) }];
    let row = LoadError {
        file: bad(),
        column: bad(),
        column_type: bad(),
        reason: bad(),
        value: Some(bad()),
        line: 1,
    };
    let failed = FailureReport {
        message_id: bad(),
        sentence: bad(),
        source: Some(bad()),
        load_errors: vec![row],
        ..failure(HOSTILE)
    };
    status.failures = vec![failed.clone()];
    status.loaded_tables = vec![LoadedTable { last_load: bad(), ..loaded_table(HOSTILE) }];
    let ledger = LedgerEntry {
        load_id: bad(),
        source_url: bad(),
        message_id: bad(),
        mode: bad(),
        loader: bad(),
        widened: Some(bad()),
        unknown_fields: Some(bad()),
        finished_at: bad(),
        data_date: bad(),
        ..entry(HOSTILE, HOSTILE)
    };
    let timeline = LoadTimeline {
        entry: Some(ledger.clone()),
        failures: vec![failed.clone()],
        ..timeline(HOSTILE, HOSTILE)
    };
    let history = TableHistory { loads: vec![ledger], failures: vec![failed], ..history(HOSTILE, HOSTILE) };
    let pages = [
        home::page(&status, "n"),
        load::page(&timeline, "n"),
        table::page(&history, "n"),
        missing::page(HOSTILE, Some(HOSTILE), "n"),
    ];
    for page in pages {
        let outside = contents(&page);
        assert!(!outside.contains("<script") && !outside.contains("alert(\""), "{outside}");
        assert!(outside.contains("&lt;script&gt;"), "{outside}");
        assert!(!outside.contains("style="), "the policy would forbid it: {outside}");
        assert!(!outside.contains("http:") && !outside.contains("https:"), "{outside}");
    }
}

#[test]
fn a_page_stays_small_whatever_the_state_holds() {
    let long = |number: usize| format!("{}.{}{number}", "s".repeat(120), "\"".repeat(120));
    let many = |count: usize| (0..count).map(long);
    let plain = |count: usize| (0..count).map(|number| format!("schema.table_{number}"));
    let kinds = ["data_rejected", "schema_conflict", "timeout", "conflict"];
    let mut fail = 0;
    let mut failure_of = |name: String| {
        fail += 1;
        let row = LoadError { reason: "<".repeat(500), ..failure(&name).load_errors.remove(0) };
        FailureReport {
            kind: kinds[fail % kinds.len()],
            sentence: "<".repeat(4000),
            load_errors: vec![row.clone(), row.clone(), row],
            ..failure(&name)
        }
    };
    for names in [many(5000).collect::<Vec<_>>(), plain(5000).collect()] {
        let status = Status {
            sentence: "x".repeat(300),
            not_ready_because: vec!["\"".repeat(4000); 3],
            tables: names.iter().map(|name| active(name)).collect(),
            failures: names.iter().take(1000).cloned().map(&mut failure_of).collect(),
            loaded_tables: names.iter().take(1000).map(|name| loaded_table(name)).collect(),
            loaded_tables_count: 5000,
            hours: (0..24)
                .map(|hour| HourReport {
                    start: format!("2026-11-26T{hour:02}:00:00Z"),
                    loads: 4_000_000_000,
                    rows: u64::MAX,
                })
                .collect(),
            ..small()
        };
        let page = home::page(&status, "n");
        assert!(page.len() <= LARGEST, "{} bytes", page.len());
        assert!(page.contains(" more</p>"), "it says that there is more");
    }
    let name = long(0);
    let loads = vec![entry(&"s".repeat(127), &"\"".repeat(127)); 50];
    let failures: Vec<FailureReport> = many(50).map(&mut failure_of).collect();
    let of_table = TableHistory { loads, failures: failures.clone(), ..history("s", &name) };
    let page = table::page(&of_table, "n");
    assert!(page.len() <= LARGEST, "{} bytes", page.len());
    let attempt = AttemptReport {
        statements: vec![("'<".repeat(1000), None); 60],
        ..timeline("s", &name).attempts.remove(0)
    };
    let attempts = vec![attempt; 500];
    let of_load = LoadTimeline { attempts, failures, ..timeline("s", &name) };
    let page = load::page(&of_load, "n");
    assert!(page.len() <= LARGEST, "{} bytes", page.len());
}

#[test]
fn fifty_usual_tables_are_shown_at_least() {
    let names = (0..200).map(|number| loaded_table(&format!("analytics.page_views_{number}")));
    let status = Status { loaded_tables: names.collect(), loaded_tables_count: 200, ..empty() };
    let page = home::page(&status, "n");
    assert!(page.matches("analytics.page_views_").count() >= 50, "{}", page.len());
    assert!(page.contains(" more</p>"));
}

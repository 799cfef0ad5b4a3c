//! Merges by the primary key: what is replaced, what stays, what is refused, whatever interrupts them.

use std::process::Stdio;

use futures_util::stream::{self, StreamExt as _};

use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::servers::{self, Cloud};
use crate::support::table;
use crate::support::wait::wait_for;

/// A config of the table `events` with a key, a value and a time of change, and more in its `meta`.
fn config(schema: &str, meta: &str) -> String {
    let columns = [
        "{dest: id, type: bigint, primarykey: true}",
        "{dest: name, type: text}",
        "{dest: changed, type: bigint}",
    ];
    table::config_with(schema, &columns)
        .replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date, mode: merge{meta}"))
}

/// Rows of a date, each an id, a name and a time of change as JSON.
fn rows(date: &str, rows: &[(u32, &str, &str)]) -> String {
    let row = |(id, name, changed): &(u32, &str, &str)| {
        format!("{{\"id\": {id}, \"name\": \"{name}\", \"changed\": {changed}, \"data_date\": \"{date}\"}}\n")
    };
    rows.iter().map(row).collect()
}

async fn put(scenario: &Scenario, date: &str, meta: &str, data: &[(u32, &str, &str)]) {
    scenario.put_config(date, &config(&scenario.name, meta)).await;
    scenario.put_file(date, &rows(date, data)).await;
}

async fn names(scenario: &Scenario) -> String {
    scenario.sql(&format!("SELECT id, name FROM {} ORDER BY id, name", scenario.table())).await.join(" ")
}

#[tokio::test]
async fn rows_of_known_keys_are_replaced_and_all_others_stay() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "one", "1"), (2, "two", "1"), (3, "three", "1")]).await;
    scenario.load(&[]).await.success().says("loaded  3 rows");
    put(&scenario, DAY_2, "", &[(2, "TWO", "2"), (4, "four", "2")]).await;
    scenario.load(&[]).await.success().says("loaded  2 rows of 2015-07-02T00:00:00Z from");
    assert_eq!(names(&scenario).await, "1|one 2|TWO 3|three 4|four");
    let ledger = format!(
        "SELECT mode, rows_loaded, rows_deleted, rows_in_window, rows_duplicate, rows_outdated FROM {}_ledger.loads \
         ORDER BY finished_at DESC, load_id DESC LIMIT 1",
        scenario.name
    );
    assert_eq!(scenario.value(&ledger).await, "merge|2|1|2|0|0");
    // The same once more changes nothing, with force as without.
    scenario.load(&[]).await.success().says("skipped");
    scenario.load(&["--force"]).await.success().says("in place of 2");
    assert_eq!(names(&scenario).await, "1|one 2|TWO 3|three 4|four");
}

#[tokio::test]
async fn columns_that_the_data_does_not_fill_keep_their_values_and_new_rows_take_the_default() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "one", "1"), (2, "two", "1")]).await;
    scenario.load(&[]).await.success();
    let table = scenario.table();
    scenario.sql(&format!("ALTER TABLE {table} ADD COLUMN note varchar(20) DEFAULT 'none'")).await;
    scenario.sql(&format!("UPDATE {table} SET note = 'mine' WHERE id = 2")).await;
    put(&scenario, DAY_2, "", &[(2, "TWO", "2"), (3, "three", "2")]).await;
    scenario.load(&[]).await.success();
    let rows = scenario.sql(&format!("SELECT id, name, note FROM {table} ORDER BY id")).await;
    assert_eq!(rows, ["1|one|none", "2|TWO|mine", "3|three|none"]);
}

#[tokio::test]
async fn an_older_file_does_not_take_later_corrections_back_unless_it_is_forced() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "first", "1")]).await;
    scenario.load(&[]).await.success();
    // Corrections carry the date of what they correct.
    scenario.put_config(DAY_3, &config(&scenario.name, "")).await;
    scenario.put_file(DAY_3, &rows(DAY_1, &[(1, "third", "3")])).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    scenario.put_config(DAY_2, &config(&scenario.name, "")).await;
    scenario.put_file(DAY_2, &rows(DAY_1, &[(1, "second", "2")])).await;
    scenario
        .load(&["--date", DAY_2])
        .await
        .success()
        .says("skipped the table has data of 2015-07-03T00:00:00Z");
    assert_eq!(names(&scenario).await, "1|third");
    scenario.load(&["--date", DAY_2, "--force"]).await.success().says("loaded  1 rows");
    assert_eq!(names(&scenario).await, "1|second");
}

#[tokio::test]
async fn loads_whose_rows_are_gone_make_no_file_older() {
    let scenario = Scenario::new().await;
    let days = [(DAY_1, "one"), (DAY_2, "two"), (DAY_3, "three")];
    for (date, name) in days {
        put(&scenario, date, "", &[(1, name, "1")]).await;
        scenario.load(&["--date", date]).await.success();
    }
    scenario.sql(&format!("DELETE FROM {}", scenario.table())).await;
    for (date, name) in days {
        scenario.load(&["--date", date]).await.success().says("loaded  1 rows");
        assert_eq!(names(&scenario).await, format!("1|{name}"));
    }
}

#[tokio::test]
async fn a_merge_into_a_window_does_not_take_the_place_of_the_load_that_filled_it() {
    let scenario = Scenario::new().await;
    let append = config(&scenario.name, "").replace("mode: merge", "granularity: day");
    scenario.put_config(DAY_1, &append).await;
    // One of the rows is of another day.
    scenario.put_file(DAY_1, &(rows(DAY_1, &[(1, "one", "1")]) + &rows(DAY_2, &[(2, "two", "1")]))).await;
    scenario.put_config(DAY_1, &append.replace("granularity: day", "granularity: day, outside: allow")).await;
    scenario.load(&[]).await.success();
    scenario.put_config("2015-07-01T06:00:00Z", &config(&scenario.name, ", granularity: day")).await;
    scenario.put_file("2015-07-01T06:00:00Z", &rows(DAY_1, &[(1, "ONE", "2")])).await;
    scenario.load(&["--date", "2015-07-01T06:00:00Z", "--force"]).await.success().says("in place of 1");
    let doubled = scenario.load(&["--date", DAY_1, "--force"]).await;
    doubled.says("would be doubled");
    assert_eq!(names(&scenario).await, "1|ONE 2|two");
}

#[tokio::test]
async fn a_null_in_the_key_is_refused_and_nothing_is_changed() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "one", "1")]).await;
    scenario.load(&[]).await.success();
    scenario.put_config(DAY_2, &config(&scenario.name, "")).await;
    let nameless = format!("{{\"name\": \"nobody\", \"data_date\": \"{DAY_2}\"}}\n");
    scenario.put_file(DAY_2, &(rows(DAY_2, &[(1, "ONE", "2")]) + &nameless)).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("column `id`");
    assert_eq!(names(&scenario).await, "1|one");
}

#[tokio::test]
async fn keys_that_would_be_cut_to_the_same_are_refused() {
    let scenario = Scenario::new().await;
    let config = config(&scenario.name, ", duplicates: \"latest_by:changed\"");
    let config = config
        .replace("id, type: bigint, primarykey: true", "id, type: bigint")
        .replace("name, type: text", "name, type: varchar(3), primarykey: true");
    scenario.put_config(DAY_1, &config).await;
    scenario.put_file(DAY_1, &rows(DAY_1, &[(1, "abc1", "1"), (2, "abc2", "2")])).await;
    let failed = scenario.load(&[]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    failed.says("column `name` decides which rows a merge replaces, and 2 of its values do not fit 3 bytes");
}

#[tokio::test]
async fn blanks_at_the_end_do_not_tell_keys_apart() {
    let scenario = Scenario::new().await;
    let config = config(&scenario.name, "");
    let config = config
        .replace("id, type: bigint, primarykey: true", "id, type: bigint")
        .replace("name, type: text", "name, type: text, primarykey: true");
    for (date, name) in [(DAY_1, "a"), (DAY_2, "a  ")] {
        scenario.put_config(date, &config).await;
        scenario.put_file(date, &rows(date, &[(1, name, "1")])).await;
        scenario.load(&[]).await.success();
    }
    assert_eq!(scenario.value(&format!("SELECT COUNT(*) FROM {}", scenario.table())).await, "1");
    scenario.put_config(DAY_3, &config).await;
    scenario.put_file(DAY_3, &rows(DAY_3, &[(1, "b", "1"), (2, "b ", "2")])).await;
    scenario.load(&[]).await.says("1 keys (`name`) have more than one of the 2 rows of the data");
}

#[tokio::test]
async fn the_first_load_of_a_table_refuses_rows_that_share_a_key_as_any_other() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "one", "1"), (1, "uno", "1")]).await;
    scenario.load(&[]).await.says("1 keys (`id`) have more than one of the 2 rows of the data");
    let tables = format!("SELECT COUNT(*) FROM pg_tables WHERE schemaname = '{}'", scenario.name);
    assert_eq!(scenario.value(&tables).await, "0");
    put(&scenario, DAY_1, ", duplicates: \"latest_by:changed\"", &[(1, "one", "1"), (1, "uno", "2")]).await;
    scenario.load(&[]).await.success();
    assert_eq!(names(&scenario).await, "1|uno");
}

#[tokio::test]
async fn a_table_with_several_rows_of_a_key_has_one_after_a_merge() {
    let scenario = Scenario::new().await;
    put(&scenario, DAY_1, "", &[(1, "one", "1"), (2, "two", "1")]).await;
    scenario.load(&[]).await.success();
    scenario.sql(&format!("INSERT INTO {0} SELECT * FROM {0} WHERE id = 1", scenario.table())).await;
    put(&scenario, DAY_2, "", &[(1, "ONE", "2")]).await;
    scenario.load(&[]).await.success().says("loaded  1 rows");
    assert_eq!(names(&scenario).await, "1|ONE 2|two");
}

/// Keys of every type that can be one: the type, and two values as JSON.
const KEYS: [(&str, &str, &str); 12] = [
    ("boolean", "true", "false"),
    ("smallint", "-1", "2"),
    ("int", "1", "2"),
    ("bigint", "9007199254740993", "9007199254740994"),
    ("\"decimal(20,4)\"", "1.5", "2.5001"),
    ("float", "0.1", "0.2"),
    ("\"char(2)\"", "\"a\"", "\"ab\""),
    ("\"varchar(20)\"", "\"it's \\\\\"", "\"ä\""),
    ("date", "\"2015-07-01\"", "\"2015-07-02\""),
    ("timestamp", "\"2015-07-01 00:00:00.000001\"", "\"2015-07-01 00:00:00.000002\""),
    ("timestamptz", "\"2015-07-01 00:00:00+02\"", "\"2015-07-01 00:00:00+00\""),
    ("time", "\"00:00:01\"", "\"23:59:59\""),
];

#[tokio::test]
async fn a_key_may_be_of_any_type_that_compares_and_sort_the_table() {
    stream::iter(KEYS)
        .for_each_concurrent(4, async |(column_type, one, other)| {
            let scenario = Scenario::new().await;
            let key = format!("{{dest: key, type: {column_type}, primarykey: true, sortord: 1}}");
            let config = table::config_with(&scenario.name, &[&key, "{dest: name, type: text}"])
                .replace("datadatecolumn: data_date", "datadatecolumn: data_date, mode: merge");
            let row = |date: &str, key: &str, name: &str| {
                format!("{{\"key\": {key}, \"name\": \"{name}\", \"data_date\": \"{date}\"}}\n")
            };
            for (date, name) in [(DAY_1, "first"), (DAY_2, "second")] {
                scenario.put_config(date, &config).await;
                let only_other = if date == DAY_1 { row(date, one, name) } else { String::new() };
                scenario.put_file(date, &(only_other + &row(date, other, name))).await;
                scenario.load(&[]).await.success();
            }
            let names = format!("SELECT name FROM {} ORDER BY name", scenario.table());
            assert_eq!(scenario.sql(&names).await, ["first", "second"], "{column_type}");
        })
        .await;
}

/// A case of rows that share a key: its name, `duplicates`, the data, and what becomes of it.
struct Case {
    name: &'static str,
    duplicates: &'static str,
    data: &'static [(u32, &'static str, &'static str)],
    /// The rows in the end, or what the refusal says.
    end: Result<&'static str, &'static str>,
    /// Rows loaded, rows deleted, duplicate and outdated rows in the ledger.
    counts: &'static str,
}

/// Of a table with the rows 1 (changed at 5) and 2 (changed at 1).
const CASES: [Case; 8] = [
    Case {
        name: "no key stands twice",
        duplicates: "refuse",
        data: &[(2, "TWO", "2"), (3, "three", "2")],
        end: Ok("1|one 2|TWO 3|three"),
        counts: "2|1|0|0",
    },
    Case {
        name: "a key stands twice, which is refused by default",
        duplicates: "refuse",
        data: &[(2, "a", "2"), (2, "a", "2"), (3, "three", "2")],
        end: Err("1 keys (`id`) have more than one of the 3 rows of the data"),
        counts: "",
    },
    Case {
        name: "rows that are the same are one",
        duplicates: "identical_only",
        data: &[(2, "a", "2"), (2, "a", "2"), (3, "three", "2"), (3, "three", "2"), (3, "three", "2")],
        end: Ok("1|one 2|a 3|three"),
        counts: "2|1|3|0",
    },
    Case {
        name: "rows of a key that differ are not",
        duplicates: "identical_only",
        data: &[(2, "a", "2"), (2, "b", "2")],
        end: Err("1 keys (`id`) have rows that differ"),
        counts: "",
    },
    Case {
        name: "the latest row of a key is taken, and a later one of the table stays",
        duplicates: "latest_by:changed",
        data: &[(1, "older", "4"), (2, "b", "3"), (2, "c", "7"), (2, "d", "null"), (3, "only", "null")],
        end: Ok("1|one 2|c 3|only"),
        counts: "2|1|2|1",
    },
    Case {
        name: "of two latest rows that are the same, one is taken",
        duplicates: "latest_by:changed",
        data: &[(2, "c", "7"), (2, "c", "7"), (2, "b", "3")],
        end: Ok("1|one 2|c"),
        counts: "1|1|2|0",
    },
    Case {
        name: "of two latest rows that differ, nobody can choose",
        duplicates: "latest_by:changed",
        data: &[(2, "c", "7"), (2, "d", "7")],
        end: Err("1 keys (`id`) of the 2 rows have several latest rows by `changed` that differ"),
        counts: "",
    },
    Case {
        name: "a row of the same time as that of the table replaces it, and a null never does",
        duplicates: "latest_by:changed",
        data: &[(1, "same", "5"), (2, "null", "null")],
        end: Ok("1|same 2|two"),
        counts: "1|1|0|1",
    },
];

/// A table with two rows, and the data of a case for it.
async fn scenario_of(case: &Case, cloud: &'static Cloud) -> Scenario {
    let scenario = Scenario::on(cloud).await;
    put(&scenario, DAY_1, "", &[(1, "one", "5"), (2, "two", "1")]).await;
    scenario.load(&[]).await.success();
    put(&scenario, DAY_2, &format!(", duplicates: \"{}\"", case.duplicates), case.data).await;
    scenario
}

/// Loads the data of a case and looks at everything that must be as it says.
async fn ends_as_it_says(scenario: &Scenario, case: &Case) {
    let finished = scenario.load(&[]).await;
    let expected = case.end.unwrap_or("1|one 2|two");
    match case.end {
        Ok(_) => drop(finished.success()),
        Err(says) => {
            assert_eq!(finished.code, Some(1), "{}: {finished:?}", case.name);
            finished.says(says);
        }
    }
    assert_eq!(names(scenario).await, expected, "{}", case.name);
    let ledger = format!(
        "SELECT rows_loaded, rows_deleted, rows_duplicate, rows_outdated FROM {}_ledger.loads WHERE data_date = '{DAY_2}'",
        scenario.name
    );
    let counts = if case.counts.is_empty() { Vec::new() } else { vec![case.counts.to_owned()] };
    assert_eq!(scenario.sql(&ledger).await, counts, "{}", case.name);
}

#[tokio::test]
async fn what_becomes_of_rows_that_share_a_key_is_said_by_duplicates_on_both_isolation_levels() {
    for cloud in [servers::ministack().await, servers::serializable().await] {
        stream::iter(&CASES)
            .for_each_concurrent(4, async |case| {
                ends_as_it_says(&scenario_of(case, cloud).await, case).await;
            })
            .await;
    }
}

/// The statements of a merge, each by what it contains and no statement before it does.
const STEPS: [&str; 9] = [
    "\"events\" WHERE false",
    "CREATE TEMP TABLE",
    "COPY",
    "undecided",
    "UPDATE \"s3_to_redshift_staging\"",
    "USING \"s3_to_redshift_staging\"",
    "ROW_NUMBER()",
    "DROP TABLE",
    "COMMIT",
];

#[tokio::test]
async fn a_merge_that_is_killed_at_any_step_leaves_nothing_behind_and_is_done_by_the_next() {
    let merged = CASES.iter().filter(|case| case.end.is_ok());
    let clouds = [servers::ministack().await, servers::serializable().await];
    let cases = merged.flat_map(|case| clouds.map(|cloud| (case, cloud)));
    let cases = cases.flat_map(|(case, cloud)| STEPS.map(|step| (case, cloud, step)));
    stream::iter(cases)
        .for_each_concurrent(6, async |(case, cloud, step)| {
            // One row of each key is chosen only where a key may have several.
            let step = if step == "ROW_NUMBER()" && case.duplicates == "refuse" { "GETDATE()" } else { step };
            killed(case, cloud, step).await;
            if step == "UPDATE \"s3_to_redshift_staging\"" && case.duplicates.starts_with("latest_by") {
                killed(case, cloud, "DELETE FROM \"s3_to_redshift_staging\"").await;
            }
        })
        .await;
}

async fn killed(case: &Case, cloud: &'static Cloud, step: &str) {
    let mut scenario = scenario_of(case, cloud).await;
    // So that rows have something to keep.
    scenario
        .sql(&format!("ALTER TABLE {} ADD COLUMN note varchar(9) DEFAULT 'kept'", scenario.table()))
        .await;
    let operator = scenario.with_own_user().await;
    let held = format!("'before_statement', 'hold', containing => '{step}'");
    let fault = scenario.inject(&operator, &held).await;
    let mut load = scenario.program();
    load.args(["load", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name]);
    load.stdout(Stdio::null()).stderr(Stdio::null());
    let mut load = load.spawn().expect("the program starts");
    operator.struck(&fault).await;
    load.kill().expect("it is a child");
    load.wait().expect("it is a child");
    operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    // A session ends when the server notices that nobody is there any more; until then its transaction is in the way.
    let sessions = format!("SELECT COUNT(*) FROM pg_stat_activity WHERE usename = '{}'", scenario.name);
    wait_for("the sessions of the killed load to end", async || {
        (operator.query(&sessions).await == ["0"]).then_some(())
    })
    .await;
    assert_eq!(names(&scenario).await, "1|one 2|two", "{}: {step}", case.name);
    ends_as_it_says(&scenario, case).await;
}

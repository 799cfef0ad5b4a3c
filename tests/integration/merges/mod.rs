//! Merges by the primary key: what is replaced and what stays, here; beside it keys, rows that share one, and whatever interrupts.

mod duplicates;
mod keys;
mod killed;

use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::table;

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

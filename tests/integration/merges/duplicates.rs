//! Rows of the data that share a key: which one is taken, as `duplicates` says.

use futures_util::stream::{self, StreamExt as _};

use super::{names, put};
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::servers::{self, Cloud};
use crate::support::table;

/// A case of rows that share a key: its name, `duplicates`, the data, and what becomes of it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) duplicates: &'static str,
    data: &'static [(u32, &'static str, &'static str)],
    /// The rows in the end, or what the refusal says.
    pub(super) end: Result<&'static str, &'static str>,
    /// Rows loaded, rows deleted, duplicate and outdated rows in the ledger.
    counts: &'static str,
}

/// Of a table with the rows 1 (changed at 5) and 2 (changed at 1).
pub(super) const CASES: [Case; 8] = [
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
pub(super) async fn scenario_of(case: &Case, cloud: &'static Cloud) -> Scenario {
    let scenario = Scenario::on(cloud).await;
    put(&scenario, DAY_1, "", &[(1, "one", "5"), (2, "two", "1")]).await;
    scenario.load(&[]).await.success();
    put(&scenario, DAY_2, &format!(", duplicates: \"{}\"", case.duplicates), case.data).await;
    scenario
}

/// Loads the data of a case and looks at everything that must be as it says.
pub(super) async fn ends_as_it_says(scenario: &Scenario, case: &Case) {
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

/// Longer than a VARCHAR, as JSON and in hexadecimal digits.
#[tokio::test]
async fn rows_are_told_to_be_the_same_by_values_that_are_longer_than_a_text_can_be() {
    let scenario = Scenario::new().await;
    let columns = [
        "{dest: id, type: bigint, primarykey: true}",
        "{dest: document, type: super}",
        "{dest: bytes, type: varbyte(50000)}",
        "{dest: changed, type: bigint}",
    ];
    let config = |duplicates: &str| {
        let meta = format!("datadatecolumn: data_date, mode: merge, duplicates: \"{duplicates}\"");
        table::config_with(&scenario.name, &columns).replace("datadatecolumn: data_date", &meta)
    };
    let row = |id: u32, document_end: &str, bytes_end: &str| {
        let document = format!("[\"{}\", \"{}{document_end}\"]", "x".repeat(50_000), "y".repeat(50_000));
        let bytes = format!("{}{bytes_end}", "00".repeat(49_999));
        format!(
            "{{\"id\": {id}, \"document\": {document}, \"bytes\": \"{bytes}\", \"changed\": 1, \"data_date\": \"{DAY_1}\"}}\n"
        )
    };
    let same = row(1, "", "01").repeat(2) + &row(2, "", "01");
    for (duplicates, forced) in [("identical_only", ""), ("latest_by:changed", "--force")] {
        scenario.put_config(DAY_1, &config(duplicates)).await;
        scenario.put_file(DAY_1, &same).await;
        let forced: Vec<&str> = [forced].into_iter().filter(|word| !word.is_empty()).collect();
        scenario
            .load(&forced)
            .await
            .success()
            .says("without 1 rows for which another one of their key stands");
        let lengths = format!(
            "SELECT id, LEN(JSON_SERIALIZE_TO_VARBYTE(document)), LEN(bytes) FROM {} ORDER BY id",
            scenario.table()
        );
        assert_eq!(scenario.sql(&lengths).await, ["1|100007|50000", "2|100007|50000"], "{duplicates}");
    }
    for other in [row(1, "z", "01"), row(1, "", "02")] {
        scenario.put_config(DAY_1, &config("identical_only")).await;
        scenario.put_file(DAY_1, &(row(1, "", "01") + &other)).await;
        scenario.load(&["--force"]).await.says("1 keys (`id`) have rows that differ");
    }
}

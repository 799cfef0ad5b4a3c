//! A load with another number of rows than it should have is rolled back.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};

#[tokio::test]
async fn a_load_commits_only_with_as_many_rows_as_its_message_expects() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message(r#""expected_rows": 3"#)).await;
    let settled = daemon.settled(&id).await;
    assert_eq!(
        (&settled["disposition"], &settled["kind"]),
        (&"parked".into(), &"unexpected_row_count".into())
    );
    let parked = scenario.parked().await;
    let reason = parked.attribute("reason");
    assert!(reason.contains("COPY loaded 2 rows where the message expects 3"), "{reason}");
    assert_eq!(scenario.ledger_rows().await, "0");
    let right = scenario.send(&scenario.message(r#""expected_rows": 2"#)).await;
    assert_eq!(daemon.settled(&right).await["rows"], 2);
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_load_without_rows_is_refused_where_the_policy_says_so() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.put_day(DAY_2, []).await;
    scenario.variables.insert("ZERO_ROWS".to_owned(), "refuse".to_owned());
    let refused = scenario.load(&["--truncate"]).await;
    assert_eq!(refused.code, Some(1));
    refused.says("COPY loaded no rows, which ZERO_ROWS refuses");
    assert_eq!(scenario.ids().await, "1", "what was to be replaced is still there");
    scenario.load(&["--force"]).await.success().says("loaded  0 rows");
}

#[tokio::test]
async fn a_sudden_drop_in_rows_is_refused_unless_it_is_forced() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("ROW_COUNT_DROP".to_owned(), "50%".to_owned());
    for (day, ids) in [(DAY_1, 0..10), (DAY_2, 10..21), (DAY_3, 21..30)] {
        scenario.put_day(day, ids).await;
        scenario.load(&[]).await.success();
    }
    let day_4 = "2015-07-04T00:00:00Z";
    scenario.put_day(day_4, [30, 31, 32, 33]).await;
    let refused = scenario.load(&[]).await;
    assert_eq!(refused.code, Some(1));
    refused.says("COPY loaded 4 rows where recent loads of the table had 10");
    scenario.plan(&[]).await.says("rolled back unless COPY loads at least 5 (usual are 10) rows");
    scenario.load(&["--force"]).await.success().says("loaded  4 rows");
}

//! Ledgers that know no files yet, and what `prune` lets a ledger forget.

use super::*;

#[tokio::test]
async fn a_ledger_of_the_version_before_files_is_asked_for_what_it_has_and_gets_the_table_at_the_start() {
    let files = Files::new().await;
    files.of_message(file("a", "1")).await;
    files.sql("DROP TABLE LEDGER.files").await;
    let both = [file("a", "1"), file("b", "1")];
    assert_eq!(files.known(&both).await, pairs([("a", "1")]));
    files.scenario.run(&["history"]).await.success().says("pages");
    files.scenario.run(&["check"]).await.says("of an earlier version; the next daemon or load adds files");
    files.scenario.run(&["prune"]).await.success().says("0 rows of files removed from the ledger");
    for column in ["granularity", "window_start", "window_end", "table_was_empty"] {
        files.sql(&format!("ALTER TABLE LEDGER.loads DROP COLUMN {column}")).await;
    }
    assert_eq!(files.known(&both).await, pairs([("a", "1")]));
    files.redshift.prepare_ledger().await.unwrap();
    files.load(&both[1..]).await;
    assert_eq!(files.known(&both).await, pairs([("a", "1"), ("b", "1")]));
    files.sql("DROP SCHEMA LEDGER CASCADE").await;
    assert_eq!(files.known(&both).await, [], "nothing was ever loaded");
}

#[tokio::test]
async fn files_are_forgotten_when_they_are_old_and_their_rows_were_replaced_and_not_before() {
    let files = Files::new().await;
    let grow_older = async |key: &str, days: u32| {
        files
            .sql(&format!(
                "UPDATE LEDGER.loads SET finished_at = finished_at - INTERVAL '{days} days' \
                 WHERE load_id IN (SELECT load_id FROM LEDGER.files WHERE object_key = '{key}'); \
                 UPDATE LEDGER.files SET recorded_at = recorded_at - INTERVAL '{days} days' WHERE object_key = '{key}'"
            ))
            .await;
    };
    let prune = async |says: &str| {
        files.scenario.run(&["prune", "--keep", "15d"]).await.success().says(says);
        files
            .value("SELECT LISTAGG(object_key, ',') WITHIN GROUP (ORDER BY object_key) FROM LEDGER.files")
            .await
    };
    files.load(&[file("replaced", "1")]).await;
    grow_older("replaced", 300).await;
    files.replace_all().await;
    files
        .sql("UPDATE LEDGER.loads SET finished_at = finished_at - INTERVAL '250 days' WHERE mode = 'replace'")
        .await;
    files.load(&[file("in place", "1")]).await;
    grow_older("in place", 200).await;
    let shown = files.scenario.run(&["prune", "--keep", "15d", "--dry-run"]).await.success();
    shown.says("1 rows of files would be removed from the ledger");
    assert_eq!(prune("1 rows of files removed from the ledger").await, "in place");
    assert_eq!(files.known(&[file("in place", "1")]).await.len(), 1);

    files.load(&[file("young", "1")]).await;
    grow_older("young", 10).await;
    files.replace_all().await;
    assert_eq!(prune("1 rows of files removed from the ledger").await, "young");
    assert_eq!(prune("0 rows of files removed from the ledger").await, "young");
}

#[tokio::test]
async fn loads_of_announced_files_go_when_they_are_old_and_their_files_and_the_loads_of_windows_stay() {
    let files = Files::new().await;
    files.of_message(file("of a message", "1")).await;
    files.load(&[file("old", "1")]).await;
    files.sql("UPDATE LEDGER.loads SET finished_at = finished_at - INTERVAL '200 days', data_date = '2015-06-30'").await;
    files.sql("UPDATE LEDGER.files SET recorded_at = recorded_at - INTERVAL '200 days'").await;
    // Of the same day as the files that are loaded next; and of instants that no other load has.
    files.sql("UPDATE LEDGER.loads SET window_start = '2015-07-01', window_end = '2015-07-02' WHERE granularity = 'exact'").await;
    files.sql("UPDATE LEDGER.loads SET window_start = '2015-06-01' WHERE granularity = 'files'").await;
    // As many as are kept for the sake of the usual number of rows, with the newest data date among them.
    for number in 0..10 {
        files.load(&[file(&format!("new-{number}"), "1")]).await;
    }
    files.scenario.run(&["prune"]).await.success().says("1 rows of loads removed from the ledger");
    assert_eq!(files.value("SELECT COUNT(*) FROM LEDGER.loads WHERE granularity = 'exact'").await, "1");
    assert_eq!(files.known(&[file("old", "1")]).await, pairs([("old", "1")]));
}

#[tokio::test]
async fn files_whose_rows_are_in_place_are_forgotten_by_age_only_when_somebody_asks_for_it() {
    let files = Files::new().await;
    let keys = async || {
        files
            .value("SELECT LISTAGG(object_key, ',') WITHIN GROUP (ORDER BY object_key) FROM LEDGER.files")
            .await
    };
    files.load(&[file("oldest", "1"), file("old", "1")]).await;
    for (key, days) in [("oldest", 500), ("old", 390)] {
        files
            .sql(&format!(
                "UPDATE LEDGER.files SET recorded_at = recorded_at - INTERVAL '{days} days' WHERE object_key = '{key}'"
            ))
            .await;
    }
    files.load(&[file("young", "1")]).await;
    let prune = async |more: &[&str]| files.scenario.run(&[&["prune"], more].concat()).await;
    prune(&[]).await.success();
    let of_table = |age: &'static str, table: &'static str| ["--files-older-than", age, "--table", table];
    prune(&of_table("400d", "other")).await.success().says("0 files forgotten");
    let shown = prune(&["--files-older-than", "400d", "--dry-run"]).await.success();
    shown.says("1 files of ");
    shown.says("pages would be forgotten, loaded from ");
    assert_eq!(keys().await, "old,oldest,young", "a dry run removes nothing");
    let told = prune(&["--files-older-than", "400d", "--json"]).await.success();
    told.says("\"files_forgotten\":1");
    assert_eq!(keys().await, "old,young");
    assert_eq!(files.known(&[file("oldest", "1")]).await, []);
    prune(&of_table("90d", "pages")).await.success().says("1 files of ");
    assert_eq!(keys().await, "young");
    for (wrong, why) in [
        (&["--files-older-than", "89d"][..], "--files-older-than must be at least 90 days"),
        (&["--files-older-than", "300000y"], "--files-older-than is too long"),
        (&["--files-older-than", "399d", "--keep", "400d"], "must not be shorter than --keep"),
        (&["--table", "pages"], "--files-older-than"),
    ] {
        let refused = prune(wrong).await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        refused.says(why);
    }
}

//! Which file is loaded.

use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::table;

#[tokio::test]
async fn the_newest_date_in_a_name_is_loaded_even_when_an_older_file_was_uploaded_later() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_2, [2]).await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn a_date_picks_exactly_that_file_however_it_is_spelt() {
    let scenario = Scenario::new().await;
    for (id, day) in [(1, DAY_1), (2, DAY_2), (3, DAY_3)] {
        scenario.put_day(day, [id]).await;
    }
    scenario.load(&["--date", "2015-07-02T02:00:00+02:00"]).await.success();
    assert_eq!(scenario.ids().await, "2");
    let missing = scenario.load(&["--date", "2015-07-04T00:00:00Z"]).await;
    assert_eq!(missing.code, Some(1));
    missing.says("of 2015-07-04T00:00:00Z");
}

#[tokio::test]
async fn the_partitioned_layout_is_found_without_configuration() {
    let scenario = Scenario::new().await;
    let folder = format!(
        "{}/{}/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=02/",
        scenario.name,
        table::TABLE
    );
    let config = format!("{folder}config_{}_{}_{DAY_2}.yml", scenario.name, table::TABLE);
    scenario
        .put(&format!("{folder}{}", scenario.key(DAY_2, "json.gz")), table::gzip(&table::rows(DAY_2, [2])))
        .await;
    scenario.put(&config, table::config(&scenario.name)).await;
    // An older file in the flat layout does not hide it.
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn a_folder_in_the_bucket_is_searched_when_it_is_named() {
    let scenario = Scenario::new().await;
    let config = format!("some/folder/config_{}_{}_{DAY_1}.yml", scenario.name, table::TABLE);
    scenario.put(&format!("some/folder/{}", scenario.key(DAY_1, "json")), table::rows(DAY_1, [1])).await;
    scenario.put(&config, table::config(&scenario.name)).await;
    let bucket = format!("{}/some/folder", scenario.name);
    scenario
        .run(&["load", "--schema", &scenario.name, "--tables", table::TABLE, "--bucket", &bucket])
        .await
        .success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn malformed_names_and_other_tables_are_passed_over_and_what_may_be_newer_is_told() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    for key in [
        format!("{}_{}_archive_{DAY_3}.json.gz", scenario.name, table::TABLE),
        format!("{}_{}_2015-07-03.json.gz", scenario.name, table::TABLE),
        scenario.key(DAY_3, "json.gz.tmp"),
        scenario.key("2015-07-99T00:00:00Z", "json.gz"),
    ] {
        scenario.put(&key, "junk").await;
    }
    let plan = scenario.plan(&[]).await.success();
    plan.says("objects without an RFC 3339 date in their names are ignored (2, such as s3://");
    let loaded = scenario.load(&[]).await.success();
    loaded.says(
        "may be newer than 2015-07-01T00:00:00Z: objects without an RFC 3339 date in their names are ignored",
    );
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_newer_file_is_loaded_whatever_its_format_is_called() {
    for suffix in ["jsonl", "ndjson", "JSON"] {
        let scenario = Scenario::new().await.loaded_once().await;
        scenario.put_config(DAY_3, &table::config(&scenario.name)).await;
        scenario.put(&scenario.key(DAY_3, suffix), table::rows(DAY_3, [3])).await;
        scenario.load(&[]).await.success();
        assert_eq!(scenario.ids().await, "1,3", "{suffix}");
    }
    for suffix in ["jsonl.gz", "json.gzip", "NDJSON.GZ"] {
        let scenario = Scenario::new().await.loaded_once().await;
        scenario.put_config(DAY_3, &table::config(&scenario.name)).await;
        scenario.put(&scenario.key(DAY_3, suffix), table::gzip(&table::rows(DAY_3, [3]))).await;
        scenario.load(&[]).await.success();
        assert_eq!(scenario.ids().await, "1,3", "{suffix}");
    }
}

#[tokio::test]
async fn a_newer_file_that_cannot_be_loaded_is_refused_by_name_and_no_older_one_taken_for_it() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let newer =
        [("json.lzo", "`json.lzo` is no suffix of a format"), ("xml", "`xml` is no suffix of a format")];
    for (suffix, reason) in newer {
        let key = scenario.key(DAY_2, suffix);
        scenario.put(&key, "data").await;
        let refused = scenario.load(&[]).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        refused.says(&format!("{key} cannot be loaded: {reason}"));
        scenario.s3.delete_object().bucket(&scenario.name).key(key).send().await.unwrap();
    }
    // The one that can be loaded is preferred among those of one date.
    scenario.put_day(DAY_2, [2]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "2");
}

#[tokio::test]
async fn more_than_a_thousand_keys_under_a_prefix_are_no_obstacle() {
    let scenario = Scenario::new().await;
    let mut uploads = tokio::task::JoinSet::new();
    for n in 0..1100 {
        // They sort before the real file, so that a listing cut at 1,000 keys would not show it.
        let request = scenario.s3.put_object().bucket(&scenario.name);
        let request = request.key(format!("{}_{}_2014-{n:04}.junk", scenario.name, table::TABLE));
        uploads.spawn(request.send());
    }
    for upload in uploads.join_all().await {
        upload.expect("the object is stored");
    }
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn exactly_the_chosen_object_is_loaded_when_another_key_starts_with_its_name() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let neighbour = format!("{}.bak", scenario.key(DAY_1, "json.gz"));
    scenario.put(&neighbour, table::gzip(&table::rows(DAY_1, [666]))).await;
    scenario.plan(&[]).await.success().says("could load more or less than the chosen files");
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn generated_manifests_go_where_the_operator_wants_them() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("MANIFEST_URL".to_owned(), format!("s3://{}/kept/manifests", scenario.name));
    scenario.put_day(DAY_1, [1]).await;
    scenario.put(&format!("{}2", scenario.key(DAY_1, "json.gz")), "junk").await;
    scenario.load(&[]).await.success();
    let listing = scenario.s3.list_objects_v2().bucket(&scenario.name).prefix("kept/manifests/");
    let found = listing.send().await.expect("the bucket is listed").contents.unwrap_or_default();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn a_producers_manifest_loads_all_its_files_and_is_preferred() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [666]).await;
    for (part, ids) in [("a", [1, 2]), ("b", [3, 4])] {
        scenario.put(&format!("parts/{part}.json.gz"), table::gzip(&table::rows(DAY_1, ids))).await;
    }
    let entry = |part| format!(r#"{{"url": "s3://{}/parts/{part}.json.gz"}}"#, scenario.name);
    let manifest = format!(r#"{{"entries": [{}, {}]}}"#, entry("a"), entry("b"));
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1,2,3,4");
}

#[tokio::test]
async fn a_manifest_with_a_missing_file_loads_nothing() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    let manifest = format!(r#"{{"entries": [{{"url": "s3://{}/parts/gone.json.gz"}}]}}"#, scenario.name);
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest).await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1));
    finished.says("parts/gone.json.gz: it does not exist");
}

#[tokio::test]
async fn a_file_that_appears_beside_the_chosen_one_just_before_copy_is_not_loaded_along() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    let operator = scenario.with_own_user().await;
    let fault = scenario.inject(&operator, "'before_statement', 'hold', containing => 'DELETE FROM'").await;
    let load = scenario.load(&[]);
    let upload = async {
        operator.struck(&fault).await;
        // Its bucket is listed by now, and COPY has not begun.
        scenario.put(&scenario.key(DAY_2, "json.gz.bak"), table::gzip(&table::rows(DAY_2, [99]))).await;
        operator.query(&format!("SELECT redshift_local.release({fault})")).await;
    };
    let (finished, ()) = tokio::join!(load, upload);
    finished.success().says("loaded  1 rows");
    assert_eq!(scenario.ids().await, "1,2");
}

//! Parts of one date, in a directory or from an UNLOAD: all of them once, and none before they are whole.

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Finished, Scenario};
use crate::support::table::{self, TABLE};

/// `<schema>_<table>_<date>/<inside>`
fn inside(scenario: &Scenario, date: &str, inside: &str) -> String {
    format!("{}_{TABLE}_{date}/{inside}", scenario.name)
}

/// A gzipped part with a row.
async fn put_part(scenario: &Scenario, key: &str, date: &str, id: u32) {
    scenario.put(key, table::gzip(&table::rows(date, [id]))).await;
}

/// A whole directory of an older day, and one of two parts of the next day that is not whole, with its config.
async fn two_days(meta: &str) -> Scenario {
    let scenario = Scenario::new().await;
    let config = table::config(&scenario.name)
        .replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date{meta}"));
    for (date, ids) in [(DAY_1, [1, 2]), (DAY_2, [3, 4])] {
        scenario.put_config(date, &config).await;
        for id in ids {
            put_part(
                &scenario,
                &inside(&scenario, date, &format!("part-{id:05}-4f1c-c000.json.gz")),
                date,
                id,
            )
            .await;
        }
    }
    scenario.put(&inside(&scenario, DAY_1, "_SUCCESS"), "").await;
    scenario
}

fn refused(finished: &Finished, sentences: &[&str]) {
    assert_eq!(finished.code, Some(1), "{finished:?}");
    sentences.iter().for_each(|sentence| finished.says(sentence));
}

#[tokio::test]
async fn a_directory_waits_for_its_mark_and_no_older_one_is_loaded_for_it() {
    let scenario = two_days("").await;
    put_part(&scenario, &inside(&scenario, DAY_2, "_temporary/0/part-00005.json.gz"), DAY_2, 666).await;
    scenario.put(&inside(&scenario, DAY_2, ".part-00003-4f1c-c000.json.gz.crc"), "crc").await;
    let directory =
        format!("s3://{}", inside(&scenario, DAY_2, "").replacen("", &format!("{}/", scenario.name), 1));
    let waits = format!(
        "{directory} is not whole (parts there: 2, and neither `_SUCCESS` nor a manifest says that these are all), and no older \
         data is loaded instead; put an empty `_SUCCESS` there when it is whole"
    );
    refused(&scenario.load(&[]).await, &[&waits]);
    refused(&scenario.plan(&[]).await, &[&waits]);
    scenario.load(&["--date", DAY_1]).await.success();
    assert_eq!(scenario.ids().await, "1,2");

    scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await;
    let plan = scenario.plan(&[]).await.success();
    plan.says("2, and _SUCCESS says that these are all");
    plan.says("so a manifest of our own names them");
    scenario.load(&[]).await.success().says("loaded  2 rows");
    assert_eq!(scenario.ids().await, "1,2,3,4");
    let ledger =
        format!("SELECT source_url FROM {}_ledger.loads ORDER BY load_id DESC LIMIT 1", scenario.name);
    assert_eq!(scenario.value(&ledger).await, directory);
    scenario.load(&[]).await.success().says("these files were already loaded");
}

#[tokio::test]
async fn a_directory_that_was_loaded_and_lost_its_mark_is_known_and_another_part_in_it_waits() {
    let scenario = two_days("").await;
    let mark = inside(&scenario, DAY_2, "_SUCCESS");
    scenario.put(&mark, "").await;
    scenario.load(&[]).await.success().says("loaded  2 rows");
    scenario.s3.delete_object().bucket(&scenario.name).key(&mark).send().await.expect("it is deleted");
    scenario.load(&[]).await.success().says("skipped these files were already loaded, 2 rows");
    scenario.plan(&[]).await.success().says("skip: these files were already loaded");
    // By force they would be loaded once more, and nobody says that they are all.
    refused(&scenario.load(&["--force"]).await, &["is not whole (parts there: 2, and neither `_SUCCESS`"]);
    put_part(&scenario, &inside(&scenario, DAY_2, "part-00009.json.gz"), DAY_2, 9).await;
    refused(&scenario.load(&[]).await, &["is not whole (parts there: 3, and neither `_SUCCESS`"]);
    assert_eq!(scenario.ids().await, "3,4");
}

#[tokio::test]
async fn a_message_for_an_unfinished_directory_is_kept_until_it_is_whole_and_loads_once() {
    let scenario = two_days("").await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message("")).await;
    let waiting = daemon.settled(&id).await;
    assert_eq!(waiting["disposition"], "retried", "{waiting:#}");
    assert_eq!(
        waiting["failures"][0]["kind"].as_str().or(waiting["kind"].as_str()),
        Some("incomplete_data"),
        "{waiting:#}"
    );
    scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await;
    scenario.send(&scenario.message("")).await;
    scenario.drained().await;
    assert_eq!((scenario.ids().await.as_str(), scenario.ledger_rows().await.as_str()), ("3,4", "1"));
}

#[tokio::test]
async fn the_config_says_how_many_parts_make_a_date_whole() {
    let scenario = two_days(", parts: 3").await;
    refused(
        &scenario.load(&[]).await,
        &[
            "is not whole (2 of 3 parts (`meta.parts`) are there)",
            "upload the others, or correct `meta.parts`",
        ],
    );
    // It counts, and there is nothing in it that COPY could read.
    scenario.put(&inside(&scenario, DAY_2, "part-00005-4f1c-c000.json.gz"), "").await;
    scenario.plan(&[]).await.success().says("3, as `meta.parts` says; 1 of 0 bytes left out");
    scenario.load(&[]).await.success().says("loaded  2 rows");
    assert_eq!(scenario.ids().await, "3,4");
    put_part(&scenario, &inside(&scenario, DAY_2, "part-00006-4f1c-c000.json.gz"), DAY_2, 6).await;
    refused(
        &scenario.load(&[]).await,
        &["it has 4 parts, and `meta.parts` says 3", "remove what is of another run"],
    );
}

#[tokio::test]
async fn packed_parts_with_nothing_in_them_load_nothing() {
    let scenario = two_days("").await;
    scenario.put(&inside(&scenario, DAY_2, "part-00005-4f1c-c000.json.gz"), table::gzip("")).await;
    scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await;
    scenario.load(&[]).await.success().says("loaded  2 rows");
}

#[tokio::test]
async fn files_of_an_unload_wait_for_its_manifest_which_then_says_what_is_loaded() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    for (slice, id) in [(0, 2), (1, 3)] {
        put_part(&scenario, &scenario.key(DAY_2, &format!("000{slice}_part_00.json.gz")), DAY_2, id).await;
    }
    let stem = format!("{}_{TABLE}_{DAY_2}", scenario.name);
    refused(
        &scenario.load(&[]).await,
        &[
            &format!("no s3://{}/{stem}.manifest says that these are all", scenario.name),
            "add MANIFEST to the UNLOAD",
        ],
    );
    // As UNLOAD writes it with VERBOSE; the file of another run is not in it.
    put_part(&scenario, &scenario.key(DAY_2, "0007_part_00.json.gz"), DAY_2, 666).await;
    let entry = |slice: u32| {
        let length = table::gzip(&table::rows(DAY_2, [slice + 2])).len();
        format!(
            r#"{{"url":"s3://{}/{stem}.000{slice}_part_00.json.gz","mandatory":true,"meta":{{"content_length":{length},"record_count":1}}}}"#,
            scenario.name
        )
    };
    let manifest = format!(
        r#"{{"entries":[{},{}],"schema":{{"elements":[]}},"meta":{{"record_count":2}},"author":{{"name":"Amazon Redshift"}}}}"#,
        entry(0),
        entry(1)
    );
    scenario.put(&format!("{stem}.manifest"), manifest).await;
    scenario.load(&[]).await.success().says("loaded  2 rows");
    assert_eq!(scenario.ids().await, "2,3");
}

#[tokio::test]
async fn an_unload_whose_names_say_no_format_is_loaded_as_the_message_says() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    let date = DAY_2.replace('T', " ").replace('Z', "");
    let mut entries = Vec::new();
    for id in [1, 2] {
        let key = scenario.key(DAY_2, &format!("000{id}_part_00"));
        scenario.put(&key, format!("{date}|{id}|page {id}\n")).await;
        entries.push(format!(r#"{{"url":"s3://{}/{key}","mandatory":true}}"#, scenario.name));
    }
    let manifest = format!(r#"{{"entries":[{}]}}"#, entries.join(","));
    scenario.put(&scenario.key(DAY_2, "manifest"), manifest).await;
    refused(
        &scenario.load(&[]).await,
        &["0001_part_00 cannot be loaded: its name does not say its format; say it with `format`"],
    );
    scenario.load(&["--format", "delimited"]).await.success().says("loaded  2 rows");
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn files_of_an_unload_without_manifest_are_whole_by_their_number() {
    let scenario = Scenario::new().await;
    let config = table::config(&scenario.name).replace("datadatecolumn", "parts: 2, datadatecolumn");
    scenario.put_config(DAY_2, &config).await;
    put_part(&scenario, &scenario.key(DAY_2, "0000_part_00.json.gz"), DAY_2, 1).await;
    refused(&scenario.load(&[]).await, &["1 of 2 parts (`meta.parts`) are there"]);
    put_part(&scenario, &scenario.key(DAY_2, "0001_part_00.json.gz"), DAY_2, 2).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1,2");
}

#[tokio::test]
async fn a_manifest_in_the_directory_says_what_is_loaded() {
    let scenario = two_days("").await;
    let part = inside(&scenario, DAY_2, "part-00003-4f1c-c000.json.gz");
    let manifest =
        format!(r#"{{"entries": [{{"url": "s3://{}/{part}", "mandatory": true}}]}}"#, scenario.name);
    scenario.put(&inside(&scenario, DAY_2, "manifest"), manifest.clone()).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "3");
    scenario.put(&inside(&scenario, DAY_2, "again.manifest"), manifest).await;
    refused(&scenario.load(&[]).await, &["again.manifest", "are both manifests; keep one"]);
}

#[tokio::test]
async fn directories_below_a_prefix_are_found_in_both_layouts() {
    for partition in [false, true] {
        let scenario = Scenario::new().await;
        let name = &scenario.name;
        let folder = match partition {
            false => "some/prefix/".to_owned(),
            true => format!(
                "some/prefix/{name}/{TABLE}/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=02/"
            ),
        };
        let directory = format!("{folder}{name}_{TABLE}_{DAY_2}");
        scenario.put(&format!("{folder}config_{name}_{TABLE}_{DAY_2}.yml"), table::config(name)).await;
        for id in [1, 2] {
            put_part(&scenario, &format!("{directory}/part-{id}.json.gz"), DAY_2, id).await;
        }
        scenario.put(&format!("{directory}/_SUCCESS"), "").await;
        // Not below the prefix.
        put_part(&scenario, &format!("{name}_{TABLE}_2015-07-09T00:00:00Z/part-1.json.gz"), DAY_2, 666).await;
        let bucket = format!("{name}/some/prefix");
        scenario.run(&["load", "--schema", name, "--tables", TABLE, "--bucket", &bucket]).await.success();
        assert_eq!(scenario.ids().await, "1,2", "{folder}");
    }
}

#[tokio::test]
async fn parts_that_one_copy_cannot_read_are_refused_by_name() {
    for (part, sentences) in [
        (
            "part-00009.json",
            &["part-00003-4f1c-c000.json.gz and s3://", "differ in format or compression"][..],
        ),
        ("part-00009.csv.gz", &["part-00009.csv.gz differ in format or compression"]),
        ("day=1/part-00009.json.gz", &["day=1/part-00009.json.gz is in a directory of its own"]),
        ("_delta_log/00000000000000000000.json", &["it is a Delta or Hudi table"]),
        ("part-00009.xlsx", &["part-00009.xlsx cannot be loaded: `xlsx` is no suffix of a format"]),
    ] {
        let scenario = two_days("").await;
        scenario.put(&inside(&scenario, DAY_2, part), "{}").await;
        scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await;
        refused(&scenario.load(&[]).await, sentences);
    }
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    put_part(&scenario, &inside(&scenario, DAY_2, "part-0000.gz"), DAY_2, 1).await;
    scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await;
    refused(&scenario.load(&[]).await, &["its name does not say its format; say it with `format`"]);
}

#[tokio::test]
async fn a_part_or_a_mark_that_is_written_again_before_copy_is_noticed() {
    let scenario = two_days("").await;
    scenario.load(&["--date", DAY_1]).await.success();
    scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await;
    for (run, (name, content)) in [
        ("part-00003-4f1c-c000.json.gz", table::gzip(&table::rows(DAY_2, [3, 30]))),
        ("_SUCCESS", b"again".to_vec()),
    ]
    .into_iter()
    .enumerate()
    {
        scenario.sql(&format!("DELETE FROM {} WHERE id > 2", scenario.table())).await;
        let other = scenario.lock_table().await;
        let ours = scenario.load(&["--force"]);
        let overwrite = async {
            scenario.waits_for_lock().await;
            scenario.put(&inside(&scenario, DAY_2, name), content).await;
            other.query("ROLLBACK").await;
        };
        let (finished, ()) = tokio::join!(ours, overwrite);
        finished.success().says("or its files changed meanwhile: looking again");
        assert_eq!(scenario.ids().await, "1,2,3,4,30", "{run}");
    }
}

#[tokio::test]
async fn a_part_that_comes_before_copy_is_noticed_though_the_mark_was_there() {
    for (meta, name) in [("", "part-00009-4f1c-c000.json.gz"), (", parts: 3", "part-00008-4f1c-c000.json.gz")]
    {
        let scenario = two_days(meta).await;
        // Neither of them is the mark of the other run.
        match meta {
            "" => scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await,
            _ => put_part(&scenario, &inside(&scenario, DAY_2, "part-00005.json.gz"), DAY_2, 5).await,
        }
        scenario.load(&["--date", DAY_1]).await.success();
        let other = scenario.lock_table().await;
        let ours = scenario.load(&[]);
        let late = async {
            scenario.waits_for_lock().await;
            put_part(&scenario, &inside(&scenario, DAY_2, name), DAY_2, 9).await;
            other.query("ROLLBACK").await;
        };
        let (finished, ()) = tokio::join!(ours, late);
        finished.says("or its files changed meanwhile: looking again");
        if meta.is_empty() {
            finished.success().says("loaded  3 rows");
            assert_eq!(scenario.ids().await, "1,2,3,4,9");
        } else {
            refused(&finished, &["it has 4 parts, and `meta.parts` says 3"]);
        }
    }
}

#[tokio::test]
async fn a_manifest_for_parts_goes_to_the_region_of_the_parts_or_nowhere() {
    let mut scenario = two_days("").await;
    scenario.put(&inside(&scenario, DAY_2, "_SUCCESS"), "").await;
    let elsewhere = format!("{}-eu", scenario.name);
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder()
        .location_constraint("eu-west-1".into())
        .build();
    let request = scenario.s3.create_bucket().bucket(&elsewhere).create_bucket_configuration(place);
    request.send().await.expect("the bucket is made");
    scenario.variables.insert("MANIFEST_URL".to_owned(), format!("s3://{elsewhere}/manifests/"));
    refused(
        &scenario.load(&[]).await,
        &["would be in eu-west-1 and its data in us-east-1", "set MANIFEST_URL to a folder in us-east-1"],
    );
    scenario.variables.insert("MANIFEST_URL".to_owned(), format!("s3://{}/kept/here/", scenario.name));
    scenario.load(&[]).await.success();
    let listing = scenario.s3.list_objects_v2().bucket(&scenario.name).prefix("kept/here/");
    assert_eq!(listing.send().await.expect("the bucket is listed").contents.unwrap_or_default().len(), 1);
}

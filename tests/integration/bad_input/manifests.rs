//! Manifests of producers that COPY would refuse, or read otherwise than meant.

use expect_test::expect_file;

use crate::bad_input::{Case, check, shown};
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

/// What is written as the manifest of one table each. `BUCKET` stands for the scenario's, which has the files `one.json`,
/// `two.json` and `one.json.gz`.
const MANIFESTS: [&str; 54] = [
    r#"{"entries": [{"url": "s3://BUCKET/one.json", "mandatory": true}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}, {"url": "s3://BUCKET/two.json"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json", "mandatory": true, "meta": {"content_length": 1}}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json", "unknown": 1}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}], "unknown": 1}"#,
    "",
    " ",
    "null",
    "17",
    "[]",
    "{}",
    "text",
    r#"["s3://BUCKET/one.json"]"#,
    "s3://BUCKET/one.json",
    "s3://BUCKET/one.json\ns3://BUCKET/two.json",
    r#"{"entries": null}"#,
    r#"{"entries": []}"#,
    r#"{"entries": {}}"#,
    r#"{"entries": "s3://BUCKET/one.json"}"#,
    r#"{"entries": ["s3://BUCKET/one.json"]}"#,
    r#"{"entries": [null]}"#,
    r#"{"entries": [{}]}"#,
    r#"{"entries": [{"mandatory": true}]}"#,
    r#"{"entries": [{"URL": "s3://BUCKET/one.json"}]}"#,
    r#"{"Entries": [{"url": "s3://BUCKET/one.json"}]}"#,
    r#"{"fileLocations": [{"URIs": ["s3://BUCKET/one.json"]}]}"#,
    r#"{"entries": [{"url": null}]}"#,
    r#"{"entries": [{"url": 17}]}"#,
    r#"{"entries": [{"url": ["s3://BUCKET/one.json"]}]}"#,
    r#"{"entries": [{"url": ""}]}"#,
    r#"{"entries": [{"url": "one.json"}]}"#,
    r#"{"entries": [{"url": "BUCKET/one.json"}]}"#,
    r#"{"entries": [{"url": "/BUCKET/one.json"}]}"#,
    r#"{"entries": [{"url": "s3:/BUCKET/one.json"}]}"#,
    r#"{"entries": [{"url": "s3n://BUCKET/one.json"}]}"#,
    r#"{"entries": [{"url": "https://BUCKET.s3.amazonaws.com/one.json"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/"}]}"#,
    r#"{"entries": [{"url": "s3:///one.json"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json", "mandatory": "true"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json", "mandatory": null}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}, {"url": "s3://BUCKET/one.json"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}, {"url": "s3://BUCKET/one.json.gz"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.csv"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/folder/"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/missing.json", "mandatory": true}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/missing.json", "mandatory": false}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}, {"url": "s3://BUCKET/missing.json"}]}"#,
    r#"{"entries": [{"url": "s3://no-such-bucket-anywhere/one.json"}]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"},]}"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}]"#,
    r#"{"entries": [{"url": "s3://BUCKET/one.json"}]} {"entries": []}"#,
];

#[tokio::test]
async fn every_bad_manifest_ends_where_the_readme_says() {
    let scenario = Scenario::new().await;
    for (key, id) in [("one.json", 1), ("two.json", 2)] {
        scenario.put(key, table::rows(DAY_1, [id])).await;
    }
    scenario.put("one.json.gz", table::gzip(&table::rows(DAY_1, [1]))).await;
    let mut cases = Vec::new();
    for (number, manifest) in MANIFESTS.iter().enumerate() {
        let name = format!("m{number}");
        let config = table::config_of(&scenario.name, &name, &["{dest: id, type: bigint}"]);
        scenario.put(&format!("config_{}_{name}_{DAY_1}.yml", scenario.name), config).await;
        let text = manifest.replace("BUCKET", &scenario.name);
        scenario.put(&format!("{}_{name}_{DAY_1}.manifest", scenario.name), text).await;
        cases.push(Case { name: shown(manifest), body: scenario.message_for(&[&name], "") });
    }
    assert!(cases.len() >= 50, "only {} manifests", cases.len());
    check(&scenario, cases, &expect_file!["../../golden/bad_input/manifests.txt"]).await;
}

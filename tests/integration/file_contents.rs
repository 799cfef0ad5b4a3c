//! A file that is not what its name says is told by what it is, not by what the decompressor made of it.

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

async fn refusal(suffix: &str, content: impl Into<Vec<u8>>) -> String {
    let scenario = with_file(suffix, content).await;
    let finished = scenario.load(&[]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    finished.stdout.replace(&scenario.name, "S")
}

async fn with_file(suffix: &str, content: impl Into<Vec<u8>>) -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    scenario.put(&scenario.key(DAY_1, suffix), content).await;
    scenario
}

async fn check(suffix: &str, content: impl Into<Vec<u8>>, expected: &str) {
    let sentence = refusal(suffix, content).await;
    let file = format!("s3://S/S_events_{DAY_1}.{suffix}");
    assert!(sentence.contains(&format!("failed: {file} {expected}")), "{sentence}");
}

fn rows() -> String {
    table::rows(DAY_1, [1])
}

#[tokio::test]
async fn a_file_named_gz_that_is_not_gzip_is_told_so() {
    check("json.gz", rows(), "is named as gzip, but is not compressed").await;
    check("json.gz", b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), "is named as gzip, but is a zip archive")
        .await;
    check("json.gz", table::gzip(&rows())[2..].to_vec(), "is named as gzip, but does not begin like gzip")
        .await;
}

#[tokio::test]
async fn a_compressed_file_that_is_not_named_so_is_told_so() {
    check("json", table::gzip(&rows()), "is gzip, but its name does not say so").await;
    check("json", b"\x28\xb5\x2f\xfd\x04\x00".as_slice(), "is zstd, but its name does not say so").await;
}

#[tokio::test]
async fn what_begins_with_a_byte_order_mark_or_is_no_stream_of_objects_is_told_so() {
    let utf_16: Vec<u8> = rows().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let array = format!("[{}]", rows().trim_end());
    check("json.gz", table::gzip(&format!("\u{feff}{}", rows())), "begins with a byte order mark").await;
    check("json", [b"\xff\xfe".as_slice(), &utf_16].concat(), "is UTF-16").await;
    check("json", array.clone(), "is a JSON array").await;
    check("json.gz", table::gzip(&array), "is a JSON array").await;
    check("json", "<html><body>502 Bad Gateway</body></html>", "is HTML or XML").await;
    check("json.gz", table::gzip("id,name\n1,secret-value\n"), "does not begin with `{`").await;
    check("json", "PAR1\x15\x04\x15", "is a Parquet file").await;
}

#[tokio::test]
async fn a_refused_row_of_a_sound_file_is_told_as_ever_and_no_value_is_shown() {
    let sentence = refusal("json", r#"{"id": "seven", "data_date": "2015-07-01T00:00:00Z"}"#).await;
    assert!(sentence.contains("failed: line 1 of s3://S/"), "{sentence}");
    let sentence = refusal("json.gz", table::gzip("id,name\n1,secret-value\n")).await;
    assert!(!sentence.contains("secret-value"), "{sentence}");
}

#[tokio::test]
async fn a_file_of_a_manifest_is_looked_at_too() {
    let scenario = Scenario::new().await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    scenario.put("good.json", rows()).await;
    scenario.put("bad.json", format!("\u{feff}{}", rows())).await;
    let entries = ["good", "bad"]
        .map(|name| format!(r#"{{"url": "s3://{}/{name}.json", "mandatory": true}}"#, scenario.name));
    let manifest = format!(r#"{{"entries": [{}]}}"#, entries.join(","));
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest).await;
    scenario.load(&[]).await.says("/bad.json begins with a byte order mark");
}

#[tokio::test]
async fn a_header_that_nobody_skips_is_told_with_the_setting_that_skips_it() {
    let text = format!("data_date,ID,name\n{DAY_1},1,a\n");
    for (suffix, content) in [("csv", text.clone().into_bytes()), ("csv.gz", table::gzip(&text))] {
        let sentence = refusal(suffix, content).await;
        let told = format!(
            "failed: s3://S/S_events_{DAY_1}.{suffix} has the names of columns in its first line, which COPY reads as a row \
             (COPY says: line 1 of "
        );
        assert!(sentence.contains(&told), "{sentence}");
        assert!(sentence.contains("; set `ignore_header: 1` in `meta` of the table config"), "{sentence}");
    }
    // A first row with an odd value is none.
    let sentence = refusal("csv", format!("{DAY_1},id,a\n")).await;
    assert!(sentence.contains("failed: line 1 of ") && !sentence.contains("ignore_header"), "{sentence}");
}

#[tokio::test]
async fn plan_says_of_a_file_what_the_load_would_say() {
    let array = format!("[{}]", rows().trim_end());
    for (suffix, content, told) in [
        ("json", array.clone().into_bytes(), "is a JSON array"),
        ("json.gz", table::gzip(&array), "is a JSON array"),
        ("csv.gz", Vec::new(), "is empty"),
    ] {
        let scenario = with_file(suffix, content).await;
        let file = format!("s3://{}/{} {told}", scenario.name, scenario.key(DAY_1, suffix));
        scenario.plan(&[]).await.success().says(&format!("COPY will refuse the data: {file}"));
        let refused = scenario.load(&[]).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        refused.says(&format!("failed: {file}"));
    }
}

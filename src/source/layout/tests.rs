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

fn file_of(key: &str, source: &SourceBucket, target: &TargetTable) -> Option<DataFile> {
    match named(object_named(key), source, target)? {
        Named::File(file) => Some(file),
        Named::Part(name, ..) => panic!("{key} is a part of {name:?}"),
    }
}

fn parsed_below(prefix: &str, key: &str) -> Option<(String, Suffix)> {
    let file = file_of(key, &source(prefix), &target_table("api", "pages"))?;
    Some((file.date.to_string(), file.suffix))
}

/// The address of a set of parts, its config, its date, and what the object is to it.
fn part_below(prefix: &str, key: &str) -> (String, String, String, Member) {
    match named(object_named(key), &source(prefix), &target_table("api", "pages")) {
        Some(Named::Part(name, member, _)) => {
            (name.address.key, config_beside(&name.stem).key, name.date.to_string(), member)
        }
        other => panic!("{key}: {other:?}"),
    }
}

fn member(key: &str) -> Member {
    part_below("", key).3
}

fn open(compression: Compression) -> Member {
    Member::Part(Stored { format: None, compression })
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
    assert!(file_of("api_pages_archive_2015-07-01T00:00:00Z.json", &source(""), &archive).is_some());
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
        "api_pages_2015-07-01T00:00:00Z_$folder$",
        "api_pages_2015-07-01T00:00:00Z.0000_part_00.md5",
        "api_pages_2015-07-01/part-0000.gz",
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
        other => panic!("{key}: {other:?}"),
    };
    for suffix in ["json.lzo", "parquet.gz", "XML", "0000_part_0", "00_part_00"] {
        assert_eq!(
            not_supported(&format!("api_pages_2015-07-01T00:00:00Z.{suffix}")),
            format!(
                "2015-07-01T00:00:00Z: `{suffix}` is no suffix of a format that is loaded; write .json.gz, .csv.gz or .parquet"
            )
        );
    }
}

#[test]
fn a_directory_stands_for_a_file_in_both_layouts() {
    let partition =
        "some/prefix/api/pages/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01/";
    for folder in ["some/prefix/", partition] {
        let directory = format!("{folder}api_pages_2015-07-01T02:00:00+02:00/");
        let found = part_below("some/prefix/", &format!("{directory}part-00000-4f1c-c000.json.gz"));
        let config = format!("{folder}config_api_pages_2015-07-01T02:00:00+02:00.yml");
        let Suffix::Data(stored) = json(Compression::Gzip) else { panic!("JSON is data") };
        let date = "2015-07-01T00:00:00Z".to_owned();
        assert_eq!(found, (directory, config, date, Member::Part(stored)));
    }
}

#[test]
fn a_directory_may_be_named_like_a_file() {
    let (address, config, ..) = part_below("", "api_pages_2015-07-01T00:00:00Z.json.gz/part-00000.json.gz");
    assert_eq!(address, "api_pages_2015-07-01T00:00:00Z.json.gz/");
    assert_eq!(config, "config_api_pages_2015-07-01T00:00:00Z.yml");
}

#[test]
fn marks_and_what_tools_keep_in_a_directory_are_no_parts() {
    let inside = |name: &str| member(&format!("api_pages_2015-07-01T00:00:00Z/{name}"));
    assert_eq!(inside("_SUCCESS"), Member::Mark);
    for manifest in ["manifest", "x.manifest", "part.MANIFEST", "manifest.json"] {
        assert_eq!(inside(manifest), Member::Manifest, "{manifest}");
    }
    for hidden in [
        "_temporary/0/task_0/part-00000.json.gz",
        "_started_4711",
        "_committed_4711",
        "_metadata",
        "._SUCCESS.crc",
        ".part-00000.json.gz.crc",
        ".hive-staging/part-0000",
        "part-00000.json.gz.tmp",
        "part-00000.json.gz.md5",
        "day=1/",
        "day=1_$folder$",
    ] {
        assert_eq!(inside(hidden), Member::Hidden, "{hidden}");
    }
    assert_eq!(inside("_delta_log/00000.json"), Member::TableLog);
    assert_eq!(inside(".hoodie/hoodie.properties"), Member::TableLog);
    assert_eq!(inside("day=1/part-00000.json"), Member::Inner);
    for part in ["part-0000.gz", "0000_part_00.gz", "000000_0.gz", "part-r-00000.gz"] {
        assert_eq!(inside(part), open(Compression::Gzip), "{part}");
    }
    for part in ["part-00000", "000", "0000_part_00", "events-1-2015-07-01-00-00-00-4f1c"] {
        assert_eq!(inside(part), open(Compression::None), "{part}");
    }
    assert!(matches!(inside("part-00000.xlsx"), Member::Unreadable(_)));
}

#[test]
fn files_of_an_unload_are_parts_whatever_its_prefix_has_behind_the_date() {
    for (separator, date) in
        [("", "2015-07-01T00:00:00Z"), (".", "2015-07-01T02:00:00.5+02:00"), ("_", "2015-07-01T00:00:00Z")]
    {
        let prefix = format!("api_pages_{date}{separator}");
        for (name, expected) in [
            ("0000_part_00", open(Compression::None)),
            ("0127_part_113.gz", open(Compression::Gzip)),
            ("0000_part_00.bz2", open(Compression::Bzip2)),
            ("000", open(Compression::None)),
            ("000.zst", open(Compression::Zstd)),
            ("0001_part_00.txt", open(Compression::None)),
        ] {
            let (address, config, _, member) = part_below("", &format!("{prefix}{name}"));
            assert_eq!((address, member), (prefix.clone(), expected), "{prefix}{name}");
            assert_eq!(config, format!("config_api_pages_{date}.yml"));
        }
        let Some(Named::File(manifest)) =
            named(object_named(&format!("{prefix}manifest")), &source(""), &target_table("api", "pages"))
        else {
            panic!("{prefix}manifest is a file")
        };
        assert_eq!(manifest.suffix, Suffix::Manifest);
        assert_eq!(config_beside(&manifest.stem).key, format!("config_api_pages_{date}.yml"));
    }
    let json = |name: &str| format!("{:?}", member(&format!("api_pages_2015-07-01T00:00:00Z.{name}")));
    assert!(json("0000_part_00.json").contains("Json"));
    assert!(json("000.parquet").contains("Parquet"));
    assert!(json("0000_part_00.xlsx").contains("Unreadable"));
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
        "2015-07-02.0000_part_00",
    ] {
        assert_eq!(parsed(&format!("api_pages_{name}")), None, "{name}");
        assert_eq!(known(&format!("api_pages_{name}")).as_deref(), Some(name));
    }
    assert_eq!(known("api_pages_2015-07-02/part-0000.json").as_deref(), Some("2015-07-02"));
    for key in [
        "api_pages_2015-07-02/_temporary/0/part-0000.json",
        "api_pages_2015-07-02_$folder$",
        "api_pages_2015-07-02T00:00:00Z.0000_part_00",
        "api_pages_2015-07-02T00:00:00Zmanifest",
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
    let file = file_of(key, &source("p/"), &target_table("api", "pages")).unwrap();
    assert_eq!(config_beside(&file.stem).key, "p/config_api_pages_2015-07-01T02:00:00.50+02:00.yml");
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
        let file = file_of(&key, &source(""), &target).expect("a well-formed name");
        prop_assert_eq!(file.date, date);
        prop_assert_eq!(config_beside(&file.stem).key, format!("config_api_{table}_{date}.yml"));
    }

    #[test]
    fn any_key_is_read_without_a_panic(key in ".{0,120}") {
        for key in [key.clone(), format!("api_pages_{key}"), format!("api_pages_2015-07-01T00:00:00Z{key}")] {
            drop(named(object_named(&key), &source(""), &target_table("api", "pages")));
            misnamed(&object_named(&key), &source(""), &target_table("api", "pages"));
        }
    }

    #[test]
    fn a_name_belongs_to_one_of_two_tables_at_most(
        left in "[a-z_]{1,6}", right in "[a-z_]{1,6}", seconds in 0_i64..4_000_000_000,
    ) {
        prop_assume!(left != right);
        let date = DataDate::from_instant(chrono::DateTime::from_timestamp(seconds, 0).unwrap());
        let key = format!("api_{left}_{date}.json");
        prop_assert!(named(object_named(&key), &source(""), &target_table("api", &right)).is_none());
    }
}

//! The grammar of keys: where the data files of a target are listed, and what a file name says.
//!
//! Flat (the original's): `<schema>_<table>_<RFC 3339 date>.<suffix>`. Partitioned (its successor's): the same names
//! under `<schema>/<table>/_data_timestamp_year=YYYY/_data_timestamp_month=MM/_data_timestamp_day=DD/`.

use crate::model::data_date::DataDate;
use crate::model::object::{ObjectMeta, ObjectUri, SourceBucket};
use crate::model::target_table::TargetTable;

/// A listed object whose name says that it holds data of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    pub object: ObjectMeta,
    pub date: DataDate,
    pub suffix: Suffix,
}

/// What a data file holds, by its suffix, in order of preference for one date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suffix {
    /// A list of the files to load.
    Manifest,
    JsonGz,
    Json,
    /// Data of the target that cannot be loaded. It counts all the same, so that the newest file is never passed over for
    /// an older one.
    NotSupported(NotSupported),
}

/// Why data of a target cannot be loaded, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotSupported {
    #[error("`{0}` is not supported yet; write .json.gz")]
    Suffix(String),
    #[error("its name does not say its format; write .json.gz")]
    NoSuffix,
    #[error("a directory of parts is not supported yet; write one file, or a manifest that lists them")]
    Directory,
}

/// Suffixes of what lies beside data and is none: checksums, signatures, marks, and uploads that are not complete.
const COMPANIONS: [&str; 18] = [
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "sha256sum",
    "crc",
    "sig",
    "asc",
    "ok",
    "done",
    "success",
    "tmp",
    "part",
    "partial",
    "filepart",
    "inprogress",
    "lock",
    "bak",
];

impl Suffix {
    /// `None` for what is no data. The case of letters does not matter.
    fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (format, is_gzipped) = match lower.rsplit_once('.') {
            Some((format, "gz" | "gzip")) => (format, true),
            _ => (lower.as_str(), false),
        };
        match (format, is_gzipped) {
            ("manifest", false) => Some(Self::Manifest),
            ("json" | "jsonl" | "ndjson", true) => Some(Self::JsonGz),
            ("json" | "jsonl" | "ndjson", false) => Some(Self::Json),
            _ if lower.rsplit('.').next().is_some_and(|last| COMPANIONS.contains(&last)) => None,
            ("", false) => Some(Self::NotSupported(NotSupported::NoSuffix)),
            _ => Some(Self::NotSupported(NotSupported::Suffix(text.to_owned()))),
        }
    }
}

/// The key prefixes under which data files of `target` are listed, one for each layout.
///
/// They are only a first sieve: the prefix of `api_pages` also lists files of `api_pages_archive`, which
/// [`data_file`] then tells apart.
pub fn listing_prefixes(source: &SourceBucket, target: &TargetTable) -> [String; 2] {
    let TargetTable { schema, table } = target;
    let prefix = &source.prefix;
    [format!("{prefix}{schema}_{table}_"), format!("{prefix}{schema}/{table}/_data_timestamp_year=")]
}

/// Reads the key of a listed object; `None` for everything that is no data of `target`: configs, other tables, other
/// folders, names without a date.
pub fn data_file(object: ObjectMeta, source: &SourceBucket, target: &TargetTable) -> Option<DataFile> {
    let folder = object.uri.folder().strip_prefix(&source.prefix)?;
    let stem = format!("{}_{}_", target.schema, target.table);
    let (date, suffix) = if folder.is_empty() || is_partition(folder, target) {
        date_and_suffix(object.uri.file_name().strip_prefix(&stem)?)?
    } else {
        // Folder markers, and what tools keep in a directory beside its parts, are no data.
        let mut inside = folder.split('/').skip(1).chain([object.uri.file_name()]);
        if object.uri.file_name().is_empty() || inside.any(is_mark) {
            return None;
        }
        let directory = folder.split('/').next()?.strip_prefix(&stem)?;
        (DataDate::parse(directory).ok()?, Suffix::NotSupported(NotSupported::Directory))
    };
    Some(DataFile { object, date, suffix })
}

/// `_SUCCESS`, `_temporary/`, `.part-0000.crc`: hidden to those who write directories of parts.
fn is_mark(name: &str) -> bool {
    name.starts_with(['_', '.'])
}

/// How the name of an object goes on behind that of `target`, where it is no data file but looks as if it was meant as one.
///
/// `2015-07-01.json` of `api_pages_2015-07-01.json`, say. Nobody knows what its writer means, so it is passed over, and told.
pub fn misnamed<'a>(object: &'a ObjectMeta, source: &SourceBucket, target: &TargetTable) -> Option<&'a str> {
    let folder = object.uri.folder().strip_prefix(&source.prefix)?;
    let name = object.uri.file_name().strip_prefix(&format!("{}_{}_", target.schema, target.table))?;
    let looks_like_data = (folder.is_empty() || is_partition(folder, target))
        && begins_with_a_date(name)
        && date_and_suffix(name).is_none()
        && suffix_splits(name).all(|(_, suffix)| Suffix::parse(suffix).is_some());
    looks_like_data.then_some(name)
}

/// `2015-…` or `20150701…`; not `2015_…`, with which the name of another table may go on.
fn begins_with_a_date(name: &str) -> bool {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    digits >= 8 || (digits == 4 && name.as_bytes().get(4) == Some(&b'-'))
}

/// The config that belongs to a data file: beside it, `config_<name of the data file without suffix>.yml`.
pub fn config_beside(data_file: &DataFile) -> ObjectUri {
    let uri = &data_file.object.uri;
    let name = uri.file_name();
    let stem = suffix_splits(name)
        .find(|(_, suffix)| Suffix::parse(suffix).as_ref() == Some(&data_file.suffix))
        .map_or(name, |(stem, _)| stem);
    ObjectUri { bucket: uri.bucket.clone(), key: format!("{}config_{stem}.yml", uri.folder()) }
}

/// Exactly the folders of the partitioned layout, so that a backup beside them is never taken for data.
fn is_partition(folder: &str, target: &TargetTable) -> bool {
    let is_number =
        |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    let partition = folder.strip_prefix(&format!("{}/{}/", target.schema, target.table));
    let levels: Vec<&str> =
        partition.and_then(|rest| rest.strip_suffix('/')).unwrap_or("").split('/').collect();
    let expected = [("_data_timestamp_year=", 4), ("_data_timestamp_month=", 2), ("_data_timestamp_day=", 2)];
    levels.len() == expected.len()
        && levels.iter().zip(expected).all(|(level, (name, digits))| {
            level.strip_prefix(name).is_some_and(|number| is_number(number, digits))
        })
}

/// A date may hold a dot itself (fractional seconds), so every dot is tried as the one before the suffix.
fn date_and_suffix(text: &str) -> Option<(DataDate, Suffix)> {
    if let Ok(date) = DataDate::parse(text) {
        return Some((date, Suffix::NotSupported(NotSupported::NoSuffix)));
    }
    let (date, suffix) =
        suffix_splits(text).find_map(|(date, suffix)| Some((DataDate::parse(date).ok()?, suffix)))?;
    Some((date, Suffix::parse(suffix)?))
}

/// What a file holds by the end of its name alone: the longest suffix that can be loaded.
pub fn suffix_of(file_name: &str) -> Option<Suffix> {
    let suffixes = suffix_splits(file_name).map(|(_, suffix)| suffix);
    suffixes.filter_map(Suffix::parse).find(|suffix| !matches!(suffix, Suffix::NotSupported(_)))
}

fn suffix_splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('.').filter_map(|(dot, _)| Some((text.get(..dot)?, text.get(dot + 1..)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ident::Ident;
    use crate::model::object::Access;

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

    #[test]
    fn both_layouts_are_read() {
        let flat = "some/prefix/api_pages_2015-07-01T00:00:00Z.json.gz";
        let partitioned = "some/prefix/api/pages/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01/\
                           api_pages_2015-07-01T00:00:00Z.json.gz";
        for key in [flat, partitioned] {
            let expected = Some(("2015-07-01T00:00:00Z".to_owned(), Suffix::JsonGz));
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
            Some(("2015-07-01T00:00:00.250Z".to_owned(), Suffix::Json))
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
            assert_eq!(plain.map(|(_, suffix)| suffix), Some(Suffix::Json), "{suffix}");
            for gzip in ["gz", "gzip", "GZ"] {
                let gzipped = parsed(&format!("api_pages_2015-07-01T00:00:00Z.{suffix}.{gzip}"));
                assert_eq!(gzipped.map(|(_, suffix)| suffix), Some(Suffix::JsonGz), "{suffix}.{gzip}");
            }
        }
    }

    #[test]
    fn data_that_cannot_be_loaded_counts_all_the_same() {
        let not_supported = |key: &str| match parsed(key) {
            Some((date, Suffix::NotSupported(reason))) => format!("{date}: {reason}"),
            other => panic!("{key}: {other:?}"),
        };
        for suffix in ["csv.gz", "json.lzo", "json.bz2", "parquet", "XML", "gz", "0000_part_00"] {
            assert_eq!(
                not_supported(&format!("api_pages_2015-07-01T00:00:00Z.{suffix}")),
                format!("2015-07-01T00:00:00Z: `{suffix}` is not supported yet; write .json.gz")
            );
        }
        assert!(not_supported("api_pages_2015-07-01T00:00:00Z").ends_with("write .json.gz"));
        assert!(
            not_supported("api_pages_2015-07-01T00:00:00Z/part-0000.gz").contains("a directory of parts")
        );
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
            suffix in proptest::sample::select(vec!["manifest", "json.gz", "json", "jsonl.gz", "ndjson", "JSON.GZIP"]),
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
}

//! The grammar of keys: where the data files of a target are listed, and what a file name says.
//!
//! Flat (the original's): `<schema>_<table>_<RFC 3339 date>.<suffix>`. Partitioned (its successor's): the same names
//! under `<schema>/<table>/_data_timestamp_year=YYYY/_data_timestamp_month=MM/_data_timestamp_day=DD/`.

use crate::model::data_date::DataDate;
use crate::model::object::{ObjectMeta, ObjectUri, SourceBucket};
use crate::model::target_table::TargetTable;
use crate::source::suffix::{NotSupported, Suffix, suffix_splits};

/// A listed object whose name says that it holds data of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    pub object: ObjectMeta,
    pub date: DataDate,
    pub suffix: Suffix,
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
        return Some((date, Suffix::parse("")?));
    }
    let (date, suffix) =
        suffix_splits(text).find_map(|(date, suffix)| Some((DataDate::parse(date).ok()?, suffix)))?;
    Some((date, Suffix::parse(suffix)?))
}

#[cfg(test)]
mod tests;

//! The grammar of keys: where the data files of a target are listed, and what a file name says.
//!
//! Flat (the original's): `<schema>_<table>_<RFC 3339 date>.<suffix>`. Partitioned (its successor's): the same names
//! under `<schema>/<table>/_data_timestamp_year=YYYY/_data_timestamp_month=MM/_data_timestamp_day=DD/`. In both a directory
//! `<schema>_<table>_<date>/` may stand for a file, and so may the files of an UNLOAD to `<schema>_<table>_<date>.`.

use crate::model::data_date::DataDate;
use crate::model::object::{ObjectMeta, ObjectUri, SourceBucket};
use crate::model::target_table::TargetTable;
use crate::source::parts::{Member, SetKind, SetName};
use crate::source::suffix::{Suffix, suffix_of_part, suffix_splits};

/// What the key of a listed object says of data of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    File(DataFile),
    Part(SetName, Member, ObjectMeta),
}

impl Named {
    /// Whether it is more than a mark or a note beside data.
    pub fn is_data(&self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Part(_, member, _) => !matches!(member, Member::Hidden),
        }
    }
}

/// A listed object whose name says that it holds data of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    pub object: ObjectMeta,
    pub date: DataDate,
    pub suffix: Suffix,
    /// The address up to the date.
    pub stem: ObjectUri,
}

/// The key prefixes under which data files of `target` are listed, one for each layout.
///
/// They are only a first sieve: the prefix of `api_pages` also lists files of `api_pages_archive`, which
/// [`named`] then tells apart.
pub fn listing_prefixes(source: &SourceBucket, target: &TargetTable) -> [String; 2] {
    let TargetTable { schema, table } = target;
    let prefix = &source.prefix;
    [format!("{prefix}{schema}_{table}_"), format!("{prefix}{schema}/{table}/_data_timestamp_year=")]
}

/// Reads the key of a listed object; `None` for everything that is no data of `target`: configs, other tables, other
/// folders, names without a date.
pub fn named(object: ObjectMeta, source: &SourceBucket, target: &TargetTable) -> Option<Named> {
    let uri = object.uri.clone();
    let text = behind_the_target(&uri, source, target)?;
    let up_to = |length: usize| {
        let key = uri.key.get(..uri.key.len() - text.len() + length)?.to_owned();
        Some(ObjectUri { bucket: uri.bucket.clone(), key })
    };
    if let Some((directory, inner)) = text.split_once('/') {
        let (length, date) = directory_date(directory)?;
        let (address, stem) = (up_to(directory.len() + 1)?, up_to(length)?);
        let name = SetName { date, kind: SetKind::Directory, address, stem };
        return Some(Named::Part(name, member_of_directory(inner)?, object));
    }
    let read = date_and_suffix(text);
    if let None | Some((_, _, Suffix::NotSupported(_))) = read
        && let Some(Unloaded { date, length, separator, suffix }) = unloaded(text)
    {
        let (address, stem) = (up_to(length + separator)?, up_to(length)?);
        if suffix == Suffix::Manifest {
            return Some(Named::File(DataFile { object, date, suffix, stem }));
        }
        let name = SetName { date, kind: SetKind::Unload, address, stem };
        return Some(Named::Part(name, member_of_unload(suffix), object));
    }
    let (length, date, suffix) = read?;
    Some(Named::File(DataFile { object, date, suffix, stem: up_to(length)? }))
}

/// What a listed object is to a set of parts; `None` for what is of no set, or of another.
pub fn member_of(set: &SetName, uri: &ObjectUri) -> Option<Member> {
    let inner = uri.key.strip_prefix(&set.address.key)?;
    match set.kind {
        SetKind::Directory => member_of_directory(inner),
        SetKind::Unload => suffix_of_unloaded(inner).map(member_of_unload),
    }
}

fn member_of_unload(suffix: Suffix) -> Member {
    match suffix {
        Suffix::Manifest => Member::Manifest,
        Suffix::Data(stored) => Member::Part(stored),
        Suffix::NotSupported(reason) => Member::Unreadable(reason),
    }
}

/// The key behind `<schema>_<table>_`, where that stands at a place of one of the layouts.
fn behind_the_target<'a>(uri: &'a ObjectUri, source: &SourceBucket, target: &TargetTable) -> Option<&'a str> {
    let key = uri.key.strip_prefix(&source.prefix)?;
    let stem = format!("{}_{}_", target.schema, target.table);
    key.strip_prefix(&stem).or_else(|| behind_a_partition(key, target)?.strip_prefix(&stem))
}

/// Exactly the folders of the partitioned layout, so that a backup beside them is never taken for data.
fn behind_a_partition<'a>(key: &'a str, target: &TargetTable) -> Option<&'a str> {
    let mut rest = key.strip_prefix(&format!("{}/{}/", target.schema, target.table))?;
    for (name, digits) in
        [("_data_timestamp_year=", 4), ("_data_timestamp_month=", 2), ("_data_timestamp_day=", 2)]
    {
        let (number, inner) = rest.strip_prefix(name)?.split_once('/')?;
        if number.len() != digits || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        rest = inner;
    }
    Some(rest)
}

/// With the length of the date. Spark writes to `…_<date>.parquet/` when it is asked to; the parts say what they are themselves.
fn directory_date(directory: &str) -> Option<(usize, DataDate)> {
    match date_and_suffix(directory)? {
        (length, date, Suffix::Data(_)) => Some((length, date)),
        (_, _, Suffix::Manifest | Suffix::NotSupported(_)) => None,
    }
}

/// What an object is to the directory of parts that it is in; `None` for the marker of the directory itself.
fn member_of_directory(inner: &str) -> Option<Member> {
    if inner.is_empty() {
        return None;
    }
    let is_hidden = |name: &str| name.starts_with(['_', '.']) || name.ends_with("_$folder$");
    let first = inner.split('/').next().unwrap_or_default();
    Some(match inner {
        "_SUCCESS" => Member::Mark,
        _ if ["_delta_log", ".hoodie"].contains(&first) => Member::TableLog,
        _ if inner.split('/').any(is_hidden) || inner.ends_with('/') => Member::Hidden,
        _ if inner.contains('/') => Member::Inner,
        // As the connector of Spark for Redshift calls it.
        "manifest" | "manifest.json" => Member::Manifest,
        name => match suffix_of_part(name) {
            Some(Suffix::Manifest) => Member::Manifest,
            Some(Suffix::Data(stored)) => Member::Part(stored),
            Some(Suffix::NotSupported(reason)) => Member::Unreadable(reason),
            None => Member::Hidden,
        },
    })
}

/// A file of an UNLOAD to a prefix that ends with a date.
struct Unloaded {
    date: DataDate,
    /// Of the date's text.
    length: usize,
    /// The length of what the prefix has behind the date.
    separator: usize,
    suffix: Suffix,
}

/// `<date>.0000_part_00.gz`, `<date>.000` of an UNLOAD with PARALLEL OFF, `<date>manifest`: UNLOAD puts nothing between its
/// prefix and these, so the prefix may also end with the date itself, or with `_`.
fn unloaded(text: &str) -> Option<Unloaded> {
    let mut lengths = text.char_indices().map(|(at, _)| at).skip(SHORTEST_DATE).take(LONGEST_FRACTION);
    lengths.find_map(|length| {
        let (date, rest) = text.split_at_checked(length)?;
        let name = rest.strip_prefix(['.', '_']).unwrap_or(rest);
        let suffix = suffix_of_unloaded(name)?;
        let date = DataDate::parse(date).ok()?;
        Some(Unloaded { date, length, separator: rest.len() - name.len(), suffix })
    })
}

/// `2015-07-01T00:00:00Z`
const SHORTEST_DATE: usize = 20;
/// What a date may be longer by: a fraction of a second, and an offset.
const LONGEST_FRACTION: usize = 24;

fn suffix_of_unloaded(name: &str) -> Option<Suffix> {
    if name == "manifest" {
        return Some(Suffix::Manifest);
    }
    let (name, suffix) = name.split_once('.').unwrap_or((name, ""));
    let is_number =
        |text: &str, digits: usize| text.len() >= digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_unloaded = match name.split_once("_part_") {
        Some((slice, part)) => is_number(slice, 4) && is_number(part, 2),
        None => is_number(name, 3) && name.len() == 3,
    };
    if is_unloaded { Suffix::parse(suffix) } else { None }
}

/// How the name of an object goes on behind that of `target`, where it is no data but looks as if it was meant as some.
///
/// `2015-07-01.json` of `api_pages_2015-07-01.json`, say. Nobody knows what its writer means, so it is passed over, and told.
pub fn misnamed<'a>(object: &'a ObjectMeta, source: &SourceBucket, target: &TargetTable) -> Option<&'a str> {
    let text = behind_the_target(&object.uri, source, target)?;
    if let Some((directory, inner)) = text.split_once('/') {
        let is_part = !matches!(member_of_directory(inner), None | Some(Member::Hidden));
        let looks_like_data = begins_with_a_date(directory) && directory_date(directory).is_none() && is_part;
        return looks_like_data.then_some(directory);
    }
    let looks_like_data = begins_with_a_date(text)
        && !text.ends_with("_$folder$")
        && date_and_suffix(text).is_none()
        && unloaded(text).is_none()
        && suffix_splits(text).all(|(_, suffix)| Suffix::parse(suffix).is_some());
    looks_like_data.then_some(text)
}

/// `2015-…` or `20150701…`; not `2015_…`, with which the name of another table may go on.
fn begins_with_a_date(name: &str) -> bool {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    digits >= 8 || (digits == 4 && name.as_bytes().get(4) == Some(&b'-'))
}

/// The name of a data file without its target: what stands before its date, and the date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedName<'a> {
    /// `<schema>_<table>`; either may have underscores of its own.
    pub target: &'a str,
    pub date: DataDate,
}

/// What a path says of whose data it is: `…/api_hits_pages_2015-07-01T00:00:00Z.json.gz`.
pub fn dated_name(path: &str) -> Option<DatedName<'_>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.match_indices('_').find_map(|(at, _)| {
        let (target, text) = (name.get(..at)?, name.get(at + 1..)?);
        let date = date_and_suffix(text).map(|(_, date, _)| date);
        let date = date.or_else(|| unloaded(text).map(|unloaded| unloaded.date))?;
        Some(DatedName { target, date })
    })
}

/// The folders `<schema>/<table>/` of the partitioned layout.
pub fn partition_target(path: &str) -> Option<(&str, &str)> {
    let (before, _) = path.split_once("/_data_timestamp_year=")?;
    let mut folders = before.rsplit('/');
    let (table, schema) = (folders.next()?, folders.next()?);
    (!table.is_empty() && !schema.is_empty()).then_some((schema, table))
}

/// The address of data without the suffix that says how it is written.
pub fn stem(uri: &ObjectUri) -> ObjectUri {
    let name = uri.file_name();
    let is_of_data = |suffix| matches!(Suffix::parse(suffix), Some(Suffix::Data(_) | Suffix::Manifest));
    let stem = suffix_splits(name).find(|(_, suffix)| is_of_data(suffix)).map_or(name, |(stem, _)| stem);
    ObjectUri { bucket: uri.bucket.clone(), key: format!("{}{stem}", uri.folder()) }
}

/// The config that belongs to data: beside it, `config_<its name up to the date>.yml`.
pub fn config_beside(stem: &ObjectUri) -> ObjectUri {
    let key = format!("{}config_{}.yml", stem.folder(), stem.file_name());
    ObjectUri { bucket: stem.bucket.clone(), key }
}

/// With the length of the date. A date may hold a dot itself (fractional seconds), so every dot is tried as the one before
/// the suffix.
fn date_and_suffix(text: &str) -> Option<(usize, DataDate, Suffix)> {
    if let Ok(date) = DataDate::parse(text) {
        return Some((text.len(), date, Suffix::parse("")?));
    }
    let (length, date, suffix) = suffix_splits(text)
        .find_map(|(date, suffix)| Some((date.len(), DataDate::parse(date).ok()?, suffix)))?;
    Some((length, date, Suffix::parse(suffix)?))
}

#[cfg(test)]
mod tests;

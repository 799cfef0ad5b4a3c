//! Looks at the columns of the files, where their format names them or COPY would take them by their place: a bounded part
//! of each.

use std::ops::Range;

use futures_util::future::try_join_all;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::format::Format;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::plan::data_set::{Look, Seen, SeenKeys};
use crate::plan::reading::Reading;
use crate::source::head::keys::Keys;
use crate::source::head::unpack::{head_wanted, unpacked};
use crate::source::head::{UNPACKED, avro, header};
use crate::source::json_paths;
use crate::source::parquet::columns::ParquetColumn;
use crate::source::parquet::{NoSchema, footer};
use crate::storage::failure::failure_of;
use crate::storage::{CONCURRENT_LOOKS, ObjectStore, StorageError};

/// Files of one load whose JSON keys are looked at: a hundred tell of most drift, and each costs a request. Where columns go by
/// their place, all files are looked at, as one that differs would be loaded into wrong columns.
const LOOKED_AT_FOR_KEYS: usize = 100;

/// Bytes at the end of a Parquet file, which hold the schema of most.
const END: u64 = 64 * 1024;

/// A path for each of the most columns, and room for blanks.
const LONGEST_PATHS: usize = 1 << 20;

/// What is to be known of the columns; `None` when nothing is, or the files are empty.
pub(super) async fn look(
    store: &dyn ObjectStore,
    reading: &Reading,
    files: &[ObjectMeta],
) -> Result<Option<Look>, Failure> {
    if let Some(paths) = &reading.json_paths {
        return look_at_paths(store, paths).await.map(Some);
    }
    match reading.format {
        Format::Json => look_at_keys(store, reading, files).await,
        Format::Parquet | Format::Avro => look_at_all(store, reading, files).await,
        _ if reading.may_have_header() => look_at_all(store, reading, files).await,
        _ => Ok(None),
    }
}

/// The columns of all files, which must be the same.
async fn look_at_all(
    store: &dyn ObjectStore,
    reading: &Reading,
    files: &[ObjectMeta],
) -> Result<Option<Look>, Failure> {
    let is_odd = |look: &Look| matches!(look.seen, Seen::Odd(_));
    let mut first: Option<Look> = None;
    for files in files.chunks(CONCURRENT_LOOKS) {
        let looks = try_join_all(files.iter().map(|file| look_at(store, reading, file))).await;
        for look in looks.map_err(unread)?.into_iter().flatten() {
            match &first {
                _ if is_odd(&look) => return Ok(Some(look)),
                None => first = Some(look),
                Some(first) if first.seen == look.seen => {}
                Some(first) => {
                    let clause = format!(
                        "has other columns than {}, or in another order, and one COPY reads both alike; load them apart",
                        first.file
                    );
                    return Ok(Some(Look { file: look.file, seen: Seen::Odd(clause) }));
                }
            }
        }
    }
    Ok(first)
}

/// The keys of the first objects of the files.
async fn look_at_keys(
    store: &dyn ObjectStore,
    reading: &Reading,
    files: &[ObjectMeta],
) -> Result<Option<Look>, Failure> {
    let Some(file) = files.first().map(|file| file.uri.clone()) else { return Ok(None) };
    let mut seen = SeenKeys { keys: Keys::default(), files: Vec::new(), unseen: None };
    let files = files.get(..LOOKED_AT_FOR_KEYS).unwrap_or(files);
    for files in files.chunks(CONCURRENT_LOOKS) {
        let heads = try_join_all(files.iter().map(|file| head_of(store, reading, file))).await;
        for (file, head) in files.iter().zip(heads.map_err(unread)?) {
            let number = seen.files.len();
            seen.files.push(file.uri.clone());
            if !has_keys(&mut seen.keys, number, reading, &head) {
                seen.unseen.get_or_insert_with(|| file.uri.clone());
            }
        }
    }
    Ok(Some(Look { file, seen: Seen::Keys(seen) }))
}

/// Adds the keys of a head; false when there is something in it, but no key can be seen: COPY tells what is wrong with it.
fn has_keys(keys: &mut Keys, number: usize, reading: &Reading, head: &Head) -> bool {
    match head {
        Head::Empty => true,
        Head::Packed(_) => false,
        Head::Start { start, is_whole } => {
            let is_blank = *is_whole && start.trim_ascii().is_empty();
            match header::decoded(start, *is_whole, reading.encoding()) {
                Ok(text) => keys.look(number, text.as_bytes()) || is_blank,
                Err(_) => keys.look(number, start),
            }
        }
    }
}

async fn look_at(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Option<Look>, StorageError> {
    let seen = match reading.format {
        Format::Parquet => Some(look_at_end(store, file).await?),
        _ => look_at_head(store, reading, file).await?,
    };
    Ok(seen.map(|seen| Look { file: file.uri.clone(), seen }))
}

/// The beginning of a file.
enum Head {
    Empty,
    /// Nothing of it can be unpacked: a clause that follows the name of the file.
    Packed(String),
    Start {
        /// Unpacked, and never more than [`UNPACKED`].
        start: Vec<u8>,
        is_whole: bool,
    },
}

async fn head_of(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Head, StorageError> {
    if file.size == 0 {
        return Ok(Head::Empty);
    }
    let head = store.read_head(&file.uri, head_wanted(reading.compression)).await?;
    let start = match unpacked(&head, reading.compression, UNPACKED) {
        Ok(start) => start,
        Err(error) => {
            let packed = reading.compression.name();
            return Ok(Head::Packed(format!("cannot be unpacked as {packed} ({error})")));
        }
    };
    let is_whole = u64::try_from(head.len()).is_ok_and(|read| read >= file.size) && start.len() < UNPACKED;
    Ok(if start.is_empty() && is_whole { Head::Empty } else { Head::Start { start, is_whole } })
}

/// The header or the schema at the beginning of a file; `None` when it is empty.
async fn look_at_head(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Option<Seen>, StorageError> {
    let (start, is_whole) = match head_of(store, reading, file).await? {
        Head::Empty => return Ok(None),
        Head::Packed(clause) => return Ok(Some(Seen::Odd(clause))),
        Head::Start { start, is_whole } => (start, is_whole),
    };
    let odd = |why: &dyn std::fmt::Display| Seen::Odd(why.to_string());
    Ok(Some(match reading.format {
        Format::Avro => avro::fields(&start).map_or_else(|why| odd(&why), Seen::Avro),
        _ => {
            let (line, dialect) = (reading.ignore_header, reading.dialect());
            let names = header::names(&start, is_whole, line, reading.encoding(), &dialect);
            names.map_or_else(|why| odd(&why), Seen::Header)
        }
    }))
}

async fn look_at_end(store: &dyn ObjectStore, file: &ObjectMeta) -> Result<Seen, StorageError> {
    let begin = file.size.saturating_sub(END);
    let end = if file.size == 0 { Vec::new() } else { store.read_range(&file.uri, begin..file.size).await? };
    let range = match footer::schema_range(&end, file.size) {
        Ok(range) => range,
        Err(odd) => return Ok(Seen::Odd(odd.to_string())),
    };
    let metadata = match within(&end, begin, &range) {
        Some(metadata) => metadata.to_vec(),
        None => store.read_range(&file.uri, range).await?,
    };
    let columns: Result<Vec<ParquetColumn>, NoSchema> = footer::columns(&metadata);
    Ok(match columns {
        Ok(columns) => Seen::Parquet(columns),
        Err(odd) => Seen::Odd(odd.to_string()),
    })
}

/// Those bytes of an object, of which `bytes` begin at `begin`.
fn within<'a>(bytes: &'a [u8], begin: u64, range: &Range<u64>) -> Option<&'a [u8]> {
    let at = |place: u64| usize::try_from(place.checked_sub(begin)?).ok();
    bytes.get(at(range.start)?..at(range.end)?)
}

async fn look_at_paths(store: &dyn ObjectStore, paths: &ObjectUri) -> Result<Look, Failure> {
    let text = store.read(paths, LONGEST_PATHS).await;
    let text = text.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::InvalidTableConfig))?;
    let seen = match json_paths::parse(&text) {
        Ok(paths) => Seen::Paths(paths.len()),
        Err(_) => Seen::Odd(r#"is no file of paths, such as {"jsonpaths": ["$.id", "$.name"]}"#.to_owned()),
    };
    Ok(Look { file: paths.clone(), seen })
}

fn unread(error: StorageError) -> Failure {
    failure_of(&error, Stage::Discover, FailureKind::NoDataFile)
}

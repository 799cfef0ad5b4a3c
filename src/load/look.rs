//! Looks at the columns of the files, where their format names them or COPY would take them by their place: a bounded part
//! of each.

use std::ops::Range;

use futures_util::stream::{StreamExt, TryStreamExt};
use serde::Deserialize;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::format::Format;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::plan::data_set::{Look, Seen};
use crate::plan::reading::Reading;
use crate::source::head::unpack::{head_wanted, unpacked};
use crate::source::head::{UNPACKED, avro, header};
use crate::source::parquet::columns::ParquetColumn;
use crate::source::parquet::{NoSchema, footer};
use crate::storage::failure::failure_of;
use crate::storage::{CONCURRENT_LOOKS, ObjectStore, StorageError};

/// Files of one load that are looked at and compared: those that differ were mostly written by another version of the
/// producer, and COPY refuses most of what is left.
const COMPARED: usize = 100;

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
    let is_looked_at = reading.may_have_header() || matches!(reading.format, Format::Parquet | Format::Avro);
    if !is_looked_at {
        return Ok(None);
    }
    let looks: Vec<_> = files.iter().take(COMPARED).map(|file| look_at(store, reading, file)).collect();
    let looks = futures_util::stream::iter(looks).buffered(CONCURRENT_LOOKS);
    let seen: Vec<Option<Look>> = looks.try_collect().await.map_err(unread)?;
    let mut seen = seen.into_iter().flatten();
    let Some(first) = seen.next() else { return Ok(None) };
    let is_odd = |look: &Look| matches!(look.seen, Seen::Odd(_));
    if is_odd(&first) {
        return Ok(Some(first));
    }
    let other = seen.find(|look| look.seen != first.seen);
    Ok(Some(match other {
        None => first,
        Some(odd) if is_odd(&odd) => odd,
        Some(Look { file, .. }) => {
            let clause = format!(
                "has other columns than {}, or in another order, and one COPY reads both alike; load them apart",
                first.file
            );
            Look { file, seen: Seen::Odd(clause) }
        }
    }))
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

/// The header or the schema at the beginning of a file; `None` when it is empty.
async fn look_at_head(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Option<Seen>, StorageError> {
    if file.size == 0 {
        return Ok(None);
    }
    let head = store.read_head(&file.uri, head_wanted(reading.compression)).await?;
    let start = match unpacked(&head, reading.compression, UNPACKED) {
        Ok(start) => start,
        Err(error) => {
            let packed = reading.compression.name();
            return Ok(Some(Seen::Odd(format!("cannot be unpacked as {packed} ({error})"))));
        }
    };
    let is_whole = u64::try_from(head.len()).is_ok_and(|read| read >= file.size) && start.len() < UNPACKED;
    if start.is_empty() && is_whole {
        return Ok(None);
    }
    Ok(Some(match reading.format {
        Format::Avro => match avro::fields(&start) {
            Ok(fields) => Seen::Avro(fields),
            Err(odd) => Seen::Odd(odd.to_string()),
        },
        _ => {
            let (line, dialect) = (reading.ignore_header, reading.dialect());
            match header::names(&start, is_whole, line, reading.encoding(), &dialect) {
                Ok(names) => Seen::Header(names),
                Err(odd) => Seen::Odd(odd.to_string()),
            }
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

#[derive(Deserialize)]
struct Paths {
    jsonpaths: Vec<String>,
}

/// With another key at the top COPY would take the file for `auto`, and say nothing (redshift-facts 1.4).
async fn look_at_paths(store: &dyn ObjectStore, paths: &ObjectUri) -> Result<Look, Failure> {
    let text = store.read(paths, LONGEST_PATHS).await;
    let text = text.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::InvalidTableConfig))?;
    let seen = match serde_json::from_slice::<Paths>(&text) {
        Ok(Paths { jsonpaths }) => Seen::Paths(jsonpaths.len()),
        Err(_) => Seen::Odd(r#"is no file of paths, such as {"jsonpaths": ["$.id", "$.name"]}"#.to_owned()),
    };
    Ok(Look { file: paths.clone(), seen })
}

fn unread(error: StorageError) -> Failure {
    failure_of(&error, Stage::Discover, FailureKind::NoDataFile)
}

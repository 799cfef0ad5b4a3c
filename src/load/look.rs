//! Looks at the columns of the files, where their format names them or COPY would take them by their place: a bounded part
//! of each.

mod ends;

use futures_util::future::try_join_all;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::copy_options::option::Encoding;
use crate::model::format::Format;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::plan::data_set::{Look, Seen, SeenKeys};
use crate::plan::reading::Reading;
use crate::source::content::oddity;
use crate::source::head::keys::Keys;
use crate::source::head::unpack::{head_wanted, unpacked};
use crate::source::head::{UNPACKED, avro, header};
use crate::source::json_paths;
use crate::storage::failure::failure_of;
use crate::storage::{CONCURRENT_LOOKS, ObjectStore, StorageError};

/// Files of one load whose JSON keys are looked at: a hundred tell of most drift, and each costs a request. Where columns go by
/// their place, all files are looked at, as one that differs would be loaded into wrong columns.
const LOOKED_AT_FOR_KEYS: usize = 100;

/// How many times as much of an Avro file is looked at whose header is longer than most: COPY takes a megabyte of it
/// (redshift-facts 1.4).
const LONG_HEADS: usize = 16;

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
        Format::Parquet | Format::Orc | Format::Avro => look_at_all(store, reading, files).await,
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
                    let is_unseen = [&first.seen, &look.seen].contains(&&Seen::Packed);
                    let differs =
                        if is_unseen { "cannot be compared with" } else { "has other columns than" };
                    let why = if is_unseen {
                        "as one of both has a schema packed by LZ4"
                    } else {
                        "or in another order"
                    };
                    let clause = format!(
                        "{differs} {}, {why}, and one COPY reads both alike; load them apart",
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
    let mut seen = SeenKeys { keys: Keys::default(), files: Vec::new(), unseen: None, odd: None };
    let files = files.get(..LOOKED_AT_FOR_KEYS).unwrap_or(files);
    for files in files.chunks(CONCURRENT_LOOKS) {
        let heads = try_join_all(files.iter().map(|file| head_of(store, reading, file, 1))).await;
        for (file, head) in files.iter().zip(heads.map_err(unread)?) {
            let number = seen.files.len();
            seen.files.push(file.uri.clone());
            if let Some(clause) = head.odd() {
                seen.odd.get_or_insert_with(|| (file.uri.clone(), clause.to_owned()));
            }
            if !has_keys(&mut seen.keys, number, reading, &head) {
                seen.unseen.get_or_insert_with(|| file.uri.clone());
            }
        }
    }
    Ok(Some(Look { file, seen: Seen::Keys(seen) }))
}

/// Adds the keys of a head; false when not all in it can be seen.
fn has_keys(keys: &mut Keys, number: usize, reading: &Reading, head: &Head) -> bool {
    match head {
        Head::Empty => true,
        Head::Odd(_) => false,
        Head::Start { start, is_whole, .. } => {
            let is_blank = *is_whole && start.trim_ascii().is_empty();
            let text = match reading.encoding() {
                // The reader of JSON says itself what is none.
                Encoding::Utf8 => None,
                other => header::decoded(start, *is_whole, other).ok(),
            };
            keys.look(number, text.as_ref().map_or(start, |text| text.as_bytes())) || is_blank
        }
    }
}

async fn look_at(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Option<Look>, StorageError> {
    let seen = match reading.format {
        Format::Parquet => Some(ends::look_at_parquet(store, reading, file).await?),
        Format::Orc => Some(ends::look_at_orc(store, reading, file).await?),
        _ => look_at_head(store, reading, file).await?,
    };
    Ok(seen.map(|seen| Look { file: file.uri.clone(), seen }))
}

/// The beginning of a file.
enum Head {
    Empty,
    /// It is no file of its format, or nothing of it can be unpacked: a clause that follows the name of the file.
    Odd(String),
    Start {
        /// Unpacked, and bounded by [`UNPACKED`].
        start: Vec<u8>,
        is_whole: bool,
        /// Of JSON, whose keys are looked at all the same: a clause that follows the name of the file.
        odd: Option<String>,
    },
}

impl Head {
    fn odd(&self) -> Option<&str> {
        match self {
            Self::Empty => None,
            Self::Odd(clause) => Some(clause),
            Self::Start { odd, .. } => odd.as_deref(),
        }
    }
}

/// `times` is how often the usual part of the file is looked at.
async fn head_of(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
    times: usize,
) -> Result<Head, StorageError> {
    if file.size == 0 {
        return Ok(Head::Empty);
    }
    let longest = times * UNPACKED;
    let head = store.read_head(&file.uri, times * head_wanted(reading.compression)).await?;
    let odd = oddity(&head, reading.format, reading.compression, reading.encoding());
    // What is no such file may have a first line all the same, which would be skipped as its header. Of JSON, COPY tells.
    if let Some(odd) = odd.clone().filter(|_| reading.format != Format::Json) {
        return Ok(Head::Odd(odd));
    }
    let start = match unpacked(&head, reading.compression, longest) {
        Ok(start) => start,
        Err(error) => {
            let packed = reading.compression.name();
            return Ok(Head::Odd(odd.unwrap_or_else(|| format!("cannot be unpacked as {packed} ({error})"))));
        }
    };
    let is_whole = u64::try_from(head.len()).is_ok_and(|read| read >= file.size) && start.len() < longest;
    Ok(if start.is_empty() && is_whole { Head::Empty } else { Head::Start { start, is_whole, odd } })
}

/// The header or the schema at the beginning of a file; `None` when it is empty.
async fn look_at_head(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Option<Seen>, StorageError> {
    let mut head = head_of(store, reading, file, 1).await?;
    if let Head::Start { start, is_whole: false, .. } = &head
        && reading.format == Format::Avro
        && avro::fields(start) == Err(avro::NoSchema::LongerThanHead)
    {
        head = head_of(store, reading, file, LONG_HEADS).await?;
    }
    let (start, is_whole) = match head {
        Head::Empty => return Ok(None),
        Head::Odd(clause) => return Ok(Some(Seen::Odd(clause))),
        Head::Start { start, is_whole, .. } => (start, is_whole),
    };
    let odd = |why: &dyn std::fmt::Display| Seen::Odd(why.to_string());
    Ok(Some(match reading.format {
        Format::Avro => match avro::fields(&start) {
            Err(avro::NoSchema::LongerThanHead) if is_whole => odd(&avro::NoSchema::Cut),
            fields => fields.map_or_else(|why| odd(&why), Seen::Avro),
        },
        _ => {
            let (line, dialect) = (reading.ignore_header, reading.dialect());
            let names = header::names(&start, is_whole, line, reading.encoding(), &dialect);
            names.map_or_else(|why| odd(&why), Seen::Header)
        }
    }))
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

//! The schema at the end of a Parquet or an ORC file.

use std::ops::Range;

use crate::model::object::ObjectMeta;
use crate::plan::data_set::Seen;
use crate::plan::reading::Reading;
use crate::source::content::oddity;
use crate::source::head::HEAD;
use crate::source::orc;
use crate::source::orc::tail;
use crate::source::parquet::{NoSchema, footer};
use crate::storage::{ObjectStore, StorageError};

/// Bytes at the end of a file, which hold the schema of most.
const END: u64 = 64 * 1024;

pub(super) async fn look_at_parquet(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Seen, StorageError> {
    let end = End::of(store, file).await?;
    let range = match footer::schema_range(&end.bytes, file.size) {
        Ok(range) => range,
        Err(odd @ NoSchema::NotParquet) => return Ok(Seen::Odd(end.is_odd(reading, &odd).await?)),
        Err(odd) => return Ok(Seen::Odd(odd.to_string())),
    };
    let columns = footer::columns(&end.read(range).await?);
    Ok(match columns {
        Ok(columns) => Seen::Parquet(columns),
        Err(odd) => Seen::Odd(odd.to_string()),
    })
}

pub(super) async fn look_at_orc(
    store: &dyn ObjectStore,
    reading: &Reading,
    file: &ObjectMeta,
) -> Result<Seen, StorageError> {
    let end = End::of(store, file).await?;
    let footer = match tail::footer(&end.bytes, file.size) {
        Ok(footer) => footer,
        Err(odd @ orc::NoSchema::NotOrc) => return Ok(Seen::Odd(end.is_odd(reading, &odd).await?)),
        Err(odd) => return Ok(Seen::Odd(odd.to_string())),
    };
    Ok(match footer.columns(&end.read(footer.range.clone()).await?) {
        Ok(columns) => columns.map_or(Seen::Packed, Seen::Orc),
        Err(odd) => Seen::Odd(odd.to_string()),
    })
}

/// The end of a file that has its schema there.
struct End<'a> {
    store: &'a dyn ObjectStore,
    file: &'a ObjectMeta,
    begin: u64,
    bytes: Vec<u8>,
}

impl<'a> End<'a> {
    async fn of(store: &'a dyn ObjectStore, file: &'a ObjectMeta) -> Result<Self, StorageError> {
        let begin = file.size.saturating_sub(END);
        let bytes =
            if file.size == 0 { Vec::new() } else { store.read_range(&file.uri, begin..file.size).await? };
        Ok(Self { store, file, begin, bytes })
    }

    /// Those bytes of the file, which mostly are here already.
    async fn read(&self, range: Range<u64>) -> Result<Vec<u8>, StorageError> {
        match within(&self.bytes, self.begin, &range) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.store.read_range(&self.file.uri, range).await,
        }
    }

    /// What is odd about the file, whose end is: of another format, perhaps.
    async fn is_odd(&self, reading: &Reading, end: &impl ToString) -> Result<String, StorageError> {
        let head = self.store.read_head(&self.file.uri, HEAD).await?;
        let odd = oddity(&head, reading.format, reading.compression, reading.encoding());
        Ok(odd.unwrap_or_else(|| end.to_string()))
    }
}

/// Those bytes of an object, of which `bytes` begin at `begin`.
fn within<'a>(bytes: &'a [u8], begin: u64, range: &Range<u64>) -> Option<&'a [u8]> {
    let at = |place: u64| usize::try_from(place.checked_sub(begin)?).ok();
    bytes.get(at(range.start)?..at(range.end)?)
}

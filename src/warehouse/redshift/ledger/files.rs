//! What the ledger knows of files.

use std::collections::HashMap;
use std::slice;

use chrono::{DateTime, Utc};
use tokio_postgres::SimpleQueryRow;

use crate::failure::Failure;
use crate::model::load_id::Fingerprint;
use crate::model::loaded_file::LoadedFile;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::target_table::TargetTable;
use crate::plan::fingerprint;
use crate::plan::input::LoadEnd;
use crate::warehouse::redshift::ledger::answers_of_any_version;
use crate::warehouse::redshift::sql::ledger::files::{LATEST_OF_KEY, OF_ALL, OF_SINGLE_FILE};
use crate::warehouse::redshift::{Redshift, survey};

pub(in crate::warehouse::redshift) async fn known(
    redshift: &Redshift,
    target: &TargetTable,
    files: &[ObjectMeta],
) -> Result<Vec<LoadedFile>, Failure> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let questions = |version| redshift.ledger.known_files(target, files, version);
    let answers = answers_of_any_version(redshift, &questions, None).await?;
    let rows: Vec<SimpleQueryRow> = answers.into_iter().flatten().collect();
    Ok(read(target, &rows, files)?.known)
}

/// What the ledger says of files.
pub(in crate::warehouse::redshift) struct Answer {
    pub(in crate::warehouse::redshift) known: Vec<LoadedFile>,
    /// The end of the last load of the table.
    pub(in crate::warehouse::redshift) last: Option<DateTime<Utc>>,
}

/// The answers to [`known_files`](crate::warehouse::redshift::sql::ledger::Ledger::known_files).
pub(in crate::warehouse::redshift) fn read(
    target: &TargetTable,
    rows: &[SimpleQueryRow],
    files: &[ObjectMeta],
) -> Result<Answer, Failure> {
    let mut told = Told::default();
    for row in rows {
        add(&mut told, row).ok_or_else(|| survey::unreadable(target, row))?;
    }
    let last = told.last.as_ref().and_then(|last| DateTime::from_timestamp_micros(last.finished_at));
    Ok(Answer { known: files.iter().filter_map(|file| told.of(file)).collect(), last })
}

/// Adds what a row says; `None` when it cannot be read, which must not pass for nothing.
fn add(told: &mut Told, row: &SimpleQueryRow) -> Option<()> {
    let [end, other] =
        [5, 6].map(|index| row.get(index).map(|end| survey::load_end(end).ok_or(())).transpose());
    let (end, other) = (end.ok()?, other.ok()?);
    match row.get(0)? {
        LATEST_OF_KEY => {
            let uri = ObjectUri { bucket: row.get(1)?.to_owned(), key: row.get(2)?.to_owned() };
            told.of_keys.insert(uri, (row.get(3)?.to_owned(), end?));
        }
        OF_SINGLE_FILE => {
            let end = end?;
            if other.is_none_or(|of_window| of_window <= end) {
                let last =
                    told.of_loads.entry(Fingerprint(row.get(3)?.to_owned())).or_insert_with(|| end.clone());
                *last = end.max(last.clone());
            }
        }
        OF_ALL => (told.replacing, told.last) = (end, other),
        _ => return None,
    }
    Some(())
}

/// What the ledger has said of files and of the loads of their target.
#[derive(Default)]
struct Told {
    /// The last load of each key, and the `ETag` that it had.
    of_keys: HashMap<ObjectUri, (String, LoadEnd)>,
    /// The last load of a single file that a load message has caused, unless another one has replaced the rows of its window since.
    of_loads: HashMap<Fingerprint, LoadEnd>,
    /// The last one that replaced all rows, or found none.
    replacing: Option<LoadEnd>,
    /// The last one of all.
    last: Option<LoadEnd>,
}

impl Told {
    fn of(&self, file: &ObjectMeta) -> Option<LoadedFile> {
        let of_load = self.of_loads.get(&fingerprint::of_files(slice::from_ref(file)));
        let of_load = of_load.map(|end| (&file.etag, end));
        let of_key = self.of_keys.get(&file.uri).map(|(etag, end)| (etag, end));
        let in_place = of_load.into_iter().chain(of_key).filter(|(_, end)| self.is_in_place(end));
        let (etag, end) = in_place.max_by_key(|(_, end)| *end)?;
        Some(LoadedFile { uri: file.uri.clone(), etag: etag.clone(), load_id: end.load_id.clone() })
    }

    /// A load that replaced all rows has brought its own.
    fn is_in_place(&self, end: &LoadEnd) -> bool {
        self.replacing.as_ref().is_none_or(|last| last <= end || last.load_id == end.load_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::load_id::LoadId;
    use crate::model::object::Access;

    fn end(finished_at: i64, load_id: &str) -> LoadEnd {
        LoadEnd { finished_at, load_id: LoadId(load_id.to_owned()) }
    }

    fn file(etag: &str) -> ObjectMeta {
        let uri = ObjectUri { bucket: "b".to_owned(), key: "k".to_owned() };
        ObjectMeta { uri, etag: etag.to_owned(), size: 1, access: Access::AtOnce }
    }

    fn told(of_key: Option<(&str, LoadEnd)>, of_load: Option<LoadEnd>, replacing: Option<LoadEnd>) -> Told {
        let of_key = of_key.map(|(etag, end)| (file(etag).uri, (etag.to_owned(), end)));
        let of_load = of_load.map(|end| (fingerprint::of_files(&[file("new")]), end));
        Told {
            of_keys: of_key.into_iter().collect(),
            of_loads: of_load.into_iter().collect(),
            replacing,
            last: None,
        }
    }

    /// `ETag` and load of what the ledger knows of the file with the `ETag` `new`.
    fn known(told: &Told) -> Option<(String, String)> {
        told.of(&file("new")).map(|known| (known.etag, known.load_id.0))
    }

    fn some(etag: &str, load_id: &str) -> Option<(String, String)> {
        Some((etag.to_owned(), load_id.to_owned()))
    }

    #[test]
    fn the_last_load_of_a_file_counts_whoever_asked_for_it() {
        assert_eq!(known(&told(None, None, None)), None);
        let key = |second| Some(("old", end(second, "of-key")));
        let load = |second| Some(end(second, "of-load"));
        assert_eq!(known(&told(key(1), None, None)), some("old", "of-key"));
        assert_eq!(known(&told(None, load(1), None)), some("new", "of-load"));
        assert_eq!(known(&told(key(1), load(2), None)), some("new", "of-load"));
        assert_eq!(known(&told(key(2), load(1), None)), some("old", "of-key"));
    }

    #[test]
    fn a_load_before_one_that_replaced_all_rows_is_not_in_place() {
        let key = |second| Some(("old", end(second, "b")));
        assert_eq!(known(&told(key(1), Some(end(2, "c")), Some(end(3, "a")))), None);
        assert_eq!(known(&told(key(3), None, Some(end(3, "a")))), some("old", "b"));
        assert_eq!(known(&told(key(3), None, Some(end(3, "c")))), None, "ids sort by time");
        assert_eq!(
            known(&told(key(2), None, Some(end(3, "b")))),
            some("old", "b"),
            "it has replaced them itself"
        );
    }
}

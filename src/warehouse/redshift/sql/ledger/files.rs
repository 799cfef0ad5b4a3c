//! The table of files, beside the ledger: what loads of announced files have loaded, a row each.

use std::collections::BTreeMap;

use crate::model::load_mode::LoadMode;
use crate::model::loaded_file::FileOfLoad;
use crate::model::object::ObjectMeta;
use crate::model::target_table::TargetTable;
use crate::plan::{LoadPlan, fingerprint};
use crate::warehouse::redshift::sql::ledger::Ledger;
use crate::warehouse::redshift::sql::ledger::questions::{ENDED, is_target, microseconds, replaces_all};
use crate::warehouse::redshift::sql::ledger::rows::EndOfLoad;
use crate::warehouse::redshift::sql::ledger::version::{FILES, LedgerVersion};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

/// Keys of one question, and rows of one INSERT. A key has 1,024 bytes at most and twice as many as a literal, so that both
/// stay well below the 16 MB of a statement (redshift-facts 1.11).
const MOST_ASKED: usize = 500;
const MOST_WRITTEN: usize = 1000;
/// Files that people see of a statement.
const MOST_SHOWN: usize = 3;

/// What a row of the answer to [`Ledger::known_files`] tells; its first column.
pub(crate) const LATEST_OF_KEY: &str = "key";
pub(crate) const OF_SINGLE_FILE: &str = "load";
pub(crate) const OF_ALL: &str = "all";

/// The end of the load of a file, in the words of [`ENDED`]. It may be some seconds early, as the file is recorded before the load
/// is, and while that holds the lock of the table: no other load of the table ends in between.
pub(super) const RECORDED: &str = concat!(microseconds!("recorded_at"), " || ' ' || load_id");

impl Ledger {
    /// A statement for each so many files. Pure writes, as of [`Ledger::insert`].
    pub(crate) fn insert_files(&self, plan: &LoadPlan, files: &[FileOfLoad], end: EndOfLoad) -> Vec<Sql> {
        let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        let insert = |files: &[FileOfLoad]| {
            let rows: Vec<String> = files.iter().map(|file| row(plan, file, end)).collect();
            let (table, names) = (Name::of_table(self.files()), names.join(", "));
            format!("INSERT INTO {table} ({names}) VALUES {}", rows.join(", "))
        };
        files.chunks(MOST_WRITTEN).map(|some| abridged(some, &insert)).collect()
    }

    /// What the ledger knows of these files, of which there are no more than a manifest lists; a row each: which kind of row, bucket, key,
    /// `ETag` or fingerprint, load id, end of the load, and end of another one. The kinds are the last load of a key; a load of one file that
    /// a load message has caused, by its fingerprint, with the last load that replaced the rows of the same window; and once, with nothing
    /// but the ends, the last load that replaced all rows, with the last of all.
    ///
    /// The loads are gone through once, for all files. Names of keys are compared by their hashes, as Redshift passes over blanks at the end of texts, and may over their case.
    pub(crate) fn known_files(
        &self,
        target: &TargetTable,
        files: &[ObjectMeta],
        version: LedgerVersion,
    ) -> Vec<Sql> {
        let latest_of_keys = |some| abridged(some, &|files| self.latest_of_keys(target, files));
        let of_keys = version.has_files().then(|| files.chunks(MOST_ASKED).map(latest_of_keys));
        let of_loads = abridged(files, &|files| {
            let of_files = (!files.is_empty()).then(|| self.loads_of_single_files(target, files, version));
            let of_all = self.last_of_all(target, version);
            of_files.into_iter().chain([of_all]).collect::<Vec<_>>().join(" UNION ALL ")
        });
        of_keys.into_iter().flatten().chain([of_loads]).collect()
    }

    fn latest_of_keys(&self, target: &TargetTable, files: &[ObjectMeta]) -> String {
        let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ObjectMeta { uri, .. } in files {
            keys.entry(&uri.bucket).or_default().push(Literal::text(&uri.key).to_string());
        }
        let of_bucket = |(bucket, keys): (&str, Vec<String>)| {
            format!("(bucket = {} AND object_key IN ({}))", Literal::text(bucket), keys.join(", "))
        };
        let are_asked = keys.into_iter().map(of_bucket).collect::<Vec<_>>().join(" OR ");
        format!(
            "SELECT '{LATEST_OF_KEY}'::varchar AS kind, bucket, object_key, etag, load_id, ended, NULL::varchar AS window_ended \
             FROM (SELECT bucket, object_key, etag, load_id, {RECORDED} AS ended, ROW_NUMBER() OVER (PARTITION BY bucket, MD5(object_key) \
             ORDER BY recorded_at DESC, load_id DESC) AS nth_of_key FROM {} WHERE {} AND ({are_asked})) of_keys WHERE nth_of_key = 1",
            Name::of_table(self.files()),
            is_target(target)
        )
    }

    fn loads_of_single_files(
        &self,
        target: &TargetTable,
        files: &[ObjectMeta],
        version: LedgerVersion,
    ) -> String {
        let fingerprints: Vec<String> = files
            .iter()
            .map(|file| Literal::text(&fingerprint::of_files(std::slice::from_ref(file)).0).to_string())
            .collect();
        let [start, end] = ["window_start", "window_end"].map(|name| version.ask(name));
        format!(
            "SELECT '{OF_SINGLE_FILE}'::varchar AS kind, NULL::varchar AS bucket, NULL::varchar AS object_key, fingerprint AS etag, load_id, \
             ended, window_ended FROM (SELECT fingerprint, load_id, {ENDED} AS ended, MAX(CASE WHEN mode <> '{}' THEN {ENDED} END) \
             OVER (PARTITION BY COALESCE({start}, data_date), CASE WHEN {} THEN {end} END) AS window_ended \
             FROM {} WHERE {} AND {}) of_files WHERE fingerprint IN ({})",
            LoadMode::Merge.label(),
            version.has_period(),
            self.name(),
            is_target(target),
            version.has_window(),
            fingerprints.join(", ")
        )
    }

    fn last_of_all(&self, target: &TargetTable, version: LedgerVersion) -> String {
        format!(
            "SELECT '{OF_ALL}'::varchar AS kind, NULL::varchar AS bucket, NULL::varchar AS object_key, NULL::varchar AS etag, \
             NULL::varchar AS load_id, MAX(CASE WHEN {} THEN {ENDED} END) AS ended, MAX({ENDED}) AS window_ended FROM {} WHERE {}",
            replaces_all(version),
            self.name(),
            is_target(target)
        )
    }
}

/// `('load', 'schema', 'table', 'bucket', 'key', NULL, 'etag', 1, GETDATE())`
fn row(plan: &LoadPlan, file: &FileOfLoad, end: EndOfLoad) -> String {
    let LoadPlan { key, ledger_row, .. } = plan;
    let FileOfLoad { uri, version_id, etag, bytes } = file;
    let version = version_id.as_ref().map_or_else(|| "NULL".to_owned(), |id| Literal::text(id).to_string());
    format!(
        "({}, {}, {}, {}, {}, {version}, {}, {bytes}, {end})",
        Literal::text(&ledger_row.load_id.0),
        Literal::text(key.target.schema.as_str()),
        Literal::text(key.target.table.as_str()),
        Literal::text(&uri.bucket),
        Literal::text(&uri.key),
        Literal::text(etag)
    )
}

/// A statement of all of these, of which people see the first few.
fn abridged<T>(all: &[T], statement: &dyn Fn(&[T]) -> String) -> Sql {
    match all.get(..MOST_SHOWN) {
        Some(first) if all.len() > MOST_SHOWN => {
            let left_out = all.len() - MOST_SHOWN;
            Sql::abridged(statement(all), format!("{} /* and {left_out} files more */", statement(first)))
        }
        _ => Sql::new(statement(all)),
    }
}

//! Which rows of the ledger have done their work, and their removal.

use chrono::{DateTime, Duration, Utc};

use crate::model::load_id::LoadId;
use crate::model::load_mode::LoadMode;
use crate::plan::input::LoadEnd;
use crate::plan::row_count::RECENT_LOADS;
use crate::warehouse::old_rows::{OldFiles, OldLoad};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

use super::Ledger;
use super::files::RECORDED;
use super::questions::{ENDED, is_target, replaces_all};
use super::version::LedgerVersion;

impl Ledger {
    /// Load id, schema, table, end in seconds since 1970, of loads that ended before a moment and protect nothing any more,
    /// the oldest first. What is kept, as some decision may still rest on it:
    ///
    /// - the last load of each table and window, and the last merge of it, but for those whose rows were all replaced since, and for
    ///   those of announced files, which the table of files knows;
    /// - the last one of each table that replaced all rows or found none, which tells that the others are gone;
    /// - the newest data date of each table, and its last loads, by whose rows the next number of rows is judged.
    ///
    /// A row that may go may go for good: later loads only add to what outdates it.
    pub(crate) fn old_loads(&self, before: DateTime<Utc>, limit: usize) -> Sql {
        let has_window = LedgerVersion::LATEST.has_window();
        Sql::new(format!(
            "SELECT load_id, target_schema, target_table, finished FROM (SELECT load_id, target_schema, target_table, \
             EXTRACT(EPOCH FROM finished_at)::bigint AS finished, finished_at, data_date, granularity, {ENDED} AS load_end, \
             ROW_NUMBER() OVER (PARTITION BY target_schema, target_table, COALESCE(window_start, data_date), \
             COALESCE(window_end, data_date), CASE WHEN NOT {has_window} THEN 2 WHEN mode = '{}' THEN 1 ELSE 0 END ORDER BY finished_at DESC, load_id DESC) AS nth_of_window, \
             ROW_NUMBER() OVER (PARTITION BY target_schema, target_table \
             ORDER BY finished_at DESC, load_id DESC) AS nth_of_table, \
             MAX(CASE WHEN {} THEN {ENDED} END) \
             OVER (PARTITION BY target_schema, target_table) AS replacing, \
             MAX(data_date) OVER (PARTITION BY target_schema, target_table) AS newest_date FROM {}) ranked \
             WHERE finished_at < {} AND nth_of_table > {RECENT_LOADS} \
             AND (nth_of_window > 1 OR ((load_end < replacing OR NOT {has_window}) AND data_date < newest_date)) \
             AND (replacing IS NULL OR load_end <> replacing) ORDER BY finished_at, load_id LIMIT {limit}",
            LoadMode::Merge.label(),
            replaces_all(LedgerVersion::LATEST),
            self.name(),
            Literal::timestamp(before)
        ))
    }

    /// By their ids; and by the range of their ends, which leaves little to read.
    pub(crate) fn delete_loads(&self, loads: &[OldLoad]) -> Sql {
        let ids: Vec<String> =
            loads.iter().map(|OldLoad { load_id: LoadId(id), .. }| Literal::text(id).to_string()).collect();
        let ends = || loads.iter().map(|load| load.finished_at);
        let (first, last) = (ends().min().unwrap_or_default(), ends().max().unwrap_or_default());
        Sql::new(format!(
            "DELETE FROM {} WHERE finished_at >= {} AND finished_at <= {} AND load_id IN ({})",
            self.name(),
            Literal::timestamp(first - Duration::seconds(1)),
            Literal::timestamp(last + Duration::seconds(1)),
            ids.join(", ")
        ))
    }

    /// Number of covered messages of before a moment, and the time of the first in seconds since 1970. They protect against
    /// a redelivery alone.
    pub(crate) fn count_old_messages(&self, before: DateTime<Utc>) -> Sql {
        Sql::new(format!(
            "SELECT COUNT(*)::bigint, EXTRACT(EPOCH FROM MIN(recorded_at))::bigint FROM {} WHERE recorded_at < {}",
            Name::of_table(&self.superseded),
            Literal::timestamp(before)
        ))
    }

    /// Schema, table, end of the last load that replaced all rows of the table, number, and the times of the first and the last in
    /// seconds since 1970, of files that were recorded before a moment and whose rows that load has replaced. A file whose rows are in
    /// place is kept: announced again, it would be loaded again.
    pub(crate) fn old_files(&self, before: DateTime<Utc>) -> Sql {
        Sql::new(format!(
            "SELECT f.target_schema, f.target_table, COUNT(*)::bigint, EXTRACT(EPOCH FROM MIN(f.recorded_at))::bigint, \
             EXTRACT(EPOCH FROM MAX(f.recorded_at))::bigint, r.replacing FROM {} f JOIN {} \
             ON f.target_schema = r.target_schema AND f.target_table = r.target_table \
             WHERE f.recorded_at < {} AND {} \
             GROUP BY f.target_schema, f.target_table, r.replacing ORDER BY f.target_schema, f.target_table",
            Name::of_table(&self.files),
            self.replacing(),
            Literal::timestamp(before),
            is_replaced()
        ))
    }

    /// Schema, table, number, and the times of the first and the last in seconds since 1970, of the other files that were recorded
    /// before a moment: their rows are in place.
    pub(crate) fn aged_files(&self, before: DateTime<Utc>) -> Sql {
        Sql::new(format!(
            "SELECT f.target_schema, f.target_table, COUNT(*)::bigint, EXTRACT(EPOCH FROM MIN(f.recorded_at))::bigint, \
             EXTRACT(EPOCH FROM MAX(f.recorded_at))::bigint FROM {} f LEFT JOIN {} \
             ON f.target_schema = r.target_schema AND f.target_table = r.target_table \
             WHERE f.recorded_at < {} AND (r.replacing IS NULL OR NOT ({})) \
             GROUP BY f.target_schema, f.target_table ORDER BY f.target_schema, f.target_table",
            Name::of_table(&self.files),
            self.replacing(),
            Literal::timestamp(before),
            is_replaced()
        ))
    }

    /// The end of the last load of each table that replaced all rows, as a table `r`.
    fn replacing(&self) -> String {
        format!(
            "(SELECT target_schema, target_table, MAX(CASE WHEN {} THEN {ENDED} END) AS replacing FROM {} \
             GROUP BY target_schema, target_table) r",
            replaces_all(LedgerVersion::LATEST),
            self.name()
        )
    }

    /// Those of [`Self::old_files`], or of [`Self::aged_files`], that were recorded between two moments. The loads are not asked again:
    /// what is replaced stays so.
    pub(crate) fn delete_files_between(
        &self,
        old: &OldFiles,
        first: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Sql {
        let are_replaced = match &old.replacing {
            Some(LoadEnd { finished_at, load_id: LoadId(id) }) => format!(
                " AND {RECORDED} < {} AND load_id <> {}",
                Literal::text(&format!("{finished_at} {id}")),
                Literal::text(id)
            ),
            None => String::new(),
        };
        Sql::new(format!(
            "DELETE FROM {} WHERE {} AND recorded_at >= {} AND recorded_at < {}{are_replaced}",
            Name::of_table(&self.files),
            is_target(&old.target),
            Literal::timestamp(first),
            Literal::timestamp(end)
        ))
    }

    pub(crate) fn delete_messages_between(&self, first: DateTime<Utc>, end: DateTime<Utc>) -> Sql {
        Sql::new(format!(
            "DELETE FROM {} WHERE recorded_at >= {} AND recorded_at < {}",
            Name::of_table(&self.superseded),
            Literal::timestamp(first),
            Literal::timestamp(end)
        ))
    }
}

/// Whether the rows of a file `f` are gone, by the end of the last load that replaced all rows of its table, `r.replacing`.
fn is_replaced() -> String {
    format!("{RECORDED} < r.replacing AND f.load_id <> SPLIT_PART(r.replacing, ' ', 2)")
}

//! What the ledger is asked.

use chrono::{DateTime, Utc};

use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::load_mode::LoadMode;
use crate::model::target_table::TargetTable;
use crate::model::window::Window;
use crate::plan::input::LoadEnd;
use crate::warehouse::history::HistoryFilter;
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::survey::{EarlierQuestion, SurveyQuestion};

use super::Ledger;
use super::version::LedgerVersion;

/// Which load of a target [`Ledger::earlier_loads`] tells of; the first column of its rows.
pub(crate) const OF_FILES: &str = "files";
pub(crate) const OF_WINDOW: &str = "window";
pub(crate) const LATEST_OF_WINDOW: &str = "latest";
pub(crate) const NEWEST: &str = "newest";

/// A time of the ledger in microseconds since 1970. They have sixteen digits until the year 2286, so they compare as texts.
macro_rules! microseconds {
    ($time:literal) => {
        concat!(
            "EXTRACT(EPOCH FROM DATE_TRUNC('second', ",
            $time,
            "))::bigint::varchar || TO_CHAR(",
            $time,
            ", 'US')"
        )
    };
}
pub(super) use microseconds;

/// End and id of a load.
pub(super) const ENDED: &str = concat!(microseconds!("finished_at"), " || ' ' || load_id");

impl Ledger {
    /// Their number, and the end of the last one in microseconds since 1970. Asked while the table is locked: the range of the sort key
    /// leaves little to read.
    pub(crate) fn count_loads_since(&self, target: &TargetTable, moment: DateTime<Utc>) -> Sql {
        Sql::new(format!(
            "SELECT COUNT(*)::bigint, {} FROM {} WHERE finished_at >= {} AND {}",
            microseconds!("MAX(finished_at)"),
            self.name(),
            Literal::timestamp(moment),
            is_target(target)
        ))
    }

    /// All that matters of the loads of a target, in one pass over them: how many are young, the end of the latest window in
    /// seconds since 1970, the load that the message has caused, and end and id of the last one that replaced all rows or found
    /// none. Then come end and id of the last one, of the last one that changed values or skipped rows, and of the last merge. The message may also be one that a load has covered besides its own, which a second row tells.
    pub(crate) fn loads_of_target(
        &self,
        target: &TargetTable,
        question: &SurveyQuestion<'_>,
        version: LedgerVersion,
    ) -> Sql {
        let end = version.ask("window_end");
        let (cut, replaced, skipped) =
            (version.ask("values_cut"), version.ask("values_replaced"), version.ask("rows_skipped"));
        let is_message = question.message_id.map(|id| format!("message_id = {}", Literal::text(id)));
        let of_message = is_message.as_ref().map_or_else(
            || "NULL::varchar".to_owned(),
            |is_message| format!("MAX(CASE WHEN {is_message} THEN load_id END)"),
        );
        let covered = is_message.as_ref().map_or_else(String::new, |is_message| {
            format!(
                " UNION ALL SELECT 0::bigint, NULL::bigint, MAX(load_id), NULL::varchar, NULL::varchar, NULL::varchar, NULL::varchar FROM {} WHERE {} AND {is_message}",
                Name::of_table(&self.superseded),
                is_target(target)
            )
        });
        Sql::new(format!(
            "SELECT COUNT(CASE WHEN finished_at >= {} THEN 1 END)::bigint AS loads, EXTRACT(EPOCH FROM MAX(GREATEST(COALESCE({end}, data_date), data_date)))::bigint AS newest_end, \
             {of_message} AS of_message, MAX(CASE WHEN {} THEN {ENDED} END) AS replacing, \
             MAX({ENDED}) AS latest, MAX(CASE WHEN {cut} > 0 OR {replaced} > 0 OR {skipped} > 0 THEN {ENDED} END) AS cutting, \
             MAX(CASE WHEN mode = '{}' THEN {ENDED} END) AS merging \
             FROM {} WHERE {}{covered}",
            Literal::timestamp(question.since),
            replaces_all(version),
            LoadMode::Merge.label(),
            self.name(),
            is_target(target)
        ))
    }

    /// What COPY brought: of a merge also the rows that went as another one of their key stands for them.
    pub(crate) fn recent_row_counts(&self, target: &TargetTable, limit: u32, version: LedgerVersion) -> Sql {
        let [duplicate, outdated] = ["rows_duplicate", "rows_outdated"].map(|name| version.ask(name));
        Sql::new(format!(
            "SELECT rows_loaded + COALESCE({duplicate}, 0) + COALESCE({outdated}, 0) FROM {} WHERE {} ORDER BY finished_at DESC LIMIT {limit}",
            self.name(),
            is_target(target)
        ))
    }

    pub(crate) fn rows_of_load(&self, load_id: &LoadId) -> Sql {
        let id = Literal::text(&load_id.0);
        Sql::new(format!(
            "SELECT rows_loaded, rows_deleted, rows_in_window, rows_duplicate, rows_outdated, values_cut, values_replaced, rows_skipped, rows_beyond_keys FROM {} WHERE load_id = {id}",
            self.name()
        ))
    }

    /// Data date, load id, source and fingerprint of each load of these dates, of which there are some.
    pub(crate) fn loads_of_dates(&self, target: &TargetTable, dates: &[DataDate]) -> Sql {
        let dates: Vec<String> =
            dates.iter().map(|date| Literal::timestamp(date.instant()).to_string()).collect();
        Sql::new(format!(
            "SELECT data_date::varchar, load_id, source_url, fingerprint FROM {} WHERE {} AND data_date IN ({})",
            self.name(),
            is_target(target),
            dates.join(", ")
        ))
    }

    /// Of every table the newest data date, the end of the last load, and that end with the cadence that its config said behind it,
    /// which is empty when it said none. Epochs, because they read the same in every session time zone.
    pub(crate) fn freshness(&self, version: LedgerVersion) -> Sql {
        Sql::new(format!(
            "SELECT target_schema, target_table, EXTRACT(EPOCH FROM MAX(data_date))::bigint, \
             EXTRACT(EPOCH FROM MAX(finished_at))::bigint, \
             MAX(EXTRACT(EPOCH FROM finished_at)::bigint::varchar || ' ' || COALESCE({}::varchar, '')) \
             FROM {} GROUP BY target_schema, target_table",
            version.ask("cadence_seconds"),
            self.name()
        ))
    }

    /// Every column of the loads, and the number of messages that each covered besides its own.
    pub(crate) fn history(&self, filter: &HistoryFilter, version: LedgerVersion) -> Sql {
        let asked = |name: &str| match version.ask(name) {
            there if there == name => format!("l.{name}"),
            null => null,
        };
        let names: Vec<String> = LedgerVersion::LATEST.columns().map(|(name, _)| asked(name)).collect();
        let schema = filter.schema.as_ref().map(|name| ("target_schema", name));
        let table = filter.table.as_ref().map(|name| ("target_table", name));
        let names_of = [schema, table].into_iter().flatten().map(|(column, name)| (column, name.as_str()));
        let load = filter.load_id.as_ref().map(|load_id| ("load_id", load_id.0.as_str()));
        let conditions: Vec<String> = names_of
            .chain(load)
            .map(|(column, text)| format!("l.{column} = {}", Literal::text(text)))
            .collect();
        let condition = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        Sql::new(format!(
            "SELECT {}, COALESCE(s.messages, 0) FROM {} l LEFT JOIN (SELECT load_id, COUNT(*) AS messages FROM {} \
             GROUP BY load_id) s ON s.load_id = l.load_id{condition} ORDER BY l.finished_at DESC, l.load_id DESC LIMIT {}",
            names.join(", "),
            self.name(),
            Name::of_table(&self.superseded),
            filter.limit
        ))
    }

    /// The last load of the same files, the last one that replaced the rows of the window, the last one of the window in any mode,
    /// and of those in place the one of the latest data date; a row each, where there is one: which of them, load
    /// id, end in microseconds since 1970, rows, rows in the window, fingerprint of the config, column of the data date, whether it is
    /// of the window, and the data date as Redshift writes it.
    ///
    /// Loads of earlier versions may have ended at the same moment; their ids sort by time.
    pub(crate) fn earlier_loads(
        &self,
        target: &TargetTable,
        question: &EarlierQuestion<'_>,
        version: LedgerVersion,
    ) -> Sql {
        let EarlierQuestion { window, files, newest, replacing } = *question;
        let added = ["rows_in_window", "config_fingerprint", "data_date_column"]
            .map(|name| format!("{} AS {name}", version.ask(name)))
            .join(", ");
        let is_of_window = is_window(window, version);
        let last = |which: &str, condition: &str, by: &str| {
            // No part of a UNION has an ORDER BY [DG r_UNION].
            format!(
                "SELECT '{which}'::varchar AS which, last.* FROM (SELECT load_id, \
                 {} AS finished, rows_loaded, {added}, \
                 CASE WHEN {is_of_window} THEN 't' ELSE 'f' END AS of_window, \
                 data_date::varchar AS dated FROM {} \
                 WHERE {} AND {condition} ORDER BY {by}finished_at DESC, load_id DESC LIMIT 1) last",
                microseconds!("finished_at"),
                self.name(),
                is_target(target)
            )
        };
        let is_replaced = format!("{is_of_window} AND mode <> '{}'", LoadMode::Merge.label());
        let is_in_place = replacing.map_or_else(
            || "true".to_owned(),
            |LoadEnd { finished_at, load_id }| {
                format!("{ENDED} >= {}", Literal::text(&format!("{finished_at} {load_id}")))
            },
        );
        let of_files =
            files.map(|files| last(OF_FILES, &format!("fingerprint = {}", Literal::text(&files.0)), ""));
        let of_window = [last(OF_WINDOW, &is_replaced, ""), last(LATEST_OF_WINDOW, &is_of_window, "")];
        // Announced files without a date are dated by their load, which is no word on how new other data is.
        let newest = newest.then(|| {
            last(NEWEST, &format!("{is_in_place} AND {}", version.has_window()), "data_date DESC, ")
        });
        let all: Vec<String> = of_files.into_iter().chain(of_window).chain(newest).collect();
        Sql::new(all.join(" UNION ALL "))
    }
}

/// Loads that replaced all rows of their table, or found none.
pub(super) fn replaces_all(version: LedgerVersion) -> String {
    format!("mode = '{}' OR {}", LoadMode::Replace.label(), version.ask("table_was_empty"))
}

/// Rows of earlier versions say nothing of windows: each is of its data date alone. Those of announced files are of no window that
/// another load replaces, whatever instants they have.
fn is_window(window: &Window, version: LedgerVersion) -> String {
    let hull = window.hull();
    let [start, end] = [hull.start, hull.end].map(Literal::timestamp);
    let [of_start, of_end] = ["window_start", "window_end"].map(|name| version.ask(name));
    if window.is_instant() {
        format!("data_date = {start} AND COALESCE({of_end}, {end}) = {end} AND {}", version.has_window())
    } else {
        format!("{of_start} = {start} AND {of_end} = {end} AND {}", version.has_window())
    }
}

pub(super) fn is_target(target: &TargetTable) -> String {
    format!(
        "target_schema = {} AND target_table = {}",
        Literal::text(target.schema.as_str()),
        Literal::text(target.table.as_str())
    )
}

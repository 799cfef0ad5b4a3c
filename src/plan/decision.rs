//! What the facts call for, and why, in words.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::failure::FailureKind;
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;
use crate::model::table::DataDateColumn;
use crate::model::target_table::TargetTable;
use crate::model::window::Window;
use crate::model::window::rows::NotTold;
use crate::plan::LoadPlan;
use crate::plan::columns::NotListed;
use crate::plan::input::{EarlierLoad, ImplausibleRows};
use crate::plan::merge::NotMergeable;
use crate::plan::reading::NotReadable;
use crate::plan::step::WouldDouble;
use crate::schema::conflict::Conflict;
use crate::schema::remedy::Resolution;

/// What the facts call for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Load(Box<LoadPlan>),
    Skip(SkipReason),
    Refuse(Refusal),
}

/// Why there is nothing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// This message was delivered before, and this table of it is committed, or was covered by a load that is.
    AlreadyLoaded { load_id: LoadId },
    /// Another message asked the same, and its load began when this one was already waiting.
    Covered { load_id: LoadId },
    /// Its announced files were loaded along with those of other messages.
    Gathered { load_id: LoadId },
    /// Its announced files are in the table.
    FilesKnown { load_id: LoadId },
    /// The very same files are in the table.
    SameFiles { earlier: EarlierLoad, config_changed: bool },
    /// The table has rows of the file's data date or of a later one.
    NotNewer { candidate: DataDate, newest: DateTime<Utc> },
    /// The rows of the window are those of a file of a later date.
    OlderInWindow { candidate: DataDate, window: Window, earlier: EarlierLoad },
}

/// Why the table cannot be loaded as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    SchemaMissing(TargetTable),
    NotATable {
        target: TargetTable,
        kind: &'static str,
    },
    /// The column cannot tell the rows of the file's window from others, so that the file would replace rows of others.
    WindowNotTold {
        column: DataDateColumn,
        window: Window,
        why: NotTold,
    },
    /// A column holds the years 1 to 9999, microseconds, and no leap seconds: the rows would be of another date than the file,
    /// or the ends of its window beyond these years.
    DateNotHeld(DataDate),
    Conflicts {
        target: TargetTable,
        conflicts: Vec<Conflict>,
        /// How to change the table, for whoever may.
        resolutions: Vec<Resolution>,
    },
    /// The name of the file says a date that cannot be true: every later file would be older than this one.
    ImplausibleDate {
        date: DataDate,
        now: DateTime<Utc>,
    },
    /// The table has rows of a date that cannot be true, and no file would ever be newer.
    ImplausibleRows {
        target: TargetTable,
        column: DataDateColumn,
        rows: ImplausibleRows,
    },
    /// What message and config say of the files does not go together.
    NotReadable {
        file: ObjectUri,
        why: NotReadable,
    },
    /// The columns of the files are not those of the config.
    NotListed(NotListed),
    /// The data cannot be merged, whatever is in it.
    NotMergeable(NotMergeable),
    /// Rows of an earlier load of this data date do not carry it.
    WouldDouble(WouldDouble),
}

impl Refusal {
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::SchemaMissing(_)
            | Self::NotATable { .. }
            | Self::WindowNotTold { .. }
            | Self::DateNotHeld(_)
            | Self::Conflicts { .. } => FailureKind::SchemaConflict,
            Self::ImplausibleDate { .. } | Self::ImplausibleRows { .. } => FailureKind::ImplausibleDate,
            Self::NotReadable { why, .. } => why.kind(),
            Self::NotListed(refused) => refused.kind(),
            Self::NotMergeable(why) => why.kind(),
            Self::WouldDouble(_) => FailureKind::WouldDouble,
        }
    }
}

impl SkipReason {
    /// For programs.
    pub fn label(&self) -> &'static str {
        match self {
            Self::AlreadyLoaded { .. } => "already_loaded",
            Self::Covered { .. } => "covered",
            Self::Gathered { .. } => "gathered",
            Self::FilesKnown { .. } => "files_known",
            Self::SameFiles { .. } => "same_files",
            Self::NotNewer { .. } => "not_newer",
            Self::OlderInWindow { .. } => "older_in_window",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyLoaded { load_id } => {
                write!(f, "this message was already loaded, by load {load_id}")
            }
            Self::Covered { load_id } => {
                write!(
                    f,
                    "superseded by load {load_id}, which was made for another message that asked the same"
                )
            }
            Self::Gathered { load_id } => {
                write!(f, "its files were loaded with those of other messages, by load {load_id}")
            }
            Self::FilesKnown { load_id } => write!(f, "its files were already loaded, by load {load_id}"),
            Self::SameFiles { earlier, config_changed } => {
                let EarlierLoad { load_id, rows, .. } = earlier;
                write!(f, "these files were already loaded, {rows} rows by load {load_id}{}", at(earlier))?;
                if *config_changed {
                    f.write_str(
                        ", and only the table config has changed since: it will be used for the next file; use force to load \
                         these files again with it",
                    )
                } else {
                    f.write_str("; use force to load them again")
                }
            }
            Self::NotNewer { candidate, newest } => write!(
                f,
                "the table has data of {}, the file is of {candidate}; use force to load it again",
                DataDate::from_instant(*newest)
            ),
            Self::OlderInWindow { candidate, window, earlier } => {
                let EarlierLoad { load_id, data_date, .. } = earlier;
                write!(
                    f,
                    "{window} has the rows of a file of {data_date}, by load {load_id}{}, the file is of {candidate}; use force to \
                     load it in their place",
                    at(earlier)
                )
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SchemaMissing(target) => write!(
                f,
                "schema `{}` does not exist; create it, and grant USAGE and CREATE on it to the loader's user",
                target.schema
            ),
            Self::NotATable { target, kind } => {
                write!(f, "{target} is a {kind}, and only a table can be loaded; rename one of the two")
            }
            Self::WindowNotTold { column, window, why } => match (why, window.is_instant()) {
                (NotTold::NotWholeDays, true) => write!(
                    f,
                    "the data date column `{}` is a date, which cannot hold the time of day of {window}; make it a timestamp",
                    column.name
                ),
                (NotTold::NotWholeDays, false) => write!(
                    f,
                    "the load would replace the rows of {window} by the data date column `{}`, but {why}; make it a timestamp, or \
                     load whole days with granularity day",
                    column.name
                ),
                (NotTold::Ambiguous { .. }, _) => write!(
                    f,
                    "the load would replace the rows of {window} by the data date column `{}`, but {why}; make it a timestamptz, or \
                     load whole days with granularity day",
                    column.name
                ),
            },
            Self::DateNotHeld(date) => write!(
                f,
                "the data date {date} in the name of the file cannot be held by a column: it has more than six decimals, is a \
                 leap second, or its window is not in the years 1 to 9999; rename the file"
            ),
            Self::Conflicts { target, conflicts, resolutions } => {
                let conflicts: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "{target} does not match its table config: {}; change the config or the table",
                    conflicts.join("; ")
                )?;
                match resolutions.is_empty() {
                    true => Ok(()),
                    false => f.write_str(": `plan` shows the SQL that would do it"),
                }
            }
            Self::ImplausibleDate { date, now } => write!(
                f,
                "the data date {date} in the name of the file is more than a day after now ({}), and every later file would \
                 count as older; rename or remove the file, or allow such dates with `meta.future_rows: allow`",
                now.to_rfc3339_opts(SecondsFormat::Secs, true)
            ),
            Self::ImplausibleRows { target, column, rows } => write!(
                f,
                "{target} has {} rows that are dated more than a day after now in `{}`, the latest is {}, so no file would ever \
                 be newer; correct or delete these rows, load with `force`, or allow such dates with `meta.future_rows: allow`",
                rows.count, column.name, rows.latest
            ),
            Self::NotReadable { file, why } => write!(f, "{file} cannot be loaded: {why}"),
            Self::NotListed(refused) => refused.fmt(f),
            Self::NotMergeable(why) => why.fmt(f),
            Self::WouldDouble(refused) => refused.fmt(f),
        }
    }
}

fn at(load: &EarlierLoad) -> String {
    let at = DateTime::from_timestamp_micros(load.finished_at);
    at.map_or_else(String::new, |at| format!(" at {}", at.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

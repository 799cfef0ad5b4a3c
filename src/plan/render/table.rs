//! What is said of the table, and of each difference between it and its config.

use std::fmt;

use serde::Serialize;

use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::table::{Distribution, ExistingTable, SortKey, TableState};
use crate::plan::input::PlanningInput;
use crate::schema::diff::{OtherEncoding, compare};
use crate::schema::widening::Widening;

pub(super) fn table_words(input: &PlanningInput) -> String {
    match &input.table {
        TableState::SchemaMissing => "the schema does not exist".to_owned(),
        TableState::Missing => "does not exist".to_owned(),
        TableState::NotATable(kind) => format!("is a {kind}"),
        TableState::Table(existing) => {
            let newest = match input.rows.newest {
                Some(newest) => format!("has data of {}", DataDate::from_instant(newest)),
                None if input.rows.in_window > 0 => {
                    format!("has {} rows of {}", input.rows.in_window, input.window)
                }
                None if input.rows.has_any => "all its data is older than the file".to_owned(),
                None => "no rows".to_owned(),
            };
            format!("exists with {} columns, {}; {newest}", existing.columns.len(), key_words(existing))
        }
    }
}

fn key_words(existing: &ExistingTable) -> String {
    let distribution = match &existing.distribution {
        Distribution::Auto => "DISTSTYLE AUTO".to_owned(),
        Distribution::Even => "DISTSTYLE EVEN".to_owned(),
        Distribution::All => "DISTSTYLE ALL".to_owned(),
        Distribution::Key(column) => format!("DISTKEY {column}"),
    };
    let names = |columns: &[Ident]| columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let order = match &existing.sort_key {
        SortKey::AutoOrNone => "no SORTKEY or AUTO".to_owned(),
        SortKey::Compound(columns) => format!("SORTKEY {}", names(columns)),
        SortKey::Interleaved(columns) => format!("INTERLEAVED SORTKEY {}", names(columns)),
    };
    format!("{distribution}, {order}")
}

/// A difference between the table and its config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub fate: Fate,
    pub sentence: String,
}

/// What becomes of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Added,
    Widened,
    Refused,
    Stays,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.fate {
            Fate::Added => '+',
            Fate::Widened => '~',
            Fate::Refused => '!',
            Fate::Stays => '=',
        };
        write!(f, "{mark} {}", self.sentence)
    }
}

/// Each difference: first those that are made away with, then the refused ones, then those that stay.
pub(super) fn differences(input: &PlanningInput) -> Vec<Difference> {
    let TableState::Table(existing) = &input.table else { return Vec::new() };
    let diff = compare(&input.spec, existing);
    let of = |fate: Fate| move |sentence: String| Difference { fate, sentence };
    let missing =
        diff.missing.iter().map(|column| format!("{} {} will be added", column.name, column.column_type));
    let widened = diff.widened.iter().map(|Widening { column, from, to }| {
        format!("{column} varchar({from}) will be widened to varchar({to})")
    });
    let conflicts = diff.conflicts.iter().map(ToString::to_string);
    let narrow = diff.narrow.iter().map(|Widening { column, from, to }| {
        format!(
            "{column} stays varchar({from}), into which longer values do not fit; with `meta.widen: true` it would become \
             the varchar({to}) of the config"
        )
    });
    let packed = diff.packed.iter().map(|OtherEncoding { column, wanted, there }| {
        format!(
            "{column} stays encoded {}, the config says {}: no load changes that, and Redshift may by itself",
            there.word(),
            wanted.word()
        )
    });
    let extra = diff.extra.iter().map(|name| format!("{name} is only in the table and takes its default"));
    let handled = missing.map(of(Fate::Added)).chain(widened.map(of(Fate::Widened)));
    let refused = conflicts.map(of(Fate::Refused));
    let staying = narrow.chain(packed).chain(extra).map(of(Fate::Stays));
    handled.chain(refused).chain(staying).collect()
}

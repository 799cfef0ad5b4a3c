//! A new table with all rows of the old one in its place: Redshift changes little of a table in place.

use crate::model::column_type::ColumnType;
use crate::model::encoding::Encoding;
use crate::model::ident::Ident;
use crate::model::table::{
    Column, ColumnDefault, Constraint, ConstraintKind, Distribution, ExistingTable, SortKey, TableSpec,
};
use crate::schema::widening::Widening;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuild {
    /// The config's table with the columns that only the old one has behind its own, and with what the old one has where the
    /// config leaves it open.
    pub spec: TableSpec,
    /// The columns of each unique constraint. Redshift enforces none, and plans queries by them.
    pub unique: Vec<Vec<Ident>>,
    pub copied: Vec<CopiedColumn>,
    /// Whether Redshift numbers rows that have numbers.
    pub numbers_anew: bool,
    /// Whether the sort key is the old table's, of which nobody knows whether Redshift has chosen it.
    pub keeps_sort_key: bool,
    /// What is known of the old table, and not made anew.
    pub left_behind: Vec<LeftBehind>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedColumn {
    pub name: Ident,
    /// Where the new table has another type.
    pub cast: Option<ColumnType>,
}

/// What a new table lacks of the old one, unless somebody adds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftBehind {
    /// To which table it goes was not asked.
    ForeignKey(Constraint),
    /// As the catalog has it.
    Default { column: Ident, text: String },
    /// Redshift chooses them anew. Whether somebody has chosen these the catalog does not tell. Never empty.
    Encodings(Vec<(Ident, Encoding)>),
}

pub(super) fn rebuild(wanted: &TableSpec, there: &ExistingTable) -> Rebuild {
    let old_one = |column: &Column| there.column(&column.name);
    let mut spec = wanted.clone();
    for column in &mut spec.columns {
        // What stands in a longer VARCHAR must fit.
        if let Some(old) = old_one(column)
            && Widening::between(column, old).is_some()
        {
            column.column_type = old.column_type;
        }
    }
    let is_extra = |column: &&Column| !wanted.columns.iter().any(|known| known.name == column.name);
    // Packed as Redshift likes it: an encoding that is named switches ENCODE AUTO off.
    let extra =
        there.columns.iter().filter(is_extra).map(|column| Column { encoding: None, ..column.clone() });
    spec.columns.extend(extra);
    if let (Distribution::Auto, Distribution::Even | Distribution::All) =
        (&wanted.distribution, &there.distribution)
    {
        spec.distribution = there.distribution.clone();
    }
    let keeps_sort_key = wanted.sort_key == SortKey::AutoOrNone && there.sort_key != SortKey::AutoOrNone;
    if keeps_sort_key {
        spec.sort_key = there.sort_key.clone();
    }
    let is_numbered = |column: &Column| matches!(column.default, Some(ColumnDefault::Identity(_)));
    let copied = spec.columns.iter().filter(|column| !is_numbered(column)).filter_map(|column| {
        let cast = (old_one(column)?.column_type != column.column_type).then_some(column.column_type);
        Some(CopiedColumn { name: column.name.clone(), cast })
    });
    let encodings: Vec<(Ident, Encoding)> = spec
        .columns
        .iter()
        .filter(|column| column.encoding.is_none())
        .filter_map(|column| Some((column.name.clone(), old_one(column)?.encoding?)))
        .collect();
    let encodings = (!encodings.is_empty()).then_some(LeftBehind::Encodings(encodings));
    let of_kind = |kind| there.constraints.iter().filter(move |constraint| constraint.kind == kind);
    Rebuild {
        copied: copied.collect(),
        unique: of_kind(ConstraintKind::Unique).map(|constraint| constraint.columns.clone()).collect(),
        numbers_anew: spec.columns.iter().any(|column| is_numbered(column) && old_one(column).is_some()),
        keeps_sort_key,
        left_behind: of_kind(ConstraintKind::ForeignKey)
            .cloned()
            .map(LeftBehind::ForeignKey)
            .chain(spec.columns.iter().filter_map(default_left_behind))
            .chain(encodings)
            .collect(),
        spec,
    }
}

/// One that nobody here can write. That of a column of the config is among the conflicts, as the config has another one.
fn default_left_behind(new: &Column) -> Option<LeftBehind> {
    match &new.default {
        Some(ColumnDefault::Other(text)) => {
            Some(LeftBehind::Default { column: new.name.clone(), text: text.clone() })
        }
        Some(ColumnDefault::Value(_) | ColumnDefault::Identity(_)) | None => None,
    }
}

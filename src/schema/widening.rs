//! A VARCHAR that is to become longer, and what keeps it from that.

use std::fmt;

use crate::model::column_type::ColumnType;
use crate::model::encoding::Encoding;
use crate::model::ident::Ident;
use crate::model::table::{Column, ConstraintKind, Distribution, ExistingTable, SortKey};
use crate::model::target_table::TargetTable;

/// A column, and its lengths in bytes; the second is the longer one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widening {
    pub column: Ident,
    pub from: u32,
    pub to: u32,
}

impl Widening {
    /// `None` unless both are VARCHAR, and the table's is the shorter one.
    pub fn between(there: &Column, wanted: &Column) -> Option<Self> {
        match (there.column_type, wanted.column_type) {
            (ColumnType::Varchar(from), ColumnType::Varchar(to)) if from < to => {
                Some(Self { column: there.name.clone(), from, to })
            }
            _ => None,
        }
    }
}

/// `url varchar(256) to varchar(1024)`
impl fmt::Display for Widening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} varchar({}) to varchar({})", self.column, self.from, self.to)
    }
}

/// Why Redshift would not widen a column (redshift-facts 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    Default,
    /// It is one of the columns of this constraint.
    Constraint {
        kind: ConstraintKind,
        name: Ident,
    },
    Encoding(Encoding),
    /// It is the dist key.
    DistKey,
    /// It is in the sort key.
    SortKey,
    View(TargetTable),
}

/// All that keeps a column of the table from being widened.
pub fn obstacles(column: &Column, there: &ExistingTable) -> Vec<Obstacle> {
    let default = column.default.is_some().then_some(Obstacle::Default);
    let constraints = there.constraints.iter().filter(|constraint| constraint.columns.contains(&column.name));
    let constraints = constraints
        .map(|constraint| Obstacle::Constraint { kind: constraint.kind, name: constraint.name.clone() });
    let encoding = column.encoding.filter(|encoding| !encoding.can_widen()).map(Obstacle::Encoding);
    let spreads = match &there.distribution {
        Distribution::Key(key) => *key == column.name,
        Distribution::Auto => there.chosen_dist_key.as_ref() == Some(&column.name),
        Distribution::Even | Distribution::All => false,
    };
    let sorts = match &there.sort_key {
        SortKey::Compound(key) | SortKey::Interleaved(key) => key.contains(&column.name),
        SortKey::AutoOrNone => false,
    };
    let keys = [spreads.then_some(Obstacle::DistKey), sorts.then_some(Obstacle::SortKey)];
    let views = there.views.iter().filter(|of| of.column == column.name);
    let views = views.map(|of| Obstacle::View(of.view.clone()));
    default
        .into_iter()
        .chain(constraints)
        .chain(encoding)
        .chain(keys.into_iter().flatten())
        .chain(views)
        .collect()
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("it has a default"),
            Self::Constraint { kind, name } => {
                let kind = match kind {
                    ConstraintKind::PrimaryKey => "the primary key",
                    ConstraintKind::Unique => "the unique constraint",
                    ConstraintKind::ForeignKey => "the foreign key",
                };
                write!(f, "it is in {kind} `{name}`")
            }
            Self::Encoding(encoding) => write!(f, "it is encoded {}", encoding.word()),
            Self::DistKey => f.write_str("it is the dist key"),
            Self::SortKey => f.write_str("it is in the sort key"),
            Self::View(view) => write!(f, "the view {view} reads it"),
        }
    }
}

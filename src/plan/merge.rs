//! A merge: the rows of the data replace those of the same primary key, and the others are added.
//!
//! The data goes into a staging table first, a temporary one of the load's transaction, so that nobody sees half of it.

use crate::failure::FailureKind;
use crate::model::column_type::ColumnType;
use crate::model::duplicates::Duplicates;
use crate::model::ident::Ident;
use crate::model::table::{Column, ExistingTable, SortKey, TableSpec, TableState};
use crate::model::target_table::TargetTable;
use crate::plan::settings::{Origin, Settings};

/// How the staged rows go into the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The primary key, in the order of the config. Never empty.
    pub key: Vec<Ident>,
    /// What the data fills, in the order of COPY; the key is among them.
    pub columns: Vec<Column>,
    /// Columns that the data does not fill: a row that is replaced keeps its values of them, a new one takes their defaults.
    pub kept: Vec<Ident>,
    pub duplicates: Duplicates,
    /// The column of the key that the table is sorted by: of the table only what lies between the first and the last staged value
    /// is read. `None` reads its key columns as a whole.
    pub range: Option<Ident>,
}

/// Why the data cannot be merged, whatever is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMergeable {
    #[error(
        "{0} has no primary key in its table config, and a merge goes by it; mark its columns `primarykey: true`"
    )]
    NoKey(TargetTable),
    #[error(
        "column `{column}` of the primary key is of type {column_type}, which is no key of a merge; choose other columns"
    )]
    KeyType { column: Ident, column_type: ColumnType },
    #[error(
        "column `{0}` of the primary key has a default, which a row without a value would take for its key; remove the `defaultval`, or \
         mark another column `primarykey: true`"
    )]
    KeyDefault(Ident),
    #[error(
        "column `{0}` of the primary key is not in the data; add it, or mark another column `primarykey: true`"
    )]
    KeyNotInData(Ident),
    #[error(
        "`duplicates` says which row of a key a merge takes, and nobody asks for one: add `mode: merge`, or leave `duplicates` away"
    )]
    NoMode,
    #[error(
        "`duplicates` goes by column `{0}`, which is not in the data or not in the table config; name another one"
    )]
    LatestByUnknown(Ident),
    #[error(
        "`duplicates` goes by column `{0}`, which is of the primary key, so that rows of one key have one value; name another one"
    )]
    LatestByKey(Ident),
    #[error(
        "`duplicates` goes by column `{column}` of type {column_type}, which has no order; name another one"
    )]
    LatestByType { column: Ident, column_type: ColumnType },
    #[error(
        "rows cannot be told to be the same by column `{column}` of type {column_type}, as Redshift cannot compare it; use `duplicates: refuse`"
    )]
    NotComparable { column: Ident, column_type: ColumnType },
    #[error(
        "column `{0}` of the table numbers its rows by itself (IDENTITY), and a row that is replaced would get another number; merge into a \
         table without it"
    )]
    Identity(Ident),
}

impl NotMergeable {
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NoMode
            | Self::NoKey(_)
            | Self::KeyType { .. }
            | Self::KeyDefault(_)
            | Self::LatestByUnknown(_)
            | Self::LatestByKey(_)
            | Self::LatestByType { .. }
            | Self::NotComparable { .. } => FailureKind::InvalidTableConfig,
            Self::KeyNotInData(_) => FailureKind::UnusableDataFile,
            Self::Identity(_) => FailureKind::SchemaConflict,
        }
    }
}

/// That the table config says which of several rows is taken, and no row is, as nobody asks for a merge.
pub fn unused_duplicates(settings: &Settings) -> Option<&'static str> {
    let is_unused = settings.duplicates.origin == Origin::Config && settings.mode.origin == Origin::Default;
    is_unused.then_some("`meta.duplicates` means nothing here, as the load is no merge: several rows of a key stay; say `mode: merge`")
}

impl Merge {
    /// The merge of data that fills `columns`.
    ///
    /// # Errors
    /// When config, data and table do not allow one.
    pub fn of(
        spec: &TableSpec,
        table: &TableState,
        columns: &[Ident],
        duplicates: &Duplicates,
    ) -> Result<Self, NotMergeable> {
        let filled = |name: &Ident| columns.contains(name);
        let columns: Vec<Column> = columns.iter().filter_map(|name| column_of(spec, name).cloned()).collect();
        check_key(spec, filled)?;
        check_duplicates(spec, &columns, duplicates)?;
        let existing = match table {
            TableState::Table(existing) => Some(existing),
            TableState::Missing | TableState::SchemaMissing | TableState::NotATable(_) => None,
        };
        let of_table = existing.map_or(spec.columns.as_slice(), |existing| existing.columns.as_slice());
        if let Some(column) = of_table.iter().find(|column| column.is_identity()) {
            return Err(NotMergeable::Identity(column.name.clone()));
        }
        let added =
            spec.columns.iter().filter(|column| of_table.iter().all(|there| there.name != column.name));
        let all = of_table.iter().chain(added).map(|column| &column.name);
        Ok(Self {
            key: spec.primary_key.clone(),
            kept: all.filter(|name| !filled(name)).cloned().collect(),
            range: existing.and_then(|existing| sorted_by(existing, spec)),
            duplicates: duplicates.clone(),
            columns,
        })
    }

    /// The column by which the latest row of a key is found.
    pub fn latest_by(&self) -> Option<&Ident> {
        match &self.duplicates {
            Duplicates::LatestBy(column) => Some(column),
            Duplicates::Refuse | Duplicates::IdenticalOnly => None,
        }
    }
}

fn check_key(spec: &TableSpec, filled: impl Fn(&Ident) -> bool) -> Result<(), NotMergeable> {
    if spec.primary_key.is_empty() {
        return Err(NotMergeable::NoKey(spec.target.clone()));
    }
    for column in spec.primary_key.iter().filter_map(|name| column_of(spec, name)) {
        let Column { name, column_type, .. } = column;
        if !column_type.can_be_key() {
            return Err(NotMergeable::KeyType { column: name.clone(), column_type: *column_type });
        }
        // COPY puts the default where the data has a null for a NOT NULL column (redshift-facts 1.10).
        if column.default.is_some() {
            return Err(NotMergeable::KeyDefault(name.clone()));
        }
        if !filled(name) {
            return Err(NotMergeable::KeyNotInData(name.clone()));
        }
    }
    Ok(())
}

fn check_duplicates(
    spec: &TableSpec,
    columns: &[Column],
    duplicates: &Duplicates,
) -> Result<(), NotMergeable> {
    if let Duplicates::LatestBy(by) = duplicates {
        let column = columns.iter().find(|column| column.name == *by);
        let Column { name, column_type, .. } =
            column.ok_or_else(|| NotMergeable::LatestByUnknown(by.clone()))?;
        if spec.primary_key.contains(name) {
            return Err(NotMergeable::LatestByKey(name.clone()));
        }
        if !column_type.can_be_key() {
            return Err(NotMergeable::LatestByType { column: name.clone(), column_type: *column_type });
        }
    }
    if *duplicates != Duplicates::Refuse
        && let Some(Column { name, column_type, .. }) =
            columns.iter().find(|column| !can_be_told_apart(column.column_type))
    {
        return Err(NotMergeable::NotComparable { column: name.clone(), column_type: *column_type });
    }
    Ok(())
}

/// Whether two values can be compared, if only as bytes.
fn can_be_told_apart(column_type: ColumnType) -> bool {
    column_type.can_be_key() || matches!(column_type, ColumnType::Super | ColumnType::Varbyte(_))
}

fn column_of<'a>(spec: &'a TableSpec, name: &Ident) -> Option<&'a Column> {
    spec.columns.iter().find(|column| column.name == *name)
}

/// The first sort column, when it is of the key and its values can be written as they are read.
fn sorted_by(existing: &ExistingTable, spec: &TableSpec) -> Option<Ident> {
    let SortKey::Compound(columns) = &existing.sort_key else { return None };
    let first = columns.first().filter(|first| spec.primary_key.contains(first))?;
    let column = existing.columns.iter().find(|column| column.name == *first)?;
    let is_exact = matches!(
        column.column_type,
        ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::Numeric { .. }
            | ColumnType::Date
            | ColumnType::Timestamp
            | ColumnType::TimestampTz
    );
    is_exact.then(|| first.clone())
}

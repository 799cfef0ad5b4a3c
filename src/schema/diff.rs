//! Compares a wanted table with an existing one: what is missing, what contradicts, what is extra.

use crate::model::default_value::DefaultValue;
use crate::model::encoding::Encoding;
use crate::model::ident::Ident;
use crate::model::schema_policy::{NarrowColumns, NewColumns, SchemaPolicy};
use crate::model::table::{Column, ColumnDefault, Distribution, ExistingTable, SortKey, TableSpec};
use crate::schema::conflict::Conflict;
use crate::schema::widening::{Widening, obstacles};

/// All differences between a [`TableSpec`] and an [`ExistingTable`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaDiff {
    /// Columns that ADD COLUMN can bring, in the order of the config.
    pub missing: Vec<Column>,
    /// Columns that get the length of the config before the load.
    pub widened: Vec<Widening>,
    /// Columns that stay shorter than that, so that longer values do not fit.
    pub narrow: Vec<Widening>,
    /// A load is refused unless this is empty.
    pub conflicts: Vec<Conflict>,
    /// Columns that only the table has. COPY leaves them at their default.
    pub extra: Vec<Ident>,
    /// Columns that are packed otherwise than the config says: Redshift may have done that by itself.
    pub packed: Vec<OtherEncoding>,
}

/// A column that is not packed as the config says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherEncoding {
    pub column: Ident,
    pub wanted: Encoding,
    pub there: Encoding,
}

/// Compares column by column, then the keys. The order of columns never matters: COPY names them.
pub fn compare(wanted: &TableSpec, there: &ExistingTable) -> SchemaDiff {
    let mut diff = SchemaDiff::default();
    let policy = wanted.options.schema_policy;
    for column in &wanted.columns {
        match there.column(&column.name) {
            None if column.is_identity() => {
                diff.conflicts.push(Conflict::IdentityNotAddable { column: column.name.clone() });
            }
            None if column.not_null && !has_default(column) => {
                diff.conflicts.push(Conflict::NotNullWithoutDefault { column: column.name.clone() });
            }
            None => match policy.new_columns {
                NewColumns::Add => diff.missing.push(column.clone()),
                NewColumns::Refuse => diff.conflicts.push(Conflict::NewColumn { column: column.clone() }),
            },
            Some(existing) => {
                compare_lengths(column, existing, there, policy, &mut diff);
                compare_columns(column, existing, &mut diff.conflicts);
                diff.packed.extend(other_encoding(column, existing));
            }
        }
    }
    let is_wanted = |name: &Ident| wanted.columns.iter().any(|column| column.name == *name);
    for column in there.columns.iter().filter(|column| !is_wanted(&column.name)) {
        if column.not_null && !has_default(column) {
            diff.conflicts.push(Conflict::NotNullNotInConfig { column: column.name.clone() });
        } else {
            diff.extra.push(column.name.clone());
        }
    }
    compare_keys(wanted, there, &mut diff.conflicts);
    diff
}

fn compare_lengths(
    wanted: &Column,
    existing: &Column,
    there: &ExistingTable,
    policy: SchemaPolicy,
    diff: &mut SchemaDiff,
) {
    let Some(widening) = Widening::between(existing, wanted) else { return };
    match policy.narrow_columns {
        NarrowColumns::Keep => diff.narrow.push(widening),
        NarrowColumns::Refuse => diff.conflicts.push(Conflict::Narrow(widening)),
        NarrowColumns::Widen => {
            let obstacles = obstacles(existing, there);
            match obstacles.is_empty() {
                true => diff.widened.push(widening),
                false => diff.conflicts.push(Conflict::NotWidened { widening, obstacles }),
            }
        }
    }
}

fn other_encoding(wanted: &Column, there: &Column) -> Option<OtherEncoding> {
    let (wanted_one, there_one) = (wanted.encoding?, there.encoding?);
    let column = wanted.name.clone();
    (wanted_one != there_one).then_some(OtherEncoding { column, wanted: wanted_one, there: there_one })
}

fn compare_columns(wanted: &Column, there: &Column, conflicts: &mut Vec<Conflict>) {
    let column = || wanted.name.clone();
    if !wanted.column_type.is_compatible_with(there.column_type) {
        conflicts.push(Conflict::Type {
            column: column(),
            wanted: wanted.column_type,
            there: there.column_type,
        });
    }
    // Redshift makes identity columns NOT NULL by itself, and says so or not.
    if wanted.not_null != there.not_null && !wanted.is_identity() {
        conflicts.push(Conflict::NotNull { column: column(), wanted: wanted.not_null });
    }
    if !same_default(wanted, there) {
        conflicts.push(Conflict::Default {
            column: column(),
            wanted: wanted.default.clone(),
            there: there.default.clone(),
        });
    }
}

fn has_default(column: &Column) -> bool {
    !matches!(column.default, None | Some(ColumnDefault::Value(DefaultValue::Null)))
}

fn same_default(wanted: &Column, there: &Column) -> bool {
    match (&wanted.default, &there.default) {
        (Some(ColumnDefault::Value(wanted_value)), Some(ColumnDefault::Value(there_value))) => {
            wanted_value.same_meaning(there_value, wanted.column_type)
        }
        (Some(ColumnDefault::Identity(wanted)), Some(ColumnDefault::Identity(there))) => wanted == there,
        // No default and DEFAULT NULL are the same.
        _ => !has_default(wanted) && !has_default(there),
    }
}

fn compare_keys(wanted: &TableSpec, there: &ExistingTable, conflicts: &mut Vec<Conflict>) {
    let sorted = |key: &[Ident]| {
        let mut names = key.to_vec();
        names.sort();
        names
    };
    if sorted(&wanted.primary_key) != sorted(there.primary_key()) {
        conflicts.push(Conflict::PrimaryKey {
            wanted: wanted.primary_key.clone(),
            there: there.primary_key().to_vec(),
        });
    }
    if !is_spread_as(&wanted.distribution, &there.distribution) {
        let (wanted, there) = (wanted.distribution.clone(), there.distribution.clone());
        conflicts.push(Conflict::Distribution { wanted, there });
    }
    if !same_sort_key(&wanted.sort_key, there) {
        conflicts.push(Conflict::SortKey { wanted: wanted.sort_key.clone(), there: there.sort_key.clone() });
    }
}

/// What Redshift chooses differs from nothing, and a config that leaves the choice minds a key only, which others rely on.
fn is_spread_as(wanted: &Distribution, there: &Distribution) -> bool {
    match (wanted, there) {
        (_, Distribution::Auto) | (Distribution::Auto, Distribution::Even | Distribution::All) => true,
        (wanted, there) => wanted == there,
    }
}

/// A config that asks for no sort key has left the order to Redshift, which may pick a key for the table at any
/// time, and the catalog does not say who picked it: that must not stop tomorrow's load.
fn same_sort_key(wanted: &SortKey, there: &ExistingTable) -> bool {
    match (wanted, &there.sort_key) {
        (SortKey::AutoOrNone, _) => true,
        (_, SortKey::AutoOrNone) => there.distribution == Distribution::Auto,
        // Of one column the catalog does not tell which kind it is: it has the sign of the second one.
        (SortKey::Interleaved(wanted), SortKey::Compound(there)) if wanted.len() == 1 => wanted == there,
        (wanted, there) => wanted == there,
    }
}

#[cfg(test)]
mod tests;

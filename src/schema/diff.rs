//! Compares a wanted table with an existing one: what is missing, what contradicts, what is extra.

use crate::model::default_value::DefaultValue;
use crate::model::ident::Ident;
use crate::model::table::{Column, ColumnDefault, Distribution, ExistingTable, SortKey, TableSpec};
use crate::schema::conflict::Conflict;

/// All differences between a [`TableSpec`] and an [`ExistingTable`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaDiff {
    /// Columns that ADD COLUMN can bring, in the order of the config.
    pub missing: Vec<Column>,
    /// A load is refused unless this is empty.
    pub conflicts: Vec<Conflict>,
    /// Columns that only the table has. COPY leaves them at their default.
    pub extra: Vec<Ident>,
}

/// Compares column by column, then the keys. The order of columns never matters: COPY names them.
pub fn compare(wanted: &TableSpec, there: &ExistingTable) -> SchemaDiff {
    let mut diff = SchemaDiff::default();
    for column in &wanted.columns {
        match there.columns.iter().find(|existing| existing.name == column.name) {
            None if column.not_null && !has_default(column) => {
                diff.conflicts.push(Conflict::NotNullWithoutDefault { column: column.name.clone() });
            }
            None => diff.missing.push(column.clone()),
            Some(existing) => compare_columns(column, existing, &mut diff.conflicts),
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

fn compare_columns(wanted: &Column, there: &Column, conflicts: &mut Vec<Conflict>) {
    let column = || wanted.name.clone();
    if !wanted.column_type.is_compatible_with(there.column_type) {
        conflicts.push(Conflict::Type {
            column: column(),
            wanted: wanted.column_type,
            there: there.column_type,
        });
    }
    if wanted.not_null != there.not_null {
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
    if sorted(&wanted.primary_key) != sorted(&there.primary_key) {
        conflicts.push(Conflict::PrimaryKey {
            wanted: wanted.primary_key.clone(),
            there: there.primary_key.clone(),
        });
    }
    if !same_dist_key(wanted.dist_key.as_ref(), &there.distribution) {
        conflicts
            .push(Conflict::DistKey { wanted: wanted.dist_key.clone(), there: there.distribution.clone() });
    }
    if !same_sort_key(&wanted.sort_key, there) {
        conflicts.push(Conflict::SortKey { wanted: wanted.sort_key.clone(), there: there.sort_key.clone() });
    }
}

fn same_dist_key(wanted: Option<&Ident>, there: &Distribution) -> bool {
    match there {
        Distribution::Auto => true,
        Distribution::Even | Distribution::All => wanted.is_none(),
        Distribution::Key(column) => wanted == Some(column),
    }
}

/// A config that asks for no sort key has left the order to Redshift, which may pick a key for the table at any
/// time, and the catalog does not say who picked it: that must not stop tomorrow's load.
fn same_sort_key(wanted: &[Ident], there: &ExistingTable) -> bool {
    match &there.sort_key {
        _ if wanted.is_empty() => true,
        SortKey::AutoOrNone => there.distribution == Distribution::Auto,
        SortKey::Compound(columns) => columns == wanted,
        SortKey::Interleaved(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::model::column_type::ColumnType;
    use crate::model::table::{DataDateColumn, TableOptions};
    use crate::model::target_table::TargetTable;

    fn ident(name: &str) -> Ident {
        Ident::new(name).unwrap()
    }

    fn column(name: &str, column_type: &str) -> Column {
        let column_type = ColumnType::parse(column_type).unwrap();
        Column { name: ident(name), column_type, not_null: false, default: None }
    }

    fn default(text: &str) -> Option<ColumnDefault> {
        Some(ColumnDefault::Value(DefaultValue::parse(text).unwrap()))
    }

    fn spec(columns: Vec<Column>) -> TableSpec {
        TableSpec {
            target: TargetTable { schema: ident("s"), table: ident("t") },
            data_date_column: DataDateColumn { name: ident("time"), column_type: ColumnType::Timestamp },
            columns,
            primary_key: Vec::new(),
            dist_key: None,
            sort_key: Vec::new(),
            options: TableOptions::default(),
            passed_over: Vec::new(),
        }
    }

    fn table(columns: Vec<Column>) -> ExistingTable {
        ExistingTable {
            columns,
            primary_key: Vec::new(),
            distribution: Distribution::Auto,
            sort_key: SortKey::AutoOrNone,
        }
    }

    fn check(wanted: &TableSpec, there: &ExistingTable, expected: &Expect) {
        let diff = compare(wanted, there);
        let mut lines: Vec<String> = Vec::new();
        lines.extend(
            diff.missing.iter().map(|column| format!("missing {} {}", column.name, column.column_type)),
        );
        lines.extend(diff.conflicts.iter().map(ToString::to_string));
        lines.extend(diff.extra.iter().map(|name| format!("extra {name}")));
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn all_mismatches_are_found_at_once() {
        let mut wanted = spec(vec![
            column("time", "timestamp"),
            Column { not_null: true, default: default("0"), ..column("id", "bigint") },
            column("name", "varchar(10)"),
            Column { default: default("1"), ..column("added", "int") },
            Column { not_null: true, ..column("strict", "int") },
        ]);
        wanted.primary_key = vec![ident("id")];
        wanted.dist_key = Some(ident("id"));
        wanted.sort_key = vec![ident("time")];
        let mut there = table(vec![
            column("time", "date"),
            Column { default: default("1"), ..column("id", "int") },
            column("name", "varchar(256)"),
            column("legacy", "int"),
        ]);
        there.distribution = Distribution::Even;
        there.sort_key = SortKey::Compound(vec![ident("legacy")]);
        check(
            &wanted,
            &there,
            &expect![[r#"
                missing added integer
                column `time` is date, the config wants timestamp
                column `id` is integer, the config wants bigint
                column `id` takes nulls, the config wants NOT NULL
                column `id` has default 1, the config wants default 0
                column `strict` is missing and cannot be added, because Redshift adds a NOT NULL column only with a default; give it a `defaultval`
                the primary key is none, the config wants (`id`)
                the dist key is none (DISTSTYLE EVEN), the config wants `id`
                the sort key is (`legacy`), the config wants (`time`)
                extra legacy"#]],
        );
    }

    #[test]
    fn keys_that_redshift_chose_are_no_drift() {
        let mut there = table(vec![column("time", "timestamp")]);
        there.sort_key = SortKey::Compound(vec![ident("time")]);
        let mut wanted = spec(vec![column("time", "timestamp")]);
        check(&wanted, &there, &expect![""]);
        wanted.dist_key = Some(ident("time"));
        check(&wanted, &there, &expect![""]);
        // But a key that the config asks for must be the one that is there.
        wanted.sort_key = vec![ident("other")];
        check(&wanted, &there, &expect!["the sort key is (`time`), the config wants (`other`)"]);
    }

    #[test]
    fn a_column_that_no_row_could_fill_is_named_before_copy_finds_it() {
        let strict = Column { not_null: true, ..column("strict", "int") };
        let filled = Column { not_null: true, default: default("0"), ..column("filled", "int") };
        let identity = ColumnDefault::Other("\"identity\"(1, 0, '1,1'::text)".to_owned());
        let numbered = Column { not_null: true, default: Some(identity), ..column("numbered", "bigint") };
        check(
            &spec(vec![column("time", "timestamp")]),
            &table(vec![column("time", "timestamp"), strict, filled, numbered]),
            &expect![[r#"
                column `strict` is NOT NULL without a default and not in the config, so that no row can be loaded; add it to the config
                extra filled
                extra numbered"#]],
        );
    }

    #[test]
    fn a_dist_key_that_nobody_asked_for_is_named() {
        let mut there = table(vec![column("time", "timestamp")]);
        there.distribution = Distribution::Key(ident("time"));
        check(
            &spec(vec![column("time", "timestamp")]),
            &there,
            &expect!["the dist key is `time`, the config wants none"],
        );
    }

    #[test]
    fn defaults_compare_by_meaning() {
        let wanted = spec(vec![Column { default: default("''"), ..column("url", "text") }]);
        let there =
            table(vec![Column { default: default("''::character varying"), ..column("url", "text") }]);
        check(&wanted, &there, &expect![""]);
        let null = spec(vec![Column { default: default("null"), ..column("url", "text") }]);
        check(&null, &table(vec![column("url", "text")]), &expect![""]);
    }

    #[test]
    fn an_identity_column_conflicts_with_a_plain_one() {
        let identity = ColumnDefault::Other("\"identity\"(1, 0, '1,1'::text)".to_owned());
        let there = table(vec![Column { default: Some(identity), ..column("id", "bigint") }]);
        check(
            &spec(vec![column("id", "bigint")]),
            &there,
            &expect![[
                r#"column `id` has default "identity"(1, 0, '1,1'::text), the config wants no default"#
            ]],
        );
    }

    fn any_column() -> impl Strategy<Value = Column> {
        let types = proptest::sample::select(vec!["int", "bigint", "text", "timestamp", "boolean"]);
        let defaults = proptest::sample::select(vec![None, Some("0"), Some("''"), Some("getdate()")]);
        ("[a-h]", types, any::<bool>(), defaults).prop_map(|(name, column_type, not_null, default_text)| {
            Column { not_null, default: default_text.and_then(default), ..column(&name, column_type) }
        })
    }

    fn any_columns() -> impl Strategy<Value = Vec<Column>> {
        proptest::collection::vec(any_column(), 1..8).prop_map(|mut columns| {
            columns.sort_by(|left, right| left.name.cmp(&right.name));
            columns.dedup_by(|left, right| left.name == right.name);
            columns
        })
    }

    proptest! {
        #[test]
        fn a_table_does_not_differ_from_its_own_config(columns in any_columns()) {
            prop_assert_eq!(compare(&spec(columns.clone()), &table(columns)), SchemaDiff::default());
        }

        #[test]
        fn after_adding_what_is_missing_nothing_is_missing(wanted in any_columns(), there in any_columns()) {
            let first = compare(&spec(wanted.clone()), &table(there.clone()));
            let grown: Vec<Column> = there.into_iter().chain(first.missing).collect();
            let second = compare(&spec(wanted), &table(grown));
            prop_assert!(second.missing.is_empty());
            prop_assert_eq!(second.conflicts, first.conflicts);
        }
    }
}

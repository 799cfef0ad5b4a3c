use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::model::column_type::ColumnType;
use crate::model::identity::Identity;
use crate::model::table::{DataDateColumn, TableOptions};
use crate::model::target_table::TargetTable;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn column(name: &str, column_type: &str) -> Column {
    let column_type = ColumnType::parse(column_type).unwrap();
    Column { name: ident(name), column_type, not_null: false, default: None, encoding: None }
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
        distribution: Distribution::Auto,
        sort_key: SortKey::AutoOrNone,
        options: TableOptions::default(),
        rescue: None,
        passed_over: Vec::new(),
    }
}

fn table(columns: Vec<Column>) -> ExistingTable {
    ExistingTable {
        columns,
        constraints: Vec::new(),
        distribution: Distribution::Auto,
        chosen_dist_key: None,
        sort_key: SortKey::AutoOrNone,
        views: Vec::new(),
    }
}

fn check(wanted: &TableSpec, there: &ExistingTable, expected: &Expect) {
    let diff = compare(wanted, there);
    let mut lines: Vec<String> = Vec::new();
    lines.extend(diff.missing.iter().map(|column| format!("missing {} {}", column.name, column.column_type)));
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
    wanted.distribution = Distribution::Key(ident("id"));
    wanted.sort_key = SortKey::Compound(vec![ident("time")]);
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
            the table is DISTSTYLE EVEN, the config wants DISTKEY `id`
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
    wanted.distribution = Distribution::Key(ident("time"));
    check(&wanted, &there, &expect![""]);
    // But a key that the config asks for must be the one that is there.
    wanted.sort_key = SortKey::Compound(vec![ident("other")]);
    check(&wanted, &there, &expect!["the sort key is (`time`), the config wants (`other`)"]);
}

#[test]
fn a_column_that_no_row_could_fill_is_named_before_copy_finds_it() {
    let strict = Column { not_null: true, ..column("strict", "int") };
    let filled = Column { not_null: true, default: default("0"), ..column("filled", "int") };
    let numbered = Column { not_null: true, default: identity(), ..column("numbered", "bigint") };
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
        &expect!["the table is DISTKEY `time`, the config wants DISTSTYLE AUTO"],
    );
}

#[test]
fn defaults_compare_by_meaning() {
    let wanted = spec(vec![Column { default: default("''"), ..column("url", "text") }]);
    let there = table(vec![Column { default: default("''::character varying"), ..column("url", "text") }]);
    check(&wanted, &there, &expect![""]);
    let null = spec(vec![Column { default: default("null"), ..column("url", "text") }]);
    check(&null, &table(vec![column("url", "text")]), &expect![""]);
}

fn identity() -> Option<ColumnDefault> {
    Some(ColumnDefault::Identity(Identity::USUAL))
}

#[test]
fn an_identity_column_conflicts_with_a_plain_one() {
    let there = table(vec![Column { default: identity(), ..column("id", "bigint") }]);
    check(
        &spec(vec![column("id", "bigint")]),
        &there,
        &expect!["column `id` has identity(1,1), the config wants no default"],
    );
}

#[test]
fn an_identity_column_is_as_its_config_wants_it_whether_or_not_it_says_not_null() {
    let numbered = |not_null, seed| Column {
        not_null,
        default: Identity::new(seed, 1).map(ColumnDefault::Identity),
        ..column("id", "bigint")
    };
    for not_null in [true, false] {
        check(&spec(vec![numbered(true, 1)]), &table(vec![numbered(not_null, 1)]), &expect![""]);
    }
    check(
        &spec(vec![numbered(true, 1)]),
        &table(vec![numbered(true, 100)]),
        &expect!["column `id` has identity(100,1), the config wants identity(1,1)"],
    );
}

#[test]
fn an_identity_column_cannot_be_added() {
    check(
        &spec(vec![column("time", "timestamp"), Column { default: identity(), ..column("id", "bigint") }]),
        &table(vec![column("time", "timestamp")]),
        &expect![
            "column `id` is missing and cannot be added, because Redshift makes identity columns only together with their table"
        ],
    );
}

#[test]
fn a_style_that_the_config_asks_for_must_be_there_unless_redshift_chooses() {
    let columns = || vec![column("time", "timestamp"), column("id", "int")];
    let mut wanted = spec(columns());
    let mut there = table(columns());
    wanted.distribution = Distribution::All;
    wanted.sort_key = SortKey::Interleaved(vec![ident("time"), ident("id")]);
    check(&wanted, &there, &expect![""]);
    there.distribution = Distribution::Even;
    there.sort_key = SortKey::Compound(vec![ident("time"), ident("id")]);
    check(
        &wanted,
        &there,
        &expect![[r#"
            the table is DISTSTYLE EVEN, the config wants DISTSTYLE ALL
            the sort key is (`time`, `id`), the config wants interleaved (`time`, `id`)"#]],
    );
    there.distribution = Distribution::Key(ident("id"));
    there.sort_key = SortKey::AutoOrNone;
    check(
        &wanted,
        &there,
        &expect![[r#"
            the table is DISTKEY `id`, the config wants DISTSTYLE ALL
            the sort key is none, the config wants interleaved (`time`, `id`)"#]],
    );
    (there.distribution, there.sort_key) = (Distribution::All, wanted.sort_key.clone());
    check(&wanted, &there, &expect![""]);
}

fn any_column() -> impl Strategy<Value = Column> {
    let types =
        proptest::sample::select(vec!["int", "bigint", "text", "varchar(9)", "longtext", "timestamp"]);
    let defaults = proptest::sample::select(vec![None, Some("0"), Some("''"), Some("getdate()")]);
    ("[a-h]", types, any::<bool>(), defaults).prop_map(|(name, column_type, not_null, default_text)| Column {
        not_null,
        default: default_text.and_then(default),
        ..column(&name, column_type)
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
    fn after_the_changes_of_a_load_nothing_is_left_to_change(wanted in any_columns(), there in any_columns()) {
        let mut wanted = spec(wanted);
        wanted.options.schema_policy.narrow_columns = NarrowColumns::Widen;
        let first = compare(&wanted, &table(there.clone()));
        let mut changed: Vec<Column> = there.into_iter().chain(first.missing).collect();
        for Widening { column, from, to } in &first.widened {
            let column = changed.iter_mut().find(|known| known.name == *column).unwrap();
            prop_assert_eq!(column.column_type, ColumnType::Varchar(*from));
            column.column_type = ColumnType::Varchar(*to);
        }
        let second = compare(&wanted, &table(changed));
        prop_assert!(second.missing.is_empty() && second.widened.is_empty());
        prop_assert_eq!(second.conflicts, first.conflicts);
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

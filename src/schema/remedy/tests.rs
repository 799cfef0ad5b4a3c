use expect_test::{Expect, expect};

use super::*;
use crate::model::column_type::ColumnType;
use crate::model::table::{Constraint, DataDateColumn, TableOptions};
use crate::schema::diff::compare;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn column(name: &str, bytes: u32) -> Column {
    let column_type = ColumnType::Varchar(bytes);
    Column { name: ident(name), column_type, not_null: true, default: None, encoding: None }
}

/// A config whose columns `a` and `b` are longer than those of its table, which is like it otherwise.
fn both() -> (TableSpec, ExistingTable) {
    let mut options = TableOptions::default();
    options.schema_policy.narrow_columns = crate::model::schema_policy::NarrowColumns::Widen;
    let spec = TableSpec {
        target: TargetTable { schema: ident("s"), table: ident("t") },
        data_date_column: DataDateColumn { name: ident("time"), column_type: ColumnType::Timestamp },
        columns: vec![column("a", 20), column("b", 20)],
        primary_key: Vec::new(),
        distribution: Distribution::Auto,
        sort_key: SortKey::AutoOrNone,
        options,
        rescue: None,
        passed_over: Vec::new(),
    };
    let there = ExistingTable {
        columns: vec![column("a", 4), column("b", 4)],
        constraints: Vec::new(),
        distribution: Distribution::Auto,
        chosen_dist_key: None,
        sort_key: SortKey::AutoOrNone,
        views: Vec::new(),
    };
    (spec, there)
}

fn key(columns: &[&str]) -> Vec<Constraint> {
    let columns = columns.iter().map(|name| ident(name)).collect();
    vec![Constraint { name: ident("t_pkey"), kind: ConstraintKind::PrimaryKey, columns }]
}

fn check(wanted: &TableSpec, there: &ExistingTable, expected: &Expect) {
    let resolutions = resolve(wanted, there, &compare(wanted, there).conflicts);
    let remedies = resolutions.iter().flat_map(|resolution| &resolution.remedies);
    let lines: Vec<String> = remedies
        .map(|remedy| match remedy {
            Remedy::Widen(widening) => format!("widen {widening}"),
            remedy => format!("{remedy:?}").replace("Ident", ""),
        })
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn a_key_that_is_in_the_way_of_two_columns_is_taken_away_and_given_back_once() {
    let (mut wanted, mut there) = both();
    wanted.primary_key = vec![ident("a"), ident("b")];
    there.constraints = key(&["a", "b"]);
    there.sort_key = SortKey::Compound(vec![ident("a"), ident("b")]);
    wanted.sort_key = there.sort_key.clone();
    check(
        &wanted,
        &there,
        &expect![[r#"
        DropConstraint(("t_pkey"))
        Unsort
        widen a varchar(4) to varchar(20)
        widen b varchar(4) to varchar(20)
        AddPrimaryKey([("a"), ("b")])
        SortAgain(Compound([("a"), ("b")]))"#]],
    );
}

#[test]
fn a_key_that_the_config_wants_otherwise_is_made_once_and_as_the_config_wants_it() {
    let (mut wanted, mut there) = both();
    wanted.primary_key = vec![ident("a"), ident("b")];
    there.constraints = key(&["a"]);
    there.distribution = Distribution::Key(ident("a"));
    wanted.distribution = Distribution::Even;
    there.sort_key = SortKey::Compound(vec![ident("b")]);
    wanted.sort_key = SortKey::Compound(vec![ident("b"), ident("a")]);
    check(
        &wanted,
        &there,
        &expect![[r#"
        DropConstraint(("t_pkey"))
        Distribute(Even)
        widen a varchar(4) to varchar(20)
        Unsort
        widen b varchar(4) to varchar(20)
        AddPrimaryKey([("a"), ("b")])
        Sort(Compound([("b"), ("a")]))"#]],
    );
}

#[test]
fn a_dist_key_that_redshift_has_chosen_is_left_to_it_again() {
    let (mut wanted, mut there) = both();
    wanted.columns[1] = column("b", 4);
    there.chosen_dist_key = Some(ident("a"));
    check(
        &wanted,
        &there,
        &expect![[r#"
        Distribute(Even)
        widen a varchar(4) to varchar(20)
        Distribute(Auto)"#]],
    );
}

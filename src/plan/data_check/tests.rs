use super::*;
use crate::model::default_value::DefaultValue;
use crate::model::encoding::Encoding;
use crate::model::ident::Ident;
use crate::model::table::{Distribution, ExistingTable, SortKey};
use crate::plan::check::tests::good;
use crate::plan::step::Step;
use crate::schema::widening::Widening;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn column(name: &str, column_type: ColumnType) -> Column {
    Column { name: ident(name), column_type, not_null: false, default: None, encoding: None }
}

fn existing(columns: Vec<Column>) -> TableState {
    TableState::Table(ExistingTable {
        columns,
        constraints: Vec::new(),
        distribution: Distribution::Auto,
        chosen_dist_key: None,
        sort_key: SortKey::AutoOrNone,
        views: Vec::new(),
    })
}

/// A plan whose COPY fills these columns, and the config that it is made of.
fn plan(filled: &[&str], preparation: Vec<Preparation>, wanted: Vec<Column>) -> (LoadPlan, TableSpec) {
    let mut plan = good();
    plan.preparation = preparation;
    for step in &mut plan.transaction {
        if let Step::Copy(copy) = step {
            copy.columns = filled.iter().map(|name| ident(name)).collect();
        }
    }
    let spec = TableSpec { columns: wanted, ..crate::plan::check::tests::spec() };
    (plan, spec)
}

fn told(columns: &[Column]) -> Vec<String> {
    let null = |column: &Column| if column.not_null { " not null" } else { "" };
    columns.iter().map(|column| format!("{} {}{}", column.name, column.column_type, null(column))).collect()
}

#[test]
fn columns_are_those_that_copy_fills_as_the_load_would_find_them() {
    let widening = Widening { column: ident("name"), from: 20, to: 300 };
    let added = column("price", ColumnType::Numeric { precision: 5, scale: 2 });
    let preparation = vec![Preparation::Widen(widening), Preparation::AddColumn(added.clone())];
    let wanted = vec![column("id", ColumnType::BigInt), column("name", ColumnType::Varchar(300)), added];
    let (plan, spec) = plan(&["price", "name", "id"], preparation, wanted);
    let table = existing(vec![
        Column { not_null: true, encoding: Some(Encoding::Zstd), ..column("id", ColumnType::BigInt) },
        column("name", ColumnType::Varchar(20)),
        Column { not_null: true, ..column("extra", ColumnType::Date) },
    ]);
    let columns = columns(&plan, &spec, &table);
    assert_eq!(told(&columns), ["price numeric(5,2)", "name varchar(300)", "id bigint not null"]);
    assert!(columns.iter().all(|column| column.encoding.is_none()));
    let new = super::columns(&plan, &spec, &TableState::Missing);
    assert_eq!(told(&new), ["price numeric(5,2)", "name varchar(300)", "id bigint"]);
}

#[test]
fn a_default_that_stands_for_null_lets_null_pass() {
    let not_null =
        |default| Column { not_null: true, default: Some(default), ..column("id", ColumnType::BigInt) };
    for (default, expected) in [
        (ColumnDefault::Other("f(x)".to_owned()), "id bigint"),
        (ColumnDefault::Value(DefaultValue::Boolean(true)), "id bigint not null"),
    ] {
        let (plan, spec) = plan(&["id"], Vec::new(), vec![column("id", ColumnType::BigInt)]);
        let columns = columns(&plan, &spec, &existing(vec![not_null(default.clone())]));
        assert_eq!(told(&columns), [expected]);
        assert_eq!(columns[0].default.is_some(), matches!(default, ColumnDefault::Value(_)));
    }
}

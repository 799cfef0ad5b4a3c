use super::*;
use crate::model::default_value::DefaultValue;
use crate::model::table::ColumnDefault;

fn file(columns: &[(&str, Kind)]) -> Vec<ParquetColumn> {
    let column = |(name, kind): &(&str, Kind)| ParquetColumn {
        name: (*name).to_owned(),
        kind: *kind,
        is_nullable: true,
        written: format!("OPTIONAL {name}"),
    };
    columns.iter().map(column).collect()
}

fn wanted(columns: &[(&str, &str)]) -> Vec<Column> {
    let column = |(name, kind): &(&str, &str)| Column {
        name: Ident::new(name).unwrap(),
        column_type: ColumnType::parse(kind).unwrap(),
        not_null: false,
        default: None,
        encoding: None,
    };
    columns.iter().map(column).collect()
}

const LONG: Kind = Kind::Integer { bits: 64, is_signed: true };

fn problems(found: &[(&str, Kind)], columns: &[(&str, &str)]) -> String {
    let fitting = fits(&file(found), &wanted(columns), false);
    fitting.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_column_takes_what_is_no_wider() {
    let integer = |bits, is_signed| Kind::Integer { bits, is_signed };
    let instant = Kind::Timestamp { is_instant: true };
    let decimal = |precision, scale| Kind::Decimal { precision, scale };
    let takes_all: [(&str, &[Kind]); 10] = [
        ("smallint", &[integer(8, true), integer(16, true), integer(8, false)]),
        ("int", &[integer(32, true), integer(16, false)]),
        ("bigint", &[integer(64, true), integer(32, false), integer(64, false)]),
        ("real", &[Kind::Float]),
        ("float", &[Kind::Float, Kind::Double]),
        ("decimal(12,2)", &[decimal(12, 2), decimal(9, 2)]),
        ("text", &[Kind::Text, Kind::Bytes]),
        ("varbyte", &[Kind::Bytes, Kind::FixedBytes]),
        ("timestamp", &[instant, Kind::Timestamp { is_instant: false }]),
        ("date", &[Kind::Date]),
    ];
    for (column, kinds) in takes_all {
        for kind in kinds {
            assert_eq!(problems(&[("c", *kind)], &[("c", column)]), "", "{column} {kind:?}");
        }
    }
    for (column, kind) in [
        ("smallint", integer(32, true)),
        ("smallint", integer(16, false)),
        ("int", LONG),
        ("int", integer(32, false)),
        ("bigint", Kind::Double),
        ("real", Kind::Double),
        ("float", LONG),
        ("decimal(12,2)", decimal(12, 3)),
        ("decimal(12,2)", decimal(18, 2)),
        ("decimal(12,2)", Kind::Double),
        ("text", LONG),
        ("text", Kind::FixedBytes),
        ("varbyte", Kind::Text),
        ("timestamp", Kind::Date),
        ("date", instant),
        ("timestamp", LONG),
        ("boolean", integer(32, true)),
        ("super", Kind::Nested),
        ("timetz", Kind::Time),
        ("text", Kind::Other),
    ] {
        assert!(
            problems(&[("c", kind)], &[("c", column)]).contains("for the column `c`"),
            "{column} {kind:?}"
        );
    }
}

#[test]
fn names_and_not_places_decide_and_the_order_of_the_file_is_told() {
    let wanted = wanted(&[("id", "bigint"), ("name", "text"), ("note", "text")]);
    let fitting = fits(&file(&[("Name", Kind::Text), ("ID", LONG)]), &wanted, false);
    assert_eq!(fitting.problems, []);
    assert_eq!(fitting.placing.placed, [Ident::new("name").unwrap(), Ident::new("id").unwrap()]);
}

#[test]
fn what_the_config_lacks_is_refused_by_name() {
    let found = [("id", LONG), ("__index_level_0__", LONG), ("Id", LONG)];
    assert_eq!(
        problems(&found, &[("id", "bigint")]),
        "has the column `__index_level_0__`, which the config lacks, and COPY cannot skip it\n\
         has the column `Id` twice, as Redshift folds names to lower case"
    );
    assert_eq!(problems(&[], &[("id", "bigint")]), "has no columns");
}

#[test]
fn a_missing_column_matters_when_it_must_not_be_null_and_has_no_default() {
    let mut wanted = wanted(&[("id", "bigint"), ("a", "int"), ("b", "int")]);
    for column in &mut wanted[1..] {
        column.not_null = true;
    }
    wanted[2].default = Some(ColumnDefault::Value(DefaultValue::Number("1".to_owned())));
    let fitting = fits(&file(&[("id", LONG)]), &wanted, false);
    assert_eq!(fitting.problems, [Problem::Missing(Ident::new("a").unwrap())]);
}

#[test]
fn instants_for_a_column_of_wall_times_are_named() {
    let (instant, wall) = (Kind::Timestamp { is_instant: true }, Kind::Timestamp { is_instant: false });
    let wanted = wanted(&[("a", "timestamp"), ("b", "timestamptz"), ("c", "timestamp")]);
    let fitting = fits(&file(&[("a", instant), ("b", instant), ("c", wall)]), &wanted, false);
    assert_eq!((fitting.problems, fitting.instants), (Vec::new(), vec![Ident::new("a").unwrap()]));
}

#[test]
fn a_super_takes_anything_with_serializetojson() {
    for kind in [Kind::Nested, Kind::Text, LONG] {
        let (file, wanted) = (file(&[("c", kind)]), wanted(&[("c", "super")]));
        assert_eq!(
            (fits(&file, &wanted, true).problems.len(), fits(&file, &wanted, false).problems.len()),
            (0, 1)
        );
    }
}

#[test]
fn a_misfit_says_what_the_file_has_and_what_the_column_takes() {
    assert_eq!(
        problems(&[("id", Kind::Text)], &[("id", "int")]),
        "has `OPTIONAL id` for the column `id`, which is integer and takes integers of at most 32 bits"
    );
}

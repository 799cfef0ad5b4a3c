use crate::sql::command::{Action, understand};
use crate::sql::statement::split;

fn query(source: &str) -> String {
    match understand(&split(source)[0]).action {
        Action::Run(sql) => sql.text,
        Action::Refuse(refusal) => format!("{} {}", refusal.code, refusal.message),
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn a_name_may_be_a_parameter() {
    assert_eq!(
        query("SHOW TABLES FROM SCHEMA $1.$2 LIKE $3;"),
        "SELECT * FROM redshift_catalog.show_tables WHERE schema_name = $2::text AND database_name = $1::text \
         AND table_name LIKE $3::text ORDER BY table_name"
    );
    assert_eq!(
        query("show constraints foreign keys exported from table \"S\".t limit 5"),
        "SELECT * FROM redshift_catalog.show_foreign_keys WHERE redshift_catalog.table_named(redshift_catalog.shown('s'), redshift_catalog.shown('t')) IS NOT NULL \
         AND pk_table_name = redshift_catalog.shown('t') AND pk_schema_name = redshift_catalog.shown('s') ORDER BY fk_schema_name, fk_table_name, fk_name, key_seq LIMIT 5"
    );
    assert_eq!(
        query("show parameters of function s.f(character varying (9), $1)"),
        "SELECT database_name, schema_name, function_name, parameter_name, ordinal_position, parameter_type, data_type, \
         character_maximum_length, numeric_precision, numeric_scale \
         FROM redshift_catalog.show_function_parameters WHERE function_name = redshift_catalog.shown('f') AND schema_name = redshift_catalog.shown('s') \
         AND redshift_catalog.is_called_with(routine, ARRAY['character varying', $1::text]::text[]) ORDER BY ordinal_position"
    );
}

#[test]
fn what_is_not_covered_is_named() {
    for (source, what) in [
        ("show datashares", "SHOW DATASHARES"),
        ("show view v", "SHOW VIEW"),
        ("show grants for alice", "SHOW GRANTS"),
        ("show model all", "SHOW MODEL"),
    ] {
        assert_eq!(query(source), format!("0A000 {what} is not covered by redshift-local"), "{source}");
    }
    assert_eq!(query("show tables from schema s limit all"), "42601 syntax error at or near \"all\"");
}

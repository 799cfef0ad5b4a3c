use super::*;

#[test]
fn config_words_mean_what_they_meant() {
    let meanings = [
        ("boolean", "boolean"),
        ("float", "double precision"),
        ("int", "integer"),
        ("bigint", "bigint"),
        ("date", "date"),
        ("timestamp", "timestamp"),
        ("text", "varchar(256)"),
        ("longtext", "varchar(65535)"),
    ];
    for (word, meaning) in meanings {
        assert_eq!(ColumnType::parse(word).unwrap().to_string(), meaning, "{word}");
    }
}

#[test]
fn catalog_spellings_and_short_names_are_one_type() {
    let same = [
        ("character varying(20)", "VARCHAR(20)"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp with time zone", "timestamptz"),
        ("numeric(18,0)", "decimal"),
        ("double precision", "float8"),
        ("binary varying(64000)", "varbyte"),
        ("varchar(65535)", "varchar( MAX )"),
    ];
    for (left, right) in same {
        assert_eq!(ColumnType::parse(left), ColumnType::parse(right), "{left} = {right}");
    }
}

#[test]
fn what_redshift_lacks_is_refused() {
    for text in ["uuid", "jsonb", "varchar(0)", "varchar(70000)", "numeric(39,2)", "int(4)", "varchar(", ""] {
        assert_eq!(ColumnType::parse(text), Err(UnknownType(text.to_owned())), "{text}");
    }
}

#[test]
fn only_varchar_lengths_may_differ() {
    assert!(ColumnType::Varchar(1).is_compatible_with(ColumnType::Varchar(2)));
    assert!(!ColumnType::Char(1).is_compatible_with(ColumnType::Char(2)));
    assert!(!ColumnType::Integer.is_compatible_with(ColumnType::BigInt));
}

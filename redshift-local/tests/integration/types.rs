//! Types that PostgreSQL does not have, and lengths that it measures otherwise (facts 0.4, 0.19, 3.2).

use tokio_postgres::types::{FromSql, Type};

use crate::support::Fixture;
use crate::support::servers::snapshot;

#[tokio::test]
async fn super_and_varbyte_have_redshifts_numbers_and_names() {
    let Fixture { session, .. } = Fixture::new("type_names").await;
    session.run("CREATE TABLE t (s super, a varbyte, b varbinary(3), c binary varying(9))").await;
    session.run("ALTER TABLE t ADD COLUMN d super ENCODE zstd").await;
    let columns = "SELECT a.attname, a.atttypid, t.typname, format_type(a.atttypid, a.atttypmod), format_encoding(a.attencodingtype::integer)
                     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                    WHERE a.attrelid = 't'::regclass AND a.attnum > 0 ORDER BY a.attnum";
    assert_eq!(
        session.rows(columns).await,
        [
            "s|4000|super|super|zstd",
            "a|6551|varbyte|binary varying(64000)|lzo",
            "b|6551|varbyte|binary varying(3)|lzo",
            "c|6551|varbyte|binary varying(9)|lzo",
            "d|4000|super|super|zstd",
        ]
    );
    for sql in ["CREATE TABLE u (s super DISTKEY)", "CREATE TABLE u (s super) SORTKEY (s)"] {
        assert!(session.refused(sql).await.starts_with("0A000"), "{sql}");
    }
}

/// The look-up of a type asks for `pg_range`, which fails the transaction it is in (fact 0.4).
#[tokio::test]
async fn a_driver_that_looks_a_type_up_fails_its_transaction() {
    let Fixture { session, .. } = Fixture::new("super_lookup").await;
    session.run("CREATE TABLE t (s super)").await;
    session.run("BEGIN").await;
    assert!(session.client.prepare("SELECT s FROM t").await.is_err());
    assert!(session.refused("SELECT 1").await.starts_with("25P02"));
    session.run("ROLLBACK").await;
    let found = session.client.prepare("SELECT s FROM t").await.expect("outside it has a second way");
    assert_eq!((found.columns()[0].type_().oid(), found.columns()[0].type_().name()), (4000, "super"));
}

#[tokio::test]
async fn super_holds_json() {
    let Fixture { session, .. } = Fixture::new("super").await;
    session.run("CREATE TABLE t (s super)").await;
    session.run(r#"INSERT INTO t VALUES (JSON_PARSE('{ "b" : [1, "x y"], "a": "\\"" }')), (NULL), (JSON_PARSE('7'))"#).await;
    let rows = session.rows("SELECT s, JSON_SERIALIZE(s), s::int FROM t").await;
    assert_eq!(
        rows,
        [r#"{"b":[1,"x y"],"a":"\""}|{"b":[1,"x y"],"a":"\""}|NULL"#, "NULL|null|NULL", "7|7|7",]
    );
    session.run("INSERT INTO t SELECT 'it is text'::varchar").await;
    assert_eq!(
        session.rows("SELECT s, s::varchar FROM t WHERE JSON_TYPEOF(s) = 'string'").await,
        ["\"it is text\"|it is text"]
    );
    assert_eq!(
        session.value("SELECT CAN_JSON_PARSE('{') || ' ' || CAN_JSON_PARSE('[]')").await,
        "false true"
    );
}

#[tokio::test]
async fn varbyte_is_shown_in_hexadecimal_and_has_a_length() {
    let Fixture { session, .. } = Fixture::new("varbyte").await;
    session
        .run("CREATE TABLE t (b varbyte(3)); INSERT INTO t VALUES ('abc'), (TO_VARBYTE('00ff', 'hex'))")
        .await;
    assert_eq!(
        session.rows("SELECT b, FROM_VARBYTE(b, 'hex') FROM t ORDER BY b").await,
        ["00ff|00ff", "616263|616263"]
    );
    assert_eq!(
        session.refused("INSERT INTO t VALUES ('abcd')").await,
        "22001 value too long for type binary varying(3)"
    );
    assert_eq!(session.value("SELECT 'abcd'::varbinary(2)").await, "6162");
    assert_eq!(session.value("SELECT CAST('abcd' AS binary varying)").await, "61626364");
}

/// What a VARBYTE or a SUPER holds does not always fit a VARCHAR; as bytes it is whole, and compares.
#[tokio::test]
async fn long_values_are_compared_as_bytes_and_are_no_varchar() {
    let Fixture { session, .. } = Fixture::new("long_values").await;
    session.run("CREATE TABLE t (id int, s super, b varbyte(60000))").await;
    let row = |id: u32, last: &str| {
        format!(
            "INSERT INTO t SELECT {id}, JSON_PARSE('[\"' || repeat('x', 50000) || '\",\"' || repeat('y', 50000) || '{last}\"]'),
                    TO_VARBYTE(repeat('z', 50000) || '{last}', 'utf8')"
        )
    };
    session.run(&format!("{};{};{}", row(1, "a"), row(2, "a"), row(3, "b"))).await;
    let too_long = "22001 value too long for type character varying(65535)";
    for made in
        ["JSON_SERIALIZE(s)", "FROM_VARBYTE(b, 'hex')", "JSON_SERIALIZE_TO_VARBYTE(s)::varchar(65535)"]
    {
        assert_eq!(session.refused(&format!("SELECT {made} FROM t")).await, too_long, "{made}");
    }
    let both = "JSON_SERIALIZE_TO_VARBYTE(s), b";
    let groups = format!("SELECT count(*) FROM t GROUP BY {both} ORDER BY 1");
    assert_eq!(session.rows(&groups).await, ["1", "2"]);
    let distinct = format!("SELECT count(*) FROM (SELECT DISTINCT {both} FROM t) d");
    assert_eq!(session.value(&distinct).await, "2");
    let pairs = "SELECT l.id, r.id FROM t l JOIN t r ON l.b = r.b AND l.id < r.id";
    assert_eq!(session.rows(pairs).await, ["1|2"]);
}

#[tokio::test]
async fn json_is_serialized_to_bytes_as_to_text() {
    let Fixture { session, .. } = Fixture::new("json_bytes").await;
    assert_eq!(
        session.value("SELECT JSON_SERIALIZE_TO_VARBYTE(JSON_PARSE('[10001,10002,\"abc\"]'))").await,
        "5b31303030312c31303030322c22616263225d"
    );
    let text = "SELECT CAST(JSON_SERIALIZE_TO_VARBYTE(JSON_PARSE('[10001,10002,\"abc\"]')) AS VARCHAR)";
    assert_eq!(session.value(text).await, "[10001,10002,\"abc\"]");
    assert_eq!(session.value("SELECT CAST(JSON_SERIALIZE_TO_VARBYTE(NULL) AS VARCHAR)").await, "null");
}

#[tokio::test]
async fn a_varchar_is_measured_in_bytes() {
    let fixture = Fixture::new("bytes").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (a varchar(5)); INSERT INTO t VALUES ('äö!')").await;
    session.run("CREATE TABLE s (a varchar(6)); INSERT INTO s VALUES ('äöü')").await;
    let refused = "22001 value too long for type character varying(5)";
    for sql in [
        "INSERT INTO t VALUES ('äöü')",
        "INSERT INTO t SELECT 'äöü'",
        "INSERT INTO t SELECT a || a FROM t",
        "UPDATE t SET a = 'äöü'",
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.a)",
    ] {
        assert_eq!(session.refused(sql).await, refused, "{sql}");
    }
    let insert = session.client.prepare("INSERT INTO t VALUES ($1)").await.expect("it is an INSERT");
    let error = session.client.execute(&insert, &[&"äöü"]).await.expect_err("it is too long");
    assert_eq!(crate::support::session::described(&error), refused);
    // Blanks are cut off, and an explicit cast cuts whole characters off.
    session.run("INSERT INTO t VALUES ('abcde   ')").await;
    assert_eq!(session.value("SELECT 'äöü'::varchar(5)").await, "äö");
    let other = fixture.another(snapshot()).await;
    other
        .run("CREATE TABLE u (a varchar(9)); INSERT INTO u SELECT a FROM t; INSERT INTO t SELECT a FROM u")
        .await;
}

#[tokio::test]
async fn a_char_holds_single_bytes_only() {
    let Fixture { session, .. } = Fixture::new("single_bytes").await;
    session.run("CREATE TABLE t (a char(3)); INSERT INTO t VALUES ('ab')").await;
    assert_eq!(session.value("SELECT '[' || a::varchar || ']', octet_length(a) FROM t").await, "[ab]|3");
    assert_eq!(
        session.refused("INSERT INTO t VALUES ('abcd')").await,
        "22001 value too long for type character(3)"
    );
    assert!(
        session
            .refused("INSERT INTO t VALUES ('ä')")
            .await
            .contains("Multibyte character not supported for CHAR")
    );
}

/// The bytes of a value as they came.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[tokio::test]
async fn a_binary_numeric_is_a_scaled_integer() {
    let Fixture { session, .. } = Fixture::new("binary_numeric").await;
    session.run("CREATE TABLE t (a numeric(4,2), b numeric(20,3), c bigint)").await;
    session.run("INSERT INTO t VALUES (12.34, -70000.5, 7), (NULL, NULL, NULL)").await;
    let rows = session.client.query("SELECT a, b, c FROM t ORDER BY a", &[]).await.expect("two rows");
    let raw = |column: usize| rows[0].get::<_, Raw>(column).0;
    assert_eq!(raw(0), 1234_i64.to_be_bytes());
    assert_eq!(raw(1), (-70_000_500_i128).to_be_bytes());
    assert_eq!(rows[0].get::<_, i64>(2), 7);
    assert!(rows[1].get::<_, Option<Raw>>(0).is_none());
    // As text it is what it always was.
    assert_eq!(session.rows("SELECT a, b FROM t WHERE a IS NOT NULL").await, ["12.34|-70000.500"]);
}

/// [DG `r_Character_types`]
#[tokio::test]
async fn blanks_at_the_end_of_a_char_are_no_characters() {
    let Fixture { session, .. } = Fixture::new("char_blanks").await;
    assert_eq!(session.value("SELECT octet_length('a '::char(3))").await, "3");
    session.run("CREATE TABLE t (a char(3)); INSERT INTO t VALUES (' '), ('b '), ('c    ')").await;
    assert_eq!(session.rows("SELECT rtrim(a) FROM t ORDER BY 1").await, ["", "b", "c"]);
    assert!(
        session.refused("INSERT INTO t VALUES ('ä')").await.contains("Multibyte character not supported")
    );
}

/// A driver knows the scale from the description of the result only.
#[tokio::test]
async fn a_binary_numeric_of_an_expression_has_the_scale_that_is_described() {
    let Fixture { session, .. } = Fixture::new("numeric_expression").await;
    let query = "SELECT -8.12::numeric(18,2), 1.5 * 2.25, 12::numeric(20,0) + 0, NULL::numeric";
    let statement = session.client.prepare(query).await.expect("it is in order");
    let modifiers: Vec<_> = statement.columns().iter().map(tokio_postgres::Column::type_modifier).collect();
    let row = session.client.query_one(&statement, &[]).await.expect("one row");
    for (column, expected) in [(0, -8_120_000_i128), (1, 3_375_000), (2, 12_000_000)] {
        let scale = (modifiers[column] - 4) & 0x7ff;
        let raw: [u8; 16] = row.get::<_, Raw>(column).0.as_slice().try_into().expect("it is a wide one");
        let millionths = i128::from_be_bytes(raw) / 10_i128.pow(scale.cast_unsigned() - 6);
        assert_eq!(millionths, expected, "column {column}");
    }
}

#[tokio::test]
async fn null_and_overflow_are_told_in_redshifts_words() {
    let Fixture { session, .. } = Fixture::new("value_errors").await;
    session.run("CREATE TABLE t (a int NOT NULL, b numeric(4,2))").await;
    assert_eq!(
        session.refused("INSERT INTO t VALUES (NULL, 1)").await,
        "XX000 Cannot insert a NULL value into column a"
    );
    assert_eq!(
        session.refused("INSERT INTO t VALUES (1, 100)").await,
        "XX000 Numeric data overflow (result precision)"
    );
    assert_eq!(
        session.refused("SELECT 100::numeric(4,2)").await,
        "XX000 Numeric data overflow (result precision)"
    );
}

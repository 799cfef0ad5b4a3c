//! ALTER TABLE ... ALTER COLUMN ... TYPE: the size of a VARCHAR, and everything that is in its way (fact 2.2).

use crate::support::Fixture;

#[tokio::test]
async fn only_the_size_of_a_varchar_can_be_altered() {
    let Fixture { session, .. } = Fixture::new("widening").await;
    session.run("CREATE TABLE t (a varchar(10), b int, c char(10), v varbyte(10))").await;
    assert_eq!(
        session.refused("ALTER TABLE t ALTER COLUMN a TYPE varchar(10)").await,
        "0A000 cannot alter column \"a\" of relation \"t\", target column size should be different"
    );
    assert_eq!(
        session.refused("ALTER TABLE t ALTER COLUMN a TYPE varchar(20) USING a || 'x'").await,
        "0A000 ALTER TABLE ALTER COLUMN does not support USING expression"
    );
    for sql in [
        "ALTER TABLE t ALTER COLUMN b TYPE varchar(10)",
        "ALTER TABLE t ALTER COLUMN b TYPE bigint",
        "ALTER TABLE t ALTER COLUMN c TYPE char(20)",
        "ALTER TABLE t ALTER COLUMN c TYPE varchar(20)",
        "ALTER TABLE t ALTER COLUMN v TYPE varbyte(20)",
        "ALTER TABLE t ALTER COLUMN a TYPE int",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    ] {
        assert!(session.refused(sql).await.starts_with("0A000"), "{sql}");
    }
    assert!(session.refused("ALTER TABLE t ALTER COLUMN nope TYPE varchar(20)").await.starts_with("42703"));
    assert!(session.refused("ALTER TABLE nope ALTER COLUMN a TYPE varchar(20)").await.starts_with("42P01"));
    let two = "ALTER TABLE t ALTER COLUMN a TYPE varchar(20), ALTER COLUMN a TYPE varchar(30)";
    assert!(session.refused(two).await.starts_with("42601"));
    session.run("ALTER TABLE t ALTER COLUMN a TYPE varchar(max)").await;
}

#[tokio::test]
async fn columns_with_keys_defaults_or_certain_encodings_keep_their_size() {
    let Fixture { session, .. } = Fixture::new("widening_refused").await;
    session
        .run(
            "CREATE TABLE t (k varchar(9) PRIMARY KEY, u varchar(9) UNIQUE, f varchar(9) REFERENCES t (k),
                             d varchar(9) DEFAULT 'x', n varchar(9) NOT NULL, s varchar(9) SORTKEY, i varchar(9) DISTKEY,
                             b varchar(9) ENCODE bytedict, r varchar(9) ENCODE runlength, t255 varchar(9) ENCODE text255,
                             t32k varchar(9) ENCODE text32k, z varchar(9) ENCODE zstd, l varchar(9) ENCODE lzo)",
        )
        .await;
    for (column, words) in [
        ("k", " with a UNIQUE, PRIMARY KEY or FOREIGN KEY constraint"),
        ("u", " with a UNIQUE, PRIMARY KEY or FOREIGN KEY constraint"),
        ("f", " with a UNIQUE, PRIMARY KEY or FOREIGN KEY constraint"),
        ("d", " with a default value"),
        ("b", " with encode type \"bytedict\""),
        ("r", " with encode type \"runlength\""),
        ("t255", " with encode type \"text255\""),
        ("t32k", " with encode type \"text32k\""),
    ] {
        assert_eq!(
            session.refused(&format!("ALTER TABLE t ALTER COLUMN {column} TYPE varchar(20)")).await,
            format!("0A000 cannot alter column \"{column}\" of relation \"t\"{words}")
        );
    }
    assert_eq!(
        session.refused("ALTER TABLE t ALTER COLUMN d TYPE varchar(5)").await,
        "0A000 cannot decrease a VARCHAR column size with default value"
    );
    for column in ["s", "i"] {
        assert_eq!(
            session.refused(&format!("ALTER TABLE t ALTER COLUMN {column} TYPE varchar(20)")).await,
            "XX000 found unexpected dependency for column"
        );
    }
    session.run("ALTER TABLE t ALTER SORTKEY NONE").await;
    session.run("ALTER TABLE t ALTER DISTSTYLE EVEN").await;
    for column in ["n", "s", "i", "z", "l"] {
        session.run(&format!("ALTER TABLE t ALTER COLUMN {column} TYPE varchar(20)")).await;
    }
    // What ENCODE changes counts from then on.
    session.run("ALTER TABLE t ALTER COLUMN z ENCODE text255").await;
    assert!(session.refused("ALTER TABLE t ALTER COLUMN z TYPE varchar(30)").await.contains("text255"));
    session.run("ALTER TABLE t ALTER COLUMN b ENCODE zstd").await;
    session.run("ALTER TABLE t ALTER COLUMN b TYPE varchar(30)").await;
}

#[tokio::test]
async fn a_column_is_never_narrower_than_what_is_in_it() {
    let Fixture { session, .. } = Fixture::new("narrowing").await;
    session.run("CREATE TABLE t (a varchar(9)); INSERT INTO t VALUES ('äöü')").await;
    assert_eq!(
        session.refused("ALTER TABLE t ALTER COLUMN a TYPE varchar(5)").await,
        "22001 value too long for type character varying(5)"
    );
    session.run("ALTER TABLE t ALTER COLUMN a TYPE varchar(6)").await;
    assert_eq!(session.value("SELECT a FROM t").await, "äöü");
}

/// A view holds on to the columns that it reads, one WITH NO SCHEMA BINDING to none [DG `r_CREATE_VIEW`].
#[tokio::test]
async fn a_view_that_reads_a_column_is_in_the_way_and_the_catalog_names_it() {
    let Fixture { session, schema, .. } = Fixture::new("widening_views").await;
    session
        .run(&format!(
            "CREATE TABLE t (a varchar(9), b varchar(9), c varchar(9));
             CREATE VIEW reads_a AS SELECT a FROM t;
             CREATE VIEW reads_both AS SELECT a || 'x' AS ax FROM t WHERE b = 'x';
             CREATE VIEW late AS SELECT c FROM {schema}.t WITH NO SCHEMA BINDING"
        ))
        .await;
    for column in ["a", "b"] {
        assert_eq!(
            session.refused(&format!("ALTER TABLE t ALTER COLUMN {column} TYPE varchar(20)")).await,
            "0A000 cannot alter type of a column used by a view or rule"
        );
    }
    session.run("ALTER TABLE t ALTER COLUMN c TYPE varchar(20)").await;
    // As the guide does [DG `r_DROP_TABLE`].
    let by_column = "SELECT a.attname, v.relname
          FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
          JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.refobjid = 't'::regclass AND d.classid = 'pg_rewrite'::regclass AND v.oid <> d.refobjid ORDER BY 1, 2";
    assert_eq!(session.rows(by_column).await, ["a|reads_a", "a|reads_both", "b|reads_both"]);
    // As find_depend of older pages and AWS's admin view v_view_dependency put it.
    for number in ["relfilenode", "oid"] {
        let dependants = format!(
            "SELECT DISTINCT c.relname
               FROM pg_catalog.pg_class p JOIN pg_catalog.pg_depend dp ON p.{number} = dp.refobjid
               JOIN pg_catalog.pg_depend dc ON dp.objid = dc.objid JOIN pg_catalog.pg_class c ON dc.refobjid = c.{number}
              WHERE dc.deptype = 'i'::\"char\" AND c.relkind = 'v'::\"char\" AND p.relname = 't' AND p.oid = 't'::regclass
              ORDER BY 1"
        );
        assert_eq!(session.rows(&dependants).await, ["reads_a", "reads_both"], "{number}");
    }
}

//! What the catalog tells about tables, in the columns that only Redshift's has.

use crate::support::Fixture;
use crate::support::servers::{serializable, snapshot};
use crate::support::session::{Session, config};

const COLUMNS: &str = "
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attisdistkey, a.attsortkeyord, d.adsrc
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE n.nspname = current_schema() AND c.relname = 't' AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attnum";

#[tokio::test]
async fn attributes_of_create_table_are_remembered() {
    let Fixture { session, .. } = Fixture::new("attributes").await;
    session
        .run("CREATE TABLE t (id bigint NOT NULL DISTKEY, kind text DEFAULT 'none', at timestamp, PRIMARY KEY (id))
              COMPOUND SORTKEY (at, id)")
        .await;
    assert_eq!(
        session.rows(COLUMNS).await,
        [
            "id|bigint|t|t|2|NULL",
            "kind|character varying(256)|f|f|0|'none'::character varying",
            "at|timestamp without time zone|f|f|1|NULL",
        ]
    );
    assert_eq!(session.value("SELECT reldiststyle FROM pg_class WHERE oid = 't'::regclass").await, "1");
}

#[tokio::test]
async fn a_primary_key_is_shown_though_not_enforced() {
    let Fixture { session, .. } = Fixture::new("shown_key").await;
    session.run("CREATE TABLE t (a int, b int, PRIMARY KEY (b, a))").await;
    let by_constraint = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't'::regclass";
    assert_eq!(session.value(by_constraint).await, "PRIMARY KEY (b, a)");
    let by_index = "SELECT indkey FROM pg_index WHERE indrelid = 't'::regclass AND indisprimary";
    assert_eq!(session.value(by_index).await, "2 1");
}

#[tokio::test]
async fn a_table_without_keys_is_auto() {
    let Fixture { session, .. } = Fixture::new("auto").await;
    session.run("CREATE TABLE t (a int)").await;
    assert_eq!(session.value("SELECT reldiststyle FROM pg_class WHERE oid = 't'::regclass").await, "9");
    assert_eq!(
        session.value("SELECT releffectivediststyle FROM pg_class_info WHERE reloid = 't'::regclass").await,
        "10"
    );
}

#[tokio::test]
async fn interleaved_sort_keys_alternate_in_sign() {
    let Fixture { session, .. } = Fixture::new("interleaved").await;
    session.run("CREATE TABLE t (a int, b int, c int) INTERLEAVED SORTKEY (c, b, a) DISTSTYLE ALL").await;
    let keys = "SELECT attsortkeyord FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum";
    assert_eq!(session.rows(keys).await, ["3", "-2", "1"]);
}

/// [DG `r_CREATE_TABLE_NEW`, `r_ALTER_TABLE`]
#[tokio::test]
async fn keys_that_redshift_does_not_have_or_change_are_refused() {
    let Fixture { session, .. } = Fixture::new("refused_keys").await;
    session
        .run(
            "CREATE TABLE i (a int, b int, c int) INTERLEAVED SORTKEY (a, b);
             CREATE TABLE k (a int DISTKEY, b int SORTKEY, c int);
             CREATE TEMP TABLE temporary (a int, b int) SORTKEY (a)",
        )
        .await;
    for sql in [
        "CREATE TABLE t (v varbyte(5)) SORTKEY (v)",
        "CREATE TABLE t (v varbyte(5) DISTKEY)",
        "CREATE TABLE t (s super SORTKEY)",
        "ALTER TABLE i ALTER DISTSTYLE ALL",
        "ALTER TABLE i ALTER DISTSTYLE EVEN",
        "ALTER TABLE i ALTER DISTKEY a",
        "ALTER TABLE i ALTER COLUMN c ENCODE zstd",
        "ALTER TABLE k ALTER COLUMN c ENCODE az64",
        "ALTER TABLE k ALTER COLUMN b ENCODE raw",
        "ALTER TABLE k DROP COLUMN a",
        "ALTER TABLE k DROP COLUMN b",
        "ALTER TABLE temporary ALTER SORTKEY (b)",
        "ALTER TABLE temporary ALTER SORTKEY AUTO",
        "ALTER TABLE temporary ALTER DISTSTYLE EVEN",
    ] {
        assert!(session.refused(sql).await.starts_with("0A000"), "{sql}");
    }
    for (sql, code) in [
        ("ALTER TABLE k ALTER INTERLEAVED SORTKEY (a)", "42601"),
        ("CREATE TABLE t (a int) SORTKEY (nope)", "42703"),
        ("CREATE TABLE t (a int) DISTKEY (nope)", "42703"),
    ] {
        assert!(session.refused(sql).await.starts_with(code), "{sql}");
    }
    session.run("ALTER TABLE i ADD COLUMN d int ENCODE zstd; ALTER TABLE i ALTER COMPOUND SORTKEY (b)").await;
    session
        .run("ALTER TABLE i ALTER DISTKEY a; ALTER TABLE i ALTER COLUMN c ENCODE zstd; DROP TABLE k")
        .await;
    let keys = "SELECT \"column\", encoding, distkey, sortkey FROM pg_table_def WHERE tablename = 'i'";
    assert_eq!(session.rows(keys).await, ["a|az64|t|0", "b|none|f|1", "c|zstd|f|0", "d|zstd|f|0"]);
}

#[tokio::test]
async fn attributes_belong_to_the_transaction_and_to_the_table() {
    let Fixture { session, .. } = Fixture::new("transactional").await;
    session
        .run("BEGIN; CREATE TABLE t (a int) DISTKEY (a); ROLLBACK; CREATE TABLE t (a int) DISTSTYLE EVEN")
        .await;
    assert_eq!(session.value("SELECT reldiststyle FROM pg_class WHERE oid = 't'::regclass").await, "0");
    session.run("ALTER TABLE t RENAME TO u; ALTER TABLE u ALTER DISTSTYLE KEY DISTKEY a").await;
    assert_eq!(session.value("SELECT reldiststyle FROM pg_class WHERE oid = 'u'::regclass").await, "1");
    session.run("ALTER TABLE u ALTER SORTKEY (a); CREATE TABLE v (LIKE u)").await;
    assert_eq!(session.value("SELECT attisdistkey, attsortkeyord FROM pg_attribute WHERE attrelid = 'v'::regclass AND attname = 'a'").await, "t|1");
    assert_eq!(
        session
            .value("SELECT (SELECT count(*) FROM pg_seclabel) + (SELECT count(*) FROM pg_seclabels)")
            .await,
        "0"
    );
    session.run("DROP TABLE u").await;
    assert_eq!(session.value("SELECT count(*) FROM redshift_catalog.table_attributes t WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.relation)").await, "0");
}

#[tokio::test]
async fn pg_table_def_shows_schemas_on_the_search_path_only() {
    let Fixture { session, schema, .. } = Fixture::new("table_def").await;
    session.run("CREATE TABLE t (a int ENCODE zstd, b varchar(max) SORTKEY)").await;
    let query = r#"SELECT "column", type, encoding, distkey, sortkey, "notnull" FROM pg_table_def WHERE tablename = 't' AND schemaname = "#;
    let query = format!("{query}'{schema}'");
    assert_eq!(session.rows(&query).await, ["a|integer|zstd|f|0|f", "b|character varying(65535)|none|f|1|f"]);
    session.run("SET search_path TO public").await;
    assert!(session.rows(&query).await.is_empty());
}

#[tokio::test]
async fn an_identity_column_has_a_default_that_says_so() {
    let Fixture { session, .. } = Fixture::new("identity").await;
    session.run("CREATE TABLE t (id bigint IDENTITY(1, 2), a int); INSERT INTO t (a) VALUES (1), (1)").await;
    assert_eq!(session.rows("SELECT id FROM t ORDER BY id").await, ["1", "3"]);
    let columns = session.rows(COLUMNS).await;
    assert!(columns[0].contains("\"identity\"(") && columns[0].ends_with("'1,2'::text)"), "{columns:?}");
}

#[tokio::test]
async fn an_ordinary_user_reads_the_catalog_too() {
    let Fixture { session, schema, .. } = Fixture::new("reader").await;
    session.run("CREATE TABLE t (a int) DISTKEY (a); CREATE USER reader PASSWORD 'reader'").await;
    session.run(&format!("GRANT USAGE ON SCHEMA {schema} TO reader")).await;
    let mut config = config(snapshot());
    let reader =
        Session::connect_with(config.user("reader").password("reader")).await.expect("the password is right");
    reader.run(&format!("SET search_path TO {schema}")).await;
    assert_eq!(reader.rows(COLUMNS).await, ["a|integer|f|t|0|NULL"]);
    assert!(reader.rows("SELECT * FROM stl_load_errors").await.is_empty());
    session.run(&format!("GRANT CREATE ON SCHEMA {schema} TO reader")).await;
    reader.run("CREATE TABLE mine (a int PRIMARY KEY) DISTSTYLE ALL; INSERT INTO mine VALUES (1), (1); DELETE FROM mine").await;
    assert_eq!(reader.value("SELECT reldiststyle FROM pg_class WHERE oid = 'mine'::regclass").await, "8");
}

#[tokio::test]
async fn the_isolation_level_is_the_databases() {
    let query = "SELECT datconfig FROM pg_database_info WHERE datname = 'dev'";
    assert_eq!(Session::connect(snapshot()).await.value(query).await, "concurrency_model=1");
    assert_eq!(Session::connect(serializable()).await.value(query).await, "concurrency_model=2");
}

#[tokio::test]
async fn foreign_keys_are_shown_and_not_enforced() {
    let Fixture { session, schema, .. } = Fixture::new("catalog_foreign").await;
    session.run("CREATE TABLE u (x int PRIMARY KEY, y int, z int, UNIQUE (y, z))").await;
    session
        .run("CREATE TABLE t (a int REFERENCES u, b varchar(9), c int, d int REFERENCES t (c), UNIQUE (c), FOREIGN KEY (a) REFERENCES u)")
        .await;
    session.run("ALTER TABLE t ADD CONSTRAINT pair FOREIGN KEY (c, d) REFERENCES u (y, z)").await;
    let shown = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
                  WHERE conrelid = to_regclass('t') AND contype = 'f' ORDER BY conname";
    assert_eq!(
        session.rows(shown).await,
        [
            "pair|FOREIGN KEY (c, d) REFERENCES u(y, z)",
            "t_a_fkey|FOREIGN KEY (a) REFERENCES u(x)",
            "t_a_fkey1|FOREIGN KEY (a) REFERENCES u(x)",
            "t_d_fkey|FOREIGN KEY (d) REFERENCES t(c)"
        ]
    );
    session.run("INSERT INTO t VALUES (1, 'x', 2, 3); TRUNCATE u").await;
    session.run("ALTER TABLE t ALTER COLUMN b TYPE varchar(20)").await;
    for (sql, refusal) in [
        ("CREATE TABLE v (a int REFERENCES nowhere (x))", "42P01 relation \"nowhere\" does not exist"),
        (
            "CREATE TABLE v (a int REFERENCES u (z))",
            "42830 there is no unique constraint matching given keys for referenced table \"u\"",
        ),
        ("DROP TABLE u", "2BP01 cannot drop table u because other objects depend on it"),
    ] {
        assert_eq!(session.refused(sql).await, refusal);
    }
    session
        .run("ALTER TABLE t DROP CONSTRAINT pair; ALTER TABLE t DROP COLUMN d; DROP TABLE u CASCADE")
        .await;
    assert!(session.rows(shown).await.is_empty());
    let left = format!(
        "SELECT conname FROM pg_constraint WHERE connamespace = '{schema}'::regnamespace AND contype = 'f'"
    );
    session.run("DROP TABLE t").await;
    assert!(session.rows(&left).await.is_empty());
}

/// psql takes the server for one of 8.0, whose tables had numbers for their rows.
#[tokio::test]
async fn psql_finds_the_columns_that_it_asks_an_old_server_for() {
    let Fixture { session, .. } = Fixture::new("described").await;
    session.run("CREATE TABLE t (a int)").await;
    let query = "SELECT relchecks, relhasindex, relhasrules, relhastriggers, relhasoids FROM pg_class
                  WHERE oid = 't'::regclass";
    assert_eq!(session.value(query).await, "0|f|f|f|f");
}

/// Fact 3.3: the default of an identity column is a call, in `adsrc` and by `pg_get_expr()`.
#[tokio::test]
async fn an_identity_column_shows_its_call() {
    let Fixture { session, schema, .. } = Fixture::new("identity_expression").await;
    session.run("CREATE TABLE t (a varchar(5) DEFAULT 'x', id bigint IDENTITY(3,7))").await;
    let oid = session.value(&format!("SELECT '{schema}.t'::regclass::oid")).await;
    let call = format!("\"identity\"({oid}, 1, '3,7'::text)");
    let expressions = "pg_get_expr(adbin, adrelid), pg_get_expr(adbin, adrelid, true), adsrc";
    assert_eq!(
        session
            .rows(&format!("SELECT {expressions} FROM pg_attrdef WHERE adrelid = {oid} ORDER BY adnum"))
            .await,
        [
            "'x'::character varying|'x'::character varying|'x'::character varying".to_owned(),
            format!("{call}|{call}|{call}")
        ]
    );
}

//! Templates of COPY: made, shown, dropped, and used by a COPY, whose own options win [DG `r_CREATE_TEMPLATE`,
//! `r_COPY-WITH-TEMPLATE`].

use crate::support::Fixture;
use crate::support::servers::snapshot;
use crate::support::session::{Session, config};

async fn copied(fixture: &Fixture, file: &str, options: &str) -> String {
    let Fixture { session, bucket, .. } = fixture;
    bucket.put("data", file).await;
    session.run("DELETE FROM t").await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default {options}", bucket.url("data"));
    match session.client.batch_execute(&copy).await {
        Ok(()) => session.rows("SELECT * FROM t ORDER BY 1").await.join("; "),
        Err(_) => session.refused(&copy).await,
    }
}

#[tokio::test]
async fn a_copy_takes_what_its_template_says_and_its_own_options_win() {
    let fixture = Fixture::new("template_copy").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (a varchar(5), b varchar(5))").await;
    session.run("CREATE TEMPLATE piped FOR COPY AS CSV DELIMITER '|' NULL AS 'none' IGNOREHEADER 1").await;
    assert_eq!(copied(&fixture, "a|b\n1|none\n", "USING TEMPLATE piped").await, "1|NULL");
    assert_eq!(
        copied(&fixture, "a,b\n1,-\n2,none\n", "DELIMITER ',' NULL '-' USING TEMPLATE piped").await,
        "1|NULL; 2|none"
    );
    // The same parameter, not another one: so the format is one of two.
    assert_eq!(
        copied(&fixture, "{}", "JSON 'auto' USING TEMPLATE piped").await,
        "42601 conflicting or redundant options: JSON, CSV"
    );
    assert_eq!(
        copied(&fixture, "x", "CSV USING TEMPLATE piped GZIP").await,
        "42601 syntax error at or near \"GZIP\""
    );
    assert_eq!(
        copied(&fixture, "x", "USING TEMPLATE nowhere").await,
        "42704 template \"nowhere\" does not exist"
    );
}

#[tokio::test]
async fn a_template_that_lets_rows_go_does_so_unless_the_command_says_otherwise() {
    let fixture = Fixture::new("template_errors").await;
    let session = &fixture.session;
    session.run("CREATE TABLE t (a int)").await;
    session.run("CREATE TEMPLATE lax FOR COPY CSV MAXERROR 100; CREATE TEMPLATE deaf FOR COPY CSV IGNOREALLERRORS").await;
    assert_eq!(copied(&fixture, "1\nx\n", "USING TEMPLATE lax").await, "1");
    let strict = copied(&fixture, "1\nx\n", "MAXERROR 0 USING TEMPLATE lax").await;
    assert!(strict.starts_with("XX000 Load into table 't' failed."), "{strict}");
    assert_eq!(copied(&fixture, "1\nx\n", "USING TEMPLATE deaf").await, "1");
    assert_eq!(
        copied(&fixture, "1\nx\n", "MAXERROR 0 USING TEMPLATE deaf").await,
        "42601 conflicting or redundant options: IGNOREALLERRORS, MAXERROR"
    );
}

#[tokio::test]
async fn a_template_is_shown_as_a_statement_that_makes_it_again() {
    let Fixture { session, schema, .. } = Fixture::new("template_show").await;
    session.run(r"CREATE TEMPLATE one FOR COPY AS FORMAT JSON 'auto' NULL AS '' MAXERROR 100").await;
    let shown = session.value("SHOW TEMPLATE one").await;
    let expected = format!(
        "CREATE OR REPLACE TEMPLATE dev.{schema}.one FOR COPY AS FORMAT AS JSON 'auto' NULL '' MAXERROR 100;"
    );
    assert_eq!(shown, expected);
    session.run(&shown).await;
    assert_eq!(session.value(&format!("SHOW TEMPLATE dev.{schema}.one")).await, expected);
    let view = format!(
        "SELECT rtrim(database_name), rtrim(template_name), template_type, template_parameters
           FROM sys_redshift_template WHERE schema_name = '{schema}'"
    );
    let parameters = "{\n  \"JSON\": \"auto\",\n  \"MAXERROR\": 100,\n  \"NULL\": \"\"\n}";
    assert_eq!(session.rows(&view).await, [format!("dev|one|1|{parameters}")]);
    session.run(r"CREATE OR REPLACE TEMPLATE one FOR COPY AS NULL '\\N'").await;
    assert!(session.value("SHOW TEMPLATE one").await.ends_with(r"FOR COPY AS NULL '\\N';"));
    session.run("DROP TEMPLATE one").await;
    assert_eq!(session.refused("SHOW TEMPLATE one").await, "42704 template \"one\" does not exist");
    assert!(session.rows(&view).await.is_empty());
}

#[tokio::test]
async fn what_the_pages_refuse_is_refused() {
    let Fixture { session, .. } = Fixture::new("template_refused").await;
    session.run("CREATE TEMPLATE one FOR COPY CSV").await;
    for (statement, refusal) in [
        ("CREATE TEMPLATE one FOR COPY CSV", "42710 template \"one\" already exists"),
        ("CREATE TEMPLATE two FOR COPY", "42601 syntax error at end of input"),
        ("CREATE TEMPLATE two FOR COPY MANIFEST", "0A000 MANIFEST is not supported in a template"),
        (
            "CREATE TEMPLATE two FOR COPY CSV IAM_ROLE default",
            "0A000 IAM_ROLE is not supported in a template",
        ),
        ("CREATE TEMPLATE nowhere.two FOR COPY CSV", "3F000 schema \"nowhere\" does not exist"),
        (
            "CREATE TEMPLATE other.public.two FOR COPY CSV",
            "0A000 cross-database references to templates are not supported",
        ),
        ("DROP TEMPLATE two", "42704 template \"two\" does not exist"),
        ("ALTER TEMPLATE one ADD GZIP", "0A000 ALTER TEMPLATE is not covered by redshift-local"),
        (
            "GRANT USAGE ON TEMPLATE one TO PUBLIC",
            "0A000 GRANTS ON TEMPLATE is not covered by redshift-local",
        ),
        ("SHOW TEMPLATES FROM SCHEMA public", "0A000 SHOW TEMPLATES is not covered by redshift-local"),
    ] {
        assert_eq!(session.refused(statement).await, refusal, "{statement}");
    }
}

#[tokio::test]
async fn a_template_of_somebody_else_is_neither_used_nor_seen() {
    let fixture = Fixture::new("template_rights").await;
    let (session, schema) = (&fixture.session, &fixture.schema);
    session.run("CREATE TABLE t (a int)").await;
    session.run("CREATE TEMPLATE one FOR COPY CSV").await;
    session.run("CREATE USER template_reader PASSWORD 'Reader123'").await;
    let mut login = config(snapshot());
    login.user("template_reader").password("Reader123");
    let reader = Session::connect_with(&login).await.expect("the user can log in");
    let show = format!("SHOW TEMPLATE {schema}.one");
    assert_eq!(reader.refused(&show).await, format!("42501 permission denied for schema {schema}"));
    session
        .run(&format!(
            "GRANT USAGE ON SCHEMA {schema} TO template_reader; GRANT INSERT ON t TO template_reader"
        ))
        .await;
    assert_eq!(reader.refused(&show).await, "42501 permission denied for template one");
    let copy = format!("COPY {schema}.t FROM 's3://b/k' IAM_ROLE default USING TEMPLATE {schema}.one");
    assert_eq!(reader.refused(&copy).await, "42501 permission denied for template one");
    assert_eq!(
        reader.refused(&format!("DROP TEMPLATE {schema}.one")).await,
        "42501 must be owner of template one"
    );
    let create = format!("CREATE TEMPLATE {schema}.two FOR COPY CSV");
    assert_eq!(reader.refused(&create).await, format!("42501 permission denied for schema {schema}"));
    assert_eq!(reader.value("SELECT count(*) FROM sys_redshift_template").await, "0");
}

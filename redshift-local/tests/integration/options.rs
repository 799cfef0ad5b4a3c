//! COPY's conversion and load options, one by one: what a row becomes without the option, and what with it (facts 1.6, 1.7).

use crate::support::Fixture;

/// What a COPY makes of a file: the rows of `t`, or the code and reason of the first load error.
async fn outcome(fixture: &Fixture, file: &str, options: &str) -> String {
    let Fixture { session, bucket, .. } = fixture;
    bucket.put("data", file).await;
    session.run("DELETE FROM t").await;
    let copy = format!("COPY t FROM '{}' IAM_ROLE default {options}", bucket.url("data"));
    if session.client.batch_execute(&copy).await.is_ok() {
        return session.rows("SELECT * FROM t ORDER BY 1").await.join("; ");
    }
    let latest = "SELECT err_code || ' ' || rtrim(err_reason) FROM stl_load_errors WHERE tbl = 't'::regclass
                   ORDER BY query DESC LIMIT 1";
    session.value(latest).await
}

#[tokio::test]
async fn each_option_changes_what_it_says_and_nothing_else() {
    let fixture = Fixture::new("options").await;
    // The table, the file, the options of both, the outcome without the option, the option, the outcome with it.
    for (columns, file, common, plain, option, changed) in [
        (
            "a date",
            "never",
            "CSV",
            "1205 Invalid Date Format - length must be 10 or more",
            "ACCEPTANYDATE",
            "NULL",
        ),
        (
            "a date",
            "2015-07-01T10:20:30Z",
            "CSV",
            "1205 Invalid Date Format [YYYY-MM-DD]",
            "DATEFORMAT 'auto'",
            "2015-07-01",
        ),
        (
            "a date",
            "Jan-08-95 BC",
            "CSV",
            "1205 Invalid Date Format [YYYY-MM-DD]",
            "DATEFORMAT 'auto'",
            "0095-01-08 BC",
        ),
        (
            "a timestamp",
            "17 Dec 07:37:16 1997 UTC",
            "CSV",
            "1206 Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]",
            "TIMEFORMAT 'auto'",
            "1997-12-17 07:37:16",
        ),
        (
            "a timestamptz",
            "1435746030000",
            "CSV",
            "1206 Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SSOF]",
            "TIMEFORMAT 'epochsecs'",
            "47466-12-24 21:40:00+00",
        ),
        ("a time", "24:00:00", "CSV", "24:00:00", "NULL AS ''", "24:00:00"),
        ("a numeric(4,2)", r#"{"a": 1.15}"#, "JSON 'auto'", "1.14", "ROUNDEC", "1.15"),
        ("a varchar(5)", "   ", "CSV", "   ", "BLANKSASNULL", "NULL"),
        ("a varchar(5)", "\"\"", "CSV", "", "EMPTYASNULL", "NULL"),
        ("a varchar(5)", "none", "CSV", "none", "NULL AS 'none'", "NULL"),
        ("a varchar(5)", "x    ", "CSV", "x    ", "TRIMBLANKS", "x"),
        ("a varchar(2)", "abc", "CSV", "1204 String length exceeds DDL length", "TRUNCATECOLUMNS", "ab"),
        ("a numeric(4,1)", "1.28", "CSV", "1.2", "ROUNDEC", "1.3"),
        ("a int", "1\n2", "CSV", "1; 2", "IGNOREHEADER 1", "2"),
        ("a varchar(5), b varchar(5)", "x", "DELIMITER '|'", "1214 Delimiter not found", "FILLRECORD", "x|"),
        ("a int", "1\nx", "CSV", "1207 Invalid digit, Value 'x', Pos 0, Type: Integer", "MAXERROR 2", "1"),
        (
            "a int",
            "x\n1",
            "CSV",
            "1207 Invalid digit, Value 'x', Pos 0, Type: Integer",
            "IGNOREALLERRORS",
            "1",
        ),
        ("a int", "1", "CSV", "1", "NOLOAD", ""),
        ("a int", "1", "CSV", "1", "STATUPDATE ON COMPUPDATE PRESET COMPROWS 1000", "1"),
        (
            "a timestamp",
            "1435746030",
            "CSV",
            "1206 Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]",
            "TIMEFORMAT 'epochsecs'",
            "2015-07-01 10:20:30",
        ),
        (
            "a timestamp",
            "1435746030500",
            "CSV",
            "1206 Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]",
            "TIMEFORMAT 'epochmillisecs'",
            "2015-07-01 10:20:30.5",
        ),
    ] {
        fixture.session.run(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t ({columns})")).await;
        assert_eq!(outcome(&fixture, file, common).await, plain, "{file} without {option}");
        assert_eq!(
            outcome(&fixture, file, &format!("{common} {option}")).await,
            changed,
            "{file} with {option}"
        );
    }
}

#[tokio::test]
async fn blank_lines_are_rows_unless_they_are_ignored() {
    let fixture = Fixture::new("blank_lines").await;
    fixture.session.run("CREATE TABLE t (a int)").await;
    assert_eq!(outcome(&fixture, "1\n\n2\n", "DELIMITER '|' IGNOREBLANKLINES").await, "1; 2");
    assert_ne!(outcome(&fixture, "1\n\n2\n", "DELIMITER '|'").await, "1; 2");
}

/// Fact 1.10.
#[tokio::test]
async fn identities_come_from_the_file_with_explicit_ids() {
    let fixture = Fixture::new("explicit_ids").await;
    fixture.session.run("CREATE TABLE t (id int IDENTITY(100, 1), a int)").await;
    assert_eq!(outcome(&fixture, "7", "CSV").await, "100|7");
    assert_eq!(outcome(&fixture, "5,7", "CSV EXPLICIT_IDS").await, "5|7");
}

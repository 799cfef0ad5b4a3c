//! The COPY statement, by Redshift's grammar (fact 1.1).

use super::authorization::{Authorization, Claims};
use super::clauses::Clauses;
use super::location::Location;
use super::options::Options;
use crate::sql::cursor::TableName;
use crate::sql::refusal::Refusal;
use crate::sql::statement::Statement;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopyStatement {
    pub table: TableName,
    pub columns: Option<Vec<String>>,
    pub location: Location,
    pub authorization: Authorization,
    pub options: Options,
}

/// A COPY as it was written. What its options come to is known once its template is.
#[derive(Debug, Clone)]
pub(crate) struct WrittenCopy {
    pub table: TableName,
    columns: Option<Vec<String>>,
    location: Location,
    authorization: Authorization,
    clauses: Clauses,
    /// Behind USING TEMPLATE.
    pub template: Option<TableName>,
}

impl WrittenCopy {
    /// With the options of its template, of which those that it says itself win [DG `r_COPY-WITH-TEMPLATE`].
    pub(crate) fn judged(&self, template: Option<&Clauses>) -> Result<CopyStatement, Refusal> {
        let combined = template.map(|template| self.clauses.over(template));
        let clauses = combined.as_ref().unwrap_or(&self.clauses);
        super::conflicts::check(clauses)?;
        Ok(CopyStatement {
            table: self.table.clone(),
            columns: self.columns.clone(),
            location: self.location.clone(),
            authorization: self.authorization.clone(),
            options: Options::of(clauses)?,
        })
    }
}

pub(crate) fn parse_copy(statement: &Statement<'_>) -> Result<WrittenCopy, Refusal> {
    let mut ahead = statement.cursor();
    ahead.expect_word("copy")?;
    if ahead.is("job") {
        return Err(Refusal::not_covered("COPY JOB"));
    }
    let table = ahead.expect_table()?;
    let columns = if statement.is_symbol(ahead.index, b'(') { Some(ahead.expect_names()?) } else { None };
    // COPY ... TO and COPY FROM STDIN are PostgreSQL's.
    ahead.expect_word("from")?;
    let place = ahead.clone();
    let url = ahead.expect_literal()?;
    if url.starts_with("dynamodb://") || url.starts_with("emr://") {
        return Err(Refusal::not_covered("COPY from anything but S3"));
    }
    let location = Location::parse(&url).ok_or_else(|| Refusal {
        position: place.syntax_error().position,
        ..Refusal::new("42601", "COPY source must be s3://bucket/prefix")
    })?;
    let mut claims = Claims::default();
    let mut clauses = Clauses::default();
    let mut template = None;
    while !ahead.at_end() {
        if ahead.eat_all(&["using", "template"]) {
            template = Some(ahead.expect_table()?);
            // The last words of the statement, by the page.
            if ahead.at_end() {
                break;
            }
            return Err(ahead.syntax_error());
        }
        // What came before CREDENTIALS in COPY's first years came before any option.
        ahead.eat("with");
        if !claims.take(&mut ahead)? && !clauses.take(&mut ahead)? {
            return Err(ahead.syntax_error());
        }
    }
    let written =
        WrittenCopy { table, columns, location, authorization: claims.settle()?, clauses, template };
    if written.template.is_none() {
        written.judged(None)?;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;
    use crate::sql::statement::split;

    fn parse(source: &str) -> Result<CopyStatement, Refusal> {
        parse_copy(&split(source)[0])?.judged(None)
    }

    fn refused(options: &str, expected: &Expect) {
        let refusal = parse(&format!("copy t from 's3://b/k' {options}")).expect_err("it is refused");
        expected.assert_eq(&format!("{}: {}", refusal.code, refusal.message));
    }

    #[test]
    fn options_come_in_any_order_and_case_with_or_without_as() {
        let one = parse(
            "copy T from 's3://b/k.json.gz' iam_role default format as json as 'auto' gzip timeformat 'auto' region 'eu-west-1' truncatecolumns statupdate on",
        );
        let other = parse(
            "COPY t FROM 's3://b/k.json.gz' STATUPDATE ON TRUNCATECOLUMNS GZIP REGION AS 'eu-west-1' TIMEFORMAT AS 'auto' JSON 'auto' IAM_ROLE 'arn:aws:iam::1:role/x'",
        );
        assert!(one.is_ok());
        assert_eq!(one, other);
    }

    #[test]
    fn what_other_loaders_send_is_taken() {
        for source in [
            "copy t from 's3://b/m' with credentials as 'aws_access_key_id=a;aws_secret_access_key=b' manifest json 'auto'",
            "copy \"s\".\"t\" (\"a\",\"b\") from 's3://b/k' credentials 'aws_access_key_id=a;aws_secret_access_key=b;token=c' CSV delimiter ',' EMPTYASNULL BLANKSASNULL GZIP IGNOREHEADER 1 DATEFORMAT 'auto' TIMEFORMAT 'auto'",
            "COPY t FROM 's3://b/k' ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'b' SESSION_TOKEN 'c' FORMAT AS JSON 'auto' dateformat 'auto' timeformat 'auto' GZIP region 'r' MAXERROR 0",
            "copy t from 's3://b/k' WITH GZIP JSON 'auto' TIMEFORMAT 'auto' STATUPDATE ON COMPUPDATE ON CREDENTIALS 'aws_access_key_id=a;aws_secret_access_key=b'",
            "copy t from 's3://b/k' with csv with gzip with iam_role default",
            "copy t from 's3://b/k' iam_role 'arn1,arn2' delimiter '\\t' null as '\\\\N' acceptinvchars compupdate off statupdate off",
        ] {
            parse(source).unwrap_or_else(|refusal| panic!("{source}: {refusal:?}"));
        }
    }

    #[test]
    fn what_redshift_does_not_know_is_a_syntax_error() {
        refused("iam_role default jsn 'auto'", &expect![[r#"42601: syntax error at or near "jsn""#]]);
        refused(
            "iam_role default json 'auto' gzip gzip",
            &expect!["42601: conflicting or redundant options: GZIP"],
        );
    }

    #[test]
    fn with_stands_before_an_option_and_nowhere_else() {
        refused("iam_role default csv with", &expect!["42601: syntax error at end of input"]);
        refused("with with csv iam_role default", &expect![[r#"42601: syntax error at or near "with""#]]);
    }

    #[test]
    fn exactly_one_authorization_is_needed() {
        refused(
            "json 'auto'",
            &expect![
                "42601: COPY from S3 needs an authorization: IAM_ROLE, ACCESS_KEY_ID and SECRET_ACCESS_KEY, or CREDENTIALS"
            ],
        );
        refused(
            "iam_role default access_key_id 'a' secret_access_key 'b'",
            &expect!["42601: conflicting or redundant options: IAM_ROLE, ACCESS_KEY_ID"],
        );
        refused(
            "access_key_id 'a'",
            &expect!["42601: ACCESS_KEY_ID and SECRET_ACCESS_KEY must be given together"],
        );
    }

    #[test]
    fn the_conflict_matrix_is_refused() {
        refused(
            "iam_role default json 'auto' delimiter ','",
            &expect!["42601: DELIMITER is not supported with JSON"],
        );
        refused(
            "iam_role default json 'auto' csv",
            &expect!["42601: conflicting or redundant options: JSON, CSV"],
        );
        refused(
            "iam_role default json 'auto' null as ''",
            &expect!["42601: NULL AS is not supported with JSON"],
        );
        refused(
            "iam_role default format parquet region 'x'",
            &expect!["0A000: REGION argument is not supported for PARQUET based COPY"],
        );
        refused("iam_role default csv escape", &expect!["42601: ESCAPE is not supported with CSV"]);
    }

    #[test]
    fn options_known_but_not_covered_say_so() {
        refused("iam_role default lzop", &expect!["0A000: LZOP is not covered by redshift-local"]);
        refused(
            "iam_role default shapefile simplify auto",
            &expect!["0A000: SHAPEFILE is not covered by redshift-local"],
        );
        refused(
            "iam_role default delimiter '|~|'",
            &expect!["0A000: DELIMITER of several characters is not covered by redshift-local"],
        );
        refused(
            "iam_role default csv encrypted master_symmetric_key 'x'",
            &expect!["0A000: ENCRYPTED is not covered by redshift-local"],
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_the_parser_panic(options in "(json|csv|as|'[a-z=;]{0,5}'|null|delimiter|iam_role|credentials|[0-9]{1,4}|[(),. ])( |json|gzip|maxerror|'auto'|region|quote){0,12}") {
            drop(parse(&format!("copy t from 's3://b/k' {options}")));
        }
    }
}

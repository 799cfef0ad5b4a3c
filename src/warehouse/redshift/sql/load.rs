//! The statements that move rows: DELETE and COPY.

use crate::config::warehouse::CopyRole;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::plan::cuts::Cutting;
use crate::plan::step::{Copy, CopySource, Place, Replaced, RowsOfWindow};
use crate::storage::AccessKeys;
use crate::telemetry::calls::Call;
use crate::warehouse::redshift::sql::format::{self, Aim};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::rows::condition;
use crate::warehouse::redshift::sql::text::Sql;

/// By whose rights COPY reads S3.
pub(crate) enum Authorization<'a> {
    Role(&'a CopyRole),
    Keys(AccessKeys),
    /// For text that people read: the shape of the keys without the keys.
    MaskedKeys,
}

pub(crate) fn delete(target: &TargetTable, replaced: &Replaced) -> Sql {
    let table = Name::of_table(target);
    Sql::new(match replaced {
        Replaced::All => format!("DELETE FROM {table}"),
        Replaced::None => format!("DELETE FROM {table} WHERE false"),
        Replaced::Window(RowsOfWindow { column, which, .. }) => {
            format!("DELETE FROM {table} WHERE {}", condition(&Name::of(column), which))
        }
    })
}

/// COPY with the original's settings but STATUPDATE, which needs the owner of the table, runs ANALYZE after every load, and
/// keeps COPY off concurrency scaling [DG concurrency-scaling]; and with the number of decimals that the column has: numbers
/// of JSON may pass through floating point, and would be cut [DG copy-usage_notes-copy-from-json]. The comment lets a DBA find the load behind a query, and the other way round.
///
/// The columns are named, so that the order of the table does not matter and columns that only the table has take
/// their default.
pub(crate) fn copy(
    target: &TargetTable,
    copy: &Copy,
    load_id: &LoadId,
    authorization: &Authorization<'_>,
) -> Sql {
    let table = Name::of_place(copy.into, target);
    // The staging table has the target's encodings. What is found of its statistics helps the join.
    if copy.into == Place::Staging && !copy.reading.format.is_columnar() {
        let mut copy = copy.clone();
        copy.reading.options = copy.reading.options.without_encodings();
        return copy_into(&table, &copy, load_id, authorization);
    }
    copy_into(&table, copy, load_id, authorization)
}

/// The same COPY into the temporary table, of which it need find neither statistics nor encodings.
pub(crate) fn copy_aside(copy: &Copy, load_id: &LoadId, authorization: &Authorization<'_>) -> Sql {
    let mut copy = Copy { statupdate: Some(false), ..copy.clone() };
    // Columnar COPY does not take the word, and does not look for encodings (redshift-facts 1.8).
    if !copy.reading.format.is_columnar() {
        copy.reading.options = copy.reading.options.without_encodings();
    }
    copy_into(&Name::aside(), &copy, load_id, authorization)
}

/// The same COPY into the temporary table, which only reads the data [DG copy-parameters-data-load]. With `most_errors` it goes
/// on behind a refused row, up to so many.
pub(crate) fn copy_to_check(
    copy: &Copy,
    cutting: Cutting,
    most_errors: Option<u32>,
    load_id: &LoadId,
    authorization: &Authorization<'_>,
) -> Sql {
    let mut copy = Copy { statupdate: Some(false), cutting, ..copy.clone() };
    // An identity column of the table is a plain one here (plan/data_check.rs), for which COPY refuses EXPLICIT_IDS.
    copy.reading.options = copy.reading.options.without_encodings().without_explicit_ids();
    copy_aimed(Aim::Check { most_errors }, &Name::aside(), &copy, load_id, authorization)
}

pub(super) fn copy_into(
    table: &Name,
    copy: &Copy,
    load_id: &LoadId,
    authorization: &Authorization<'_>,
) -> Sql {
    copy_aimed(Aim::Load, table, copy, load_id, authorization)
}

fn copy_aimed(
    aim: Aim,
    table: &Name,
    copy: &Copy,
    load_id: &LoadId,
    authorization: &Authorization<'_>,
) -> Sql {
    let text = |authorization| copy_text(aim, table, copy, load_id, authorization);
    let statement = match authorization {
        Authorization::Keys(_) => Sql::with_secrets(text(authorization), text(&Authorization::MaskedKeys)),
        Authorization::Role(_) | Authorization::MaskedKeys => Sql::new(text(authorization)),
    };
    statement.counted_as(Call::Copy)
}

fn copy_text(
    aim: Aim,
    table: &Name,
    copy: &Copy,
    load_id: &LoadId,
    authorization: &Authorization<'_>,
) -> String {
    let (from, manifest) = match &copy.source {
        CopySource::Object(uri) => (uri, ""),
        CopySource::Manifest(uri) => (uri, " MANIFEST"),
    };
    // COPY of columns refuses the word, even with the right region (redshift-facts 0.14).
    let region = match copy.reading.format.is_columnar() {
        true => String::new(),
        false => format!(" REGION {}", Literal::text(&copy.region)),
    };
    format!(
        "/* s3-to-redshift load {} */ COPY {} ({}) FROM {}{manifest} {}{region} {}",
        load_id.0.replace("*/", ""),
        table,
        Name::list(&copy.columns),
        Literal::text(&from.to_string()),
        authorization_clause(authorization),
        format::clauses(copy, aim),
    )
}

fn authorization_clause(authorization: &Authorization<'_>) -> String {
    match authorization {
        Authorization::Role(CopyRole::Default) => "IAM_ROLE default".to_owned(),
        Authorization::Role(CopyRole::Arns(arns)) => format!("IAM_ROLE {}", Literal::text(arns)),
        Authorization::MaskedKeys => "ACCESS_KEY_ID '***' SECRET_ACCESS_KEY '***'".to_owned(),
        Authorization::Keys(keys) => {
            let token = keys.session_token.as_ref().map_or_else(String::new, |token| {
                format!(" SESSION_TOKEN {}", Literal::text(token.reveal()))
            });
            format!(
                "ACCESS_KEY_ID {} SECRET_ACCESS_KEY {}{token}",
                Literal::text(&keys.access_key_id),
                Literal::text(keys.secret_access_key.reveal()),
            )
        }
    }
}

/// Rows of the last COPY of the session; the command tag does not tell (redshift-facts 0.10).
pub(crate) const ROWS_COPIED: Sql = Sql::words("SELECT pg_last_copy_count()");

/// The query id of the last COPY of the session, by which the views know it (redshift-facts 1.15).
pub(crate) const LAST_COPY: Sql = Sql::words("SELECT pg_last_copy_id()");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::copy_options::CopyOptions;
    use crate::model::format::{Compression, Format};
    use crate::model::ident::Ident;
    use crate::model::object::ObjectUri;
    use crate::model::secret::Secret;
    use crate::model::table::KeyCase;
    use crate::plan::reading::Reading;

    fn step() -> Copy {
        Copy {
            into: Place::Target,
            cutting: Cutting::Refused,
            columns: vec![Ident::new("id").unwrap()],
            source: CopySource::Object(ObjectUri::parse("s3://b/k").unwrap()),
            reading: Reading {
                format: Format::Json,
                by_suffix: true,
                compression: Compression::None,
                delimiter: None,
                ignore_header: 0,
                json_paths: None,
                escape: true,
                options: CopyOptions::parse(["MAXERROR 7"]).unwrap(),
                template: None,
            },
            region: "eu-west-1".to_owned(),
            key_case: KeyCase::Lower,
            rounds_decimals: false,
            statupdate: None,
        }
    }

    #[test]
    fn keys_go_to_redshift_and_nowhere_else() {
        let keys = AccessKeys {
            access_key_id: "hidden-id".to_owned(),
            secret_access_key: Secret::new("hidden-key"),
            session_token: Some(Secret::new("hidden-token")),
        };
        let step = step();
        let target =
            TargetTable { schema: Ident::new("public").unwrap(), table: Ident::new("pages").unwrap() };
        let of_load = |authorization| copy(&target, &step, &LoadId("1".to_owned()), &authorization);
        let statement = of_load(Authorization::Keys(keys));
        assert_eq!(statement.to_send().matches("'hidden-").count(), 3);
        assert!(!format!("{statement:?}").contains("hidden"));
        assert_eq!(statement.to_show(), of_load(Authorization::MaskedKeys).to_show());
    }

    #[test]
    fn a_check_does_not_speak_of_ids_that_its_table_does_not_make() {
        let mut step = step();
        step.reading.options = CopyOptions::parse(["EXPLICIT_IDS", "EMPTYASNULL"]).unwrap();
        let id = LoadId("1".to_owned());
        let check = copy_to_check(&step, Cutting::Refused, None, &id, &Authorization::MaskedKeys);
        assert!(!check.to_show().contains("EXPLICIT_IDS"), "{check:?}");
        assert!(check.to_show().contains("EMPTYASNULL"), "{check:?}");
    }

    #[test]
    fn a_check_reads_the_data_and_loads_nothing() {
        let step = step();
        let check = |cutting, most_errors| {
            let id = LoadId("1".to_owned());
            copy_to_check(&step, cutting, most_errors, &id, &Authorization::MaskedKeys).to_show().to_owned()
        };
        let strict = check(Cutting::Refused, None);
        assert!(strict.ends_with(" STATUPDATE OFF NOLOAD") && !strict.contains("MAXERROR"), "{strict}");
        assert!(!strict.contains("pages"), "into no table that others see: {strict}");
        let lenient = check(Cutting::Allowed, None);
        assert!(lenient.contains("TRUNCATECOLUMNS") && lenient.contains("MAXERROR 7"), "{lenient}");
        for cutting in [Cutting::Refused, Cutting::Allowed] {
            let looking_on = check(cutting, Some(1_000));
            assert!(looking_on.ends_with(" MAXERROR 1000 NOLOAD"), "{looking_on}");
            assert_eq!(looking_on.matches("MAXERROR").count(), 1, "{looking_on}");
        }
    }
}

//! The statements of a load transaction.

use crate::config::warehouse::CopyRole;
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::table::DataDateColumn;
use crate::model::target_table::TargetTable;
use crate::plan::{Copy, CopySource, Replaced};
use crate::storage::AccessKeys;
use crate::warehouse::redshift::sql::quote::{Literal, Name};

/// By whose rights COPY reads S3.
pub(crate) enum Authorization<'a> {
    Role(&'a CopyRole),
    Keys(AccessKeys),
    /// For text that people read: the shape of the keys without the keys.
    MaskedKeys,
}

pub(crate) fn delete(target: &TargetTable, replaced: &Replaced) -> String {
    let table = Name::of_table(target);
    match replaced {
        Replaced::All => format!("DELETE FROM {table}"),
        Replaced::DataDate { column, date } => format!(
            "DELETE FROM {table} WHERE {} = {}",
            Name::of(&column.name),
            Literal::data_date(*date, column.column_type)
        ),
    }
}

/// COPY with the original's settings. The comment lets a DBA find the load behind a query, and the other way round.
///
/// The columns are named, so that the order of the table does not matter and columns that only the table has take
/// their default.
pub(crate) fn copy(
    target: &TargetTable,
    copy: &Copy,
    load_id: &LoadId,
    authorization: &Authorization<'_>,
) -> String {
    let (from, manifest) = match &copy.source {
        CopySource::Object(uri) => (uri, ""),
        CopySource::Manifest(uri) => (uri, " MANIFEST"),
    };
    let gzip = if copy.gzip { " GZIP" } else { "" };
    format!(
        "/* s3-to-redshift load {} */ COPY {} ({}) FROM {}{manifest} {} REGION {} FORMAT AS JSON 'auto'{gzip} \
         TIMEFORMAT 'auto' TRUNCATECOLUMNS STATUPDATE ON",
        load_id.0.replace("*/", ""),
        Name::of_table(target),
        Name::list(&copy.columns),
        Literal::text(&from.to_string()),
        authorization_clause(authorization),
        Literal::text(&copy.region),
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

/// Ends another session of the same user.
pub(crate) fn end_session(process_id: i32) -> String {
    format!("SELECT pg_terminate_backend({process_id})")
}

/// Rows of the last COPY of the session; the command tag does not tell (redshift-facts 0.10).
pub(crate) const ROWS_COPIED: &str = "SELECT pg_last_copy_count()";

/// A range probe rather than a scan: it is answered from the zone maps of the blocks.
///
/// The cast keeps the answer out of NUMERIC, which Redshift sends in a form of its own (redshift-facts 0.5).
pub(crate) fn newest_data_date(
    target: &TargetTable,
    column: &DataDateColumn,
    not_before: DataDate,
) -> String {
    let name = Name::of(&column.name);
    format!(
        "SELECT EXTRACT(EPOCH FROM MAX({name}))::bigint FROM {} WHERE {name} >= {}",
        Name::of_table(target),
        Literal::data_date(not_before, column.column_type)
    )
}

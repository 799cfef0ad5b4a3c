//! Questions to the catalog. They stay with the `PG_` tables, which any user may read and which need no search path
//! (redshift-facts 3.3), and never join user tables (3.4).

use crate::model::copy_template::TemplateName;
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

/// What defines a relation: three questions that need no answer of one another, so that they are sent together.
pub(crate) fn definition(target: &TargetTable) -> [Sql; 3] {
    [relation(target), columns(target), constraints(target)]
}

/// One row when the schema is there: kind and distribution style of the relation, all null when there is none.
///
/// Index and composite types live under other kinds and do not count.
fn relation(target: &TargetTable) -> Sql {
    Sql::new(format!(
        "SELECT c.relkind, c.reldiststyle FROM pg_catalog.pg_namespace n \
         LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = {} \
         AND c.relkind IN ('r', 'v', 'm', 'f', 'p') WHERE n.nspname = {}",
        Literal::text(target.table.as_str()),
        Literal::text(target.schema.as_str())
    ))
}

/// Name, type, not null, default, dist key, place in the sort key, encoding; a row for each column in order.
fn columns(table: &TargetTable) -> Sql {
    Sql::new(format!(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, d.adsrc, a.attisdistkey, \
         a.attsortkeyord, format_encoding(a.attencodingtype::integer) FROM pg_catalog.pg_namespace n \
         JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE {} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        is_table(table)
    ))
}

/// Name and kind of a constraint, and one of its columns; a row for each column.
fn constraints(table: &TargetTable) -> Sql {
    Sql::new(format!(
        "SELECT k.conname, k.contype, a.attname FROM pg_catalog.pg_namespace n \
         JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid \
         JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) \
         WHERE {} AND k.contype IN ('p', 'u', 'f') ORDER BY k.conname, a.attnum",
        is_table(table)
    ))
}

fn is_table(table: &TargetTable) -> String {
    format!(
        "n.nspname = {} AND c.relname = {} AND c.relkind IN ('r', 'p')",
        Literal::text(table.schema.as_str()),
        Literal::text(table.table.as_str())
    )
}

/// Column, schema and view: the views that hold on to one of these columns. Views WITH NO SCHEMA BINDING hold on to nothing.
/// A view depends on a column by its rule, which is the view's own, as AWS's script `v_view_dependency` has it.
pub(crate) fn views_of_columns(table: &TargetTable, columns: &[Ident]) -> Sql {
    let names: Vec<String> =
        columns.iter().map(|column| Literal::text(column.as_str()).to_string()).collect();
    Sql::new(format!(
        "SELECT DISTINCT a.attname, vn.nspname, v.relname FROM pg_catalog.pg_namespace n \
         JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         JOIN pg_catalog.pg_depend d ON d.refobjid = c.oid AND d.refobjsubid = a.attnum \
         JOIN pg_catalog.pg_depend r ON r.objid = d.objid AND r.deptype = 'i' \
         JOIN pg_catalog.pg_class v ON v.oid = r.refobjid AND v.oid <> c.oid AND v.relkind IN ('v', 'm') \
         JOIN pg_catalog.pg_namespace vn ON vn.oid = v.relnamespace \
         WHERE {} AND a.attname IN ({}) ORDER BY 1, 2, 3",
        is_table(table),
        names.join(", ")
    ))
}

/// The type of one column, in a row, when it is there.
pub(crate) fn type_of_column(table: &TargetTable, column: &Ident) -> Sql {
    Sql::new(format!(
        "SELECT format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_namespace n \
         JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE {} AND a.attname = {}",
        is_table(table),
        Literal::text(column.as_str())
    ))
}

/// The statement that would make a template, in one row.
pub(crate) fn template(name: &TemplateName) -> Sql {
    Sql::new(format!("SHOW TEMPLATE {}", Name::of_template(name)))
}

/// Whose load errors are asked for: the views keep those of days, in which the server gives process ids anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorsOf {
    pub(crate) session: i32,
    /// When the session began by the server's clock, in seconds since 1970.
    pub(crate) since: i64,
}

/// File, line, column, type, reason and, only `with_values`, the refused value of the last load errors of one session,
/// newest first. Provisioned clusters.
pub(crate) fn load_errors_provisioned(of: ErrorsOf, limit: u32, with_values: bool) -> Sql {
    let ErrorsOf { session, since } = of;
    let value = if with_values { "RTRIM(raw_field_value)" } else { "NULL" };
    Sql::new(format!(
        "SELECT RTRIM(filename), line_number, RTRIM(colname), RTRIM(type), RTRIM(err_reason), {value} \
         FROM stl_load_errors WHERE session = {session} AND EXTRACT(EPOCH FROM starttime)::bigint >= {since} \
         ORDER BY starttime DESC, filename, line_number LIMIT {limit}"
    ))
}

/// The same where `stl_` views are not there: serverless, and newer clusters (redshift-facts 0.3, 1.15). This view
/// keeps no values.
pub(crate) fn load_errors_serverless(of: ErrorsOf, limit: u32) -> Sql {
    let ErrorsOf { session, since } = of;
    Sql::new(format!(
        "SELECT RTRIM(file_name), line_number, RTRIM(column_name), RTRIM(column_type), RTRIM(error_message), NULL \
         FROM sys_load_error_detail WHERE session_id = {session} AND EXTRACT(EPOCH FROM start_time)::bigint >= {since} \
         ORDER BY start_time DESC, file_name, line_number LIMIT {limit}"
    ))
}

/// What the view of loads says of a COPY by its query id: rows loaded, and errors; then how many errors the view of load errors
/// shows of it, and how many of those are none of [`OF_ONE_ROW`]. No row as long as the COPY is not seen to have ended. On
/// clusters of both kinds (redshift-facts 1.15).
pub(crate) fn errors_of_copy(query: i64) -> Sql {
    let of_one_row = OF_ONE_ROW.map(|code| code.to_string()).join(", ");
    Sql::new(format!(
        "SELECT h.loaded_rows, h.error_count, COUNT(e.error_code)::bigint, \
         COUNT(CASE WHEN e.error_code NOT IN ({of_one_row}) THEN 1 END)::bigint \
         FROM sys_load_history h LEFT JOIN sys_load_error_detail e ON e.query_id = h.query_id \
         WHERE h.query_id = {query} AND RTRIM(h.status) = 'completed' GROUP BY h.query_id, h.loaded_rows, h.error_count"
    ))
}

/// How many lines of its files a COPY has read.
pub(crate) fn lines_of_copy(query: i64) -> Sql {
    Sql::new(format!("SELECT SUM(lines_scanned)::bigint FROM sys_load_detail WHERE query_id = {query}"))
}

/// Codes of errors of a value: its row is refused, and the next one is read from where it begins (redshift-facts 1.14). With all
/// others, such as a quote that is never closed, nobody knows how much of the file was passed over.
const OF_ONE_ROW: [u16; 15] =
    [1204, 1205, 1206, 1207, 1208, 1209, 1210, 1213, 1215, 1218, 1219, 1220, 1222, 1223, 1224];

/// Process id, user and age in seconds of the transactions that hold a lock of a table, the oldest first; not the one of
/// the session `waiting`, and those that only read with `also_readers` (redshift-facts 2.4b).
pub(crate) fn lock_holders(target: &TargetTable, also_readers: bool, waiting: i32) -> Sql {
    let mode = if also_readers { "" } else { " AND t.lock_mode <> 'AccessShareLock'" };
    Sql::new(format!(
        "SELECT t.pid, RTRIM(t.txn_owner), \
         EXTRACT(EPOCH FROM GETDATE())::bigint - EXTRACT(EPOCH FROM MIN(t.txn_start))::bigint \
         FROM svv_transactions t JOIN pg_catalog.pg_class c ON c.oid = t.relation \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = {} AND c.relname = {} AND t.granted AND t.pid <> {waiting}{mode} \
         GROUP BY t.pid, t.txn_owner ORDER BY MIN(t.txn_start) LIMIT 3",
        Literal::text(target.schema.as_str()),
        Literal::text(target.table.as_str())
    ))
}

/// The same of whatever the session `waiting` waits for, with schema and name of the relation; all of the holder is null where
/// none is seen. Only who wants a relation for himself waits for those that read it.
pub(crate) fn holders_of_awaited_locks(waiting: i32) -> Sql {
    Sql::new(format!(
        "SELECT h.pid, RTRIM(h.txn_owner), \
         EXTRACT(EPOCH FROM GETDATE())::bigint - EXTRACT(EPOCH FROM MIN(h.txn_start))::bigint, n.nspname, c.relname \
         FROM svv_transactions w JOIN pg_catalog.pg_class c ON c.oid = w.relation \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN svv_transactions h ON h.relation = w.relation AND h.granted AND h.pid <> w.pid \
         AND (w.lock_mode = 'AccessExclusiveLock' OR h.lock_mode <> 'AccessShareLock') \
         WHERE w.pid = {waiting} AND NOT w.granted \
         GROUP BY h.pid, h.txn_owner, n.nspname, c.relname ORDER BY MIN(h.txn_start) LIMIT 3"
    ))
}

/// The beginning of the last statement of a session. On clusters of both kinds.
pub(crate) fn last_query(session: i32) -> Sql {
    Sql::new(format!(
        "SELECT SUBSTRING(query_text, 1, 200) FROM sys_query_history WHERE session_id = {session} \
         ORDER BY start_time DESC LIMIT 1"
    ))
}

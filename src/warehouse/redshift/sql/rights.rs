//! Questions about the warehouse itself, and about what the loader's user may do in it. They stay with functions and `PG_`
//! tables, as those of [`catalog`](super::catalog) do.

use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::sql::quote::Literal;
use crate::warehouse::redshift::sql::text::Sql;

/// Version, the session's time zone, and the clock in seconds since 1970.
pub(crate) const ABOUT: Sql =
    Sql::words("SELECT version(), current_setting('timezone'), EXTRACT(EPOCH FROM GETDATE())::bigint");

/// The time zone of sessions that choose none. To be asked on a session that is not lent again.
pub(crate) const DEFAULT_ZONE: [Sql; 2] =
    [Sql::words("SET timezone TO DEFAULT"), Sql::words("SELECT current_setting('timezone')")];

/// `concurrency_model=1`, of snapshots, or 2, serializable (redshift-facts 2.4).
pub(crate) const ISOLATION: Sql =
    Sql::words("SELECT datconfig FROM pg_catalog.pg_database_info WHERE datname = current_database()");

/// Whether our user may use the schema and create in it; and read, insert and delete in the table; each as `t` or `f`, null
/// where there is no such table. No row when there is no such schema.
///
/// By the object's id: no name is read anew, in which case or quotes could matter.
pub(crate) fn rights(target: &TargetTable) -> Sql {
    Sql::new(format!(
        "SELECT has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'), \
         has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'), \
         has_table_privilege(c.oid, 'DELETE') FROM pg_catalog.pg_namespace n \
         LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = {} AND c.relkind IN ('r', 'p') \
         WHERE n.nspname = {}",
        Literal::text(target.table.as_str()),
        Literal::text(target.schema.as_str())
    ))
}

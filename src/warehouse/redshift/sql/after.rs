//! ANALYZE and VACUUM.

use crate::model::after_work::AfterWork;
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

pub(crate) fn work(target: &TargetTable, work: AfterWork) -> Sql {
    let word = match work {
        AfterWork::Analyze => "ANALYZE",
        AfterWork::Vacuum => "VACUUM",
    };
    Sql::new(format!("{word} {}", Name::of_table(target)))
}

/// Whether the loader's user owns the table or is a superuser, as 1 or 0.
pub(crate) fn is_owner(target: &TargetTable) -> Sql {
    Sql::new(format!(
        "SELECT CASE WHEN u.usesuper OR c.relowner = u.usesysid THEN 1 ELSE 0 END FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_user u ON u.usename = current_user \
         WHERE n.nspname = {} AND c.relname = {}",
        Literal::text(target.schema.as_str()),
        Literal::text(target.table.as_str())
    ))
}

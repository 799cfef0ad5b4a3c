//! The flag `--table` of commands that look at tables which are there.

use crate::config::environment::Environment;
use crate::model::shown::excerpt;
use crate::model::table_filter::TableFilter;

/// What it names; what can name nothing is a problem of the call.
pub(super) fn read(text: Option<&str>, environment: &mut Environment) -> Option<TableFilter> {
    let text = text?;
    let table = TableFilter::parse(text);
    if table.is_none() {
        environment.problem(format!("--table must be schema.table, or table, not `{}`", excerpt(text)));
    }
    table
}

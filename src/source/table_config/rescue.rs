//! `meta.drift: rescue`: the column in which JSON objects are kept whole.

use crate::model::column_type::ColumnType;
use crate::model::drift::{OnDrift, RESCUED};
use crate::model::ident::Ident;
use crate::model::shown::excerpt;
use crate::model::table::Rescue;
use crate::source::json_paths;
use crate::source::table_config::MAX_COLUMNS;
use crate::source::table_config::column::ColumnEntry;
use crate::source::table_config::notes::Notes;

/// The column is added to the entries, unless the config lists it itself.
pub(super) fn of(drift: OnDrift, entries: &mut Vec<ColumnEntry>, notes: &mut Notes) -> Option<Rescue> {
    if drift != OnDrift::Rescue || entries.is_empty() {
        return None;
    }
    let column = Ident::new(RESCUED).expect("it is a name");
    let others = entries.iter().filter(|entry| entry.name != column);
    let others = others.filter(|entry| !entry.is_identity());
    let keys: Vec<String> = others.map(|entry| entry.spelt.clone()).collect();
    for key in keys.iter().filter(|key| !json_paths::can_name(key)) {
        notes.problems.add(format!(
            "`meta.drift: rescue` finds each column by a JSON path, which cannot name the column `{}`; use `report`",
            excerpt(key)
        ));
    }
    match entries.iter().find(|entry| entry.name == column) {
        Some(listed) if !listed.takes_rescued() => notes.problems.add(format!(
            "column `{RESCUED}` is where `meta.drift: rescue` keeps JSON objects: give it the type super, without `notnull` and \
             `defaultval`, or leave it out"
        )),
        Some(_) => {}
        None if entries.len() == MAX_COLUMNS => notes.problems.add(format!(
            "`meta.drift: rescue` adds the column `{RESCUED}` to {MAX_COLUMNS} columns, and a Redshift table has no more"
        )),
        None => entries.push(ColumnEntry::nullable(column.clone(), ColumnType::Super)),
    }
    Some(Rescue { column, keys })
}

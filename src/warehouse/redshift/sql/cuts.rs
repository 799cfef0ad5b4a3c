//! The statements that count the values which did not fit their columns.

use crate::model::load_id::LoadId;
use crate::model::table::Column;
use crate::plan::cuts::{CutsGate, TextColumn, WIDEST};
use crate::plan::step::Copy;
use crate::warehouse::redshift::sql::load::{Authorization, copy_into};
use crate::warehouse::redshift::sql::quote::Name;
use crate::warehouse::redshift::sql::table::create_temporary;
use crate::warehouse::redshift::sql::text::Sql;

/// Stands for bytes that are no UTF-8 in the wide table, and for nothing else: text has no DELETE in it. The other characters of
/// ASCII that no text has are refused within JSON.
const SUBSTITUTE: char = '\u{7f}';
/// Counts in one text.
const MOST_RESULTS: usize = 100;
/// A value that was cut to the widest length may have lost up to three bytes more, of a character that was in the way.
const LONGEST_CHARACTER: u32 = 4;

pub(crate) fn create_wide(columns: &[Column]) -> Sql {
    create_temporary(&Name::wide(), columns)
}

/// The COPY of the load, but that no value is too long, and that replaced bytes can be seen.
pub(crate) fn copy_wide(copy: &Copy, load_id: &LoadId, authorization: &Authorization<'_>) -> Sql {
    let mut copy = Copy { statupdate: Some(false), ..copy.clone() };
    copy.reading.options = copy.reading.options.without_encodings().with_replacement(SUBSTITUTE);
    copy_into(&Name::wide(), &copy, load_id, authorization)
}

/// One row: the rows, those with a value that did not fit, and then in texts of numbers with blanks between, for each column
/// the values that were too long and, where bytes are replaced, those with such bytes.
pub(crate) fn count(gate: &CutsGate) -> Sql {
    let count = |condition: &str| format!("COUNT(CASE WHEN {condition} THEN 1 END)::bigint");
    let conditions: Vec<String> = gate
        .columns
        .iter()
        .flat_map(|column| {
            let replaced = gate.replaces.then(|| is_replaced(column));
            [is_cut(column)].into_iter().chain(replaced)
        })
        .collect();
    let any = if conditions.is_empty() { "false".to_owned() } else { conditions.join(" OR ") };
    let counts: Vec<String> =
        conditions.iter().map(|condition| format!("{}::varchar", count(condition))).collect();
    // A list of results may be as long as a table is wide, and there may be two counts for each column.
    let counts = counts.chunks(MOST_RESULTS).map(|some| some.join(" || ' ' || "));
    let counts: String = counts.map(|some| format!(", {some}")).collect();
    Sql::new(format!("SELECT COUNT(*)::bigint, {}{counts} FROM {}", count(&any), Name::wide()))
}

fn is_cut(TextColumn { name, bytes }: &TextColumn) -> String {
    let fits = (*bytes).min(WIDEST - LONGEST_CHARACTER);
    // Blanks at the end are no loss: COPY leaves them away by itself.
    format!("OCTET_LENGTH(RTRIM({})) > {fits}", Name::of(name))
}

fn is_replaced(TextColumn { name, .. }: &TextColumn) -> String {
    format!("STRPOS({}, CHR({})) > 0", Name::of(name), u32::from(SUBSTITUTE))
}

pub(crate) fn drop_wide() -> Sql {
    Sql::new(format!("DROP TABLE {}", Name::wide()))
}

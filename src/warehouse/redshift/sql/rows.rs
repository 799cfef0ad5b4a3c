//! What the rows of a table are asked: their dates, and their numbers.

use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::model::window::rows::{ColumnValue, Which};
use crate::plan::input::RowsQuestion;
use crate::plan::step::{DateGate, ImplausibleGate, RowsOfWindow};
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

/// What the rows of a table say about a window; the first column of the rows of [`table_rows`] names the fact.
pub(crate) const ANY_ROW: &str = "any row";
pub(crate) const NEWEST: &str = "newest";
pub(crate) const OF_WINDOW: &str = "of the window";
pub(crate) const IMPLAUSIBLE: &str = "implausible";

/// Which rows a window has, by a column. A null is in none.
pub(super) fn condition(column: &Name, which: &Which) -> String {
    let literal = Literal::column_value;
    match which {
        Which::Equal(value) => format!("{column} = {}", literal(value)),
        Which::Within(ranges) => {
            let each = ranges.iter().map(|range| {
                format!("{column} >= {} AND {column} < {}", literal(&range.start), literal(&range.end))
            });
            match &each.collect::<Vec<_>>()[..] {
                [only] => only.clone(),
                several => format!("({})", several.join(" OR ")),
            }
        }
    }
}

/// Fact, number and text, a row each. Range probes rather than scans: they are answered from the zone maps of the blocks. A
/// LIMIT stands in a query of its own, as no part of a UNION has one [DG `r_UNION`].
///
/// The casts keep the results out of NUMERIC, which Redshift sends in a form of its own (redshift-facts 0.5).
pub(crate) fn table_rows(target: &TargetTable, question: Option<&RowsQuestion>) -> Sql {
    let table = Name::of_table(target);
    let mut facts = vec![format!(
        "SELECT '{ANY_ROW}'::varchar AS fact, COUNT(*)::bigint AS number, NULL::varchar AS text \
         FROM (SELECT 1 AS one FROM {table} LIMIT 1) any_row"
    )];
    if let Some(RowsQuestion { column, window, latest_plausible, only_plausible, .. }) = question {
        let name = Name::of(&column.name);
        facts.push(format!(
            "SELECT '{OF_WINDOW}'::varchar, COUNT(*)::bigint, NULL::varchar FROM {table} WHERE {}",
            condition(&name, &window.which)
        ));
        let until = match only_plausible {
            true => format!(" AND {name} <= {}", Literal::column_value(latest_plausible)),
            false => String::new(),
        };
        facts.extend(window.stale_from.as_ref().map(|from| {
            format!(
                "SELECT '{NEWEST}'::varchar, EXTRACT(EPOCH FROM MAX({name}))::bigint, NULL::varchar FROM {table} \
                 WHERE {name} >= {}{until}",
                Literal::column_value(from)
            )
        }));
        facts.push(implausible_rows(&table, &name, latest_plausible));
    }
    Sql::new(facts.join(" UNION ALL "))
}

/// Rows of the window, and rows that are later than can be true, with the latest of these: fact, number and text.
pub(crate) fn dates_of_rows(target: &TargetTable, gate: &DateGate) -> Sql {
    let DateGate { of, rows, implausible, .. } = gate;
    let (table, name) = (Name::of_place(*of, target), Name::of(&rows.column));
    let of_window = format!(
        "SELECT '{OF_WINDOW}'::varchar AS fact, COUNT(*)::bigint AS number, NULL::varchar AS text FROM {table} WHERE {}",
        condition(&name, &rows.which)
    );
    Sql::new(match implausible {
        ImplausibleGate::Open => of_window,
        ImplausibleGate::Closed { latest, .. } => {
            format!("{of_window} UNION ALL {}", implausible_rows(&table, &name, latest))
        }
    })
}

/// Of the rows aside that are not of the window: the first date, the last, and how many have none.
pub(crate) fn outside_rows(rows: &RowsOfWindow) -> Sql {
    let (table, column) = (Name::aside(), Name::of(&rows.column));
    Sql::new(format!(
        "SELECT MIN({column})::varchar, MAX({column})::varchar, COUNT(CASE WHEN {column} IS NULL THEN 1 END)::bigint \
         FROM {table} WHERE {column} IS NULL OR NOT ({})",
        condition(&column, &rows.which)
    ))
}

fn implausible_rows(table: &Name, column: &Name, latest: &ColumnValue) -> String {
    let latest = Literal::column_value(latest);
    format!(
        "SELECT '{IMPLAUSIBLE}'::varchar, COUNT(*)::bigint, MAX({column})::varchar FROM {table} WHERE {column} > {latest}"
    )
}

/// How many rows of a table stand beside another one of their key.
pub(crate) fn surplus(target: &TargetTable, key: &[Ident]) -> Sql {
    let key = Name::list(key);
    Sql::new(format!(
        "SELECT COALESCE(SUM(rows_of_key - 1), 0)::bigint FROM (SELECT COUNT(*) AS rows_of_key FROM {} GROUP BY {key} HAVING COUNT(*) > 1) surplus",
        Name::of_table(target)
    ))
}

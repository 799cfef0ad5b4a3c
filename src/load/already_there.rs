//! What is in the table already: rows of a window, and the loads that brought them.

use chrono::{DateTime, Utc};

use crate::failure::Failure;
use crate::load::Loader;
use crate::load::discover::{Discovered, Form};
use crate::model::data_date::DataDate;
use crate::model::load_mode::LoadMode;
use crate::model::table::{ExistingTable, TableSpec, TableState};
use crate::model::window::Window;
use crate::plan::data_set::DataSet;
use crate::plan::fingerprint;
use crate::plan::input::{EarlierLoads, RowsQuestion, TableRows};
use crate::request::order::Order;
use crate::warehouse::survey::{EarlierQuestion, Survey};

/// Asks only about a column that the table has, of a type that compares with a date; anything else is for the
/// planner to refuse or to add.
pub(super) async fn table_rows(
    loader: &Loader,
    spec: &TableSpec,
    table: &TableState,
    date: DataDate,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<TableRows, Failure> {
    let TableState::Table(existing) = table else { return Ok(TableRows::default()) };
    let column = Some(&spec.data_date_column).filter(|column| holds_dates(existing, column.name.as_str()));
    let question = column.and_then(|column| RowsQuestion::about(date, window, column, now));
    loader.warehouse.table_rows(&spec.target, question.as_ref()).await
}

fn holds_dates(existing: &ExistingTable, column: &str) -> bool {
    existing.columns.iter().any(|there| there.name.as_str() == column && there.column_type.holds_dates())
}

/// Asks only about a window or a date that the ledger may know, or about the files of a manifest. Any other file has the date
/// in its key, so that a load of the very same file had the same date, whatever its window.
pub(super) async fn earlier_loads(
    loader: &Loader,
    survey: &Survey,
    order: &Order,
    discovered: &Discovered,
    (window, mode): (&Window, LoadMode),
    data: Option<&DataSet>,
) -> Result<EarlierLoads, Failure> {
    // Of a table that is not there nothing is in place.
    let TableState::Table(_) = survey.table else { return Ok(EarlierLoads::default()) };
    if !window.is_held_by_columns() {
        return Ok(EarlierLoads::default());
    }
    let (replacing, merging) = (survey.ledger.replacing.clone(), survey.ledger.merging.clone());
    let of_manifest = data.filter(|_| matches!(discovered.form, Form::Manifest));
    if of_manifest.is_none() && !survey.ledger.may_know(window, discovered.date) {
        return Ok(EarlierLoads { replacing, merging, ..EarlierLoads::default() });
    }
    let files = data.map(|data| fingerprint::of_files(&data.files));
    let question = EarlierQuestion {
        window,
        files: files.as_ref(),
        newest: mode == LoadMode::Merge,
        replacing: replacing.as_ref(),
    };
    let earlier = loader.warehouse.earlier_loads(&order.target, &question).await?;
    Ok(EarlierLoads { replacing, merging, ..earlier })
}

//! The views that hold on to columns which are to be widened, by a load or by hand. Of any other load nobody asks for them.

use crate::failure::Failure;
use crate::load::Loader;
use crate::model::ident::Ident;
use crate::model::table::{TableSpec, TableState};
use crate::schema::conflict::Conflict;
use crate::schema::diff::{SchemaDiff, compare};

/// The same table, with these views.
pub(super) async fn with_views(
    loader: &Loader,
    spec: &TableSpec,
    table: TableState,
) -> Result<TableState, Failure> {
    let TableState::Table(mut existing) = table else { return Ok(table) };
    let SchemaDiff { widened, conflicts, .. } = compare(spec, &existing);
    let by_hand = conflicts.into_iter().filter_map(|conflict| match conflict {
        Conflict::Narrow(widening) | Conflict::NotWidened { widening, .. } => Some(widening),
        _ => None,
    });
    let columns: Vec<Ident> = widened.into_iter().chain(by_hand).map(|widening| widening.column).collect();
    if !columns.is_empty() {
        existing.views = loader.warehouse.views_of_columns(&spec.target, &columns).await?;
    }
    Ok(TableState::Table(existing))
}

//! The views that hold on to columns which a load would widen. Of any other load nobody asks for them.

use crate::failure::Failure;
use crate::load::Loader;
use crate::model::ident::Ident;
use crate::model::table::{TableSpec, TableState};
use crate::schema::diff::compare;

/// The same table, with these views.
pub(super) async fn with_views(
    loader: &Loader,
    spec: &TableSpec,
    table: TableState,
) -> Result<TableState, Failure> {
    let TableState::Table(mut existing) = table else { return Ok(table) };
    let widened = compare(spec, &existing).widened;
    let columns: Vec<Ident> = widened.into_iter().map(|widening| widening.column).collect();
    if !columns.is_empty() {
        existing.views = loader.warehouse.views_of_columns(&spec.target, &columns).await?;
    }
    Ok(TableState::Table(existing))
}

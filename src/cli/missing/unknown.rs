//! Tables that are asked about and that nothing is known of: no key on S3, no rule, no load. A slip in a name must not look like a
//! table of which nothing is missing.

use std::collections::BTreeSet;

use crate::cli::CommandError;
use crate::cli::missing::{Place, failed};
use crate::load::Loader;
use crate::model::shown::shown;
use crate::model::table_filter::TableFilter;
use crate::model::target_table::TargetTable;
use crate::model::unknown_table;

/// What a walk has found nothing of.
#[derive(Default)]
pub(super) struct NothingOf {
    pub(super) tables: Vec<TableFilter>,
    /// Tables that there are keys of, and that were not asked about.
    pub(super) others: BTreeSet<TargetTable>,
}

/// What is wrong with the names; `None` when each is that of a table that a rule names, or that the ledger has a load of.
pub(super) async fn problem(
    loader: &Loader,
    place: &Place,
    nothing_of: NothingOf,
) -> Result<Option<String>, CommandError> {
    let NothingOf { tables, others } = nothing_of;
    if tables.is_empty() {
        return Ok(None);
    }
    let loaded = loader.warehouse.freshness().await.map_err(failed)?;
    let mut known: BTreeSet<String> = others.iter().map(ToString::to_string).collect();
    known.extend(loaded.into_iter().map(|(target, _)| target.to_string()));
    let nobody_knows = match place {
        Place::Routes(routes) => {
            known.extend(routes.named_tables().iter().map(ToString::to_string));
            "no rule of ROUTES names this table, and no key that they take is of it".to_owned()
        }
        Place::Dated(request) => {
            let source = request.terms.source.to_string();
            format!("no key of the dated layouts below {} names this table", shown(&source))
        }
    };
    let is_known = |table: &TableFilter| known.iter().any(|name| table.takes(name));
    let unknown = tables.iter().filter(|table| !is_known(table)).map(|table| {
        let table = table.to_string();
        let meant = unknown_table::meant(&table, &known);
        format!("{}: {nobody_knows}, and the ledger has no load of it{meant}", shown(&table))
    });
    let unknown: Vec<String> = unknown.collect();
    Ok((!unknown.is_empty()).then(|| unknown.join("\n")))
}

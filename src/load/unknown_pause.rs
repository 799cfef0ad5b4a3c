//! Whether a pause may hold nothing for a slip in the name of its table.

use std::collections::BTreeSet;

use crate::load::Loader;
use crate::model::pause::PauseTarget;
use crate::model::shown::shown;
use crate::model::unknown_table;

impl Loader {
    /// What to tell of a pause of a table that the ledger has no load of; `None` when it has one, or every load is meant. The pause
    /// holds all the same: a table may be paused before its first load.
    pub async fn doubt_about(&self, target: &PauseTarget) -> Option<String> {
        let written = target.table()?;
        let known = match self.warehouse.freshness().await {
            Ok(known) => known,
            Err(failure) => {
                return Some(format!(
                    "whether the table {} is known could not be asked: {failure}",
                    shown(&written)
                ));
            }
        };
        if known.iter().any(|(table, _)| target.holds(table)) {
            return None;
        }
        let known: BTreeSet<String> = known.iter().map(|(table, _)| table.to_string()).collect();
        let meant = unknown_table::meant(&written, &known);
        Some(format!(
            "no such table is known: the ledger has no load of {}; the pause holds loads of it from now on{meant}",
            shown(&target.to_string())
        ))
    }
}

//! What the end of a load means for the orders that it was to carry out besides its leader's. Decides, and does nothing.

use crate::daemon::lanes::LoadResult;
use crate::daemon::schedule::Covered;
use crate::failure::disposition::{Scope, scope};
use crate::load::LoadOutcome;
use crate::plan::decision::SkipReason;

/// Those that are done by it.
pub(super) fn whom_it_covers(result: &LoadResult) -> Covered {
    match result {
        Ok(
            LoadOutcome::Loaded(_)
            | LoadOutcome::Skipped(
                SkipReason::NotNewer { .. } | SkipReason::OlderInWindow { .. } | SkipReason::SameFiles { .. },
            ),
        ) => Covered::All,
        // The message was done before; the load that this tells of began before the others came.
        Ok(LoadOutcome::Skipped(
            SkipReason::AlreadyLoaded { .. }
            | SkipReason::Covered { .. }
            | SkipReason::Gathered { .. }
            | SkipReason::FilesKnown { .. },
        )) => Covered::Nobody,
        Err(failure) => match scope(failure.kind) {
            Scope::Message => Covered::Nobody,
            Scope::Order | Scope::Warehouse => Covered::Equals,
        },
    }
}

/// What a load that ended like this means for an order that it has covered.
pub(super) fn of_covered(result: &LoadResult) -> LoadResult {
    match result {
        Ok(LoadOutcome::Loaded(report)) => {
            Ok(LoadOutcome::Skipped(SkipReason::Covered { load_id: report.load_id.clone() }))
        }
        other => other.clone(),
    }
}

//! The steps by which staged rows go into the table.

use crate::plan::merge::Merge;
use crate::plan::step::Step;

/// Of a table that the load has just made there is nothing to compare with.
pub(super) fn steps(merge: Merge, is_new: bool) -> Vec<Step> {
    let mut steps = vec![Step::CheckKeys(merge.clone())];
    if !is_new {
        // First, so that no row which is dropped takes values from the table.
        steps.extend(merge.latest_by().map(|_| Step::DropOlder(merge.clone())));
        if !merge.kept.is_empty() {
            steps.push(Step::KeepColumns(merge.clone()));
        }
        steps.push(Step::DeleteMatches(merge.clone()));
    }
    steps.extend([Step::InsertStaged(merge), Step::DropStaging]);
    steps
}

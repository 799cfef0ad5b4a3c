//! What a walk by the routes, and a sending of what it finds, leave out: told beside the answer.

use crate::model::count::counted;
use crate::model::shown::shown;
use crate::routing::Routes;

/// Tells of rules whose files are nowhere to be looked for.
pub(super) fn tell_rules_not_walked(routes: &Routes) {
    for (line, pattern) in routes.walk().not_walkable {
        tracing::warn!(
            "the rule on line {line} is not walked, as its pattern does not begin with the name of a bucket: {}",
            shown(&pattern)
        );
    }
}

/// Tells of files that are not sent, as nobody has said that they are to be.
pub(super) fn tell_rewritten(files: u64) {
    if files > 0 {
        tracing::info!(
            "not sent: {} written again since the load; --rewritten sends them",
            counted(files, "file")
        );
    }
}

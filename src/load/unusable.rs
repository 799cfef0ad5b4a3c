//! Failures of data that cannot be loaded, whatever is in it: its name tells, or what lies beside it.

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::object::ObjectUri;
use crate::source::parts::whole::Unusable;
use crate::source::suffix::NotSupported;

pub(super) fn unusable_parts(address: &ObjectUri, why: &Unusable) -> Failure {
    let advice = match why {
        Unusable::TableLog(_) | Unusable::Inner(_) => Advice::ListParts,
        Unusable::TooMany { .. } => Advice::RemoveParts,
        Unusable::TwoManifests(..) => Advice::KeepOneManifest,
        Unusable::Unreadable(..) | Unusable::Unbounded(_) | Unusable::Mixed(..) | Unusable::Nothing(_) => {
            Advice::WriteAgain
        }
    };
    let sentence = format!("{address} cannot be loaded: {why}");
    Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence).advised(&advice)
}

/// Of data whose name tells that it cannot be loaded.
pub(super) fn not_loadable(address: &ObjectUri, reason: &NotSupported) -> Failure {
    let sentence = format!("{address} cannot be loaded: {reason}");
    Failure::new(FailureKind::UnusableDataFile, Stage::Discover, sentence)
}

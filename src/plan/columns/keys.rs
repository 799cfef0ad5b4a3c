//! What the keys of JSON objects mean for a load.

use crate::model::table::TableSpec;
use crate::plan::columns::NotListed;
use crate::plan::data_set::SeenKeys;
use crate::plan::drift::{Drift, is_refused};

/// The keys that no column takes, unless they are refused.
pub(super) fn of_keys(seen: &SeenKeys, spec: &TableSpec) -> Result<Option<Drift>, NotListed> {
    let drift = Drift::of_keys(seen, spec);
    if !is_refused(spec.options.drift, true) {
        return Ok(drift);
    }
    let unseen = seen.unseen.clone().map(|file| {
        let clause = "has no JSON object at its beginning whose keys could be looked at for `drift: refuse`";
        (file, vec![clause.to_owned()])
    });
    let unknown = drift.and_then(|drift| Some((drift.fields.first()?.file.clone(), drift.refusals())));
    match unknown.or(unseen) {
        Some((file, clauses)) => Err(NotListed { file, clauses }),
        None => Ok(None),
    }
}

//! What the keys of JSON objects mean for a load.

use crate::model::drift::OnDrift;
use crate::model::table::TableSpec;
use crate::plan::columns::NotListed;
use crate::plan::data_set::SeenKeys;
use crate::plan::drift::Drift;

/// The keys that no column takes, unless they are refused.
pub(super) fn of_keys(seen: &SeenKeys, spec: &TableSpec) -> Result<Option<Drift>, NotListed> {
    let drift = Drift::of_keys(seen, spec);
    if spec.options.drift != OnDrift::Refuse {
        return Ok(drift);
    }
    let unseen = seen.unseen.clone().map(|file| {
        let clause = "begins with what is no JSON, or with an object that is too long, so that not all of its keys could be looked at for \
                      `drift: refuse`";
        (file, vec![clause.to_owned()])
    });
    let unknown = drift.and_then(|drift| Some((drift.fields.first()?.file.clone(), drift.refusals())));
    match unknown.or(unseen) {
        Some((file, clauses)) => Err(NotListed { file, clauses }),
        None => Ok(None),
    }
}

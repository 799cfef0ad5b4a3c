//! Which announced files the ledger does not know as they are.

use std::collections::HashMap;

use crate::missing::routed::RoutedObject;
use crate::missing::{Data, Missing, Why};
use crate::model::loaded_file::LoadedFile;
use crate::model::object::{ListedObject, ObjectUri};
use crate::model::target_table::TargetTable;

/// The objects of a table that are missing, in their order, when the ledger knows these of them.
pub fn missing(target: &TargetTable, objects: Vec<RoutedObject>, known: &[LoadedFile]) -> Vec<Missing> {
    let etags: HashMap<&ObjectUri, &str> = known.iter().map(|file| (&file.uri, file.etag.as_str())).collect();
    let missing = |RoutedObject { object, date }: RoutedObject| {
        let why = why_missing(&object, etags.get(&object.meta.uri).copied())?;
        Some(Missing { target: target.clone(), object, objects: 1, data: Data::File(date), why })
    };
    objects.into_iter().filter_map(missing).collect()
}

/// Why an object is missing whose last load was of this `ETag`, if there was one; `None` when it is not.
pub fn why_missing(object: &ListedObject, loaded: Option<&str>) -> Option<Why> {
    match loaded {
        Some(etag) if etag == object.meta.etag => None,
        Some(_) => Some(Why::Rewritten),
        None => Some(Why::NeverLoaded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::scope::tests::{listed, target};
    use crate::model::load_id::LoadId;

    #[test]
    fn a_file_is_known_by_key_and_etag() {
        let known = |key: &str, etag: &str| LoadedFile {
            uri: listed(key, "", 0).meta.uri,
            etag: etag.to_owned(),
            load_id: LoadId("l".to_owned()),
        };
        let objects = [("a", "1"), ("b", "2"), ("c", "3")];
        let objects =
            objects.map(|(key, etag)| RoutedObject { object: listed(key, etag, 0), date: None }).into();
        let found = missing(&target("pages"), objects, &[known("a", "1"), known("c", "2"), known("d", "4")]);
        let found: Vec<_> =
            found.iter().map(|found| (found.object.meta.uri.key.as_str(), found.why)).collect();
        assert_eq!(found, [("b", Why::NeverLoaded), ("c", Why::Rewritten)]);
    }
}

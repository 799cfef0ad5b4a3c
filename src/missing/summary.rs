//! What is missing, table by table. Of bounded size for each table.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::missing::{Missing, Why};
use crate::model::object::ObjectUri;
use crate::model::target_table::TargetTable;

/// Keys that are shown of a table.
const EXAMPLES: usize = 3;

/// What is missing, table by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub tables: BTreeMap<TargetTable, Total>,
}

/// What is missing of one table, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    pub files: u64,
    pub bytes: u64,
    /// Of these files.
    pub rewritten: u64,
    /// When the first and the last of them were written.
    pub oldest: Option<DateTime<Utc>>,
    pub newest: Option<DateTime<Utc>>,
    /// The first ones that were seen.
    pub examples: Vec<ObjectUri>,
}

impl Summary {
    pub fn add(&mut self, missing: &Missing) {
        // Not by `entry`, which would have every name cloned.
        if let Some(total) = self.tables.get_mut(&missing.target) {
            total.add(missing);
            return;
        }
        let mut total = Total::default();
        total.add(missing);
        self.tables.insert(missing.target.clone(), total);
    }

    pub fn total(&self) -> Total {
        let mut all = Total::default();
        for total in self.tables.values() {
            all.files += total.files;
            all.bytes += total.bytes;
            all.rewritten += total.rewritten;
            all.note_times(total.oldest);
            all.note_times(total.newest);
        }
        all
    }
}

impl Total {
    fn add(&mut self, missing: &Missing) {
        self.files += missing.objects;
        self.bytes += missing.object.meta.size;
        if missing.why == Why::Rewritten {
            self.rewritten += missing.objects;
        }
        self.note_times(missing.object.last_modified);
        if self.examples.len() < EXAMPLES {
            self.examples.push(missing.object.meta.uri.clone());
        }
    }

    fn note_times(&mut self, written: Option<DateTime<Utc>>) {
        self.oldest = self.oldest.into_iter().chain(written).min();
        self.newest = self.newest.into_iter().chain(written).max();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::Data;
    use crate::missing::scope::tests::{listed, target};

    #[test]
    fn a_table_has_its_numbers_and_few_examples() {
        let mut summary = Summary::default();
        let missing = |table, second, why| {
            let object = listed(&format!("k{second}"), "e", second);
            Missing { target: target(table), object, objects: 2, data: Data::File(None), why }
        };
        for second in [3, 1, 2, 4] {
            summary.add(&missing("pages", second, Why::NeverLoaded));
        }
        summary.add(&missing("visits", 9, Why::Rewritten));
        let pages = &summary.tables[&target("pages")];
        assert_eq!((pages.files, pages.bytes, pages.rewritten, pages.examples.len()), (8, 4, 0, EXAMPLES));
        let at = |second| DateTime::from_timestamp(second, 0);
        assert_eq!((pages.oldest, pages.newest), (at(1), at(4)));
        let total = summary.total();
        assert_eq!((total.files, total.rewritten, total.oldest, total.newest), (10, 2, at(1), at(9)));
    }
}

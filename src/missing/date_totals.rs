//! How many routed files there are of each date, and what the ledger has of them.

use std::collections::BTreeMap;

use crate::missing::Why;
use crate::missing::dated_files::{DatedFile, FileSink, KnownFile, Place};
use crate::model::data_date::DataDate;
use crate::model::object::ListedObject;
use crate::model::routed_date::RoutedDate;
use crate::model::target_table::TargetTable;

/// How many files there are of each date. Of bounded size for each date, however many files it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTotals {
    sends_rewritten: bool,
    /// By the date as it is written.
    pub dates: BTreeMap<(DataDate, TargetTable), DateTotal>,
}

/// Files of one date of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTotal {
    pub date: RoutedDate,
    pub files: u64,
    pub bytes: u64,
    /// Of these files, those that the ledger has as they are, and those that were written again since their load.
    pub loaded: u64,
    pub rewritten: u64,
    pub rewritten_bytes: u64,
    pub never_loaded_bytes: u64,
    /// The first one in the order of the keys that is to be sent.
    pub first: Option<ListedObject>,
}

impl DateTotal {
    pub fn never_loaded(&self) -> u64 {
        self.files - self.loaded - self.rewritten
    }
}

impl DateTotals {
    pub fn new(sends_rewritten: bool) -> Self {
        Self { sends_rewritten, dates: BTreeMap::new() }
    }
}

impl FileSink for DateTotals {
    fn wants(&mut self, _: &Place) -> bool {
        true
    }

    fn take(&mut self, target: &TargetTable, files: Vec<KnownFile>) {
        for KnownFile { file: DatedFile { date, object }, why, .. } in files {
            let total =
                self.dates.entry((date.as_written(), target.clone())).or_insert_with(|| DateTotal::of(date));
            total.add(object, why, self.sends_rewritten);
        }
    }
}

impl DateTotal {
    fn of(date: RoutedDate) -> Self {
        let (files, bytes, loaded, rewritten) = (0, 0, 0, 0);
        Self { date, files, bytes, loaded, rewritten, rewritten_bytes: 0, never_loaded_bytes: 0, first: None }
    }

    fn add(&mut self, object: ListedObject, why: Option<Why>, sends_rewritten: bool) {
        let size = object.meta.size;
        self.files += 1;
        self.bytes += size;
        match why {
            None => {
                self.loaded += 1;
                return;
            }
            Some(Why::Rewritten) => {
                self.rewritten += 1;
                self.rewritten_bytes += size;
                if !sends_rewritten {
                    return;
                }
            }
            Some(Why::NeverLoaded) => self.never_loaded_bytes += size,
        }
        if self.first.as_ref().is_none_or(|first| object.meta.uri < first.meta.uri) {
            self.first = Some(object);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::dated_files::tests::known;
    use crate::missing::scope::tests::target;

    #[test]
    fn a_date_has_its_totals_and_the_first_file_to_look_at() {
        let totals = |sends_rewritten| {
            let mut totals = DateTotals::new(sends_rewritten);
            totals.take(
                &target("pages"),
                vec![
                    known(2, "z", Some(Why::NeverLoaded)),
                    known(1, "a", None),
                    known(1, "b", Some(Why::Rewritten)),
                    known(1, "d", Some(Why::NeverLoaded)),
                    known(1, "c", Some(Why::NeverLoaded)),
                ],
            );
            totals
        };
        let first_of_day = |sends_rewritten| {
            let total = totals(sends_rewritten).dates.into_values().next().unwrap();
            total.first.unwrap().meta.uri.key
        };
        assert_eq!([true, false].map(first_of_day), ["b", "c"]);
        let totals = totals(false);
        let days: Vec<String> = totals.dates.values().map(|total| total.date.to_string()).collect();
        assert_eq!(days, ["2015-07-01T00:00:00Z", "2015-07-02T00:00:00Z"]);
        let total = totals.dates.into_values().next().unwrap();
        assert_eq!((total.files, total.bytes, total.loaded, total.rewritten), (4, 4, 1, 1));
        assert_eq!((total.never_loaded(), total.never_loaded_bytes, total.rewritten_bytes), (2, 2, 1));
    }
}

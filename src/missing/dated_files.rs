//! Routed files whose keys tell a date, and those of them that a backfill sends next.
//!
//! A walk lists them in the order of their keys, and a backfill sends them in the order of their dates. Of all that a walk shows, the
//! oldest are held, so many that memory has room for them; those behind them are for another walk.

use std::collections::BTreeMap;

use crate::missing::Why;
use crate::missing::answers::UnloadedFile;
use crate::model::data_date::DataDate;
use crate::model::object::{ListedObject, ObjectMeta, ObjectUri};
use crate::model::routed_date::RoutedDate;
use crate::model::target_table::TargetTable;

/// Where a file stands among all of a backfill: by its date as it is written, then by table and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    date: DataDate,
    target: TargetTable,
    uri: ObjectUri,
}

impl Place {
    pub fn of(date: RoutedDate, target: &TargetTable, uri: &ObjectUri) -> Self {
        Self { date: date.as_written(), target: target.clone(), uri: uri.clone() }
    }
}

/// A file of a date of a table, as S3 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedFile {
    pub date: RoutedDate,
    pub object: ListedObject,
}

/// The same, and what the ledger says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    pub file: DatedFile,
    /// `None` of a file that was loaded as it is.
    pub why: Option<Why>,
    /// Of its last load.
    pub loaded_etag: Option<String>,
}

/// Who is told of the files of a walk.
pub trait FileSink: Send {
    /// Whether it is to be told what the ledger says of a file; asked of each that the walk shows.
    fn wants(&mut self, place: &Place) -> bool;
    fn take(&mut self, target: &TargetTable, files: Vec<KnownFile>);
}

/// Those files of a walk that are sent next: the oldest that the ledger does not have as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldestFiles {
    most: usize,
    sends_rewritten: bool,
    /// The last that was sent before; what is not behind it is not looked at again.
    behind: Option<Place>,
    files: BTreeMap<Place, (RoutedDate, UnloadedFile)>,
    /// The first file of each table that is to be sent, held or not; of the first walk alone.
    firsts: BTreeMap<TargetTable, (Place, ObjectMeta)>,
    /// Whether the walk has shown more than are held.
    is_cut: bool,
    /// Files that the walk has shown, whatever the ledger says of them.
    seen: u64,
    loaded: u64,
    rewritten: u64,
}

impl OldestFiles {
    /// At most so many, behind those of the walk before.
    pub fn new(most: usize, sends_rewritten: bool, behind: Option<Place>) -> Self {
        let (files, firsts) = (BTreeMap::new(), BTreeMap::new());
        Self { most, sends_rewritten, behind, files, firsts, is_cut: false, seen: 0, loaded: 0, rewritten: 0 }
    }

    /// Files that are to be sent, held or not. Of those that are not held the ledger was not asked, so that there may be fewer.
    pub fn to_send(&self) -> u64 {
        self.seen - self.loaded - self.rewritten
    }

    /// The first file of each table that is to be sent, held or not; of the first walk alone.
    pub fn firsts(&self) -> impl Iterator<Item = (&TargetTable, &ObjectMeta)> {
        self.firsts.iter().map(|(target, (_, file))| (target, file))
    }

    /// The files that the walk has shown and that are passed over: loaded as they are; and written again since, unless those are sent.
    pub fn passed_over(&self) -> (u64, u64) {
        (self.loaded, self.rewritten)
    }

    /// Where the next walk goes on, if there is more.
    pub fn next_behind(&self) -> Option<Place> {
        self.files.last_key_value().filter(|_| self.is_cut).map(|(place, _)| place.clone())
    }

    /// The files of each table, the oldest first.
    pub fn of_tables(self) -> BTreeMap<TargetTable, Vec<(RoutedDate, UnloadedFile)>> {
        let mut of_tables: BTreeMap<TargetTable, Vec<_>> = BTreeMap::new();
        for (Place { target, .. }, file) in self.files {
            of_tables.entry(target).or_default().push(file);
        }
        of_tables
    }
}

impl FileSink for OldestFiles {
    fn wants(&mut self, place: &Place) -> bool {
        if self.behind.as_ref().is_some_and(|behind| place <= behind) {
            return false;
        }
        self.seen += 1;
        let is_beyond = self.files.len() >= self.most
            && self.files.last_key_value().is_some_and(|(last, _)| place > last);
        self.is_cut |= is_beyond;
        let is_first = || self.firsts.get(&place.target).is_none_or(|(first, _)| place < first);
        !is_beyond || (self.behind.is_none() && is_first())
    }

    fn take(&mut self, target: &TargetTable, files: Vec<KnownFile>) {
        for KnownFile { file: DatedFile { date, object }, why, loaded_etag } in files {
            match why {
                None => self.loaded += 1,
                Some(Why::Rewritten) if !self.sends_rewritten => self.rewritten += 1,
                Some(_) => {
                    let place = Place::of(date, target, &object.meta.uri);
                    if self.firsts.get(target).is_none_or(|(first, _)| place < *first) {
                        self.firsts.insert(target.clone(), (place.clone(), object.meta.clone()));
                    }
                    self.files.insert(place, (date, UnloadedFile { object: object.meta, loaded_etag }));
                }
            }
            if self.files.len() > self.most {
                self.files.pop_last();
                self.is_cut = true;
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::missing::scope::tests::{listed, target};

    fn date(day: u32) -> RoutedDate {
        RoutedDate::Instant(DataDate::parse(&format!("2015-07-{day:02}T00:00:00Z")).unwrap())
    }

    pub(in crate::missing) fn known(day: u32, key: &str, why: Option<Why>) -> KnownFile {
        let file = DatedFile { date: date(day), object: listed(key, "e", 0) };
        KnownFile { file, why, loaded_etag: None }
    }

    /// Shows files as a walk does, each behind the one before.
    fn walk(oldest: &mut OldestFiles, files: &[(u32, &str)]) {
        for (day, key) in files {
            let file = known(*day, key, Some(Why::NeverLoaded));
            if oldest.wants(&Place::of(file.file.date, &target("pages"), &file.file.object.meta.uri)) {
                oldest.take(&target("pages"), vec![file]);
            }
        }
    }

    fn keys(oldest: OldestFiles) -> Vec<String> {
        let files = oldest.of_tables().into_values().flatten();
        files.map(|(_, file)| file.object.uri.key).collect()
    }

    #[test]
    fn walks_give_every_file_once_in_the_order_of_dates_however_few_are_held() {
        let files = [(3, "a"), (1, "b"), (2, "c"), (1, "d"), (1, "a"), (2, "b"), (9, "z")];
        let mut sorted = files;
        sorted.sort_unstable();
        let expected: Vec<&str> = sorted.iter().map(|(_, key)| *key).collect();
        for most in 1..=files.len() + 1 {
            let (mut sent, mut behind) = (Vec::new(), None);
            loop {
                let mut oldest = OldestFiles::new(most, false, behind);
                walk(&mut oldest, &files);
                behind = oldest.next_behind();
                let of_walk = keys(oldest);
                assert!(of_walk.len() <= most, "{of_walk:?}");
                sent.extend(of_walk);
                if behind.is_none() {
                    break;
                }
            }
            assert_eq!(sent, expected, "{most}");
        }
    }

    #[test]
    fn the_first_file_of_each_table_is_known_though_others_are_held() {
        let (mut oldest, visits) = (OldestFiles::new(1, false, None), target("visits"));
        walk(&mut oldest, &[(1, "a"), (2, "b")]);
        let mut ask = |day, key, why| {
            let file = known(day, key, why);
            let wants = oldest.wants(&Place::of(file.file.date, &visits, &file.file.object.meta.uri));
            if wants {
                oldest.take(&visits, vec![file]);
            }
            wants
        };
        assert!(ask(5, "loaded", None));
        assert!(ask(7, "later", Some(Why::NeverLoaded)));
        assert!(ask(6, "first", Some(Why::NeverLoaded)));
        assert!(!ask(8, "last", Some(Why::NeverLoaded)));
        let firsts: Vec<_> = oldest.firsts().map(|(_, file)| file.uri.key.as_str()).collect();
        assert_eq!(firsts, ["a", "first"]);
        assert_eq!(oldest.to_send(), 5);
        assert_eq!(keys(oldest), ["a"]);
    }

    #[test]
    fn what_was_loaded_is_passed_over_and_what_was_rewritten_unless_it_is_asked_for() {
        let files = || {
            let whys = [None, Some(Why::Rewritten), Some(Why::NeverLoaded)];
            whys.into_iter().zip(["a", "b", "c"]).map(|(why, key)| known(1, key, why)).collect::<Vec<_>>()
        };
        let mut oldest = OldestFiles::new(9, false, None);
        oldest.take(&target("pages"), files());
        assert_eq!((oldest.passed_over(), oldest.next_behind()), ((1, 1), None));
        assert_eq!(keys(oldest), ["c"]);
        let mut all = OldestFiles::new(9, true, None);
        all.take(&target("pages"), files());
        assert_eq!(keys(all), ["b", "c"]);
    }
}

//! What a message of a backfill waits for, and which answer of the ledger ends that.

use std::collections::{HashMap, HashSet};

use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::load_of_date::LoadOfDate;
use crate::model::loaded_file::LoadedFile;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::target_table::TargetTable;

/// One date of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentDate {
    pub target: TargetTable,
    pub date: DataDate,
    /// Loads of the date that there were before.
    pub earlier: HashSet<LoadId>,
}

impl SentDate {
    /// Whether one of these is a load of the date: of its message or of another one's, but made since it was sent.
    pub fn is_answered_by(&self, target: &TargetTable, loads: &[LoadOfDate]) -> bool {
        let is_new = |load: &LoadOfDate| load.date == self.date && !self.earlier.contains(&load.load_id);
        self.target == *target && loads.iter().any(is_new)
    }
}

/// A file that is not in the table as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnloadedFile {
    pub object: ObjectMeta,
    /// Of its last load, when it was written again since.
    pub loaded_etag: Option<String>,
}

/// Announced files of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFiles {
    pub target: TargetTable,
    /// Those that no load is known of.
    pub files: Vec<UnloadedFile>,
}

impl SentFiles {
    /// Takes those out that were loaded since they were sent, as they were or as they are by now. Returns how many.
    pub fn take_loaded(&mut self, known: &HashMap<&ObjectUri, &LoadedFile>) -> usize {
        let before = self.files.len();
        let waits = |file: &UnloadedFile| {
            let known = known.get(&file.object.uri).map(|known| &known.etag);
            known.is_none() || known == file.loaded_etag.as_ref()
        };
        self.files.retain(waits);
        before - self.files.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::scope::tests::{listed, target};
    use crate::model::load_id::Fingerprint;

    fn date(day: u32) -> DataDate {
        DataDate::parse(&format!("2015-07-{day:02}T00:00:00Z")).unwrap()
    }

    fn load(day: u32, id: &str) -> LoadOfDate {
        let (source_url, fingerprint) = ("s3://b/k".to_owned(), Fingerprint("f".to_owned()));
        LoadOfDate { date: date(day), load_id: LoadId(id.to_owned()), source_url, fingerprint }
    }

    #[test]
    fn only_a_load_since_then_is_an_answer_to_a_date() {
        let earlier = HashSet::from([LoadId("old".to_owned())]);
        let sent = SentDate { target: target("pages"), date: date(1), earlier };
        assert!(!sent.is_answered_by(&target("pages"), &[load(1, "old"), load(2, "new")]));
        assert!(!sent.is_answered_by(&target("visits"), &[load(1, "new")]));
        assert!(sent.is_answered_by(&target("pages"), &[load(1, "old"), load(1, "new")]));
    }

    #[test]
    fn a_file_is_loaded_once_the_ledger_knows_another_content_than_before() {
        let file = |key: &str, loaded: Option<&str>| UnloadedFile {
            object: listed(key, "now", 0).meta,
            loaded_etag: loaded.map(str::to_owned),
        };
        let known = ["new", "same", "changed"].map(|key| LoadedFile {
            uri: listed(key, "", 0).meta.uri,
            etag: if key == "same" { "before" } else { "now" }.to_owned(),
            load_id: LoadId("l".to_owned()),
        });
        let known: HashMap<_, _> = known.iter().map(|file| (&file.uri, file)).collect();
        let files = vec![
            file("new", None),
            file("same", Some("before")),
            file("changed", Some("before")),
            file("unknown", None),
        ];
        let mut sent = SentFiles { target: target("pages"), files };
        assert_eq!(sent.take_loaded(&known), 2);
        let left: Vec<&str> = sent.files.iter().map(|file| file.object.uri.key.as_str()).collect();
        assert_eq!(left, ["same", "unknown"]);
    }
}

//! Which data file a request means, out of all that are listed.

use std::cmp::Reverse;

use crate::model::data_date::DataDate;
use crate::model::format::Format;
use crate::model::object::ObjectUri;
use crate::source::layout::{DataFile, Named};
use crate::source::parts::{PartSet, SetKind};
use crate::source::suffix::{Stored, Suffix};

/// What may be the data of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    File(DataFile),
    Parts(Box<PartSet>),
}

/// The best of a listing so far: the data of the wanted date, or of the newest date in any name. The time of upload plays no
/// part. Only that is kept: there may be any number.
///
/// Several of one date are one data set in several forms: the manifest first, then the others in the order of [`Suffix`],
/// then directories of parts, the files of an UNLOAD, what is of another format than the one that is asked for, and what cannot
/// be loaded; at last the key decides, so that every daemon chooses alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    wanted: Option<DataDate>,
    format: Option<Format>,
    pub found: Option<Candidate>,
}

impl Best {
    /// Of the wanted date, or of the newest one. `format` is the one that is asked for.
    pub fn of(wanted: Option<DataDate>, format: Option<Format>) -> Self {
        Self { wanted, format, found: None }
    }

    /// Says whether the object is the best now, or a part of it.
    pub fn see(&mut self, named: Named) -> bool {
        if let (Some(Candidate::Parts(set)), Named::Part(name, ..)) = (&mut self.found, &named)
            && set.name == *name
        {
            let Named::Part(_, member, object) = named else { return false };
            set.add(object, member);
            return true;
        }
        let candidate = match named {
            Named::File(file) => Candidate::File(file),
            Named::Part(name, member, object) => {
                Candidate::Parts(Box::new(PartSet::new(name, object, member)))
            }
        };
        let is_wanted = self.wanted.is_none_or(|date| candidate.date() == date);
        let place = candidate.place(self.format);
        let is_better = self.found.as_ref().is_none_or(|best| place < best.place(self.format));
        if is_wanted && is_better {
            self.found = Some(candidate);
        }
        is_wanted && is_better
    }

    /// Whether what was found here comes before what was found in another listing for the same order.
    pub fn is_before(&self, other: &Self) -> bool {
        match (&self.found, &other.found) {
            (Some(found), Some(of_other)) => found.place(self.format) < of_other.place(self.format),
            (found, _) => found.is_some(),
        }
    }
}

impl Candidate {
    pub fn date(&self) -> DataDate {
        match self {
            Self::File(file) => file.date,
            Self::Parts(set) => set.name.date,
        }
    }

    fn place(&self, asked: Option<Format>) -> (Reverse<DataDate>, Kind, Option<&Suffix>, &ObjectUri) {
        let (kind, suffix, uri) = match self {
            Self::File(file) => {
                let kind = match file.suffix {
                    Suffix::Data(Stored { format: Some(format), .. })
                        if asked.is_some_and(|asked| asked != format) =>
                    {
                        Kind::OtherFormat
                    }
                    Suffix::Manifest | Suffix::Data(_) => Kind::File,
                    Suffix::NotSupported(_) => Kind::NotSupported,
                };
                (kind, Some(&file.suffix), &file.object.uri)
            }
            Self::Parts(set) => (Kind::Parts(set.name.kind), None, &set.name.address),
        };
        (Reverse(self.date()), kind, suffix, uri)
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    File,
    Parts(SetKind),
    /// By its suffix. What a name leaves open is of the format that is asked for.
    OtherFormat,
    NotSupported,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ident::Ident;
    use crate::model::object::{Access, ObjectMeta, ObjectUri, SourceBucket};
    use crate::model::target_table::TargetTable;
    use crate::source::layout::named;

    fn found(names: &[&str]) -> Vec<Named> {
        let target = TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new("t").unwrap() };
        let source = SourceBucket { bucket: "b".to_owned(), prefix: String::new() };
        let object = |name: &&str| ObjectMeta {
            uri: ObjectUri { bucket: "b".to_owned(), key: (*name).to_owned() },
            etag: String::new(),
            size: 0,
            access: Access::AtOnce,
        };
        names.iter().map(object).filter_map(|object| named(object, &source, &target)).collect()
    }

    fn chosen(names: &[&str], wanted: Option<&str>) -> Option<String> {
        chosen_of(names, wanted, None)
    }

    fn chosen_of(names: &[&str], wanted: Option<&str>, format: Option<Format>) -> Option<String> {
        let mut best = Best::of(wanted.map(|date| DataDate::parse(date).unwrap()), format);
        for named in found(names) {
            best.see(named);
        }
        Some(match best.found? {
            Candidate::File(file) => file.object.uri.key,
            Candidate::Parts(set) => set.name.address.key,
        })
    }

    #[test]
    fn the_newest_date_in_a_name_wins() {
        let names = [
            "s_t_2015-07-02T00:00:00Z.json",
            "s_t_2015-07-10T00:00:00Z.json",
            "s_t_2015-07-09T23:59:59Z.json",
        ];
        assert_eq!(chosen(&names, None).as_deref(), Some(names[1]));
    }

    #[test]
    fn dates_compare_as_instants_not_as_text() {
        let names = ["s_t_2015-07-02T00:00:00Z.json", "s_t_2015-07-01T23:00:00-02:00.json"];
        assert_eq!(chosen(&names, None).as_deref(), Some(names[1]));
        assert_eq!(chosen(&names, Some("2015-07-02T01:00:00Z")).as_deref(), Some(names[1]));
    }

    #[test]
    fn a_wanted_date_takes_that_one_or_none() {
        let names = ["s_t_2015-07-01T00:00:00Z.json", "s_t_2015-07-02T00:00:00Z.json"];
        assert_eq!(chosen(&names, Some("2015-07-01T00:00:00Z")).as_deref(), Some(names[0]));
        assert_eq!(chosen(&names, Some("2015-07-03T00:00:00Z")), None);
    }

    #[test]
    fn for_one_date_the_manifest_is_preferred_then_gzip() {
        let names = [
            "s_t_2015-07-01T00:00:00Z.json",
            "s_t_2015-07-01T00:00:00Z.json.gz",
            "s_t_2015-07-01T00:00:00Z.manifest",
        ];
        assert_eq!(chosen(&names, None).as_deref(), Some(names[2]));
        assert_eq!(chosen(&names[..2], None).as_deref(), Some(names[1]));
    }

    #[test]
    fn for_one_date_a_file_of_the_format_that_is_asked_for_comes_before_one_of_another() {
        let names = [".json.gz", ".csv", ".csv.gz", ".txt", "/part-0.gz", ".manifest"]
            .map(|suffix| format!("s_t_2015-07-01T00:00:00Z{suffix}"));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (format, listed, expected) in [
            (Some(Format::Csv), &names[..4], names[2]),
            (Some(Format::Delimited), &names[..4], names[3]),
            (Some(Format::Json), &names[..4], names[0]),
            (None, &names[..4], names[0]),
            // Of a directory only its parts say what they are.
            (Some(Format::Avro), &[names[0], names[4]], "s_t_2015-07-01T00:00:00Z/"),
            (Some(Format::Csv), &names[..1], names[0]),
            (Some(Format::Csv), &names, names[5]),
        ] {
            let turned: Vec<&str> = listed.iter().rev().copied().collect();
            for listed in [listed, &turned] {
                assert_eq!(chosen_of(listed, None, format).as_deref(), Some(expected), "{format:?}");
            }
        }
        let newer = "s_t_2015-07-02T00:00:00Z.json";
        assert_eq!(chosen_of(&[names[1], newer], None, Some(Format::Csv)).as_deref(), Some(newer));
    }

    #[test]
    fn for_one_date_single_files_are_preferred_to_parts_and_parts_to_what_cannot_be_loaded() {
        let names = [
            "s_t_2015-07-01T00:00:00Z.xml",
            "s_t_2015-07-01T00:00:00Z.0000_part_00.gz",
            "s_t_2015-07-01T00:00:00Z/part-0000.json.gz",
            "s_t_2015-07-01T00:00:00Z.txt",
            "s_t_2015-07-01T00:00:00Zmanifest",
        ];
        let addresses =
            [names[0], "s_t_2015-07-01T00:00:00Z.", "s_t_2015-07-01T00:00:00Z/", names[3], names[4]];
        for (number, expected) in addresses.iter().enumerate() {
            let mut listed = names[..=number].to_vec();
            assert_eq!(chosen(&listed, None).as_deref(), Some(*expected));
            listed.reverse();
            assert_eq!(chosen(&listed, None).as_deref(), Some(*expected));
        }
    }

    #[test]
    fn an_unfinished_directory_of_a_newer_date_comes_before_older_files() {
        let newer = "s_t_2015-07-02T00:00:00Z/";
        for inside in ["part-0000.json.gz", "_temporary/0/part-0000.json.gz", "_started_17", "_SUCCESS"] {
            let newer_part = format!("{newer}{inside}");
            let names = ["s_t_2015-07-01T00:00:00Z.json", &newer_part];
            assert_eq!(chosen(&names, None).as_deref(), Some(newer), "{inside}");
        }
        assert_eq!(
            chosen(&["s_t_2015-07-01T00:00:00Z.json", newer], None),
            Some("s_t_2015-07-01T00:00:00Z.json".to_owned())
        );
    }

    proptest! {
        #[test]
        fn the_order_of_the_listing_does_not_matter(mut days in proptest::collection::vec(1_u32..28, 1..8), seed in 0_usize..8) {
            let names: Vec<String> = days.iter().map(|day| format!("s_t_2015-07-{day:02}T00:00:00Z.json")).collect();
            let mut rotated = names.clone();
            rotated.rotate_left(seed % names.len());
            let as_refs = |names: &[String]| -> Option<String> {
                chosen(&names.iter().map(String::as_str).collect::<Vec<_>>(), None)
            };
            prop_assert_eq!(as_refs(&names), as_refs(&rotated));
            days.sort_unstable();
            let newest = format!("s_t_2015-07-{:02}T00:00:00Z.json", days.last().expect("not empty"));
            prop_assert_eq!(as_refs(&names), Some(newest));
        }
    }
}

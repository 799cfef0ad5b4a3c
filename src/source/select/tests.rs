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
    let names =
        ["s_t_2015-07-02T00:00:00Z.json", "s_t_2015-07-10T00:00:00Z.json", "s_t_2015-07-09T23:59:59Z.json"];
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
    let addresses = [names[0], "s_t_2015-07-01T00:00:00Z.", "s_t_2015-07-01T00:00:00Z/", names[3], names[4]];
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

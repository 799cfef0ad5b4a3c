use super::*;
use crate::missing::scope::tests::{listed, target};
use crate::model::load_id::LoadId;

const DAY: &str = "web_pages_2015-07-01T00:00:00Z";

fn dates(objects: &[ListedObject], range: Option<DateRange>) -> BTreeMap<DataDate, DateOnS3> {
    let (source, target) = (SourceBucket::parse("b").unwrap(), target("pages"));
    let mut dates = Dates::of(&source, &target, range);
    objects.iter().for_each(|object| dates.see(object.clone()));
    dates.finish()
}

fn the_date(objects: &[ListedObject]) -> DateOnS3 {
    let dates = dates(objects, None);
    assert_eq!(dates.len(), 1, "{dates:?}");
    dates.into_values().next().unwrap()
}

/// The load of these files, from this source.
fn load(id: &str, source: &str, files: &[ListedObject]) -> LoadOfDate {
    let files: Vec<ObjectMeta> = files.iter().map(|file| file.meta.clone()).collect();
    LoadOfDate {
        date: DataDate::parse("2015-07-01T00:00:00Z").unwrap(),
        load_id: LoadId(id.to_owned()),
        source_url: format!("s3://b/{source}"),
        fingerprint: fingerprint::of_files(&files),
    }
}

fn file(suffix: &str, etag: &str) -> ListedObject {
    listed(&format!("{DAY}{suffix}"), etag, 0)
}

#[test]
fn a_file_is_known_by_the_load_of_its_content() {
    let date = the_date(&[file(".json.gz", "1"), listed(&format!("config_{DAY}.yml"), "c", 0)]);
    assert_eq!(date.why_missing(&[]), Some(Why::NeverLoaded));
    let same = load("1", &format!("{DAY}.json.gz"), &[file(".json.gz", "1")]);
    assert_eq!(date.why_missing(&[&same]), None);
    let other = load("2", &format!("{DAY}.json.gz"), &[file(".json.gz", "2")]);
    assert_eq!(date.why_missing(&[&same, &other]), Some(Why::Rewritten), "the last load counts");
}

#[test]
fn of_several_forms_of_a_date_one_is_enough() {
    let date = the_date(&[file(".csv", "1"), file(".json", "2"), file(".json.gz", "3")]);
    assert_eq!(date.preferred().object, file(".json.gz", "3"));
    for (suffix, etag) in [(".csv", "1"), (".json.gz", "3")] {
        let load = load("1", &format!("{DAY}{suffix}"), &[file(suffix, etag)]);
        assert_eq!(date.why_missing(&[&load]), None, "{suffix}");
    }
    let gone = load("2", &format!("{DAY}.csv.bz2"), &[file(".csv.bz2", "4")]);
    assert_eq!(date.why_missing(&[&gone]), Some(Why::Rewritten));
    let before = load("1", &format!("{DAY}.csv"), &[file(".csv", "1")]);
    assert_eq!(date.why_missing(&[&before, &gone]), None);
}

#[test]
fn a_manifest_is_known_by_its_address() {
    let date = the_date(&[file(".json.gz", "1"), file(".manifest", "2")]);
    let load = load("1", &format!("{DAY}.manifest"), &[]);
    assert_eq!(date.why_missing(&[&load]), None);
    assert_eq!(date.preferred().object, file(".manifest", "2"));
}

#[test]
fn parts_are_known_by_all_of_them_and_shown_by_their_address() {
    let parts = [file("/part-0.json", "1"), file("/part-1.json", "2")];
    let with_mark = [&[file("/_SUCCESS", "m")], &parts[..]].concat();
    let date = the_date(&with_mark);
    let missing =
        date.missing(&target("pages"), DataDate::parse("2015-07-01T00:00:00Z").unwrap(), Why::NeverLoaded);
    assert_eq!((missing.objects, missing.object.meta.size), (2, 2));
    assert_eq!(missing.object.meta.uri.key, format!("{DAY}/"));
    let whole = load("1", &format!("{DAY}/"), &parts);
    assert_eq!(date.why_missing(&[&whole]), None);
    let fewer = load("1", &format!("{DAY}/"), &parts[..1]);
    assert_eq!(date.why_missing(&[&fewer]), Some(Why::Rewritten));
    assert!(dates(&[file("/_SUCCESS", "m")], None).is_empty(), "a mark alone is no data");
}

#[test]
fn parts_in_no_order_are_one_form_that_nothing_is_said_of() {
    let next = "web_pages_2015-07-02T00:00:00Z/part-0.json";
    let seen = dates(&[file("/part-0.json", "1"), listed(next, "n", 0), file("/part-1.json", "2")], None);
    assert_eq!(seen.len(), 2);
    let date = seen.into_values().next().unwrap();
    assert_eq!((date.forms.len(), date.preferred().objects), (1, 2));
    let load = load("1", &format!("{DAY}/"), &[]);
    assert_eq!(date.why_missing(&[&load]), None);
}

#[test]
fn both_layouts_and_offsets_are_one_date_and_a_range_leaves_others_out() {
    let folder = "web/pages/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01";
    let objects = [
        listed(&format!("{folder}/{DAY}.json"), "1", 0),
        listed("web_pages_2015-07-01T02:00:00+02:00.json.gz", "2", 0),
        listed("web_pages_2015-07-02T00:00:00Z.json.gz", "3", 0),
        listed("web_pages_archive_2015-07-01T00:00:00Z.json.gz", "4", 0),
    ];
    let range = DateRange::parse("2015-07-01", "2015-07-01").unwrap();
    let seen = dates(&objects, Some(range));
    assert_eq!(seen.len(), 1);
    let forms = &seen.values().next().unwrap().forms;
    assert_eq!(forms.len(), 2, "{forms:?}");
}

use super::*;
use crate::model::format::{Compression, Format};

const GZIP: Stored = Stored { format: Some(Format::Json), compression: Compression::Gzip };
const PLAIN: Stored = Stored { format: Some(Format::Json), compression: Compression::None };

fn object(name: &str, size: u64) -> ObjectMeta {
    let uri = ObjectUri { bucket: "b".to_owned(), key: format!("s_t_2015-07-01T00:00:00Z/{name}") };
    ObjectMeta { uri, etag: "e".to_owned(), size, access: Access::AtOnce }
}

fn set(members: Vec<(&str, u64, Member)>) -> PartSet {
    let date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
    let address = object("", 0).uri;
    let name = SetName { date, kind: SetKind::Directory, stem: address.clone(), address };
    let mut set = PartSet::new(name, object("_temporary/0", 1), Member::Hidden);
    for (name, size, member) in members {
        set.add(object(name, size), member);
    }
    set
}

fn parts(names: &[&'static str]) -> Vec<(&'static str, u64, Member)> {
    names.iter().map(|name| (*name, 1, Member::Part(GZIP))).collect()
}

const MARK: (&str, u64, Member) = ("_SUCCESS", 0, Member::Mark);

fn loaded(set: &PartSet, wanted: Option<u32>) -> Vec<String> {
    let files = set.whole(wanted).unwrap().files;
    files.iter().map(|file| file.uri.file_name().to_owned()).collect()
}

fn unusable(set: &PartSet, wanted: Option<u32>) -> String {
    match set.whole(wanted).unwrap_err() {
        NotWhole::Unusable(why) => why.to_string(),
        unfinished => panic!("{unfinished:?}"),
    }
}

#[test]
fn a_mark_makes_parts_whole_wherever_it_is_listed() {
    let mut members = parts(&["b", "a"]);
    members.insert(1, MARK);
    assert_eq!(loaded(&set(members), None), ["a", "b"]);
}

#[test]
fn without_a_mark_parts_wait_however_many_there_are() {
    for count in [0, 2] {
        let waiting = set(parts(&["a", "b"][..count]));
        let missing = Missing::Mark(SetKind::Directory);
        assert_eq!(waiting.whole(None), Err(NotWhole::Unfinished { found: count as u64, missing }));
    }
}

#[test]
fn without_a_mark_the_number_of_the_config_decides() {
    let two = set(parts(&["a", "b"]));
    assert_eq!(two.whole(Some(3)), Err(NotWhole::Unfinished { found: 2, missing: Missing::Parts(3) }));
    assert_eq!(loaded(&two, Some(2)), ["a", "b"]);
    assert_eq!(unusable(&two, Some(1)), "it has 2 parts, and `meta.parts` says 1");
}

#[test]
fn a_mark_says_more_than_the_number_of_the_config_which_is_told() {
    let mut members = parts(&["a", "b"]);
    members.push(MARK);
    let marked = set(members);
    let counted = |wanted| marked.whole(wanted).unwrap().counted.to_string();
    assert_eq!(counted(None), "2, and _SUCCESS says that these are all");
    assert_eq!(counted(Some(2)), counted(None));
    assert_eq!(counted(Some(5)), "2, and _SUCCESS says that these are all, though `meta.parts` says 5");
}

#[test]
fn empty_parts_count_and_are_left_out() {
    let members = vec![("a", 9, Member::Part(GZIP)), ("b", 0, Member::Part(GZIP))];
    let whole = set(members).whole(Some(2)).unwrap();
    assert_eq!(whole.files, [object("a", 9)]);
    assert_eq!(whole.counted.to_string(), "2, as `meta.parts` says; 1 of 0 bytes left out");
    let nothing = set(vec![("a", 0, Member::Part(GZIP)), MARK]);
    assert_eq!(
        unusable(&nothing, None),
        "it is whole, and there is nothing in it: 1 parts, all of them empty"
    );
}

#[test]
fn parts_of_two_kinds_are_refused_by_the_names_of_two_unless_one_is_empty() {
    let mixed = |size| set(vec![("a", 1, Member::Part(GZIP)), ("b", size, Member::Part(PLAIN)), MARK]);
    let refused = unusable(&mixed(1), None);
    assert!(refused.contains("Z/a and s3://b/s_t_2015-07-01T00:00:00Z/b differ in format"), "{refused}");
    assert_eq!(loaded(&mixed(0), None), ["a"]);
}

#[test]
fn what_is_no_part_is_refused_even_before_the_set_is_whole() {
    let odd = |member| unusable(&set(vec![("x", 1, member)]), None);
    assert!(odd(Member::Inner).contains("Z/x is in a directory of its own"));
    assert!(odd(Member::Unreadable(NotSupported::Suffix("xlsx".to_owned()))).contains("`xlsx`"));
    let table = set(vec![("day=1/x", 1, Member::Inner), ("_delta_log/0.json", 1, Member::TableLog)]);
    assert!(unusable(&table, None).contains("Delta"));
}

#[test]
fn more_parts_than_a_load_takes_are_counted_and_not_kept() {
    let part = || ("p", 1, Member::Part(GZIP));
    let mut members: Vec<_> = std::iter::repeat_with(part).take(MAX_FILES).collect();
    members.push(MARK);
    let mut many = set(members);
    assert!(many.whole(None).is_ok());
    many.add(object("p", 1), Member::Part(GZIP));
    assert_eq!(many.parts.len(), MAX_FILES);
    assert_eq!(unusable(&many, None), "it has 10001 parts, at most 10000 are allowed");
}

#[test]
fn parts_that_are_listed_anew_are_the_same_only_with_each_of_them_and_the_same_mark() {
    let members = || [parts(&["a", "b"]), vec![("c", 0, Member::Part(GZIP)), MARK]].concat();
    let found = set(members()).whole(None).unwrap();
    let mut turned = members();
    turned.reverse();
    assert!(set(members()).is_still(&found) && set(turned).is_still(&found));
    for (name, size, member) in [
        ("d", 1, Member::Part(GZIP)),
        ("d", 0, Member::Part(GZIP)),
        ("c", 1, Member::Part(GZIP)),
        ("manifest", 1, Member::Manifest),
        ("day=1/d", 1, Member::Inner),
    ] {
        let mut other = members();
        other.retain(|(there, ..)| *there != name);
        other.push((name, size, member));
        assert!(!set(other).is_still(&found), "{name} of {size} bytes");
    }
    assert!(!set(members()[1..].to_vec()).is_still(&found));
    assert!(!set(members()[..3].to_vec()).is_still(&found), "without the mark");
}

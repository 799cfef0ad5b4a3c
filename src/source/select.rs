//! Which data file a request means, out of all that are listed.

use crate::model::data_date::DataDate;
use crate::source::layout::DataFile;

/// The file of the wanted date, or of the newest date in any name. The time of upload plays no part.
///
/// Several files of one date are one data set in several forms: the manifest first, then the others in the order of
/// [`Suffix`](crate::source::suffix::Suffix), then by key, so that every daemon chooses alike.
pub fn select(files: Vec<DataFile>, wanted: Option<DataDate>) -> Option<DataFile> {
    files.into_iter().filter(|file| wanted.is_none_or(|date| file.date == date)).min_by(|left, right| {
        (right.date.cmp(&left.date))
            .then_with(|| left.suffix.cmp(&right.suffix))
            .then_with(|| left.object.uri.cmp(&right.object.uri))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ident::Ident;
    use crate::model::object::{Access, ObjectMeta, ObjectUri, SourceBucket};
    use crate::model::target_table::TargetTable;
    use crate::source::layout::data_file;

    fn files(names: &[&str]) -> Vec<DataFile> {
        let target = TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new("t").unwrap() };
        let source = SourceBucket { bucket: "b".to_owned(), prefix: String::new() };
        let object = |name: &&str| ObjectMeta {
            uri: ObjectUri { bucket: "b".to_owned(), key: (*name).to_owned() },
            etag: String::new(),
            size: 0,
            access: Access::AtOnce,
        };
        names.iter().map(object).filter_map(|object| data_file(object, &source, &target)).collect()
    }

    fn chosen(names: &[&str], wanted: Option<&str>) -> Option<String> {
        let wanted = wanted.map(|date| DataDate::parse(date).unwrap());
        select(files(names), wanted).map(|file| file.object.uri.key)
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

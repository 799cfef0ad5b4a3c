//! What a listed object is to the routes: data of a table, or something that is passed over and counted.

use std::collections::BTreeSet;

use crate::missing::scope::Scope;
use crate::model::object::{ListedObject, ObjectUri, SourceBucket};
use crate::model::routed_date::RoutedDate;
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::request::LoadRequest;
use crate::request::terms::ConfigLocation;
use crate::routing::{Routed, RoutedLoad, Routes};
use crate::source::beside::is_beside_data;
use crate::source::generated::is_ours;

/// Tables that are named beside one that no key is of.
const MOST_OTHERS: usize = 1_000;

/// Tells objects apart by routes.
pub struct Router<'a> {
    pub routes: &'a Routes,
    pub scope: &'a Scope,
    /// Where our own manifests are in every bucket, and where else.
    pub manifest_folder: &'a str,
    pub configured_folder: Option<&'a SourceBucket>,
}

/// Data of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedObject {
    pub object: ListedObject,
    /// As the key tells it.
    pub date: Option<RoutedDate>,
}

/// Objects that are passed over, by why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    pub ignored: u64,
    pub unrouted: u64,
    pub invalid: u64,
    /// The first one that is invalid, and what is wrong with it.
    pub example: Option<(ObjectUri, String)>,
    /// Of the tables that are asked about, whether passed over or not.
    pub of_tables_in_scope: u64,
    /// The first of the tables that are not asked about.
    pub other_tables: BTreeSet<TargetTable>,
}

impl Router<'_> {
    /// The table that the object is data of; `None` for everything that is passed over.
    pub fn data_of(&self, object: ListedObject, passed: &mut Passed) -> Option<(TargetTable, RoutedObject)> {
        let RoutedLoad { request, date, .. } = self.load_of(&object, passed)?;
        let target = request.targets.into_iter().next()?;
        Some((target, RoutedObject { object, date }))
    }

    /// What its rule makes of an object that is data; `None` for everything that is passed over.
    fn load_of(&self, object: &ListedObject, passed: &mut Passed) -> Option<RoutedLoad> {
        let uri = &object.meta.uri;
        let load = match self.routes.route(uri) {
            Routed::Ignored(_) => {
                passed.ignored += 1;
                return None;
            }
            _ if self.is_companion(uri) => return None,
            Routed::Load(_, load) => load,
            Routed::Unrouted => {
                passed.unrouted += 1;
                return None;
            }
            Routed::Invalid(_, invalid) => {
                passed.invalid += 1;
                passed.example.get_or_insert_with(|| (uri.clone(), invalid.to_string()));
                return None;
            }
        };
        let LoadRequest { terms, targets, .. } = &load.request;
        if matches!(&terms.config, Some(ConfigLocation::S3(config)) if config == uri) {
            return None;
        }
        let target = targets.first()?;
        if !self.scope.takes_table(target) {
            if passed.other_tables.len() < MOST_OTHERS {
                passed.other_tables.insert(target.clone());
            }
            return None;
        }
        passed.of_tables_in_scope += 1;
        self.scope.takes(object).then_some(*load)
    }

    /// Folders, marks and manifests of our own, wherever a rule looks: their events are no loads either.
    fn is_companion(&self, uri: &ObjectUri) -> bool {
        is_beside_data(uri) || is_ours(uri, self.manifest_folder, self.configured_folder)
    }
}

impl Passed {
    /// As a sentence; `None` when nothing was.
    pub fn words(&self) -> Option<String> {
        let Self { ignored, unrouted, invalid, example, .. } = self;
        let counts =
            [(ignored, "ignored by a rule"), (unrouted, "without a rule"), (invalid, "refused by a rule")];
        let counts = counts.into_iter().filter(|(count, _)| **count > 0);
        let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
        let example =
            example.as_ref().map(|(uri, why)| format!(", such as {}: {why}", shown(&uri.to_string())));
        (!counts.is_empty())
            .then(|| format!("keys passed over: {}{}", counts.join(", "), example.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::scope::tests::{listed, target};
    use crate::model::table_filter::TableFilter;

    const ROUTES: &str = r#"
routes:
  - ignore: "s3://b/**/*.tmp"
  - {match: "s3://b/in/{table}/**", schema: web, config: "s3://b/in/pages/config.yml"}
"#;

    #[test]
    fn data_is_told_from_what_lies_beside_it_and_the_rest_is_counted() {
        let routes = Routes::parse(ROUTES).unwrap();
        let usual = format!("in/ours/web.pages/{}.manifest", "0123456789abcdef".repeat(4));
        let manifest = format!("in/m/web.pages/{}.manifest", "0123456789abcdef".repeat(4));
        let folder = SourceBucket::parse("b/in/m").unwrap();
        let scope = Scope { table: TableFilter::parse("pages"), ..Scope::default() };
        let router = Router {
            routes: &routes,
            scope: &scope,
            manifest_folder: "in/ours/",
            configured_folder: Some(&folder),
        };
        let mut passed = Passed::default();
        let long = format!("in/{}/x.csv", "t".repeat(200));
        let keys = [
            "in/pages/x.csv",
            "in/pages/",
            "in/pages/_SUCCESS",
            "in/pages_$folder$",
            "in/pages/config.yml",
            "in/pages/x.tmp",
            "other/x.csv",
            "in/visits/x.csv",
            &manifest,
            &usual,
            &long,
        ];
        let data: Vec<_> =
            keys.iter().filter_map(|key| router.data_of(listed(key, "e", 0), &mut passed)).collect();
        let pages = RoutedObject { object: listed("in/pages/x.csv", "e", 0), date: None };
        assert_eq!(data, [(target("pages"), pages)]);
        assert_eq!(
            (passed.of_tables_in_scope, &passed.other_tables),
            (1, &BTreeSet::from([target("visits")]))
        );
        assert_eq!((passed.ignored, passed.unrouted, passed.invalid), (1, 1, 1));
        let words = passed.words().unwrap();
        assert!(words.starts_with("keys passed over: 1 ignored by a rule, 1 without a rule, 1 refused by a rule, such as s3://b/in/ttt"), "{words}");
        assert_eq!(Passed::default().words(), None);
    }
}

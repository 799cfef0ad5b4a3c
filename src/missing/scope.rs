//! Which data is asked about.

use chrono::{DateTime, Utc};

use crate::model::object::ListedObject;
use crate::model::table_filter::TableFilter;
use crate::model::target_table::TargetTable;

/// Which data is asked about; what is `None` leaves all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    pub table: Option<TableFilter>,
    /// Only what was written at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Only what was written before this time: younger files may be on their way.
    pub before: Option<DateTime<Utc>>,
}

impl Scope {
    pub fn takes_table(&self, target: &TargetTable) -> bool {
        self.table.as_ref().is_none_or(|table| table.takes(&target.to_string()))
    }

    /// By its time. An object whose time nobody tells is taken: it must not stay hidden.
    pub fn takes(&self, object: &ListedObject) -> bool {
        let Some(written) = object.last_modified else { return true };
        self.since.is_none_or(|since| since <= written) && self.before.is_none_or(|before| written < before)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::ident::Ident;
    use crate::model::object::{Access, ObjectMeta, ObjectUri};

    pub(in crate::missing) fn target(table: &str) -> TargetTable {
        TargetTable { schema: Ident::new("web").unwrap(), table: Ident::new(table).unwrap() }
    }

    /// Of one byte, written at a second of the year 1970.
    pub(in crate::missing) fn listed(key: &str, etag: &str, second: i64) -> ListedObject {
        let uri = ObjectUri { bucket: "b".to_owned(), key: key.to_owned() };
        let meta = ObjectMeta { uri, etag: etag.to_owned(), size: 1, access: Access::AtOnce };
        ListedObject { meta, last_modified: DateTime::from_timestamp(second, 0) }
    }

    #[test]
    fn since_is_inclusive_and_before_is_not() {
        let at = |second| DateTime::from_timestamp(second, 0);
        let scope = Scope { table: None, since: at(10), before: at(20) };
        let taken = [9, 10, 19, 20].map(|second| scope.takes(&listed("k", "e", second)));
        assert_eq!(taken, [false, true, true, false]);
        let untold = ListedObject { last_modified: None, ..listed("k", "e", 0) };
        assert!(scope.takes(&untold));
    }

    #[test]
    fn a_table_is_meant_with_its_schema_or_in_every_schema() {
        let takes = |name| {
            let scope = Scope { table: TableFilter::parse(name), ..Scope::default() };
            scope.takes_table(&target("pages"))
        };
        assert!(takes("pages") && takes("web.pages"));
        assert!(!takes("visits") && !takes("other.pages"));
    }
}

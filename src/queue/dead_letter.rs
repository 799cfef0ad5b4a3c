//! A message in the dead-letter queue, as people ask for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::queue::ReceiptHandle;
use crate::queue::group::GroupId;

/// What a message has with it that was sent back: the id that it had at first. It stays when it is parked again.
pub(crate) const ORIGINAL_MESSAGE_ID: &str = "original_message_id";

/// A message in the dead-letter queue, which the daemon has parked, or SQS by the redrive policy: then it has no attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id in the dead-letter queue.
    pub id: String,
    pub receipt_handle: ReceiptHandle,
    pub body: String,
    /// When it was parked; of one that SQS moved, when it was first sent.
    pub parked_at: Option<DateTime<Utc>>,
    pub group: Option<GroupId>,
    pub attributes: BTreeMap<String, String>,
}

impl DeadLetter {
    /// The id that it was parked with, which SQS keeps when it moves one by itself.
    pub fn message_id(&self) -> &str {
        self.attribute("message_id").unwrap_or(&self.id)
    }

    /// The id that it had before it was ever sent back.
    pub fn original_id(&self) -> &str {
        self.attribute(ORIGINAL_MESSAGE_ID).unwrap_or_else(|| self.message_id())
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The failed tables, `schema.table`.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        items(self.attribute("tables"))
    }

    /// The failures of its tables, by the label `kind`.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        items(self.attribute("kind"))
    }
}

/// Which dead letters are meant. What is `None` leaves all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// `schema.table`, or `table` in every schema.
    pub table: Option<String>,
    pub kind: Option<String>,
    /// The id that it was parked with, or had at first.
    pub id: Option<String>,
}

impl DeadLetterFilter {
    pub fn takes(&self, letter: &DeadLetter) -> bool {
        let is_table = |wanted: &String| letter.tables().any(|table| is_named(table, wanted));
        let is_id = |wanted: &String| letter.message_id() == wanted || letter.original_id() == wanted;
        let is_kind = |wanted: &String| letter.kinds().any(|kind| kind == wanted);
        self.table.as_ref().is_none_or(is_table)
            && self.kind.as_ref().is_none_or(is_kind)
            && self.id.as_ref().is_none_or(is_id)
    }
}

fn is_named(table: &str, wanted: &str) -> bool {
    let bare = table.split_once('.').map_or(table, |(_, bare)| bare);
    // Redshift folds names to lower case, whoever spells them.
    table.eq_ignore_ascii_case(wanted) || bare.eq_ignore_ascii_case(wanted)
}

fn items(attribute: Option<&str>) -> impl Iterator<Item = &str> {
    attribute.into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(attributes: &[(&str, &str)]) -> DeadLetter {
        DeadLetter {
            id: "dead-1".to_owned(),
            receipt_handle: ReceiptHandle("r".to_owned()),
            body: "{}".to_owned(),
            parked_at: None,
            group: None,
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    fn takes(filter: DeadLetterFilter) -> bool {
        let attributes = [("message_id", "m"), ("tables", "web.pages,web.visits"), ("kind", "data_rejected")];
        filter.takes(&letter(&attributes))
    }

    fn filter() -> DeadLetterFilter {
        DeadLetterFilter::default()
    }

    #[test]
    fn a_table_is_meant_with_its_schema_or_in_every_schema() {
        for (table, is_meant) in [
            ("web.visits", true),
            ("Visits", true),
            ("pages", true),
            ("api.pages", false),
            ("page", false),
            ("web", false),
        ] {
            assert_eq!(
                takes(DeadLetterFilter { table: Some(table.to_owned()), ..filter() }),
                is_meant,
                "{table}"
            );
        }
    }

    #[test]
    fn all_that_is_asked_for_must_be_so() {
        let of = |kind: &str, id: &str| DeadLetterFilter {
            table: None,
            kind: Some(kind.to_owned()),
            id: Some(id.to_owned()),
        };
        assert!(takes(filter()) && takes(of("data_rejected", "m")));
        assert!(!takes(of("data_rejected", "dead-1")) && !takes(of("data", "m")));
    }

    #[test]
    fn what_sqs_has_moved_by_itself_has_its_own_id_and_no_tables() {
        let moved = letter(&[]);
        assert_eq!((moved.message_id(), moved.tables().count()), ("dead-1", 0));
        assert!(filter().takes(&moved));
        assert!(!DeadLetterFilter { table: Some("pages".to_owned()), ..filter() }.takes(&moved));
    }
}

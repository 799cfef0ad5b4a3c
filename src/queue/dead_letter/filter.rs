//! Which dead letters are meant.

use crate::failure::FailureKind;
use crate::model::table_filter::TableFilter;
use crate::queue::dead_letter::DeadLetter;

/// What is `None` leaves all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    pub table: Option<TableFilter>,
    pub kind: Option<FailureKind>,
    /// The id that it was parked with, had at first, or has in the dead-letter queue.
    pub id: Option<String>,
}

impl DeadLetterFilter {
    pub fn takes(&self, letter: &DeadLetter) -> bool {
        let is_table = |wanted: &TableFilter| letter.tables().any(|table| wanted.takes(table));
        let is_kind = |wanted: &FailureKind| letter.kinds().any(|kind| kind == wanted.label());
        let is_id = |wanted: &String| {
            [letter.message_id(), letter.original_id(), &letter.id].contains(&wanted.as_str())
        };
        self.table.as_ref().is_none_or(is_table)
            && self.kind.as_ref().is_none_or(is_kind)
            && self.id.as_ref().is_none_or(is_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::dead_letter::tests::letter;

    fn takes(filter: &DeadLetterFilter) -> bool {
        let attributes = [
            ("message_id", "m"),
            ("original_message_id", "first"),
            ("tables", "web.pages,web.visits"),
            ("kind", "data_rejected"),
        ];
        filter.takes(&letter(&attributes))
    }

    fn of_table(name: &str) -> DeadLetterFilter {
        DeadLetterFilter { table: TableFilter::parse(name), ..DeadLetterFilter::default() }
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
            assert_eq!(takes(&of_table(table)), is_meant, "{table}");
        }
    }

    #[test]
    fn what_can_be_no_table_is_none() {
        for text in ["", ".", "web.", ".pages", "web. pages", "pa\u{202e}ges", &"x".repeat(128)] {
            assert_eq!(TableFilter::parse(text), None, "{text}");
        }
    }

    #[test]
    fn all_that_is_asked_for_must_be_so() {
        let of = |kind: FailureKind, id: &str| DeadLetterFilter {
            table: None,
            kind: Some(kind),
            id: Some(id.to_owned()),
        };
        assert!(takes(&DeadLetterFilter::default()));
        // Its ids as list, the page and the console of SQS have them.
        for id in ["m", "first", "dead-1"] {
            assert!(takes(&of(FailureKind::DataRejected, id)), "{id}");
        }
        assert!(!takes(&of(FailureKind::DataRejected, "other")));
        assert!(!takes(&of(FailureKind::SchemaConflict, "m")));
    }

    #[test]
    fn what_sqs_has_moved_by_itself_is_found_by_its_id_alone() {
        let moved = letter(&[]);
        assert_eq!((moved.message_id(), moved.tables().count()), ("dead-1", 0));
        let by_id = DeadLetterFilter { id: Some("dead-1".to_owned()), ..DeadLetterFilter::default() };
        assert!(DeadLetterFilter::default().takes(&moved) && by_id.takes(&moved));
        assert!(!of_table("pages").takes(&moved));
        // It had been sent back before.
        let again = letter(&[("original_message_id", "first")]);
        let by_first = DeadLetterFilter { id: Some("first".to_owned()), ..DeadLetterFilter::default() };
        assert!(by_first.takes(&again) && by_id.takes(&again));
    }
}

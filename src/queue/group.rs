//! The group of a message: what a FIFO queue keeps in order, and what a fair queue shares its deliveries out by.

use sha2::{Digest, Sha256};

use crate::model::target_table::TargetTable;

/// Characters that SQS takes (API reference of `SendMessage`, `MessageGroupId`).
const LONGEST: usize = 128;
/// Of the hash, in hexadecimal digits; what differs in it differs for all that matters here.
const HASH_DIGITS: usize = 16;

/// A `MessageGroupId` that SQS takes: letters, digits and punctuation of ASCII, 128 characters at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupId(String);

impl GroupId {
    /// `schema.table`. A name that SQS would not take is told by what it takes of it and a hash of the whole, so that
    /// two tables never share a group and one table always has the same.
    pub fn of(target: &TargetTable) -> Self {
        let name = target.to_string();
        if name.len() <= LONGEST && name.chars().all(|c| c.is_ascii_graphic()) {
            return Self(name);
        }
        let hash: String = Sha256::digest(&name).iter().map(|byte| format!("{byte:02x}")).collect();
        let readable = name.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' });
        let readable = readable.take(LONGEST - 1 - HASH_DIGITS);
        Self(readable.chain(['-']).chain(hash.chars().take(HASH_DIGITS)).collect())
    }

    /// What the queue itself has told, or an id that it gave: nothing but what it takes again.
    pub(super) fn told_by_queue(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ident::Ident;

    fn target(schema: &str, table: &str) -> TargetTable {
        TargetTable { schema: Ident::new(schema).unwrap(), table: Ident::new(table).unwrap() }
    }

    #[test]
    fn the_group_of_a_table_is_its_name() {
        assert_eq!(GroupId::of(&target("api", "Pages")).as_str(), "api.pages");
    }

    #[test]
    fn names_that_sqs_does_not_take_keep_groups_apart() {
        let long = |last: &str| GroupId::of(&target(&"s".repeat(127), &format!("{}{last}", "t".repeat(126))));
        assert_eq!(long("a").as_str().len(), 128);
        assert_ne!(long("a"), long("b"));
        assert_ne!(GroupId::of(&target("s", "tä")), GroupId::of(&target("s", "tö")));
        assert_ne!(GroupId::of(&target("s", "a b")), GroupId::of(&target("s", "a_b")));
    }

    proptest! {
        #[test]
        fn sqs_takes_the_group_of_every_table(schema in "[^\\p{C}]{1,40}", table in "[^\\p{C}]{1,40}") {
            let (Ok(schema), Ok(table)) = (Ident::new(&schema), Ident::new(&table)) else { return Ok(()) };
            let group = GroupId::of(&TargetTable { schema, table });
            prop_assert!(group.as_str().len() <= 128 && group.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}

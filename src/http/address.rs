//! What the address of a page names. Whatever it is, it is no more than a name to look for.

use percent_encoding::percent_decode_str;

use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;

/// Bytes of a load id, as the ledger has them.
const LONGEST_LOAD_ID: usize = 64;

/// A page that is about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Load(LoadId),
    Table(TargetTable),
}

impl Address {
    /// `None` for a path that can be no page's.
    pub(super) fn of(path: &str) -> Option<Self> {
        if let Some(id) = path.strip_prefix("/load/") {
            return Self::load_id(id).map(Self::Load);
        }
        // A dot within a name is escaped.
        let (schema, table) = path.strip_prefix("/table/")?.split_once('.')?;
        let name = |part: &str| Ident::new(&decoded(part)?).ok();
        Some(Self::Table(TargetTable { schema: name(schema)?, table: name(table)? }))
    }

    /// A load by the last part of a path; `None` for what can be no load's id.
    pub(super) fn load_id(part: &str) -> Option<LoadId> {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.:".contains(character);
        let id = decoded(part)?;
        let is_id = (1..=LONGEST_LOAD_ID).contains(&id.len()) && id.chars().all(is_plain);
        is_id.then_some(LoadId(id))
    }
}

fn decoded(part: &str) -> Option<String> {
    percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(schema: &str, table: &str) -> Option<Address> {
        let ident = |name: &str| Ident::new(name).unwrap();
        Some(Address::Table(TargetTable { schema: ident(schema), table: ident(table) }))
    }

    #[test]
    fn an_address_names_a_load_or_a_table_whatever_their_names() {
        assert_eq!(Address::of("/load/0199-ab"), Some(Address::Load(LoadId("0199-ab".to_owned()))));
        assert_eq!(Address::of("/table/nyc.Flights"), table("nyc", "flights"));
        assert_eq!(Address::of("/table/a%2Eb.c%2F%3Cscript%3E"), table("a.b", "c/<script>"));
    }

    #[test]
    fn what_can_be_no_name_is_no_address() {
        let long = "x".repeat(128);
        let paths = [
            "/load/",
            "/load/%27%3B",
            "/load/a/b",
            "/load/..%2F..%2Fetc",
            "/table/",
            "/table/x",
            "/table/.x",
            "/table/a.%00",
            "/table/a.%FF",
            "/favicon.ico",
            &format!("/load/{long}"),
            &format!("/table/a.{long}"),
        ];
        for path in paths {
            assert_eq!(Address::of(path), None, "{path}");
        }
    }
}

//! Where the names that a file gives its columns find the columns of a config.

use std::collections::HashSet;

use crate::model::ident::Ident;
use crate::model::table::Column;

/// How the columns of a file relate to those that are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placing {
    /// The wanted columns that the file has, in the file's order, each once.
    pub placed: Vec<Ident>,
    /// Names of the file that no wanted column has, in its order.
    pub unknown: Vec<String>,
    /// Names that the file has twice, in whatever case: Redshift folds them to one.
    pub twice: Vec<String>,
    /// Wanted columns that the file does not have, in the order of the config.
    pub missing: Vec<Ident>,
}

impl Placing {
    /// Blanks around names, their case and a byte order mark are put aside.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>, wanted: &[Column]) -> Self {
        let mut placing = Self::default();
        let mut seen = HashSet::new();
        for name in names {
            let name = name.trim_start_matches('\u{feff}').trim();
            let folded = name.to_ascii_lowercase();
            let column = wanted.iter().find(|column| column.name.as_str() == folded);
            if !seen.insert(folded) {
                placing.twice.push(name.to_owned());
            } else if let Some(column) = column {
                placing.placed.push(column.name.clone());
            } else {
                placing.unknown.push(name.to_owned());
            }
        }
        let missing = wanted.iter().map(|column| &column.name).filter(|name| !placing.placed.contains(name));
        placing.missing = missing.cloned().collect();
        placing
    }

    /// Whether every name of the file is that of one wanted column: then the names are the mapping.
    pub fn is_mapping(&self) -> bool {
        !self.placed.is_empty() && self.unknown.is_empty() && self.twice.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::column_type::ColumnType;

    fn wanted(names: &[&str]) -> Vec<Column> {
        let column = |name: &&str| Column {
            name: Ident::new(name).unwrap(),
            column_type: ColumnType::Integer,
            not_null: false,
            default: None,
            encoding: None,
        };
        names.iter().map(column).collect()
    }

    fn placed(names: &[&str]) -> (String, bool) {
        let placing = Placing::of(names.iter().copied(), &wanted(&["id", "name", "time"]));
        let told: Vec<&str> = placing.placed.iter().map(Ident::as_str).collect();
        (told.join(","), placing.is_mapping())
    }

    #[test]
    fn when_every_name_is_a_column_the_names_are_the_mapping() {
        assert_eq!(placed(&["id", "name", "time"]), ("id,name,time".to_owned(), true));
        assert_eq!(placed(&["\u{feff}ID", " Name ", "TIME"]), ("id,name,time".to_owned(), true));
        assert_eq!(placed(&["time", "id"]), ("time,id".to_owned(), true));
        assert_eq!(placed(&["id", "time"]), ("id,time".to_owned(), true));
    }

    #[test]
    fn a_name_that_is_no_column_or_stands_twice_is_no_mapping() {
        let wanted = wanted(&["id", "name"]);
        let placing = Placing::of(["id", "nmae", "ID", ""], &wanted);
        assert!(!placing.is_mapping());
        assert_eq!(placing.unknown, ["nmae", ""]);
        assert_eq!(placing.twice, ["ID"]);
        assert_eq!(placing.missing, [Ident::new("name").unwrap()]);
        assert!(!Placing::of([], &wanted).is_mapping());
    }
}

//! The list of columns by the header of a file.

use crate::model::drift::OnDrift;
use crate::model::shown::excerpt;
use crate::model::table::Column;
use crate::plan::columns::{By, Listed, by_names, in_order};
use crate::plan::drift::taken_by;
use crate::source::placing::Placing;

/// A header whose names are all columns is the mapping. One in which none is, or where those that are stand at their place
/// in the config among as many, is for people; any other is one that is nearly meant.
pub(super) fn of_header(
    names: &[String],
    wanted: &[Column],
    on_drift: OnDrift,
) -> Result<Listed, Vec<String>> {
    let placing = Placing::of(names.iter().map(String::as_str), wanted);
    if !placing.is_mapping() {
        let may_be_for_people = on_drift != OnDrift::Refuse && are_at_their_place(names, wanted);
        if placing.placed.is_empty() || may_be_for_people {
            return Ok(in_order(wanted, By::HeaderOfOthers));
        }
        let unknown = placing.unknown.iter().map(|name| {
            format!(
                "has the column `{}` in its header, which the table config lacks, and COPY cannot skip it{}",
                excerpt(name),
                taken_by(name, "longtext")
            )
        });
        let twice = placing
            .twice
            .iter()
            .map(|name| format!("has the column `{}` twice in its header", excerpt(name)));
        return Err(unknown.chain(twice).collect());
    }
    let needed = wanted.iter().filter(|column| column.not_null && column.default.is_none());
    let lacking: Vec<String> = needed
        .filter(|column| placing.missing.contains(&column.name))
        .map(|column| format!("lacks the column `{}`, which is NOT NULL without a default", column.name))
        .collect();
    if !lacking.is_empty() {
        return Err(lacking);
    }
    Ok(by_names(placing, By::Header))
}

fn are_at_their_place(names: &[String], columns: &[Column]) -> bool {
    let is_known = |name: &str| columns.iter().any(|column| column.name.as_str() == name);
    let fits = |(name, column): (&String, &Column)| {
        let name = name.to_ascii_lowercase();
        column.name.as_str() == name || !is_known(&name)
    };
    names.len() == columns.len() && names.iter().zip(columns).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::column_type::ColumnType;
    use crate::model::ident::Ident;

    fn columns(names: &[&str]) -> Vec<Column> {
        let column = |name: &&str| Column {
            name: Ident::new(name).unwrap(),
            column_type: ColumnType::BigInt,
            not_null: false,
            default: None,
            encoding: None,
        };
        names.iter().map(column).collect()
    }

    #[test]
    fn a_header_for_people_names_no_column_at_a_wrong_place() {
        let at_place = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            are_at_their_place(&names, &columns(&["id", "name", "time"]))
        };
        assert!(at_place(&["ID", "Full name", "time"]));
        assert!(at_place(&["a", "b", "c"]));
        assert!(!at_place(&["id", "time", "extra"]));
        assert!(!at_place(&["id", "name", "time", "extra"]));
    }
}

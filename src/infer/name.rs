//! Which columns the fields of a file can be: names of fields may be anything, those of columns may not, and Redshift folds
//! their case.

use crate::infer::Sample;
use crate::infer::observed::Observed;
use crate::infer::reserved::is_reserved;
use crate::model::count::counted;
use crate::model::ident::Ident;
use crate::model::shown::excerpt;
use crate::source::table_config::column::is_system_column;

/// How COPY finds the column of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Name,
    /// Then a column may have another name than its field.
    Place,
}

/// A field that can be a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// As a table config writes it, in the case of the field.
    pub dest: String,
    pub seen: Observed,
    pub remarks: Vec<String>,
}

/// The fields of a sample, as columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    pub named: Vec<Named>,
    /// Sentences about the fields that no column can take.
    pub left_out: Vec<String>,
}

/// The columns of the fields, in the order of the file.
pub fn columns(sample: &Sample, by: By) -> Columns {
    let mut columns = Columns::default();
    for (place, (field, seen)) in sample.fields.iter().enumerate() {
        let same = |known: &&mut Named| known.dest.eq_ignore_ascii_case(field);
        match (problem(field), by) {
            (None, _) => match columns.named.iter_mut().find(same) {
                Some(known) => known.joined(field, seen),
                None => columns.named.push(Named::of(field, seen)),
            },
            (Some(why), By::Place) => {
                let dest = format!("column_{}", place + 1);
                let remark =
                    format!("the file calls it `{}`, which cannot be a column: {why}", excerpt(field));
                columns.named.push(Named { dest, seen: seen.clone(), remarks: vec![remark] });
            }
            (Some(why), By::Name) => {
                columns.left_out.push(format!("`{}` cannot be a column: {why}", excerpt(field)));
            }
        }
    }
    columns
}

impl Named {
    fn of(field: &str, seen: &Observed) -> Self {
        let lower = field.to_ascii_lowercase();
        let reserved =
            is_reserved(&lower).then(|| format!("`{lower}` is a reserved word: queries write it in quotes"));
        Self { dest: field.to_owned(), seen: seen.clone(), remarks: reserved.into_iter().collect() }
    }

    /// Redshift has one column for names that differ in case only.
    fn joined(&mut self, field: &str, seen: &Observed) {
        self.seen.join(seen);
        self.remarks.push(format!(
            "the file has `{}` too, in {}: names that differ in case only are one column, and of both in one row COPY takes one",
            excerpt(field),
            counted(seen.values(), "row")
        ));
    }
}

/// Why a field of this name can be no column.
fn problem(field: &str) -> Option<String> {
    match Ident::new(field) {
        Err(error) => Some(error.to_string()),
        Ok(name) if is_system_column(name.as_str()) => {
            Some("Redshift has a column of this name in every table".to_owned())
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests;

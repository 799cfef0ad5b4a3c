//! Fields of the files that the table config does not have, where COPY would pass over them without a word.

use crate::model::drift::RESCUED;
use crate::model::ident::Ident;
use crate::model::object::ObjectUri;
use crate::model::shown::{excerpt, shown_within};
use crate::model::table::TableSpec;
use crate::plan::data_set::SeenKeys;
use crate::source::head::avro::AvroField;
use crate::source::table_config::written::scalar;

/// As many fields as people are told of.
const TOLD: usize = 20;

/// Fields that the table config does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// In the order of the files; never empty, [`TOLD`] at most.
    pub fields: Vec<UnknownField>,
    pub count: usize,
    /// Whether there are more than could be counted.
    pub are_more: bool,
    /// Whether they are kept in the column of `rescue`.
    pub are_rescued: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    pub name: String,
    /// The first file that has it.
    pub file: ObjectUri,
    /// The word of a table config for a column that would take the values that were seen.
    pub type_word: &'static str,
    /// The column whose name is the same but for the case.
    pub column: Option<Ident>,
}

impl Drift {
    /// The keys of JSON objects that are in no column.
    pub fn of_keys(seen: &SeenKeys, spec: &TableSpec) -> Option<Self> {
        let SeenKeys { keys, files, .. } = seen;
        let fields = keys.found.iter().filter_map(|(name, key)| {
            let file = files.get(key.head).or_else(|| files.first())?;
            let is_known = match &spec.rescue {
                Some(rescue) => rescue.keys.contains(name),
                None => spec.column_of_field(name).is_some(),
            };
            (!is_known).then(|| unknown(name, file, key.kind.type_word(), spec))
        });
        let drift = Self::of(fields)?;
        Some(Self { are_more: keys.are_more, are_rescued: spec.rescue.is_some(), ..drift })
    }

    /// The fields of Avro records that are in no column.
    pub fn of_avro(fields: &[AvroField], file: &ObjectUri, spec: &TableSpec) -> Option<Self> {
        let unknown_to = |field: &&AvroField| spec.column_of_field(&field.name).is_none();
        let fields = fields.iter().filter(unknown_to);
        Self::of(fields.map(|field| unknown(&field.name, file, field.type_word(), spec)))
    }

    fn of(unknown: impl Iterator<Item = UnknownField>) -> Option<Self> {
        let (mut fields, mut count) = (Vec::new(), 0);
        for field in unknown {
            count += 1;
            if fields.len() < TOLD {
                fields.push(field);
            }
        }
        (count > 0).then_some(Self { fields, count, are_more: false, are_rescued: false })
    }

    /// Their names, and how many more there are: at most so many bytes.
    pub fn names(&self, longest: usize) -> String {
        shown_within(&format!("{}{}", self.shown_names().join(", "), self.more()), longest)
    }

    /// The names of [`fields`](Self::fields), as they may be shown.
    pub fn shown_names(&self) -> Vec<String> {
        self.fields.iter().map(|field| excerpt(&field.name)).collect()
    }

    /// What has been found in the files of this address, and what to do, as a sentence.
    pub fn sentence(&self, source: &ObjectUri) -> String {
        let fate = match self.are_rescued {
            true => format!("are kept in `{RESCUED}` only"),
            false => "are dropped by COPY".to_owned(),
        };
        let names: Vec<String> = self.fields.iter().map(|field| field.quoted(source)).collect();
        let lines = self.config_lines();
        let advice = match lines.as_slice() {
            [] => String::new(),
            lines => format!("; to load them, add to `columns` of the table config: {}", lines.join(" ")),
        };
        format!(
            "fields of {source} that the table config lacks {fate} ({}): {}{}{advice}",
            self.count,
            names.join(", "),
            self.more()
        )
    }

    /// Lines for `columns` of a table config that would take the fields; none for what cannot be a column of its own.
    pub fn config_lines(&self) -> Vec<String> {
        self.fields.iter().filter_map(UnknownField::config_line).collect()
    }

    /// Why nothing is loaded, each as a clause that follows the name of the first field's file.
    pub fn refusals(&self) -> Vec<String> {
        let place = |field: &UnknownField| self.fields.first().map(|first| field.place(&first.file));
        let clauses = self.fields.iter().map(|field| {
            let (name, place) = (excerpt(&field.name), place(field).unwrap_or_default());
            match &field.column {
                Some(_) if field.is_of_identity() => {
                    format!(
                        "has the field `{name}`{place}, whose column is an identity, which Redshift fills"
                    )
                }
                Some(column) => format!(
                    "has the field `{name}`{place}, which is not the column `{column}` as COPY minds the case"
                ),
                None => {
                    let taken = taken_by(&field.name, field.type_word);
                    format!("has the field `{name}`{place}, which the table config lacks{taken}")
                }
            }
        });
        let more = (self.count > self.fields.len())
            .then(|| format!("has {} more such fields", self.count - self.fields.len()));
        clauses.chain(more).collect()
    }

    fn more(&self) -> String {
        match (self.count - self.fields.len(), self.are_more) {
            (0, _) => String::new(),
            (more, false) => format!(" and {more} more"),
            (more, true) => format!(" and at least {more} more"),
        }
    }
}

impl UnknownField {
    /// `None` when Redshift has no column of such a name, or has it already.
    pub fn config_line(&self) -> Option<String> {
        config_line(&self.name, self.type_word).filter(|_| self.column.is_none())
    }

    /// Whether its very column is there, and does not take it.
    fn is_of_identity(&self) -> bool {
        self.column.as_ref().is_some_and(|column| column.as_str() == self.name)
    }

    fn quoted(&self, source: &ObjectUri) -> String {
        let case = match &self.column {
            Some(_) if self.is_of_identity() => " (an identity column, which Redshift fills)".to_owned(),
            Some(column) => {
                format!(" (the column `{column}` but for the case; write its `dest` as the files do)")
            }
            None => String::new(),
        };
        format!("`{}`{case}{}", excerpt(&self.name), self.place(source))
    }

    /// The file, where it is not the one that is spoken of.
    fn place(&self, spoken_of: &ObjectUri) -> String {
        match self.file == *spoken_of {
            true => String::new(),
            false => format!(" (first in {})", self.file),
        }
    }
}

fn unknown(name: &str, file: &ObjectUri, type_word: &'static str, spec: &TableSpec) -> UnknownField {
    let mut names = spec.columns.iter().map(|column| &column.name).filter(|name| name.as_str() != RESCUED);
    let column = names.find(|column| column.as_str().eq_ignore_ascii_case(name)).cloned();
    UnknownField { name: name.to_owned(), file: file.clone(), type_word, column }
}

/// What takes a field that the table config lacks, as the end of a clause.
pub fn taken_by(name: &str, type_word: &str) -> String {
    match config_line(name, type_word) {
        Some(line) => format!(" (this line takes it: {line})"),
        None => " (no column can have this name)".to_owned(),
    }
}

fn config_line(name: &str, type_word: &str) -> Option<String> {
    let can_be_column = Ident::new(name).is_ok_and(|name| name.as_str() != RESCUED);
    can_be_column.then(|| format!("- {{dest: {}, type: {type_word}}}", scalar(name)))
}

#[cfg(test)]
mod tests;

//! The table config, as YAML with what was guessed and why.

use std::fmt::Write;

use crate::infer::choose::{Choice, Origin, choose};
use crate::infer::data_date::{Candidate, Dated, Evidence, candidates};
use crate::infer::declared::Declared;
use crate::infer::name::{By, Columns, Named, columns};
use crate::infer::observed::{Distinct, Observed};
use crate::infer::{COLUMNS, Sample};
use crate::model::count::grouped;
use crate::model::data_date::DataDate;
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::source::table_config::written::scalar;

/// What the config is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub target: TargetTable,
    /// The sample in words: its file, and how much of it was looked at.
    pub sample: String,
    /// In the name of the file.
    pub file_date: Option<DataDate>,
    pub rows: u64,
    pub columns: Vec<Column>,
    /// Sentences about the sample as a whole.
    pub remarks: Vec<String>,
    /// Further keys of `meta` with their values as YAML.
    pub meta: Vec<(&'static str, String)>,
}

/// A column with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub dest: String,
    pub choice: Choice,
    /// `None` where no values were looked at.
    pub seen: Option<Observed>,
}

/// No table has as many columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "has {0} fields, and a Redshift table has at most {COLUMNS} columns; if their names are data themselves, write them into one nested object, \
     which a SUPER takes"
)]
pub struct TooWide(String);

impl Draft {
    /// The columns that a sample of values has.
    ///
    /// # Errors
    /// When they are more than a table has.
    pub fn of_sample(mut self, sample: &Sample, origin: Origin, by: By) -> Result<Self, TooWide> {
        if sample.has_more_fields || sample.fields.len() > COLUMNS {
            let more = if sample.has_more_fields { "more than " } else { "" };
            return Err(TooWide(format!("{more}{}", grouped(sample.fields.len() as u64))));
        }
        let Columns { named, left_out } = columns(sample, by);
        self.rows = sample.rows;
        self.remarks.extend(sample.remarks.iter().cloned());
        self.remarks.extend(left_out);
        self.columns = named
            .into_iter()
            .map(|Named { dest, seen, remarks }| {
                let mut choice = choose(&seen, sample.rows, origin);
                choice.remarks.extend(remarks);
                Column { dest, choice, seen: Some(seen) }
            })
            .collect();
        Ok(self)
    }

    /// The columns that a file declares.
    ///
    /// # Errors
    /// When they are more than a table has.
    pub fn of_declared(mut self, declared: Vec<Declared>) -> Result<Self, TooWide> {
        if declared.len() > COLUMNS {
            return Err(TooWide(grouped(declared.len() as u64)));
        }
        let mut names = Sample::default();
        for column in &declared {
            names.field(&column.name);
        }
        let Columns { named, left_out } = columns(&names, By::Name);
        self.remarks.extend(left_out);
        for Named { dest, remarks, .. } in named {
            let Some(found) = declared.iter().find(|column| column.name == dest) else { continue };
            let mut choice = found.choice.clone();
            choice.remarks.extend(remarks);
            self.columns.push(Column { dest, choice, seen: None });
        }
        Ok(self)
    }

    /// All of it as YAML, which our own reader takes once the data date column is there.
    pub fn yaml(&self) -> String {
        let found = self.data_date_columns();
        let mut yaml = String::new();
        for line in self.head(&found) {
            put(&mut yaml, &format!("# {}", shown(&line)));
        }
        let table = scalar(self.target.table.as_str());
        put(&mut yaml, &format!("{table}:\n  dest: {table}\n  columns:"));
        for column in &self.columns {
            column.put(&mut yaml);
        }
        put(&mut yaml, "  meta:");
        put(&mut yaml, &format!("    schema: {}", scalar(self.target.schema.as_str())));
        match found.first() {
            Some(Candidate { dest, evidence }) => {
                put(
                    &mut yaml,
                    &format!("    datadatecolumn: {}  # a guess: it {}", scalar(dest), evidence.clause()),
                );
                if *evidence == Evidence::FileDay {
                    put(
                        &mut yaml,
                        "    granularity: day  # a load replaces the rows of the day of its file, in UTC",
                    );
                }
            }
            None => put(&mut yaml, "    # datadatecolumn: which column? None can hold dates."),
        }
        for (key, value) in &self.meta {
            put(&mut yaml, &format!("    {key}: {value}"));
        }
        yaml
    }

    fn data_date_columns(&self) -> Vec<Candidate> {
        let dated = self.columns.iter().filter(|column| {
            matches!(column.choice.type_word.as_str(), "date" | "timestamp" | "timestamptz")
        });
        let dated = dated.map(|column| Dated { dest: &column.dest, seen: column.seen.as_ref() });
        candidates(dated, self.rows, self.file_date)
    }

    fn head(&self, found: &[Candidate]) -> Vec<String> {
        let mut lines = vec![
            format!("A first table config for {}, inferred from {}.", self.target, self.sample),
            "A sample says nothing of the rest of the data, nor of tomorrow's: look at every line, then run `plan --check-data`.".to_owned(),
        ];
        lines.extend(self.remarks.iter().map(|remark| format!("! {remark}")));
        lines.push("To decide:".to_owned());
        lines.push(match found.split_first() {
            None => "- datadatecolumn: no column can hold the date of the file, which every row must carry; the data lacks it".to_owned(),
            Some((best, others)) => format!("- datadatecolumn: `{}` {}{}", best.dest, best.evidence.clause(), told_others(others)),
        });
        if let (Some(Candidate { evidence: Evidence::OtherDays(_), .. }), Some(date)) =
            (found.first(), self.file_date)
        {
            lines.push(format!(
                "  a load of this file would be refused: its rows are not of {date}; see `granularity` and `outside`, or give the rows the date of their file"
            ));
        }
        lines.push(match self.keys().as_slice() {
            [] => "- primarykey: none is set, and no column alone is one in the sample".to_owned(),
            keys => format!(
                "- primarykey: none is set; without a null and with no value twice: {}",
                keys.join(", ")
            ),
        });
        lines.push("- distkey, sortord: none is set, so that Redshift's AUTO chooses both".to_owned());
        lines.push("- notnull: nothing is, even where the sample has no null".to_owned());
        lines
    }

    /// Columns that would tell the rows apart.
    fn keys(&self) -> Vec<String> {
        let is_key = |column: &&Column| {
            let is_whole = |seen: &Observed| {
                matches!(seen.distinct, Distinct::So(_)) && seen.values() == self.rows && self.rows > 1
            };
            let is_name = |word: &str| word == "bigint" || word == "text" || word.starts_with("varchar");
            column.seen.as_ref().is_some_and(is_whole) && is_name(&column.choice.type_word)
        };
        self.columns
            .iter()
            .filter(is_key)
            .take(MOST_KEYS)
            .map(|column| format!("`{}`", column.dest))
            .collect()
    }
}

/// Candidates for a primary key that are told.
const MOST_KEYS: usize = 5;

impl Column {
    fn put(&self, yaml: &mut String) {
        let Self { dest, choice: Choice { type_word, why, remarks }, .. } = self;
        // In braces, YAML ends a value at a comma.
        let word = if type_word.contains(',') { format!("\"{type_word}\"") } else { type_word.clone() };
        let column = format!("    - {{dest: {}, type: {word}}}", scalar(dest));
        put(yaml, &format!("{column}  # {}", shown(&why.join("; "))));
        for remark in remarks {
            put(yaml, &format!("      # ! {}", shown(remark)));
        }
    }
}

fn told_others(others: &[Candidate]) -> String {
    /// Others that are told.
    const MOST: usize = 10;
    if others.is_empty() {
        return "; no other column can hold dates".to_owned();
    }
    let told = others
        .iter()
        .take(MOST)
        .map(|Candidate { dest, evidence }| format!("`{dest}` {}", evidence.clause()));
    format!("; {}", told.collect::<Vec<_>>().join(", "))
}

fn put(yaml: &mut String, line: &str) {
    writeln!(yaml, "{line}").expect("a String takes every text");
}

#[cfg(test)]
mod tests;

//! A first table config from a sample of the data: observe values, widen, choose. Pure.
//!
//! - [`value`]: what one value is, as COPY would read it
//! - [`observed`]: what is known of all values of a field; a join that knows no order
//! - [`choose`]: the type of the column that takes them all, and why
//! - [`json`], [`text`], [`declared`]: samples of the formats
//! - [`name`]: which columns the fields can be
//! - [`data_date`]: which of them may hold the data date of the file
//! - [`config`]: the YAML
//!
//! The law: what is chosen takes every value of the sample, in whatever order the rows stand; more rows only ask for more.
//! A value of the data is told only where it is a number, a date, or a word for nothing such as `NA`: a config is kept where
//! others read it.

pub mod value;
pub mod observed;
pub mod choose;
pub mod json;
pub mod text;
pub mod dialect;
pub mod declared;
pub mod name;
mod reserved;
mod quoted;
pub mod data_date;
pub mod config;

use indexmap::IndexMap;

use crate::source::head::{LONGEST_NAME, NAMES};

use observed::Observed;

/// Bytes of a file, as stored, that are looked at; and how far they are unpacked.
pub const SAMPLE: usize = 2 << 20;
pub const UNPACKED: usize = 16 << 20;

/// Rows that are looked at.
pub const ROWS: u64 = 100_000;

/// The columns of the widest table [MG amazon-redshift-limits].
pub const COLUMNS: usize = 1_600;

/// The rows at the beginning of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// By the name that the file gives them, in the order in which they are met; at most [`NAMES`].
    pub fields: IndexMap<String, Observed>,
    pub has_more_fields: bool,
    pub rows: u64,
    /// What else was seen, in sentences without a full stop.
    pub remarks: Vec<String>,
}

impl Sample {
    /// Says it once.
    fn remark(&mut self, sentence: &str) {
        if !self.remarks.iter().any(|known| known == sentence) {
            self.remarks.push(sentence.to_owned());
        }
    }

    /// What is known of a field; `None` when there are more of them than are looked at.
    fn field(&mut self, name: &str) -> Option<&mut Observed> {
        let name = name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or(name);
        if !self.fields.contains_key(name) {
            if self.fields.len() == NAMES {
                self.has_more_fields = true;
                return None;
            }
            self.fields.insert(name.to_owned(), Observed::default());
        }
        self.fields.get_mut(name)
    }
}

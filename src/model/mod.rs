//! The nouns that every other room speaks in. Values only: no I/O, no clock, no SQL.

pub mod problems;
pub mod ident;
pub mod target_table;
pub mod data_date;
pub mod zone;
pub mod granularity;
pub mod window;
pub mod object;
pub mod format;
pub mod delimiter;
pub mod copy_options;
pub mod copy_template;
pub mod file_terms;
pub mod column_type;
pub mod default_value;
pub mod drift;
pub mod own_sql;
pub mod table;
pub mod load_id;
pub mod load_mode;
pub mod duplicates;
pub mod cuts;
pub mod freshness;
pub mod secret;
pub mod shown;
pub mod misspelling;

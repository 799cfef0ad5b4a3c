//! The nouns that every other room speaks in. Values only: no I/O, no clock, no SQL.

pub mod column_type;
pub mod data_date;
pub mod default_value;
pub mod ident;
pub mod load_id;
pub mod object;
pub mod table;
pub mod target_table;

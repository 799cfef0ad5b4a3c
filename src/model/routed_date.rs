//! The date of the data in a file, as its key tells it.

use chrono::NaiveDateTime;

use crate::model::data_date::DataDate;

/// A date as a key tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutedDate {
    /// It has an offset, or counts from 1970.
    Instant(DataDate),
    /// What clocks show, of a zone that others name.
    Wall(NaiveDateTime),
}

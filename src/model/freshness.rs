//! How new a table is.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::model::data_date::DataDate;

/// How new the data of one table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The newest data date that was loaded.
    pub data_date: DataDate,
    /// When the last load was committed.
    pub loaded_at: DateTime<Utc>,
    /// How often new data is due, as the table config of the last load said.
    pub cadence: Option<Duration>,
}

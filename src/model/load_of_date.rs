//! Loads of the dated layouts, as the ledger knows them.

use crate::model::data_date::DataDate;
use crate::model::load_id::{Fingerprint, LoadId};

/// A committed load of a data date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadOfDate {
    pub date: DataDate,
    pub load_id: LoadId,
    /// The data file, the producer's manifest, or the address of the parts.
    pub source_url: String,
    /// Of the files that were loaded.
    pub fingerprint: Fingerprint,
}

//! Why a columnar file is not opened.

use crate::copy::grammar::format::Format;
use crate::copy::scan_error::ScanError;

/// Why a file is not opened.
pub(super) enum Unopened {
    /// It is not of the format.
    NotOfFormat,
    /// It has something that would take too much, or load wrong.
    NotCovered(String),
    Corrupt(String),
}

impl Unopened {
    pub(super) fn of_file(self, file: &str, format: &Format) -> ScanError {
        match self {
            Self::NotOfFormat => ScanError::not_of_format(file, format),
            Self::NotCovered(what) => ScanError::not_covered(file, &what),
            Self::Corrupt(why) => ScanError::corrupt(file, &why),
        }
    }
}

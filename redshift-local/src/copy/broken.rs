//! How the decoding of one object ends early, whatever its format.

use std::io;

use super::row::Stop;
use super::scan_error::ScanError;

/// Why one object's decoding ended early.
#[derive(Debug)]
pub(crate) enum Broken {
    Stop(Stop),
    /// The object cannot be read, or not unpacked.
    Read(io::Error),
    /// It is not of the columnar format, or not for this table.
    Scan(ScanError),
}

impl From<Stop> for Broken {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<ScanError> for Broken {
    fn from(error: ScanError) -> Self {
        Self::Scan(error)
    }
}

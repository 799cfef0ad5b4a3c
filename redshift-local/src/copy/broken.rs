//! How the decoding of one object ends early, whatever its format.

use std::io;

use super::row::Stop;

/// Why one object's decoding ended early.
#[derive(Debug)]
pub(crate) enum Broken {
    Stop(Stop),
    /// The object cannot be read, or not unpacked.
    Read(io::Error),
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

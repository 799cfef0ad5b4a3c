//! How many files of a table are loaded together.

use std::time::Duration;

/// When files that wait for a table are loaded, and how many together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Of one COPY.
    pub files: usize,
    /// Of all its files as stored; one that is larger is loaded alone.
    pub bytes: u64,
    /// How long the first file waits for others while its table is idle.
    pub linger: Duration,
}

impl BatchLimits {
    /// As many as Redshift likes: AWS advises files that are a multiple of the slices, and a commit costs the cluster more than
    /// many files of one COPY.
    pub const DEFAULT: Self = Self { files: 1_000, bytes: 1 << 30, linger: Duration::from_secs(60) };
    /// More than a manifest of ours is to hold.
    pub const MOST_FILES: usize = 10_000;
    pub const MOST_BYTES: u64 = 1 << 40;
    pub const LONGEST_LINGER: Duration = Duration::from_secs(3600);
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

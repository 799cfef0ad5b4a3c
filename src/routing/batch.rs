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

/// Reads a number of bytes with a unit, such as `1GiB` or `500MB`.
pub(super) fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 9] = [
        ("", 1),
        ("B", 1),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KIB", 1 << 10),
        ("MIB", 1 << 20),
        ("GIB", 1 << 30),
        ("TIB", 1 << 40),
    ];
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let (_, times) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units_of_thousands_or_of_1024() {
        for (text, number) in
            [("1GiB", 1 << 30), ("500MB", 500_000_000), ("64 KiB", 65_536), ("1024", 1024), ("1gib", 1 << 30)]
        {
            assert_eq!(bytes(text), Some(number), "{text}");
        }
        for text in ["", "GiB", "-1", "1.5GB", "1XB", "99999999999999999999", "18446744073709551615TiB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}

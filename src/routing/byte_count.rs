//! A number of bytes as people write it.

/// Reads a number of bytes with a unit, such as `1GiB` or `500MB`.
pub(super) fn read(text: &str) -> Option<u64> {
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
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in ["", "GiB", "-1", "1.5GB", "1XB", "99999999999999999999", "18446744073709551615TiB"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

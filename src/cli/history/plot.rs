//! The rows of loads as bars.

use std::fmt::Write;

use crate::cli::history::table::to_the_second;
use crate::warehouse::history::LedgerEntry;

/// Characters of the longest bar: with the texts before it a line fits 80.
const LONGEST_BAR: u64 = 40;

/// The oldest load first, as time goes down the screen.
pub(super) fn of(entries: &[LedgerEntry]) -> String {
    let most = entries.iter().map(|entry| entry.rows_loaded).max().unwrap_or_default().max(1);
    let mut text = String::new();
    for entry in entries.iter().rev() {
        let length = u128::from(entry.rows_loaded) * u128::from(LONGEST_BAR) / u128::from(most);
        // A few rows are not none.
        let length = usize::try_from(length).unwrap_or_default().max(usize::from(entry.rows_loaded > 0));
        let (date, bar) = (to_the_second(&entry.data_date), "█".repeat(length));
        let line = format!("{date:<19}  {:>12}  {bar}", entry.rows_loaded);
        writeln!(text, "{}", line.trim_end()).expect("a string takes any text");
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::cli::history::table::tests::entry;

    #[test]
    fn a_bar_is_as_long_as_its_rows_and_a_few_rows_are_not_none() {
        let entries = [
            entry("2013-01-04 00:00:00", 0),
            entry("2013-01-03 00:00:00", 1),
            entry("2013-01-02 00:00:00", 500),
            entry("2013-01-01 00:00:00", u64::MAX),
        ];
        expect![[r#"
            2013-01-01 00:00:00  18446744073709551615  ████████████████████████████████████████
            2013-01-02 00:00:00           500  █
            2013-01-03 00:00:00             1  █
            2013-01-04 00:00:00             0
        "#]]
        .assert_eq(&of(&entries));
        expect![[r#"
            2013-01-02 00:00:00           500  ████████████████████████████████████████
            2013-01-03 00:00:00             1  █
            2013-01-04 00:00:00             0
        "#]]
        .assert_eq(&of(&entries[..3]));
        assert_eq!(of(&[]), "");
    }
}

//! How many rows a load may bring, decided before it runs and checked before it commits.

use std::fmt;

/// What is suspicious about a number of rows; nothing is by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCountPolicy {
    /// Refuse a load of no rows.
    pub refuses_zero: bool,
    /// Refuse a load of so many fewer rows than the table's recent loads had, in percent.
    pub largest_drop: Option<u8>,
}

/// As many recent loads as are compared with.
pub const RECENT_LOADS: u32 = 10;
/// Fewer say nothing about what is usual.
const FEWEST_LOADS: usize = 3;

/// The numbers of rows with which a load may commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCountGate {
    /// What the message expects.
    exactly: Option<u64>,
    not_zero: bool,
    at_least: Option<AtLeast>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AtLeast {
    rows: u64,
    /// The median of the recent loads.
    usual: u64,
    largest_drop: u8,
}

/// A number of rows that does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnexpectedRowCount {
    #[error(
        "COPY loaded {found} rows where the message expects {expected}; fix the file, or send the message with the right `expected_rows`"
    )]
    NotAsExpected { found: u64, expected: u64 },
    #[error(
        "COPY loaded no rows, which ZERO_ROWS refuses; fix the file, or load it with `force` if it is right"
    )]
    Zero,
    #[error(
        "COPY loaded {found} rows where recent loads of the table had {usual}, a drop of more than {largest_drop} % \
         (ROW_COUNT_DROP); fix the file, or load it with `force` if it is right"
    )]
    Drop { found: u64, usual: u64, largest_drop: u8 },
}

impl RowCountGate {
    /// The gate of one load. `recent` are the rows of the table's last loads. The policy is for loads that nobody has
    /// looked at, so `force` passes it by; what the message itself expects holds in any case.
    pub fn new(expected: Option<u64>, policy: RowCountPolicy, recent: &[u64], force: bool) -> Self {
        let policy = if force { RowCountPolicy::default() } else { policy };
        let at_least = policy.largest_drop.and_then(|largest_drop| {
            let usual = median(recent)?;
            let kept = u64::from(100_u8.saturating_sub(largest_drop));
            // Rounded up, in numbers that hold any count.
            let rows = (u128::from(usual) * u128::from(kept)).div_ceil(100);
            Some(AtLeast { rows: u64::try_from(rows).expect("a part of it fits"), usual, largest_drop })
        });
        Self { exactly: expected, not_zero: policy.refuses_zero, at_least }
    }

    /// Whether every number passes.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// # Errors
    /// When a load of `rows` rows must not commit.
    pub fn check(&self, rows: u64) -> Result<(), UnexpectedRowCount> {
        if let Some(expected) = self.exactly.filter(|expected| *expected != rows) {
            return Err(UnexpectedRowCount::NotAsExpected { found: rows, expected });
        }
        // Who expects no rows gets them.
        if self.not_zero && rows == 0 && self.exactly.is_none() {
            return Err(UnexpectedRowCount::Zero);
        }
        match self.at_least {
            Some(AtLeast { rows: fewest, usual, largest_drop })
                if rows < fewest && self.exactly.is_none() =>
            {
                Err(UnexpectedRowCount::Drop { found: rows, usual, largest_drop })
            }
            _ => Ok(()),
        }
    }
}

fn median(recent: &[u64]) -> Option<u64> {
    if recent.len() < FEWEST_LOADS {
        return None;
    }
    let mut sorted = recent.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

/// `exactly 5`, `at least 1`, or `at least 90 (usual are 100)`.
impl fmt::Display for RowCountGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.exactly, self.at_least) {
            (Some(rows), _) => write!(f, "exactly {rows}"),
            (None, Some(AtLeast { rows, usual, .. })) if rows > 0 || !self.not_zero => {
                write!(f, "at least {rows} (usual are {usual})")
            }
            (None, _) => f.write_str("at least 1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STRICT: RowCountPolicy = RowCountPolicy { refuses_zero: true, largest_drop: Some(50) };

    #[test]
    fn without_a_policy_or_an_expectation_every_number_passes() {
        let gate = RowCountGate::new(None, RowCountPolicy::default(), &[100; 10], false);
        assert!(gate.is_open());
        assert_eq!(gate.check(0), Ok(()));
    }

    #[test]
    fn what_the_message_expects_is_exact_and_outranks_the_policy() {
        let gate = RowCountGate::new(Some(0), STRICT, &[100; 10], true);
        assert_eq!(gate.check(0), Ok(()));
        assert_eq!(gate.check(1), Err(UnexpectedRowCount::NotAsExpected { found: 1, expected: 0 }));
    }

    #[test]
    fn a_drop_is_measured_against_the_median_of_enough_loads() {
        let gate = RowCountGate::new(None, STRICT, &[1, 100, 101, 99, 1_000_000], false);
        assert_eq!(gate.check(50), Ok(()));
        let drop = UnexpectedRowCount::Drop { found: 49, usual: 100, largest_drop: 50 };
        assert_eq!(gate.check(49), Err(drop));
        assert_eq!(RowCountGate::new(None, STRICT, &[100, 100], false).check(1), Ok(()));
    }

    #[test]
    fn no_rows_are_refused_on_request_unless_forced() {
        assert_eq!(RowCountGate::new(None, STRICT, &[], false).check(0), Err(UnexpectedRowCount::Zero));
        assert_eq!(RowCountGate::new(None, STRICT, &[], true).check(0), Ok(()));
    }

    proptest! {
        #[test]
        fn a_usual_number_always_passes(usual: u64, drop in 0_u8..=100, more in 0_u64..1000) {
            let policy = RowCountPolicy { refuses_zero: false, largest_drop: Some(drop) };
            let gate = RowCountGate::new(None, policy, &[usual; 3], false);
            prop_assert_eq!(gate.check(usual.saturating_add(more)), Ok(()));
        }
    }
}

//! A column whose values Redshift makes.

use std::fmt;

/// IDENTITY(seed, step): unique numbers, with gaps, and not in the order of the rows (redshift-facts 2.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub seed: i64,
    /// Never 0.
    pub step: i64,
}

/// What the default of such a column begins with in the catalog.
const OF_CATALOG: &str = "\"identity\"(";

impl Identity {
    /// Starts at 1 and goes by ones.
    pub const USUAL: Self = Self { seed: 1, step: 1 };

    /// `None` when the step is 0.
    pub fn new(seed: i64, step: i64) -> Option<Self> {
        (step != 0).then_some(Self { seed, step })
    }

    /// Reads a default of the catalog, such as `"identity"(108123, 0, '1,1'::text)` (redshift-facts 3.3); `None` for any
    /// other.
    pub fn of_catalog(default: &str) -> Option<Self> {
        let arguments = default.trim().strip_prefix(OF_CATALOG)?;
        let (_, quoted) = arguments.split_once('\'')?;
        let (numbers, _) = quoted.split_once('\'')?;
        let (seed, step) = numbers.split_once(',')?;
        Self::new(seed.trim().parse().ok()?, step.trim().parse().ok()?)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "identity({},{})", self.seed, self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_the_catalog_says_seed_and_step() {
        let of = |default| Identity::of_catalog(default);
        assert_eq!(of(r#""identity"(108123, 0, '1,1'::text)"#), Some(Identity::USUAL));
        assert_eq!(of(r#""identity"(9, 3, '100,-5'::text)"#), Identity::new(100, -5));
        assert_eq!(of(r#""default_identity"(9, 3, '1,1'::text)"#), None);
        assert_eq!(of("'1,1'::text"), None);
        assert_eq!(of(r#""identity"(9, 3, '1,0'::text)"#), None);
    }
}

//! What a load does to the rows that are in its table.

use strum::{EnumString, IntoStaticStr, VariantNames};

/// What happens to rows of other data dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum LoadMode {
    /// They stay.
    Append,
    /// They go.
    Replace,
}

impl LoadMode {
    /// Their words in configs.
    pub const WORDS: &[&str] = Self::VARIANTS;

    pub fn label(self) -> &'static str {
        self.into()
    }
}

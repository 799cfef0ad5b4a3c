//! What a load does to the rows that are in its table.

use strum::{EnumString, IntoStaticStr, VariantNames};

/// What happens to the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum LoadMode {
    /// Those of other data dates stay.
    Append,
    /// They go.
    Replace,
    /// Those whose primary key the data has too are replaced; all others stay.
    Merge,
}

impl LoadMode {
    /// Their words in configs.
    pub const WORDS: &[&str] = Self::VARIANTS;

    pub fn label(self) -> &'static str {
        self.into()
    }
}

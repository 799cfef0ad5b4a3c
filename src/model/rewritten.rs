//! What becomes of an announced file that was written again after its load.

use strum::{EnumString, IntoStaticStr, VariantNames};

/// What happens when a key that was loaded is announced with another content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum OnRewritten {
    /// Nothing is loaded: its owner decides what becomes of the rows that are there.
    #[default]
    Park,
    /// It is loaded like a new file, beside the rows that it brought before.
    Append,
    /// The rows of its window go, and all files that its rule finds for the window are loaded in their place.
    Replace,
}

impl OnRewritten {
    /// Their words in configs.
    pub const WORDS: &[&str] = Self::VARIANTS;
}

//! What becomes of data that a table config does not know.

use strum::{EnumString, IntoStaticStr, VariantNames};

/// The column of `rescue`.
pub const RESCUED: &str = "_rescued";

/// What happens when the files have fields that the config lacks, and COPY would pass over them without a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum OnDrift {
    /// They are dropped, and named to their owner.
    #[default]
    Report,
    /// Nothing is loaded.
    Refuse,
    /// Each JSON object is kept whole in [`RESCUED`], besides its values in their columns.
    Rescue,
}

impl OnDrift {
    /// Their words in configs.
    pub const WORDS: &[&str] = Self::VARIANTS;

    pub fn label(self) -> &'static str {
        self.into()
    }
}

//! How much of a table the data of one date is.

use strum::{EnumString, IntoStaticStr, VariantNames};

/// Which rows a load replaces, by their data dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Granularity {
    /// The rows of the very data date.
    #[default]
    Exact,
    /// Those of the hour in which it lies, by the clocks of the zone.
    Hour,
    Day,
    /// Those of a span that the message names.
    Stream,
}

impl Granularity {
    /// Their words in messages and configs.
    pub const WORDS: &[&str] = Self::VARIANTS;

    pub fn label(self) -> &'static str {
        self.into()
    }

    /// Whether the message names a span, instead of the data date.
    pub fn takes_span(self) -> bool {
        self == Self::Stream
    }
}

//! What a load may change in a table that differs from its config.

use strum::{EnumString, IntoStaticStr, VariantNames};

/// What happens to each kind of difference that need not be refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SchemaPolicy {
    pub new_columns: NewColumns,
    pub narrow_columns: NarrowColumns,
}

/// What happens when the table lacks a column of the config.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum NewColumns {
    /// It is added before the load.
    #[default]
    Add,
    /// Nothing is loaded.
    Refuse,
}

impl NewColumns {
    /// Their words in configs.
    pub const WORDS: &[&str] = Self::VARIANTS;
}

/// What happens when a VARCHAR of the table is shorter than the config wants it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NarrowColumns {
    /// It stays, and longer values do not fit.
    #[default]
    Keep,
    /// It gets the length of the config before the load.
    Widen,
    /// Nothing is loaded.
    Refuse,
}

//! What a table config has done after a load: work on the table that no load waits for.

use std::fmt;

use strum::{EnumIter, IntoStaticStr};

/// One kind of such work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AfterWork {
    /// Statistics for the planner of queries.
    Analyze,
    /// Sorts rows, and gives back the space of deleted ones.
    Vacuum,
}

impl AfterWork {
    /// As a table config says it.
    pub fn label(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for AfterWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

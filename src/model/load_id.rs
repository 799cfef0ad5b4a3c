//! What identifies a load: the attempt, and the effect.

use std::fmt;

use crate::model::target_table::TargetTable;
use crate::model::window::Window;

/// One attempt to load one table; unique, and written in its ledger row, so that a lost answer to COMMIT can be
/// looked up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoadId(pub String);

impl fmt::Display for LoadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The effect of a load: same key, same rows in the table. The same files are not loaded into a target twice, whatever
/// their rows say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LoadKey {
    pub target: TargetTable,
    /// Whose rows it replaces.
    pub window: Window,
    pub fingerprint: Fingerprint,
}

/// SHA-256 in hex: of the keys and `ETag`s of data files, or of the text of a table config.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

//! Closed sets of label values, so that no metric grows a series that nobody expected.

/// How the load of one table ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Loaded,
    Skipped,
    Failed,
}

impl Outcome {
    pub fn label(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// What became of one attempt to extend a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseExtension {
    Extended,
    /// It will be tried again.
    Failed,
    /// The message is, or will soon be, somebody else's.
    Lost,
}

impl LeaseExtension {
    pub fn label(self) -> &'static str {
        match self {
            Self::Extended => "extended",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }
}

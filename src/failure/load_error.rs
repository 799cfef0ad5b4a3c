//! What Redshift noted about a row that COPY refused.

use std::fmt;

/// One refused row, as the cluster's view of load errors tells it (redshift-facts 1.15), and as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LoadError {
    /// `s3://…`, as COPY read it.
    pub file: String,
    /// From 1; 0 where the file as a whole is refused.
    pub line: u64,
    /// Empty where no column is to blame.
    pub column: String,
    pub column_type: String,
    pub reason: String,
    /// The refused value, only when values are asked for: they are the producer's data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {} of ", self.line)?;
        }
        f.write_str(&self.file)?;
        if !self.column.is_empty() {
            write!(f, ", column `{}` ({})", self.column, self.column_type)?;
        }
        write!(f, ": {}", self.reason)?;
        match &self.value {
            Some(value) => write!(f, " [value: {value}]"),
            None => Ok(()),
        }
    }
}

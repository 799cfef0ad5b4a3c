//! Reads the file of routes, from where it is.

pub mod current;

use std::fmt;

use crate::config::routing::RoutesLocation;
use crate::routing::Routes;
use crate::source::content;
use crate::storage::{ObjectStore, local_file};

/// Bytes of a file of routes.
const LONGEST: usize = 1 << 20;

impl fmt::Display for RoutesLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3(uri) => uri.fmt(f),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// Why there are no rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoutes {
    /// The file cannot be read, which may pass.
    Unreadable(String),
    /// Everything that is wrong with it.
    Invalid(Vec<String>),
}

impl NoRoutes {
    /// Each names the file.
    pub fn problems(&self) -> &[String] {
        match self {
            Self::Unreadable(problem) => std::slice::from_ref(problem),
            Self::Invalid(problems) => problems,
        }
    }
}

/// The rules.
///
/// # Errors
/// When the file cannot be read, or is wrong.
pub async fn read(store: &dyn ObjectStore, location: &RoutesLocation) -> Result<Routes, NoRoutes> {
    let content = fetch(store, location).await.map_err(NoRoutes::Unreadable)?;
    parse(location, content).map_err(NoRoutes::Invalid)
}

/// # Errors
/// Names what keeps the file from being read.
async fn fetch(store: &dyn ObjectStore, location: &RoutesLocation) -> Result<Vec<u8>, String> {
    let content = match location {
        RoutesLocation::S3(uri) => store.read(uri, LONGEST).await,
        RoutesLocation::Path(path) => local_file::read(path, LONGEST).await,
    };
    content.map_err(|error| format!("the routes cannot be read: {error}"))
}

/// # Errors
/// Names the file with every problem.
fn parse(location: &RoutesLocation, content: Vec<u8>) -> Result<Routes, Vec<String>> {
    let text =
        content::text(content).map_err(|reason| vec![format!("the file of routes {location} {reason}")])?;
    let told = |problem| format!("the file of routes {location}: {problem}");
    Routes::parse(&text).map_err(|invalid| invalid.problems.into_iter().map(told).collect())
}

//! The rules that files are routed by.

use serde::Serialize;

use crate::load::routes::current::CurrentRoutes;

/// The rules of `ROUTES` that are in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoutesReport {
    /// Where their file is.
    pub location: String,
    /// How many there are.
    pub rules: usize,
    /// Why the file as it is now is not in use, and the rules from before are; `None` while it is in use.
    pub refused_because: Option<String>,
}

impl RoutesReport {
    pub(in crate::daemon) fn of(routes: &CurrentRoutes) -> Self {
        Self { location: routes.to_string(), rules: routes.now().count(), refused_because: routes.obstacle() }
    }
}

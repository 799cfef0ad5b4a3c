//! The PostgreSQL v3 protocol, as far as a proxy must understand it: frames, start-up, reports.

pub(crate) mod diagnosis;
pub(crate) mod frame;
pub(crate) mod outward;
pub(crate) mod passed_over;
pub(crate) mod report;
pub(crate) mod result;
pub(crate) mod severity;
pub(crate) mod startup;

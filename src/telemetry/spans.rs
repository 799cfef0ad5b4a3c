//! Spans: what a message or a load is called, in every line that is written while it is worked on.
//!
//! Their fields stand in the lines of the libraries below too. They are errors by level and of a target of their own, as a
//! span that `RUST_LOG` leaves out gives nothing to the lines within it.

use tracing::field::Empty;
use tracing::{Span, error_span};

use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;

/// The directive that keeps the spans, whatever else a filter leaves out.
pub(super) const KEPT: &str = "s3_to_redshift::spans=error";

/// The work on one message, which names these tables, separated by commas.
pub fn of_message(message_id: &str, tables: Option<&str>) -> Span {
    error_span!(target: "s3_to_redshift::spans", "message", message.id = message_id, table = tables)
}

/// The load of one table; `message_id` where one asks for it. Its own id is [told](load_is) once it has one.
pub fn of_load(message_id: Option<&str>, target: &TargetTable) -> Span {
    error_span!(target: "s3_to_redshift::spans", "load", message.id = message_id, load.id = Empty, table = %target)
}

/// Gives the current span of a load its id. An attempt that found stale facts is followed by one of another id.
pub fn load_is(load_id: &LoadId) {
    Span::current().record("load.id", load_id.0.as_str());
}

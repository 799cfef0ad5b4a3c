//! Rows of a window that none of its own loads has brought.
//!
//! With `outside: allow` a file of another window may bring them, and the window's next load replaces them like all others:
//! that must at least be said.

use crate::model::load_mode::LoadMode;
use crate::plan::input::PlanningInput;

/// In words: how many of so many rows that the load replaces are such rows. `None` when none is, nobody knows, or the load
/// asks for the rows of more than one window.
pub fn told(input: &PlanningInput, replaced: u64) -> Option<String> {
    // The span of a stream may cut through the windows of others whenever its message says so.
    // A merge replaces rows by their keys.
    // Announced files have brought rows that are no window's own, and are loaded anew.
    let are_announced = input.order.announced.is_some();
    if input.settings.mode.value != LoadMode::Append || !input.window.can_be_stale() || are_announced {
        return None;
    }
    let (own, by) = match input.earlier.of_window() {
        Some(earlier) => {
            let own = earlier.rows_dated_by(&input.spec.data_date_column.name)?;
            (own, format!("load {} brought {own} of it", earlier.load_id))
        }
        None => (0, "no load of it is in the ledger".to_owned()),
    };
    let strangers = replaced.checked_sub(own).filter(|strangers| *strangers > 0)?;
    Some(format!(
        "{strangers} of the {replaced} rows of {} that are replaced came into it otherwise than by its own loads ({by}), perhaps by a merge, \
         by `post_sql`, or with the file of another window by `outside: allow`; what brought them is not done again",
        input.window
    ))
}

//! What a load that has committed has done to the data, or found in the table, that its owner should know.

use tracing::{info, warn};

use crate::failure::load_error::LoadError;
use crate::load::Loader;
use crate::model::load_mode::LoadMode;
use crate::plan::input::PlanningInput;
use crate::plan::{LoadPlan, merge, strangers};
use crate::request::order::Order;
use crate::warehouse::Committed;

/// A line of the log for each.
pub(super) fn tell(order: &Order, input: &PlanningInput, plan: &LoadPlan, committed: &Committed) {
    let row = &plan.ledger_row;
    if committed.cuts.skipped > 0 {
        warn!(
            "{} rows of {} were skipped, as MAXERROR lets COPY: {}",
            committed.cuts.skipped,
            row.source_url,
            skipped_words(&committed.skipped_rows)
        );
    }
    if let Some(strangers) = strangers::told(input, committed.rows_deleted) {
        warn!("load of {}: {strangers}", order.target);
    }
    let replaces = row.mode == LoadMode::Append && !plan.key.window.is_of_files();
    let dated = committed.rows_in_window.filter(|dated| *dated < committed.rows && replaces);
    if let Some(dated) = dated {
        warn!(
            "{dated} of {} rows of {} carry the data date in `{}`, or one in its window: a reload of {} would double the others and will be refused; check the keys of the file and their case",
            committed.rows, row.source_url, row.data_date_column, plan.key.window
        );
    }
    let rows_beyond_keys = committed.rows_beyond_keys;
    if rows_beyond_keys > 0 {
        let key: Vec<String> = input.spec.primary_key.iter().map(|column| format!("`{column}`")).collect();
        warn!(
            "{} had several rows of some keys: at least {rows_beyond_keys} of the {} rows that went were beyond one of each key; \
             look for more by grouping the table by {}",
            order.target,
            committed.rows_deleted,
            key.join(", ")
        );
    }
    if let Some(drift) = &row.drift {
        warn!("{}", drift.sentence(&row.source_url));
    }
}

/// What the table config says that means nothing for the load; once for each config.
pub(super) fn tell_of_config(loader: &Loader, order: &Order, input: &PlanningInput) {
    let passed_over = &input.spec.passed_over;
    let unused = merge::unused_duplicates(&input.settings);
    if (passed_over.is_empty() && unused.is_none()) || !loader.told.is_new(&input.config_fingerprint.0) {
        return;
    }
    if !passed_over.is_empty() {
        let keys = passed_over.join(", ");
        info!("keys of the table config of {} that mean nothing here are passed over: {keys}", order.target);
    }
    if let Some(unused) = unused {
        warn!("load of {}: {unused}", order.target);
    }
}

/// As many skipped rows as a line of the log holds.
const SHOWN: usize = 10;

fn skipped_words(rows: &[LoadError]) -> String {
    if rows.is_empty() {
        return "Redshift does not tell which; look into sys_load_error_detail".to_owned();
    }
    let shown: Vec<String> = rows.iter().take(SHOWN).map(ToString::to_string).collect();
    shown.join("; ")
}

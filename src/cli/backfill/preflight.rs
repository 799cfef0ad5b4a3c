//! What is found out before the first message of a backfill: a mistake is cheaper now than a thousand dates later.

use std::collections::HashSet;

use crate::cli::CommandError;
use crate::cli::backfill::dates::Wanted;
use crate::cli::backfill::failed;
use crate::load::Loader;
use crate::model::load_mode::LoadMode;
use crate::model::target_table::TargetTable;
use crate::plan::decision::Decision;
use crate::request::LoadRequest;
use crate::request::order::Order;
use crate::request::terms::Selection;

/// Plans the oldest date of each table as a message would have it loaded. Returns the tables whose messages say `force`, without
/// which the daemon passes over what is older than the rows of the table: of a date that the ledger lacks it removes none.
///
/// # Errors
/// When a load would be refused, or would take away or overwrite rows of newer dates.
pub(super) async fn forced(
    loader: &Loader,
    request: &LoadRequest,
    wanted: &Wanted,
) -> Result<HashSet<TargetTable>, CommandError> {
    let mut forced = HashSet::new();
    for target in &request.targets {
        let mut to_send = wanted.dates.iter().filter(|date| date.is_to_be_sent(request.force));
        let Some(oldest) = to_send.find(|date| date.target == *target) else { continue };
        let mut of_date =
            LoadRequest { targets: vec![target.clone()], force: true, terms: request.terms.clone() };
        of_date.terms.selection = Selection::Date(oldest.date);
        let mut is_forced = true;
        for order in Order::all_of(of_date, "backfill") {
            let preview = loader.preview(&order).await.map_err(failed)?;
            let plan = match preview.considered.decision {
                Decision::Load(plan) => plan,
                Decision::Skip(_) => continue,
                Decision::Refuse(refusal) => {
                    let sentence =
                        format!("{target} of {} would be refused: {refusal}; nothing was sent", oldest.date);
                    return Err(CommandError::Failed(sentence));
                }
            };
            match plan.ledger_row.mode {
                LoadMode::Append => {}
                LoadMode::Replace => {
                    return Err(CommandError::Failed(format!(
                        "the table config of {target} says `mode: replace`, so that each date would take away the rows of all others; nothing was sent"
                    )));
                }
                // Rows of an older date would replace newer ones of the same key, unless whoever asks has thought of it.
                LoadMode::Merge => is_forced = request.force,
            }
        }
        if is_forced {
            forced.insert(target.clone());
        } else {
            tracing::warn!(
                "{target} is merged: dates that are older than its newest load are passed over by the daemon, as they would take back newer rows; --force has them loaded"
            );
        }
    }
    Ok(forced)
}

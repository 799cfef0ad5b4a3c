//! What is found out before the first message of a backfill: a mistake is cheaper now than a thousand dates later.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::cli::CommandError;
use crate::cli::backfill::dated::{Wanted, WantedDate};
use crate::cli::backfill::rows::State;
use crate::cli::backfill::{CONCURRENT_PLANS, failed};
use crate::failure::Failure;
use crate::load::Loader;
use crate::load::gather::Considered;
use crate::model::load_mode::LoadMode;
use crate::model::target_table::TargetTable;
use crate::plan::decision::Decision;
use crate::request::LoadRequest;
use crate::request::order::Order;
use crate::request::terms::{Selection, Terms};

/// What would become of each date: those that are to be sent are planned as the daemon would, each as if it were the next one.
///
/// # Errors
/// When the warehouse cannot be asked.
pub(in crate::cli::backfill) async fn states(
    loader: &Loader,
    request: &LoadRequest,
    wanted: &Wanted,
) -> Result<Vec<State>, CommandError> {
    let states: Vec<_> = wanted.dates.iter().map(|date| state(loader, request, date)).collect();
    stream::iter(states).buffered(CONCURRENT_PLANS).try_collect().await
}

async fn state(loader: &Loader, request: &LoadRequest, date: &WantedDate) -> Result<State, CommandError> {
    let state = date.state(request.force);
    if !date.is_to_be_sent(request.force) {
        return Ok(state);
    }
    let planned = match plan(loader, request, date, true).await {
        // The message of such a date says no more than whoever asks.
        Ok(considered) if mode(&considered) == Some(LoadMode::Merge) && !request.force => {
            plan(loader, request, date, false).await
        }
        planned => planned,
    };
    if planned.as_ref().ok().and_then(mode) == Some(LoadMode::Replace) {
        return Ok(State::Refused(would_replace(&date.target)));
    }
    match planned {
        Ok(considered) => state.planned(Ok(&considered)),
        Err(failure) => state.planned(Err(failure)),
    }
}

/// Plans the oldest date of each table as a message would have it loaded. Returns the tables whose messages say `force`, without
/// which the daemon passes over what is older than the rows of the table: of a date that the ledger lacks it removes none.
///
/// # Errors
/// When a load would be refused, or would take away or overwrite rows of newer dates.
pub(in crate::cli::backfill) async fn forced(
    loader: &Loader,
    request: &LoadRequest,
    wanted: &Wanted,
) -> Result<HashSet<TargetTable>, CommandError> {
    let mut forced = HashSet::new();
    for target in &request.targets {
        let mut to_send = wanted.dates.iter().filter(|date| date.is_to_be_sent(request.force));
        let Some(oldest) = to_send.find(|date| date.target == *target) else { continue };
        let considered = plan(loader, request, oldest, true).await.map_err(failed)?;
        if let Decision::Refuse(refusal) = &considered.decision {
            let sentence =
                format!("{target} of {} would be refused: {refusal}; nothing was sent", oldest.date);
            return Err(CommandError::Failed(sentence));
        }
        match mode(&considered) {
            Some(LoadMode::Replace) => {
                return Err(CommandError::Failed(format!("{}; nothing was sent", would_replace(target))));
            }
            // Rows of an older date would replace newer ones of the same key, unless whoever asks has thought of it.
            Some(LoadMode::Merge) if !request.force => tracing::warn!(
                "{target} is merged: dates that are older than its newest load are passed over by the daemon, as they would take back newer rows; --force has them loaded"
            ),
            Some(LoadMode::Merge | LoadMode::Append) | None => {
                forced.insert(target.clone());
            }
        }
    }
    Ok(forced)
}

async fn plan(
    loader: &Loader,
    request: &LoadRequest,
    WantedDate { target, date, .. }: &WantedDate,
    force: bool,
) -> Result<Considered, Failure> {
    let terms = Terms { selection: Selection::Date(*date), ..request.terms.clone() };
    let order = Order {
        target: target.clone(),
        force,
        terms: Arc::new(terms),
        message_id: "backfill".to_owned(),
        covered: Vec::new(),
        announced: None,
    };
    Ok(loader.preview(&order).await?.considered)
}

/// Of a load; a skipped one has none.
fn mode(considered: &Considered) -> Option<LoadMode> {
    match &considered.decision {
        Decision::Load(plan) => Some(plan.ledger_row.mode),
        Decision::Skip(_) | Decision::Refuse(_) => None,
    }
}

fn would_replace(target: &TargetTable) -> String {
    format!(
        "the table config of {target} says `mode: replace`, so that each date would take away the rows of all others"
    )
}

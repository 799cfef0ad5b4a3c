//! One order from its place in line to its end: it waits for its turn, and is carried out, again after an outage.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::daemon::lanes::turn::Turn;
use crate::daemon::lanes::{Call, InLine, LoadResult, WhyGivenBack};
use crate::daemon::schedule::Ticket;
use crate::daemon::{Daemon, after, gate_watch};
use crate::failure::disposition::{Scope, scope};
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::LoadOutcome;
use crate::load::routes::current::CurrentRoutes;
use crate::model::target_table::TargetTable;
use crate::request::order::{Announced, Order};
use crate::telemetry::labels::Outcome;

/// Outages in the midst of its load that a message is kept through. One that sees more of them in one delivery may be
/// what brings the cluster down: it is given back for a while, so that others get their turn.
const KEPT_THROUGH: u32 = 3;

pub(super) async fn load_in_turn(
    daemon: &Daemon,
    ticket: Ticket,
    mut order: Order,
    mut in_line: InLine,
    drain: &CancellationToken,
    abort: &CancellationToken,
) -> LoadResult {
    let mut outages = 0;
    loop {
        let call = tokio::select! {
            biased;
            () = abort.cancelled() => return Err(not_started(&order)),
            call = in_line.called() => call,
        };
        let turn = match call {
            Call::Load(turn) => turn,
            Call::Closed => return Err(not_started(&order)),
            Call::PutOff(rest) => {
                in_line = put_off(daemon, in_line, &mut order, rest);
                continue;
            }
            Call::GivenBack(why) => return Err(given_back(&order, &why)),
            Call::Covered(result) => {
                let outcome = if result.is_ok() { Outcome::Skipped } else { Outcome::Failed };
                daemon.metrics.covered_by_another_load(&order.target, outcome);
                return result;
            }
        };
        let may_start = tokio::select! {
            biased;
            () = abort.cancelled() => return Err(not_started(&order)),
            // Nothing is started any more, and whoever asks Redshift may have to wait.
            () = drain.cancelled(), if !ticket.is_by_hand() => return Err(not_started(&order)),
            may_start = may_start(daemon, ticket, &order.target) => may_start,
        };
        if !may_start {
            // In its place: nobody in the lane starts before that is over, which the lanes know by now.
            in_line = again_in_place(daemon, in_line, &order);
            drop(turn);
            continue;
        }
        let loaded = match &order.announced {
            None => load_order(daemon, &mut order, turn, drain, abort, outages).await,
            Some(_) => load_files(daemon, &order, turn, drain, abort, outages).await,
        };
        let (failure, turn) = match loaded {
            Loaded::Ended(result) => return result,
            Loaded::PutOff(rest) => {
                in_line = put_off(daemon, in_line, &mut order, rest);
                continue;
            }
            Loaded::Interrupted(failure, turn) => (failure, turn),
        };
        outages += 1;
        // No settlement will count it.
        daemon.metrics.load_failed(&failure);
        // Kept, and in its place: the outage uses up no delivery. Nobody in the lane starts before it is over.
        in_line = again_in_place(daemon, in_line, &order);
        drop(turn);
    }
}

fn again_in_place(daemon: &Daemon, in_line: InLine, order: &Order) -> InLine {
    let (place, weight) = (in_line.ticket, in_line.weight);
    drop(in_line);
    daemon.lanes.line_up(place, order.clone(), weight)
}

/// Lines up behind all others, with what is left of the order.
fn put_off(daemon: &Daemon, in_line: InLine, order: &mut Order, rest: Announced) -> InLine {
    order.announced = Some(Arc::new(rest));
    let weight = in_line.weight;
    drop(in_line);
    daemon.lanes.line_up(daemon.tickets.next(), order.clone(), weight)
}

/// Whether no pause holds it; who asks by hand is held by none.
async fn may_start(daemon: &Daemon, ticket: Ticket, target: &TargetTable) -> bool {
    ticket.is_by_hand() || gate_watch::before_load(daemon).await.lets(target)
}

/// How far a turn has come.
enum Loaded {
    Ended(LoadResult),
    /// So many COPYs have failed that these files are to wait for another turn.
    PutOff(Announced),
    /// By an outage, so that it is to be carried out again.
    Interrupted(Failure, Turn),
}

async fn load_order(
    daemon: &Daemon,
    order: &mut Order,
    turn: Turn,
    drain: &CancellationToken,
    abort: &CancellationToken,
    outages: u32,
) -> Loaded {
    order.covered.clone_from(&turn.covered);
    let running = daemon.aborts.begins(order, abort);
    // On the heap, as many orders wait and few are carried out.
    let result = Box::pin(daemon.loader.load(order, &running.abort)).await;
    let result = running.ends(result);
    if is_outage(daemon, result.as_ref().err(), drain, abort, outages).await
        && let Err(failure) = result
    {
        return Loaded::Interrupted(failure, turn);
    }
    turn.end(&result);
    if let Ok(LoadOutcome::Loaded(report)) = &result {
        after::put(daemon, &order.target, &report.after);
    }
    Loaded::Ended(result)
}

/// The same of announced files, with those of other messages.
async fn load_files(
    daemon: &Daemon,
    order: &Order,
    turn: Turn,
    drain: &CancellationToken,
    abort: &CancellationToken,
    outages: u32,
) -> Loaded {
    let routes = daemon.routes.as_ref().map(CurrentRoutes::now);
    let running = daemon.aborts.begins(order, abort);
    let end = Box::pin(daemon.loader.load_announced(order, &turn.gathered, routes, &running.abort)).await;
    for report in end.reports() {
        after::put(daemon, &order.target, &report.after);
    }
    if let Some(failure) = end.outage()
        && is_outage(daemon, Some(failure), drain, abort, outages).await
    {
        // What is committed by now is known to the ledger.
        return Loaded::Interrupted(failure.clone(), turn);
    }
    if let Some(failure) = end.stopped() {
        let result = running.ends(Err(failure.clone()));
        turn.end(&result);
        return Loaded::Ended(result);
    }
    let announced = order.announced.as_ref().expect("only such an order has come here");
    let result = running.ends(end.result_of(announced, true));
    let is_by_hand = result.as_ref().is_err_and(|failure| failure.kind == FailureKind::AbortedByOperator);
    if end.was_stopped_midway() && !is_by_hand {
        // The others wait again, in their places: it was stopped for this message alone, and the ledger knows what is loaded.
        drop(turn);
        return Loaded::Ended(result);
    }
    turn.end_gathered(|gathered| match end.put_off(gathered) {
        Some(rest) => Call::PutOff(rest),
        None => Call::Covered(running.ends(end.result_of(gathered, false))),
    });
    end.put_off(announced).map_or(Loaded::Ended(result), Loaded::PutOff)
}

/// Whether a load failed because the warehouse is down, as a probe has confirmed, and its message is kept through it.
async fn is_outage(
    daemon: &Daemon,
    failure: Option<&Failure>,
    drain: &CancellationToken,
    abort: &CancellationToken,
    outages: u32,
) -> bool {
    if outages >= KEPT_THROUGH || failure.is_none_or(|failure| scope(failure.kind) != Scope::Warehouse) {
        return false;
    }
    tokio::select! {
        biased;
        () = drain.cancelled() => false,
        () = abort.cancelled() => false,
        is_down = daemon.warehouse.suspect() => is_down,
    }
}

fn given_back(order: &Order, why: &WhyGivenBack) -> Failure {
    let target = &order.target;
    let (kind, sentence) = match why {
        WhyGivenBack::Paused(pause) => (
            FailureKind::Paused,
            format!(
                "{target} is {pause}. As many messages for paused tables wait already, this one goes back to the queue for a while"
            ),
        ),
        WhyGivenBack::Crowded => (
            FailureKind::Crowded,
            format!(
                "messages for {target} are more than its share of those in hand, which are nearly as many as may be (MAX_HELD_MESSAGES). This \
                 one goes back to the queue for a while, so that those for other tables are received"
            ),
        ),
    };
    Failure::new(kind, Stage::Wait, sentence)
}

fn not_started(order: &Order) -> Failure {
    let sentence = format!("the load of {} was not started", order.target);
    Failure::new(FailureKind::Aborted, Stage::Wait, sentence)
}

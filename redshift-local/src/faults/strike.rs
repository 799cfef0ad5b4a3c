//! A fault that strikes: what it does to time, and what is left for its victim to do.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::board::{Board, Claim};
use super::error::Victim;
use super::fault::{Effect, Fault, Point, Subject};
use crate::wire::report::Report;

/// One stroke of an armed fault, claimed by the session that it strikes.
pub(crate) struct Strike {
    id: i32,
    fault: Arc<Fault>,
    released: CancellationToken,
    board: Arc<Board>,
}

/// What the session has to do now.
#[derive(Debug)]
pub(crate) enum Outcome {
    GoOn,
    Fail(Report),
    /// End PostgreSQL's session, then reset the client's connection; then [`Strike::mark`].
    Cut,
    /// End PostgreSQL's session and never answer again; then [`Strike::mark`].
    Vanish,
    /// Never answer again.
    Silence,
}

impl Strike {
    /// What strikes now, if anything does.
    pub(crate) fn claim(board: &Arc<Board>, point: Point, subject: &Subject<'_>) -> Option<Self> {
        let Claim { id, fault, released } = board.claim(point, subject)?;
        Some(Self { id, fault, released, board: Arc::clone(board) })
    }

    /// Lets the time pass that the fault takes. Dropped, it holds nobody any more.
    pub(crate) async fn play(&self, victim: &Victim<'_>) -> Outcome {
        match &self.fault.effect {
            Effect::Hold => {
                let _holding = Holding::begin(self);
                self.released.cancelled().await;
                Outcome::GoOn
            }
            Effect::Slow(time) => {
                self.mark();
                tokio::time::sleep(*time).await;
                Outcome::GoOn
            }
            Effect::Fail(error) => {
                self.mark();
                Outcome::Fail(error.report(victim))
            }
            Effect::Cut => Outcome::Cut,
            Effect::Vanish => Outcome::Vanish,
            Effect::Silence => {
                self.mark();
                Outcome::Silence
            }
        }
    }

    /// Tells those who wait for it that the fault has struck.
    pub(crate) fn mark(&self) {
        self.board.change(self.id, |struck, _| *struck += 1);
    }
}

struct Holding<'a>(&'a Strike);

impl<'a> Holding<'a> {
    fn begin(strike: &'a Strike) -> Self {
        strike.board.change(strike.id, |struck, holding| {
            *struck += 1;
            *holding += 1;
        });
        Self(strike)
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.board.change(self.0.id, |_, holding| *holding -= 1);
    }
}

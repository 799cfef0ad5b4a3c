//! The board: which faults are armed, which have struck, and who waits for that.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::fault::{Fault, Point, Subject, Wish};

#[derive(Default)]
pub(crate) struct Board {
    entries: Mutex<Vec<Entry>>,
    changed: Notify,
    last_id: AtomicI32,
}

struct Entry {
    id: i32,
    fault: Arc<Fault>,
    shown: Wish,
    left: u32,
    struck: u32,
    holding: u32,
    release: CancellationToken,
}

/// One stroke of an armed fault.
pub(super) struct Claim {
    pub id: i32,
    pub fault: Arc<Fault>,
    pub released: CancellationToken,
}

/// A row of `redshift_local.faults`.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    id: i32,
    #[serde(flatten)]
    wish: &'a Wish,
    state: &'static str,
    struck: u32,
    holding: u32,
}

impl Board {
    pub(crate) fn next_id(&self) -> i32 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn arm(&self, id: i32, wish: Wish) -> Result<(), String> {
        let shown = wish.clone();
        let fault = Arc::new(wish.fault()?);
        let left = fault.times;
        let release = CancellationToken::new();
        self.entries().push(Entry { id, fault, shown, left, struck: 0, holding: 0, release });
        Ok(())
    }

    /// The fault that strikes now: of those that fit, the one that was armed first.
    pub(super) fn claim(&self, point: Point, subject: &Subject<'_>) -> Option<Claim> {
        let mut entries = self.entries();
        let entry = entries.iter_mut().find(|entry| entry.left > 0 && entry.fault.strikes(point, subject))?;
        entry.left -= 1;
        Some(Claim { id: entry.id, fault: Arc::clone(&entry.fault), released: entry.release.clone() })
    }

    /// Lets everybody go on whom the fault holds.
    pub(crate) fn release(&self, id: i32) -> Result<(), String> {
        let mut entries = self.entries();
        let entry = entries.iter_mut().find(|entry| entry.id == id).ok_or_else(|| missing(id))?;
        if entry.holding == 0 {
            return Err(format!("fault {id} holds nobody: wait_for_fault({id}) first"));
        }
        std::mem::take(&mut entry.release).cancel();
        Ok(())
    }

    /// Forgets one fault, or all, and lets go whom they hold.
    pub(crate) fn clear(&self, id: Option<i32>) {
        for gone in self.entries().extract_if(.., |entry| id.is_none_or(|id| entry.id == id)) {
            gone.release.cancel();
        }
        self.changed.notify_waiters();
    }

    /// Waits until the fault has struck so many times.
    pub(crate) async fn struck(&self, id: i32, times: u32, patience: Duration) -> Result<(), String> {
        let waited = tokio::time::timeout(patience, async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                // Before the look, so that no change between the two is missed.
                changed.as_mut().enable();
                let struck = self.entries().iter().find(|entry| entry.id == id).map(|entry| entry.struck);
                if struck.ok_or_else(|| missing(id))? >= times {
                    return Ok(());
                }
                changed.await;
            }
        });
        waited.await.unwrap_or_else(|_| {
            Err(format!("fault {id} has not struck {times} time(s) within {} s", patience.as_secs_f64()))
        })
    }

    /// All faults as JSON, for the view.
    pub(crate) fn shown(&self) -> String {
        let entries = self.entries();
        let rows: Vec<_> = entries
            .iter()
            .map(|entry| Shown {
                id: entry.id,
                wish: &entry.shown,
                state: match (entry.holding, entry.left) {
                    (1.., _) => "holding",
                    (0, 1..) => "armed",
                    (0, 0) => "struck",
                },
                struck: entry.struck,
                holding: entry.holding,
            })
            .collect();
        serde_json::to_string(&rows).expect("a row has names and numbers only")
    }

    pub(super) fn change(&self, id: i32, change: impl FnOnce(&mut u32, &mut u32)) {
        if let Some(entry) = self.entries().iter_mut().find(|entry| entry.id == id) {
            change(&mut entry.struck, &mut entry.holding);
        }
        self.changed.notify_waiters();
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(id: i32) -> String {
    format!("there is no fault {id}; SELECT * FROM redshift_local.faults lists them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(statement: &str) -> Subject<'_> {
        Subject { user: "dev", application: "", statement, table: None }
    }

    fn wish(json: &str) -> Wish {
        serde_json::from_str(json).expect("the test writes wishes right")
    }

    #[tokio::test]
    async fn a_fault_strikes_as_often_as_it_was_armed_for() {
        let board = Arc::new(Board::default());
        board
            .arm(1, wish(r#"{"point":"before_statement","effect":"cut","containing":"x","times":2}"#))
            .unwrap();
        assert!(board.claim(Point::BeforeStatement, &subject("y")).is_none());
        assert!(board.claim(Point::AfterStatement, &subject("x")).is_none());
        for _ in 0..2 {
            board.claim(Point::BeforeStatement, &subject("x")).expect("it is armed");
            board.change(1, |struck, _| *struck += 1);
        }
        assert!(board.claim(Point::BeforeStatement, &subject("x")).is_none());
        board.struck(1, 2, Duration::ZERO).await.expect("it has struck twice");
        assert!(board.struck(1, 3, Duration::ZERO).await.is_err());
        assert!(
            board.struck(7, 1, Duration::from_secs(9)).await.unwrap_err().contains("there is no fault 7")
        );
    }
}

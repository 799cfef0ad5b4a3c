//! Lanes: one load of a table at a time, loads of different tables side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::model::target_table::TargetTable;

/// A lane for each table that is being loaded or waited for, and as many places as loads may run at once.
pub(super) struct Lanes {
    lanes: Arc<Mutex<HashMap<TargetTable, Lane>>>,
    places: Arc<Semaphore>,
}

type Lane = Arc<tokio::sync::Mutex<()>>;

/// The right to load one table now; given back when dropped.
pub(super) struct Turn {
    target: TargetTable,
    lanes: Arc<Mutex<HashMap<TargetTable, Lane>>>,
    // Dropped before `target` is looked up, so that the lane counts as free.
    in_lane: Option<OwnedMutexGuard<()>>,
    _place: OwnedSemaphorePermit,
}

impl Lanes {
    pub(super) fn new(places: usize) -> Self {
        Self { lanes: Arc::default(), places: Arc::new(Semaphore::new(places)) }
    }

    /// Waits until no other load of `target` runs, first come, first served, and then for a place.
    ///
    /// In this order, so that a wish that waits for its table takes no place from another table.
    pub(super) async fn turn(&self, target: &TargetTable) -> Turn {
        let lane = Arc::clone(held(&self.lanes).entry(target.clone()).or_default());
        let in_lane = lane.lock_owned().await;
        let place = Arc::clone(&self.places).acquire_owned().await.expect("the places are never closed");
        Turn { target: target.clone(), lanes: Arc::clone(&self.lanes), in_lane: Some(in_lane), _place: place }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.in_lane = None;
        let mut lanes = held(&self.lanes);
        // Nobody else holds or awaits the lane: names from messages must not pile up.
        if lanes.get(&self.target).is_some_and(|lane| Arc::strong_count(lane) == 1) {
            lanes.remove(&self.target);
        }
    }
}

fn held(lanes: &Mutex<HashMap<TargetTable, Lane>>) -> MutexGuard<'_, HashMap<TargetTable, Lane>> {
    lanes.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::model::ident::Ident;

    fn table(name: &str) -> TargetTable {
        TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new(name).unwrap() }
    }

    #[tokio::test]
    async fn one_load_of_a_table_at_a_time() {
        let (lanes, a) = (Lanes::new(4), table("a"));
        let first = lanes.turn(&a).await;
        let mut second = Box::pin(lanes.turn(&a));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.as_mut().now_or_never().is_some());
    }

    #[tokio::test]
    async fn different_tables_run_side_by_side_up_to_the_limit() {
        let lanes = Lanes::new(2);
        let first = lanes.turn(&table("a")).await;
        let _second = lanes.turn(&table("b")).await;
        let c = table("c");
        let mut third = Box::pin(lanes.turn(&c));
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.as_mut().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_wish_that_waits_for_its_table_takes_no_place_from_another() {
        let lanes = Lanes::new(2);
        let a = table("a");
        let _first = lanes.turn(&a).await;
        let mut waiting = Box::pin(lanes.turn(&a));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(lanes.turn(&table("b")).now_or_never().is_some());
    }

    #[tokio::test]
    async fn lanes_that_nobody_needs_are_forgotten() {
        let lanes = Lanes::new(1);
        drop(lanes.turn(&table("a")).await);
        assert!(held(&lanes.lanes).is_empty());
    }
}

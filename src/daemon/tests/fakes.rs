//! A queue that keeps the promises of its port, and a warehouse that knows only what became of messages.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::after_work::AfterWork;
use crate::model::copy_template::{CopyTemplate, TemplateName};
use crate::model::data_date::DataDate;
use crate::model::freshness::Freshness;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::load_of_date::LoadOfDate;
use crate::model::loaded_file::LoadedFile;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::pause::{PauseTarget, Pauses, WhoAndWhy};
use crate::model::table::{TableState, ViewOfColumn};
use crate::model::target_table::TargetTable;
use crate::plan::LoadPlan;
use crate::plan::input::{EarlierLoads, RowsQuestion, TableRows};
use crate::queue::group::GroupId;
use crate::queue::{Message, MessageQueue, QueueDepth, QueueError, ReceiptHandle, WhyParked};
use crate::schema::remedy::Resolution;
use crate::storage::{AccessKeys, ObjectStore, Page, PageEnd, StorageError};
use crate::warehouse::history::{HistoryFilter, LedgerEntry, Overview};
use crate::warehouse::old_rows::OldRows;
use crate::warehouse::survey::{EarlierQuestion, LedgerOfTarget, Survey, SurveyQuestion};
use crate::warehouse::{AfterDone, Committed, DataQuestion, Execution, Warehouse};

/// A queue in memory. A receive hands out what is visible when it is answered, also when nobody listens any more; what was put first
/// comes first.
#[derive(Default)]
pub(super) struct FakeQueue {
    /// How long the answer to a receive takes.
    latency: Mutex<Duration>,
    /// The same of a release.
    release_latency: Mutex<Duration>,
    receive_has_begun: Notify,
    pub(super) receives_panic: AtomicBool,
    /// Why it does not park.
    pub(super) parks_nothing: Mutex<Option<QueueError>>,
    messages: Mutex<IndexMap<String, Kept>>,
    open_receives: AtomicUsize,
    /// Those that nobody listens to any more, and that will be answered.
    unheard: Mutex<Vec<Receive>>,
    /// Messages that were given back while a receive was open.
    pub(super) released_early: AtomicUsize,
}

struct Kept {
    body: String,
    visible_at: Instant,
    receive_count: u32,
    first_received_at: Option<DateTime<Utc>>,
}

impl FakeQueue {
    pub(super) fn put(&self, id: &str, table: &str) {
        self.put_body(id, &format!(r#"{{"schema": "s", "tables": ["{table}"], "bucket": "b"}}"#));
    }

    pub(super) fn put_body(&self, id: &str, body: &str) {
        let kept = Kept {
            body: body.to_owned(),
            visible_at: Instant::now(),
            receive_count: 0,
            first_received_at: None,
        };
        self.messages().insert(id.to_owned(), kept);
    }

    /// Makes a message one that was delivered so often, at first at this time.
    pub(super) fn was_delivered(&self, id: &str, times: u32, first: DateTime<Utc>) {
        let mut messages = self.messages();
        let kept = messages.get_mut(id).unwrap();
        (kept.receive_count, kept.first_received_at) = (times, Some(first));
    }

    /// How often each message that is still there was delivered, by its id.
    pub(super) fn deliveries(&self) -> Vec<(String, u32)> {
        let mut all: Vec<(String, u32)> =
            self.messages().iter().map(|(id, kept)| (id.clone(), kept.receive_count)).collect();
        all.sort_unstable();
        all
    }

    /// Lets receives take so long, and waits until one of them is open.
    pub(super) async fn answers_after(&self, latency: Duration) {
        *self.latency.lock().unwrap() = latency;
        self.receive_has_begun.notified().await;
        // The permit of an earlier one may have been left.
        self.receive_has_begun.notified().await;
    }

    /// Lets receives and releases take so long from now on.
    pub(super) fn is_so_far_away(&self, latency: Duration) {
        *self.latency.lock().unwrap() = latency;
        *self.release_latency.lock().unwrap() = latency;
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.messages().contains_key(id)
    }

    pub(super) fn has_visible(&self, id: &str) -> bool {
        self.messages().get(id).is_some_and(|kept| kept.visible_at <= Instant::now())
    }

    /// After what unheard receives have hidden by now.
    fn messages(&self) -> MutexGuard<'_, IndexMap<String, Kept>> {
        let mut messages = self.messages.lock().unwrap();
        let mut unheard = self.unheard.lock().unwrap();
        for receive in unheard.extract_if(.., |receive| receive.answered_at <= Instant::now()) {
            receive.hand_out(&mut messages);
        }
        drop(unheard);
        messages
    }

    pub(super) fn open_receives(&self) -> usize {
        let unheard = self.unheard.lock().unwrap();
        let open = unheard.iter().filter(|receive| receive.answered_at > Instant::now()).count();
        self.open_receives.load(Ordering::Relaxed) + open
    }
}

struct Receive {
    max: usize,
    visibility_timeout: Duration,
    answered_at: Instant,
}

impl Receive {
    fn hand_out(&self, messages: &mut IndexMap<String, Kept>) -> Vec<Message> {
        let visible =
            messages.iter_mut().filter(|(_, kept)| kept.visible_at <= self.answered_at).take(self.max);
        visible
            .map(|(id, kept)| {
                kept.visible_at = self.answered_at + self.visibility_timeout;
                kept.receive_count += 1;
                Message {
                    id: id.clone(),
                    receipt_handle: ReceiptHandle(id.clone()),
                    body: kept.body.clone(),
                    receive_count: kept.receive_count,
                    first_received_at: kept.first_received_at,
                    original_id: None,
                    group: None,
                }
            })
            .collect()
    }
}

/// Counts as open until dropped, and is answered all the same when that is before.
struct Heard<'a> {
    queue: &'a FakeQueue,
    /// `None` once it is answered.
    receive: Option<Receive>,
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        self.queue.open_receives.fetch_sub(1, Ordering::Relaxed);
        self.queue.unheard.lock().unwrap().extend(self.receive.take());
    }
}

#[async_trait]
impl MessageQueue for FakeQueue {
    async fn receive(&self, max: usize, visibility_timeout: Duration) -> Result<Vec<Message>, QueueError> {
        self.open_receives.fetch_add(1, Ordering::Relaxed);
        let answered_at = Instant::now() + *self.latency.lock().unwrap();
        let mut heard =
            Heard { queue: self, receive: Some(Receive { max, visibility_timeout, answered_at }) };
        self.receive_has_begun.notify_one();
        tokio::time::sleep_until(answered_at).await;
        assert!(!self.receives_panic.load(Ordering::Relaxed), "a bug of the intake");
        let receive = heard.receive.take().expect("it was not answered yet");
        Ok(receive.hand_out(&mut self.messages()))
    }

    async fn extend(&self, extensions: &[(ReceiptHandle, Duration)]) -> Vec<Result<(), QueueError>> {
        let mut messages = self.messages();
        for (ReceiptHandle(id), timeout) in extensions {
            messages.get_mut(id).unwrap().visible_at = Instant::now() + *timeout;
        }
        vec![Ok(()); extensions.len()]
    }

    async fn delete(&self, ReceiptHandle(id): &ReceiptHandle) -> Result<(), QueueError> {
        self.messages().shift_remove(id);
        Ok(())
    }

    async fn release(&self, ReceiptHandle(id): &ReceiptHandle, pause: Duration) -> Result<(), QueueError> {
        self.released_early.fetch_add(self.open_receives(), Ordering::Relaxed);
        let latency = *self.release_latency.lock().unwrap();
        tokio::time::sleep(latency).await;
        self.messages().get_mut(id).unwrap().visible_at = Instant::now() + pause;
        Ok(())
    }

    async fn park(&self, _: &Message, _: &[Cow<'_, str>], _: &WhyParked) -> Result<bool, QueueError> {
        self.parks_nothing.lock().unwrap().clone().map_or(Ok(true), Err)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        Ok(QueueDepth::default())
    }

    async fn dead_letters(&self) -> Result<Option<i64>, QueueError> {
        Ok(None)
    }

    async fn send(&self, _: &str, _: &GroupId) -> Result<String, QueueError> {
        unreachable!("the daemon sends nothing")
    }
}

/// A warehouse whose ledger has every message, unless its id asks for something else: a load of `bug…` panics, one of
/// `long…` does not end before it is told to.
pub(super) struct FakeWarehouse {
    /// What is paused, or why nobody knows.
    pub(super) pauses: Mutex<Result<Pauses, Failure>>,
    /// How often somebody has asked for it.
    pub(super) asked_for_pauses: AtomicUsize,
    /// Whether the question is never answered.
    pub(super) is_silent_about_pauses: AtomicBool,
}

impl Default for FakeWarehouse {
    fn default() -> Self {
        Self {
            pauses: Mutex::new(Ok(Pauses::default())),
            asked_for_pauses: AtomicUsize::new(0),
            is_silent_about_pauses: AtomicBool::new(false),
        }
    }
}

#[async_trait]
impl Warehouse for FakeWarehouse {
    async fn prepare_ledger(&self) -> Result<(), Failure> {
        Ok(())
    }

    async fn reach(&self, _: bool) -> Result<(), Failure> {
        Ok(())
    }

    async fn survey(&self, _: &TargetTable, question: &SurveyQuestion<'_>) -> Result<Survey, Failure> {
        let message_id = question.message_id.expect("a load of a message");
        assert!(!message_id.starts_with("bug"), "a bug of\nthe loader");
        if message_id.starts_with("long") {
            std::future::pending::<()>().await;
        }
        let of_message = Some(LoadId("load-1".to_owned()));
        Ok(Survey {
            table: TableState::Missing,
            ledger: LedgerOfTarget { of_message, ..LedgerOfTarget::default() },
        })
    }

    async fn loads_of_dates(&self, _: &TargetTable, _: &[DataDate]) -> Result<Vec<LoadOfDate>, Failure> {
        unreachable!("nobody looks for what is missing")
    }

    async fn freshness(&self) -> Result<Vec<(TargetTable, Freshness)>, Failure> {
        Ok(Vec::new())
    }

    async fn views_of_columns(&self, _: &TargetTable, _: &[Ident]) -> Result<Vec<ViewOfColumn>, Failure> {
        unreachable!("no load comes so far")
    }

    async fn table_rows(&self, _: &TargetTable, _: Option<&RowsQuestion>) -> Result<TableRows, Failure> {
        unreachable!("no load comes so far")
    }

    async fn earlier_loads(&self, _: &TargetTable, _: &EarlierQuestion<'_>) -> Result<EarlierLoads, Failure> {
        unreachable!("no load comes so far")
    }

    async fn known_files(&self, _: &TargetTable, _: &[ObjectMeta]) -> Result<Vec<LoadedFile>, Failure> {
        unreachable!("no load comes so far")
    }

    async fn check_data(&self, _: &DataQuestion<'_>, _: &CancellationToken) -> Result<Option<u64>, Failure> {
        unreachable!("no data is checked")
    }

    async fn template(&self, _: &TemplateName) -> Result<CopyTemplate, Failure> {
        unreachable!("no load comes so far")
    }

    async fn execute(&self, _: &LoadPlan, _: &CancellationToken) -> Result<Execution, Failure> {
        unreachable!("no load comes so far")
    }

    async fn after_load(
        &self,
        target: &TargetTable,
        work: AfterWork,
        stop: &CancellationToken,
    ) -> Result<AfterDone, Failure> {
        stop.cancelled().await;
        Err(Failure::new(FailureKind::Aborted, Stage::After, format!("{work} of {target} was stopped")))
    }

    async fn find_load(&self, _: &LoadId) -> Result<Option<Committed>, Failure> {
        unreachable!("no load comes so far")
    }

    async fn history(&self, _: &HistoryFilter) -> Result<Vec<LedgerEntry>, Failure> {
        unreachable!("nobody asks for it")
    }

    async fn overview(&self, _: DateTime<Utc>) -> Result<Overview, Failure> {
        unreachable!("nobody asks for it")
    }

    async fn old_rows(&self, _: DateTime<Utc>, _: Option<DateTime<Utc>>) -> Result<OldRows, Failure> {
        unreachable!("nobody asks for them")
    }

    async fn remove_old_rows(&self, _: &OldRows, _: DateTime<Utc>) -> Result<(), Failure> {
        unreachable!("nobody asks for it")
    }

    async fn pauses(&self) -> Result<Pauses, Failure> {
        self.asked_for_pauses.fetch_add(1, Ordering::Relaxed);
        if self.is_silent_about_pauses.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.pauses.lock().unwrap().clone()
    }

    async fn pause(&self, _: &PauseTarget, _: &WhoAndWhy) -> Result<(), Failure> {
        unreachable!("nobody pauses it")
    }

    async fn resume(&self, _: &PauseTarget) -> Result<(), Failure> {
        unreachable!("nobody pauses it")
    }

    fn statements(&self, _: &LoadPlan) -> Vec<String> {
        unreachable!("nobody asks for them")
    }

    fn resolving(&self, _: &[Resolution]) -> Vec<String> {
        unreachable!("nobody asks for them")
    }
}

/// A store that nobody comes to.
pub(super) struct NoStore;

#[async_trait]
impl ObjectStore for NoStore {
    async fn list(
        &self,
        _: &str,
        _: &str,
        _: &mut (dyn FnMut(ObjectMeta) + Send),
    ) -> Result<(), StorageError> {
        unreachable!("no load comes so far")
    }

    async fn list_page(&self, _: &str, _: &str, _: Option<&PageEnd>) -> Result<Page, StorageError> {
        unreachable!("no load comes so far")
    }

    async fn delete(&self, _: &str, _: &[String]) -> Result<(), StorageError> {
        unreachable!("no load comes so far")
    }

    async fn inspect(&self, _: &ObjectUri) -> Result<ObjectMeta, StorageError> {
        unreachable!("no load comes so far")
    }

    async fn read(&self, _: &ObjectUri, _: usize) -> Result<Vec<u8>, StorageError> {
        unreachable!("no load comes so far")
    }

    async fn read_range(&self, _: &ObjectUri, _: std::ops::Range<u64>) -> Result<Vec<u8>, StorageError> {
        unreachable!("no load comes so far")
    }

    async fn read_head(&self, _: &ObjectUri, _: usize) -> Result<Vec<u8>, StorageError> {
        unreachable!("no load comes so far")
    }

    async fn write(&self, _: &ObjectUri, _: Vec<u8>) -> Result<(), StorageError> {
        unreachable!("no load comes so far")
    }

    async fn region(&self, _: &str) -> Result<String, StorageError> {
        unreachable!("no load comes so far")
    }

    async fn access_keys(&self) -> Result<AccessKeys, StorageError> {
        unreachable!("no load comes so far")
    }
}

//! Redshift. What it does differently from PostgreSQL is met here and nowhere above.

mod connect;
mod inspect;
mod survey;
mod examine;
mod template;
mod ledger;
mod overview;
mod retention;
mod pauses;
mod run;
mod errors;
mod refusal;
mod sql;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::config::warehouse::WarehouseSettings;
use crate::failure::Failure;
use crate::model::after_work::AfterWork;
use crate::model::copy_template::{CopyTemplate, TemplateName};
use crate::model::data_date::DataDate;
use crate::model::freshness::Freshness;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::load_of_date::LoadOfDate;
use crate::model::loaded_file::LoadedFile;
use crate::model::object::ObjectMeta;
use crate::model::pause::{PauseTarget, Pauses, WhoAndWhy};
use crate::model::table::ViewOfColumn;
use crate::model::target_table::TargetTable;
use crate::plan::LoadPlan;
use crate::plan::input::{EarlierLoads, RowsQuestion, TableRows};
use crate::schema::remedy::Resolution;
use crate::storage::ObjectStore;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::progress::Progress;
use crate::warehouse::history::{HistoryFilter, LedgerEntry, Overview};
use crate::warehouse::old_rows::OldRows;
use crate::warehouse::survey::{EarlierQuestion, Survey, SurveyQuestion};
use crate::warehouse::{AfterDone, Committed, DataQuestion, Execution, Warehouse};

use connect::pool::Pool;
use sql::ledger::Ledger;
use sql::remedy;

/// One Redshift database, reached through a pool of sessions.
pub struct Redshift {
    pool: Pool,
    settings: WarehouseSettings,
    ledger: Ledger,
    sessions: SessionSettings,
    /// Whose keys COPY gets when no role is configured.
    store: Arc<dyn ObjectStore>,
    metrics: Arc<Metrics>,
    progress: Arc<Progress>,
}

/// How a [`Redshift`] is used.
#[derive(Debug, Clone)]
pub struct SessionSettings {
    /// Loads at one time; each needs a session, and a second one for a look at the ledger.
    pub concurrent_loads: usize,
    /// The longest that one statement may take.
    pub statement_timeout: Duration,
    /// A statement that waits for a lock for longer than this is reported with who holds it.
    pub lock_wait_warning: Duration,
    /// Who writes in the ledger.
    pub loader: String,
}

impl Redshift {
    /// Opens no connection yet: the first question does.
    ///
    /// # Errors
    /// When no root certificates can be read, or the settings cannot be used for TLS; as a sentence.
    pub fn new(
        settings: WarehouseSettings,
        sessions: SessionSettings,
        store: Arc<dyn ObjectStore>,
        metrics: Arc<Metrics>,
        progress: Arc<Progress>,
    ) -> Result<Self, String> {
        let pool = Pool::new(&settings, &sessions, Arc::clone(&metrics))?;
        let ledger = Ledger::in_schema(settings.ledger_schema.clone());
        Ok(Self { pool, settings, ledger, sessions, store, metrics, progress })
    }
}

#[async_trait]
impl Warehouse for Redshift {
    async fn prepare_ledger(&self) -> Result<(), Failure> {
        ledger::prepare::prepare(self).await
    }

    async fn reach(&self, anew: bool) -> Result<(), Failure> {
        self.pool.reach(anew).await
    }

    async fn survey(&self, target: &TargetTable, question: &SurveyQuestion<'_>) -> Result<Survey, Failure> {
        survey::survey(self, target, question).await
    }

    async fn views_of_columns(
        &self,
        target: &TargetTable,
        columns: &[Ident],
    ) -> Result<Vec<ViewOfColumn>, Failure> {
        inspect::views_of_columns(self, target, columns).await
    }

    async fn table_rows(
        &self,
        target: &TargetTable,
        question: Option<&RowsQuestion>,
    ) -> Result<TableRows, Failure> {
        inspect::table_rows(self, target, question).await
    }

    async fn earlier_loads(
        &self,
        target: &TargetTable,
        question: &EarlierQuestion<'_>,
    ) -> Result<EarlierLoads, Failure> {
        ledger::earlier_loads(self, target, question).await
    }

    async fn known_files(
        &self,
        target: &TargetTable,
        files: &[ObjectMeta],
    ) -> Result<Vec<LoadedFile>, Failure> {
        ledger::files::known(self, target, files).await
    }

    async fn template(&self, name: &TemplateName) -> Result<CopyTemplate, Failure> {
        template::ask(self, name).await
    }

    async fn execute(&self, plan: &LoadPlan, abort: &CancellationToken) -> Result<Execution, Failure> {
        run::execute(self, plan, abort).await
    }

    async fn check_data(
        &self,
        question: &DataQuestion<'_>,
        stop: &CancellationToken,
    ) -> Result<Option<u64>, Failure> {
        let run = run::Run { redshift: self, plan: question.plan, abort: stop };
        run::data_check::check_data(run, question).await
    }

    async fn after_load(
        &self,
        target: &TargetTable,
        work: AfterWork,
        stop: &CancellationToken,
    ) -> Result<AfterDone, Failure> {
        run::after::after_load(self, target, work, stop).await
    }

    async fn find_load(&self, load_id: &LoadId) -> Result<Option<Committed>, Failure> {
        ledger::find_load(self, load_id).await
    }

    async fn loads_of_dates(
        &self,
        target: &TargetTable,
        dates: &[DataDate],
    ) -> Result<Vec<LoadOfDate>, Failure> {
        ledger::loads_of_dates(self, target, dates).await
    }

    async fn freshness(&self) -> Result<Vec<(TargetTable, Freshness)>, Failure> {
        ledger::freshness(self).await
    }

    async fn history(&self, filter: &HistoryFilter) -> Result<Vec<LedgerEntry>, Failure> {
        ledger::history(self, filter).await
    }

    async fn overview(&self, since: DateTime<Utc>) -> Result<Overview, Failure> {
        overview::overview(self, since).await
    }

    async fn old_rows(
        &self,
        before: DateTime<Utc>,
        forget_before: Option<DateTime<Utc>>,
    ) -> Result<OldRows, Failure> {
        retention::old_rows(self, before, forget_before).await
    }

    async fn remove_old_rows(&self, old: &OldRows, before: DateTime<Utc>) -> Result<(), Failure> {
        retention::remove(self, old, before).await
    }

    async fn pauses(&self) -> Result<Pauses, Failure> {
        pauses::pauses(self).await
    }

    async fn pause(&self, target: &PauseTarget, who: &WhoAndWhy) -> Result<(), Failure> {
        pauses::pause(self, target, who).await
    }

    async fn resume(&self, target: &PauseTarget) -> Result<(), Failure> {
        pauses::resume(self, target).await
    }

    fn statements(&self, plan: &LoadPlan) -> Vec<String> {
        run::statements(self, plan)
    }

    fn resolving(&self, resolutions: &[Resolution]) -> Vec<String> {
        let statements = resolutions.iter().flat_map(remedy::resolving);
        statements.map(|statement| statement.to_show().to_owned()).collect()
    }
}

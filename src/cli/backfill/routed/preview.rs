//! What would become of files, told by one of them.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::cli::CommandError;
use crate::cli::backfill::CONCURRENT_PLANS;
use crate::cli::backfill::routed::Files;
use crate::cli::backfill::rows::State;
use crate::failure::disposition::ends_all_work;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::batch::FilePreview;
use crate::load::gather::Considered;
use crate::missing::date_totals::{DateTotal, DateTotals};
use crate::model::announced_file::AnnouncedFile;
use crate::model::load_mode::LoadMode;
use crate::model::object::ObjectMeta;
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::plan::decision::Decision;
use crate::request::InvalidRequest;
use crate::request::order::{Announced, Order};
use crate::request::terms::{ConfigLocation, Selection, Terms};
use crate::routing::{Routed, RoutedLoad};

impl Files<'_> {
    /// What would become of each date, by its first file that is to be sent.
    pub(super) async fn states(&self, totals: &DateTotals) -> Result<Vec<State>, CommandError> {
        let states: Vec<_> =
            totals.dates.iter().map(|((_, target), total)| self.planned(target, total)).collect();
        stream::iter(states).buffered(CONCURRENT_PLANS).try_collect().await
    }

    async fn planned(&self, target: &TargetTable, total: &DateTotal) -> Result<State, CommandError> {
        let state = self.state(total);
        let first =
            total.first.as_ref().filter(|_| !matches!(state, State::Loaded | State::RewrittenAndLeft));
        let Some(first) = first else { return Ok(state) };
        match self.preview(&first.meta).await {
            Some(Ok(FilePreview::Considered(considered))) if self.takes_back_rows(&considered) => {
                Ok(State::Refused(would_take_back(target)))
            }
            Some(Ok(FilePreview::Considered(considered))) => state.planned(Ok(&considered)),
            Some(Err(failure)) => state.planned(Err(failure)),
            // Loaded meanwhile.
            Some(Ok(FilePreview::Loaded(_))) | None => Ok(state),
        }
    }

    /// Looks at a file of each table before anything is sent.
    ///
    /// # Errors
    /// When its load would be refused for a reason that all files of the table share, or would take back newer rows.
    pub(super) async fn preflight(
        &self,
        target: &TargetTable,
        first: &ObjectMeta,
    ) -> Result<(), CommandError> {
        let refused = |why: String| Err(CommandError::Failed(format!("{why}; nothing was sent")));
        match self.preview(first).await {
            Some(Ok(FilePreview::Considered(considered))) => match &considered.decision {
                Decision::Refuse(refusal) => {
                    refused(format!("{} would be refused: {refusal}", shown(&first.uri.to_string())))
                }
                _ if self.takes_back_rows(&considered) => refused(would_take_back(target)),
                Decision::Load(_) | Decision::Skip(_) => Ok(()),
            },
            Some(Err(failure)) if is_of_table(failure.kind) => refused(failure.to_string()),
            // The daemon sets it aside, and loads the others.
            Some(Err(failure)) => {
                tracing::warn!("the first file would not be loaded: {failure}");
                Ok(())
            }
            Some(Ok(FilePreview::Loaded(_))) => Ok(()),
            None => {
                tracing::warn!(
                    "{target}: not looked at before it is sent, as its table config is on the disk of the daemon; set TABLE_CONFIG_DIR where the same folder is here"
                );
                Ok(())
            }
        }
    }

    /// `None` where the table config is on the disk of a daemon.
    async fn preview(&self, file: &ObjectMeta) -> Option<Result<FilePreview, Failure>> {
        let order = match self.order(file) {
            Ok(order) => order?,
            Err(InvalidRequest { problems, .. }) => {
                let sentence = format!("{}: {}", file.uri, problems.join("; "));
                return Some(Err(Failure::new(FailureKind::InvalidRequest, Stage::Decode, sentence)));
            }
        };
        let announced = order.announced.as_ref()?.files.first()?.clone();
        Some(self.loader.preview_announced(&order, &announced).await)
    }

    /// As the daemon makes one of the file's event.
    fn order(&self, file: &ObjectMeta) -> Result<Option<Order>, InvalidRequest> {
        let Routed::Load(_, load) = self.routes.route(&file.uri) else { return Ok(None) };
        let RoutedLoad { request, date, limits, .. } = *load;
        let is_local = matches!(request.terms.config, Some(ConfigLocation::Local(_)));
        if is_local && self.table_config_dir.is_none() {
            return Ok(None);
        }
        let request = request.confined_to(self.table_config_dir.as_deref())?;
        let Some(target) = request.targets.into_iter().next() else { return Ok(None) };
        let files = vec![AnnouncedFile::listed(file, date)];
        Ok(Some(Order {
            target,
            force: false,
            terms: Arc::new(Terms { selection: Selection::Newest, ..request.terms }),
            message_id: "backfill".to_owned(),
            covered: Vec::new(),
            announced: Some(Arc::new(Announced { files, limits, set_aside: None })),
        }))
    }

    fn takes_back_rows(&self, considered: &Considered) -> bool {
        let Decision::Load(plan) = &considered.decision else { return false };
        plan.ledger_row.mode == LoadMode::Merge && !self.force
    }
}

fn is_of_table(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::NoTableConfig | FailureKind::InvalidTableConfig) || ends_all_work(kind)
}

fn would_take_back(target: &TargetTable) -> String {
    format!(
        "{target} is merged: rows of older files would take the place of newer ones of the same key; --force has them loaded all the same"
    )
}
